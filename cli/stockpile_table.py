"""The result of ``stockpile`` as tables for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from powplasma.simulation.stockpile import Scene

from .bench_table import columns
from .records import Record
from .report import duration, rate

Rows = list[list[str]]

_NESTED = ("honest", "parameters", "state")


def lines(scene: Scene, records: Sequence[Record]) -> Iterator[str]:
    """The attack, then what it does to honest users."""
    yield headline(scene)
    yield from columns(attack_rows(records))
    if scene.honest.devices:
        yield ""
        yield f"Beside {scene.honest.users:,} honest users ({scene.honest.title}), {scene.horizon:,} momentums"
        yield from columns(honest_rows(records))


def headline(scene: Scene) -> str:
    """What is attacked with."""
    hardware = scene.hardware
    energy = hardware.energy(hardware.hashrate * scene.seconds)
    cost = "" if energy is None else f": {energy:,.0f} kWh, {energy * scene.price_per_kwh:,.0f} for energy"
    machine = f", {hardware.cost:,} for machines" if hardware.cost else ""
    return f"{rate(hardware.hashrate)} ({hardware.name}) for {duration(scene.seconds)}{cost}{machine}; {scene.goal}"


def attack_rows(records: Sequence[Record]) -> Rows:
    """One row for each rule set and policy: the attacker alone on the chain."""
    held = any(record["momentums_held"] or record["held_for_ever"] for record in records)
    head = ["rules  policy", "filled", "blocked", "occupied", "peak price", "> 10x", "recovery", "wasted", "amplified"]
    rows = [head + (["held"] if held else [])]
    for record in records:
        row = [
            f"{record['rules']}  {record['policy']}",
            _count(record["momentums_filled"]),
            _span(record["momentums_filled"]),
            _count(record["momentums_occupied"]),
            f"{_number(record['peak_price']):,.4g}",
            _count(record["work_above_10x"]),
            "never" if record["recovery_momentums"] is None else _count(record["recovery_momentums"]),
            f"{100 * _number(record['share_wasted']):.4g} %",
            "-" if record["amplification"] is None else f"{_number(record['amplification']):,.4g}",
        ]
        if held:
            row.append("for ever" if record["held_for_ever"] else _span(record["momentums_held"]))
        rows.append(row)
    return rows


def honest_rows(records: Sequence[Record]) -> Rows:
    """One row for each rule set, policy and class of users."""
    rows = [
        ["rules  policy  class", "wished", "never", "P50", "P90", "P99", "cost", "underpaid", "expired", "false expiry"]
    ]
    for record in records:
        honest: Any = record["honest"]
        name = f"{record['rules']}  {record['policy']}"
        rows.extend([f"{name}  {each['class']}", *_waits(each)] for each in (honest["classes"] if honest else ()))
    return rows


def _waits(each: Record) -> list[str]:
    """The cells of a class."""
    times = [each[f"latency_p{rank}"] for rank in (50, 90, 99)]
    return [
        _count(each["wished"]),
        "-" if each["never_percent"] is None else f"{_number(each['never_percent']):.4g} %",
        *("-" if time is None else duration(_number(time)) for time in times),
        "-" if each["cost_multiplier"] is None else f"{_number(each['cost_multiplier']):.3g}x",
        _count(each["underpaid"]),
        _count(each["expired"]),
        "-" if each["false_expiry"] is None else _chance(_number(each["false_expiry"])),
    ]


def _chance(chance: float) -> str:
    return "< 1e-9" if chance < 1e-9 else f"{chance:.3g}"


def csv_lines(records: Sequence[Record]) -> Iterator[str]:
    """Head and lines (RFC 4180); names are those of the JSON objects, what is nested is left out, unknown is empty."""
    if not records:
        return
    names = [name for name in records[0] if name not in _NESTED]
    yield _line(names)
    for record in records:
        yield _line(["" if record[name] is None else record[name] for name in names])


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value


def _count(value: object) -> str:
    return f"{value:,}"


def _span(momentums: object) -> str:
    return duration(10 * _number(momentums)) if momentums else "-"
