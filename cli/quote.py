"""``powplasma quote``: what a block costs under each rule set, in plasma, work, time and QSR."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import click

from powplasma.engine import Engine
from powplasma.errors import InvalidInput, SearchTimeout
from powplasma.plasma import RULE_SETS, Quote, quote
from powplasma.plasma.alphanet import MIN_FUSE_AMOUNT
from powplasma.plasma.interface import FUSION_UNIT_AMOUNT, PLASMA_PER_FUSION_UNIT
from powplasma.plasma.target import block_kind
from powplasma.work import MAX_DIFFICULTY

from .command import Command
from .notices import kernel_notices
from .output import json_result, result
from .parameters import json_option, whole
from .pricing import block_options, price_options, priced_rules
from .records import Record
from .records import hashrate as hashes_per_second
from .report import duration, hashes_to_reach, rate

_MEASURED_SECONDS = 0.5
"""How long the hashrate is measured if none is given."""

_LONGEST_START = 10.0
"""Seconds that workers get to wake up."""


@click.command(cls=Command)
@block_options
@click.option(
    "--rules",
    type=click.Choice([*RULE_SETS, "all"]),
    default="all",
    show_default=True,
    help="Rule set of plasma, or all of them side by side.",
)
@click.option(
    "--fused", callback=whole, metavar="N", default="0", show_default=True, help="Fused plasma committed too."
)
@price_options
@click.option(
    "--headroom",
    callback=whole,
    metavar="N",
    default="0",
    show_default=True,
    help="Momentums of the steepest rise of prices that the payment has to survive.",
)
@click.option("--hashrate", metavar="N", help="Hashes per second.  [default: measured here, in half a second]")
@click.option("--kernel", envvar="POWPLASMA_KERNEL", metavar="NAME", help="Kernel to measure.  [default: the fastest]")
@click.option("--workers", callback=whole, metavar="N", help="Workers to measure.  [default: one per available core]")
@json_option
def command(
    *,
    block: str | None,
    data_bytes: int | None,
    rules: str,
    fused: int,
    headroom: int,
    hashrate: str | None,
    kernel: str | None,
    workers: int | None,
    json: bool,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    **prices: int | None,
) -> int:
    """Show what a block costs: base plasma, price, difficulty, time, and QSR to fuse instead.

    Without prices, each rule set is quoted in the state in which it begins; for alphanet that is
    today's network.
    """
    kind = block_kind(block, data_bytes)
    names = list(RULE_SETS) if rules == "all" else [rules]
    priced = priced_rules(names, prices, set)
    quotes = [quote(rule_set, kind, state, fused, headroom) for rule_set, state in priced]
    speed = _measured(kernel, workers) if hashrate is None else _stated(hashrate)
    if json:
        json_result(
            {
                "block": kind.name,
                "data_bytes": kind.data_bytes,
                "base_plasma": kind.base_plasma,
                "fused": fused,
                "headroom": headroom,
                "hashrate": speed,
                "quotes": [_record(quoted, speed) for quoted in quotes],
            }
        )
        return 0
    result(f"{kind.name}: {kind.base_plasma} base plasma; times at {rate(speed)}")
    for quoted in quotes:
        for line in _lines(quoted, speed):
            result(line)
    return 0


def _stated(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise InvalidInput("hashrate", text, "is not a hashrate", "hashes per second, above 0")
    return speed


def _measured(kernel: str | None, workers: int | None) -> float:
    """Hashes per second of a search here that finds nothing in half a second."""
    with Engine(workers, kernel) as engine:
        kernel_notices(engine.kernel, kernel)
        until = time.monotonic() + _LONGEST_START
        while not _speed(engine, _MEASURED_SECONDS / 5) and time.monotonic() < until:
            pass  # workers are new processes, and count nothing before they are awake
        speed = _speed(engine, _MEASURED_SECONDS)
    if not speed:
        raise InvalidInput("hashrate", "it", "cannot be measured here", "hashes per second, given")
    return speed


def _speed(engine: Engine, seconds: float) -> float:
    try:
        engine.search(bytes(32), MAX_DIFFICULTY, timeout=seconds)
    except SearchTimeout as end:
        return hashes_per_second(end.hashes, end.seconds)
    raise AssertionError("a nonce for the largest difficulty was found")


def _record(quoted: Quote[Any], speed: float) -> Record:
    """One rule set's quote; plasma and difficulty are decimal strings, as they can exceed 2^53."""
    times = _times(quoted, speed)
    survives = quoted.survives()
    return {
        "rules": quoted.rules.name,
        "state": {name: str(value) for name, value in dataclasses.asdict(quoted.state).items()},
        "priced_state": {name: str(value) for name, value in dataclasses.asdict(quoted.priced_state).items()},
        "pow_plasma": _text(quoted.pow_plasma),
        "difficulty": _text(quoted.difficulty),
        "expected_hashes": _text(quoted.difficulty),
        **{f"seconds_{name}": value for name, value in zip(("mean", "p50", "p95"), times, strict=True)},
        "pow_alone_possible": quoted.fused_plasma_with_most_work == 0,
        "fused_plasma_with_most_work": str(quoted.fused_plasma_with_most_work),
        "fused_plasma_alone": _text(quoted.fused_plasma_alone),
        "qsr_alone": _text(quoted.qsr_alone),
        "survives_momentums": survives,
        "survives_any_rise": survives is None,
        "explanation": _explanation(quoted),
    }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _times(quoted: Quote[Any], speed: float) -> tuple[float | None, float | None, float | None]:
    """Seconds of the work: mean, and what half and 95 of 100 searches stay below."""
    if quoted.difficulty is None:
        return None, None, None
    if quoted.difficulty == 0:
        return 0.0, 0.0, 0.0
    half, most = (hashes_to_reach(chance, quoted.difficulty) / speed for chance in (0.5, 0.95))
    return quoted.difficulty / speed, half, most


def _explanation(quoted: Quote[Any]) -> str:
    """One sentence: what to do."""
    name = quoted.kind.name
    if quoted.difficulty is None:
        needed = quoted.fused_plasma_with_most_work
        if needed > quoted.rules.max_fused_plasma:
            return f"No block can pay {name} at this price."
        return (
            f"Proof of work {'alone ' if not quoted.fused else ''}cannot pay {name}"
            f"{f' beside {quoted.fused} fused plasma' if quoted.fused else ''}: at least {needed} plasma must be "
            f"fused ({_qsr(-(-needed // PLASMA_PER_FUSION_UNIT) * FUSION_UNIT_AMOUNT)} QSR; one fusion is at least "
            f"{_qsr(MIN_FUSE_AMOUNT)} QSR)."
        )
    beside = f" beside {quoted.fused} fused plasma" if quoted.fused else ""
    if quoted.difficulty == 0:
        return f"The fused plasma pays {name} alone: difficulty 0."
    return f"Difficulty {quoted.difficulty}{beside} pays {name}."


def _lines(quoted: Quote[Any], speed: float) -> list[str]:
    state = ", ".join(f"{name} {value}" for name, value in dataclasses.asdict(quoted.priced_state).items())
    lines = [f"{quoted.rules.name}{f'  ({state})' if state else ''}", f"  {_explanation(quoted)}"]
    mean, half, most = _times(quoted, speed)
    if quoted.difficulty and mean is not None and half is not None and most is not None:
        lines.append(
            f"  {quoted.pow_plasma} plasma from work: {quoted.difficulty} hashes expected, mean {duration(mean)}, "
            f"P50 {duration(half)}, P95 {duration(most)}"
        )
    if quoted.qsr_alone is None:
        lines.append("  no account can fuse enough to pay without work")
    else:
        lines.append(f"  without work: {quoted.fused_plasma_alone} fused plasma, {_qsr(quoted.qsr_alone)} QSR")
    survives = quoted.survives()
    if survives is None:
        lines.append("  the price cannot rise")
    elif survives >= 0:
        lines.append(f"  survives {survives} momentums of the steepest rise")
    return lines


def _qsr(amount: int) -> str:
    whole_qsr, rest = divmod(amount, FUSION_UNIT_AMOUNT)
    return f"{whole_qsr}" if not rest else f"{whole_qsr}.{rest:08d}".rstrip("0")
