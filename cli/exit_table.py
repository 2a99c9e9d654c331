"""The figures of exits as lines for a terminal: money in ether, gwei or wei."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .simulate_table import summary_lines

_UNITS = ((10**15, 10**18, "ETH"), (10**6, 10**9, "gwei"), (0, 1, "wei"))
"""From how many wei on a unit is used, and what it is worth."""


def figure_lines(figures: Mapping[str, object]) -> Iterator[str]:
    """One line per figure, then the tables."""
    for name, value in _readable(figures).items():
        if isinstance(value, list):
            yield f"  {name}"
        yield from summary_lines({name: value})


def _readable(figures: Mapping[str, object]) -> dict[str, object]:
    return {name.removesuffix("_wei"): _figure(name, value) for name, value in figures.items()}


def _figure(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_readable(row) for row in value]
    return money(value) if name.endswith("_wei") and isinstance(value, int) else value


def money(wei: int) -> str:
    """``0.0233 ETH``, ``1 gwei``, ``-5 wei``: six digits at most."""
    worth, unit = next((worth, unit) for least, worth, unit in _UNITS if abs(wei) >= least)
    return f"{wei / worth:.6g} {unit}"
