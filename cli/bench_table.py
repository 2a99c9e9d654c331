"""The result of ``bench`` as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from powplasma.measure import Measurement, RulesYield

from .bench_words import (
    fact_lines,
    hashrate_rows,
    meaning_lines,
    price_rows,
    ratio_lines,
    search_lines,
    yield_rows,
)
from .records import Record


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as lines of aligned columns: the first to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield ("  " + "  ".join(cells)).rstrip()


def measurement_lines(measurement: Measurement) -> Iterator[str]:
    """Machine, hashrate by counting, and hashrate by searching."""
    yield from fact_lines(measurement)
    yield ""
    yield "Hashrate by counting"
    yield from columns(hashrate_rows(measurement))
    yield from _indented(ratio_lines(measurement))
    searches = measurement.searches
    if searches is not None:
        yield ""
        yield f"Hashrate by searching: {len(searches.seconds)} nonces of difficulty {searches.difficulty:,}"
        yield from _indented(search_lines(searches, measurement.best))


def yield_lines(worth: Sequence[RulesYield], record: Record, patience: float) -> Iterator[str]:
    """The yield under each rule set.

    Args:
        worth: for each rule set.
        record: the JSON object of the same run, where energy is.
        patience: seconds.
    """
    records: Any = record["yields"]
    for each, stated in zip(worth, records, strict=True):
        quiet = each.quiet
        yield ""
        yield (
            f"Yield under {each.name}: {quiet.plasma_per_second:,.0f} plasma/s at "
            f"{quiet.difficulty_per_plasma:,} difficulty per plasma"
        )
        yield from columns(yield_rows(each, stated))
        yield from columns(price_rows(each))
        yield from _indented(meaning_lines(each, stated, patience))


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
