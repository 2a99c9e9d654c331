"""The figures of a simulation as JSON has them: integers that can exceed 2^53 are decimal strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from powplasma.simulation import Scenario
from powplasma.simulation.columns import Kind, kind_of
from powplasma.simulation.crowd import NetworkPlan

from .records import Record

_LARGE_KINDS = (Kind.PRICE, Kind.LARGE)
_STATES = ("peak_state", "last_state")


def json_figures(summary: Mapping[str, object]) -> Record:
    """A summary, the values of its states as strings."""
    return {
        name: _as_text(value, frozenset(value)) if name in _STATES and isinstance(value, Mapping) else value
        for name, value in summary.items()
    }


def json_series(scenario: Scenario, rows: Iterable[Mapping[str, object]]) -> list[Record]:
    """The rows of a series; of networks and trajectories, prices, plasma paid and difficulty are strings."""
    unlimited, wide = scenario.unlimited_columns, isinstance(scenario.plan, NetworkPlan)
    return [
        _as_text(row, unlimited | {name for name in row if wide and kind_of(name, row[name]) in _LARGE_KINDS})
        for row in rows
    ]


def _as_text(values: Mapping[str, object], names: frozenset[str]) -> Record:
    return {name: str(value) if name in names else value for name, value in values.items()}
