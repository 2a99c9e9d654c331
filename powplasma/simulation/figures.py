"""How results are rounded for reports; nothing here goes back into a simulation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Row = dict[str, object]
"""One line of a series or a table, by column."""

Summary = dict[str, object]
"""The figures of a run, by name."""

PERCENTILES = (50, 90, 95, 99)
"""Those that are reported."""


def hundredths(value: Fraction) -> float:
    """Rounded half up to two decimals."""
    return float((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def percent(part: int, whole: int) -> float | None:
    """``part`` in percent of ``whole``, to two decimals; None of nothing."""
    return hundredths(Fraction(100 * part, whole)) if whole else None


def mean(values: Sequence[float]) -> float | None:
    """To the microsecond; None of nothing."""
    return round(math.fsum(values) / len(values), 6) if values else None


def percentiles(values: Iterable[float], prefix: str) -> Summary:
    """``prefix_p50`` … ``prefix_p99`` and ``prefix_max``: values that occurred (nearest rank), None of nothing."""
    ordered = sorted(values)
    figures: Summary = {}
    for rank in PERCENTILES:
        figures[f"{prefix}_p{rank}"] = round(ordered[-(-rank * len(ordered) // 100) - 1], 6) if ordered else None
    figures[f"{prefix}_max"] = round(ordered[-1], 6) if ordered else None
    return figures


def quantiles(values: Iterable[float]) -> list[float]:
    """The values at 0, 1, … 100 percent of them (nearest rank), to the microsecond; empty of nothing."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return [round(ordered[max(0, -(-rank * (last + 1) // 100) - 1)], 6) for rank in range(101)] if ordered else []
