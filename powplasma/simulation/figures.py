"""How results are rounded for reports; nothing here goes back into a simulation."""

from __future__ import annotations

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
