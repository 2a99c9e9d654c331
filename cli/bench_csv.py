"""The yield as CSV (RFC 4180): a line for each run, rule set, price and kind of block."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from powplasma.measure import Measurement, RulesYield, yields
from powplasma.measure.history import Run
from powplasma.measure.records import yield_records
from powplasma.plasma import RuleSet

from .records import Record

_RUN = ("machine", "processor", "powplasma", "time", "kernel", "workers", "hashrate")
_PRICE = (
    "price", "difficulty_per_plasma", "plasma_per_second", "base_plasma_per_momentum", "share_of_momentum",
    "qsr_for_rate", "joules_per_plasma",
)  # fmt: skip
_BLOCK = (
    "block", "data_bytes", "base_plasma", "difficulty", "seconds_mean", "seconds_p50", "seconds_p90", "seconds_p95",
    "seconds_p99", "blocks_per_hour", "qsr_for_one", "joules", "cost",
)  # fmt: skip


def csv_lines(
    runs: Sequence[Run],
    measured: tuple[Measurement, tuple[RulesYield, ...], Record] | None,
    rules: Sequence[RuleSet[Any]],
    patience: float,
) -> Iterator[str]:
    """Head and lines; names are those of the JSON object, an unknown figure is empty.

    Args:
        runs: the measured one first, if there is one.
        measured: what was measured, or None.
        rules: rule sets.
        patience: seconds.
    """
    yield _line([*_RUN, "hashrate_low", "hashrate_high", "noisy", "rules", "price_name", *_PRICE, *_BLOCK])
    for index, run in enumerate(runs):
        worth: Any = (
            measured[2]["yields"]
            if measured and index == 0
            else yield_records(yields(run.hashrate, rules, patience), run.hashrate)
        )
        own = [*(getattr(run, name) for name in _RUN), run.interval.low, run.interval.high, run.noisy]
        for each in worth:
            for price in each["prices"]:
                for block in price["blocks"]:
                    cells = [each["rules"], each["price_name"], *(price[name] for name in _PRICE)]
                    yield _line([*own, *cells, *(block[name] for name in _BLOCK)])


def _line(cells: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue()
