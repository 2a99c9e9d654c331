"""Do searches end as the law of a memoryless search says? Anderson-Darling, without estimated parameters.

Every sample is first turned into values that are uniform on 0 … 1 if the law holds, exactly and
whatever the hashrate is; then one test with one known distribution serves all of them. The test
is that of T. W. Anderson and D. A. Darling (1952); it weighs both tails, where searches that are
given up early and work done twice leave their marks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from powplasma.errors import InvalidInput
from powplasma.work import U64

SIGNIFICANCE = 0.001
"""A law is called broken if data as far from it would come by chance less often than this."""

LEAST_SEARCHES = 20
"""Fewer searches than this are not judged: the distribution used is that of many."""

_TERMS = 12
"""Terms of the limit distribution's series; far more than doubles can tell apart."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a sample follows a law.

    Attributes:
        statistic: Anderson-Darling's A²; about 1 on average if the law holds.
        p_value: how often a sample that follows the law is at least as far from it.
    """

    statistic: float
    p_value: float

    @property
    def passed(self) -> bool:
        """Whether there is no reason to doubt the law."""
        return self.p_value >= SIGNIFICANCE


def fit_of_hashes(hashes: Sequence[int], difficulty: int) -> Fit:
    """Whether counted hashes to a nonce follow the law of their difficulty: shape and mean.

    Each nonce is good with chance floor(2^64 / difficulty) / 2^64, independently, so the count is
    geometric with nothing left to estimate: counts that are 10 % too high fail just as counts of
    searches that were given up early do.

    Args:
        hashes: nonces judged in each search, the good one included.
        difficulty: 2 … 2^64 - 1; large, so that the law is as good as continuous.

    Raises:
        InvalidInput: field ``searches``; fewer than 20.
    """
    each = math.log1p(-(U64 // difficulty) / U64)
    # The middle of the step that a count of a discrete law stands for.
    return uniform_fit([-math.expm1((count - 0.5) * each) for count in hashes])


def fit_of_times(seconds: Sequence[float]) -> Fit:
    """Whether times to a nonce follow an exponential law, whatever its mean.

    The gaps between sorted exponential values, each times the number of values still ahead, are
    independent and exponential again with the same mean; their running totals over the last one
    are then uniform. So the unknown mean drops out, exactly.

    Raises:
        InvalidInput: field ``searches``; fewer than 20.
    """
    ordered, n = sorted(seconds), len(seconds)
    totals, total, before = [], 0.0, 0.0
    for index, value in enumerate(ordered):
        total += (n - index) * (value - before)
        totals.append(total)
        before = value
    return uniform_fit([value / total for value in totals[:-1]])


def uniform_fit(values: Sequence[float]) -> Fit:
    """Anderson-Darling's test of independent values that should be uniform on 0 … 1.

    Raises:
        InvalidInput: field ``searches``; fewer than 20 of them.
    """
    n = len(values)
    if n < LEAST_SEARCHES - 1:
        raise InvalidInput("searches", n, "are too few to be judged", f"at least {LEAST_SEARCHES}")
    # Rounding can put a value onto an end, where the logarithm would be infinite.
    ordered = [min(max(value, 1e-15), 1 - 1e-15) for value in sorted(values)]
    total = sum(
        (2 * i + 1) * (math.log(low) + math.log1p(-high))
        for i, (low, high) in enumerate(zip(ordered, reversed(ordered), strict=True))
    )
    statistic = -n - total / n
    return Fit(statistic, max(0.0, 1.0 - anderson_darling_below(statistic)))


def anderson_darling_below(statistic: float) -> float:
    """The chance that A² of many uniform values is below ``statistic``.

    The series of Anderson and Darling for the limit distribution, its integrals by the
    trapezoidal rule, which converges geometrically for such integrands. For 20 values and more
    the exact distribution differs from the limit by less than 0.003.
    """
    if statistic <= 0.05:
        return 0.0
    total, coefficient = 0.0, 1.0
    for j in range(_TERMS):
        odd = 4 * j + 1
        decay = (odd * math.pi) ** 2 / (8 * statistic)
        # coefficient runs through binomial(-1/2, j).
        total += coefficient * odd * math.exp(-decay) * _integral(statistic, decay)
        coefficient *= -(j + 0.5) / (j + 1)
    return min(1.0, math.sqrt(2 * math.pi) / statistic * total)


def _integral(statistic: float, decay: float) -> float:
    """The integral over w from 0 to infinity of exp(statistic / (8 (w² + 1)) - decay w²)."""
    end = math.sqrt(40 / decay)
    steps = 400
    step = end / steps
    total = 0.5 * math.exp(statistic / 8)
    for i in range(1, steps):
        square = (i * step) ** 2
        total += math.exp(statistic / (8 * (square + 1)) - decay * square)
    return total * step
