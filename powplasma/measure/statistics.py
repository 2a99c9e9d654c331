"""The few statistics a measurement needs: a median with an exact interval, the rate of a Poisson process.

Both intervals are exact for any number of values: neither leans on a normal distribution.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from powplasma.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a quantity lies.

    Attributes:
        low: lower end.
        high: upper end.
        confidence: how often an interval made this way holds the true value, 0 … 1.
    """

    low: float
    high: float
    confidence: float

    def overlaps(self, other: Interval) -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high


def median_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The narrowest symmetric pair of order statistics that holds the median at least that often.

    Distribution-free: each value is above the median with chance 1/2, so the count above it is
    binomial. Few values cannot reach every confidence; the interval is then their whole range,
    and its ``confidence`` says what that is worth.

    Raises:
        InvalidInput: field ``values``; there is none.
    """
    if not values:
        raise InvalidInput("values", "nothing", "has no median", "at least one value")
    ordered, n = sorted(values), len(values)
    left_out, ways = 0, 1
    # ways / 2^n is the chance that at most ``left_out`` values lie on one given side of the median.
    while left_out + 1 <= (n - 1) // 2:
        more = ways + math.comb(n, left_out + 1)
        if 2 * more > (1 - confidence) * 2**n:
            break
        left_out, ways = left_out + 1, more
    return Interval(ordered[left_out], ordered[n - 1 - left_out], 1 - 2 * ways / 2**n)


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    return statistics.median(values)


def rate_interval(events: int, exposure: float, confidence: float = 0.99) -> Interval:
    """The rate of a Poisson process of which the wait for ``events`` events took ``exposure``.

    The wait is Gamma distributed with shape ``events``; both ends are exact quantiles of it.

    Args:
        events: how many were waited for, at least 1.
        exposure: the time, or the number of hashes, until the last of them.
        confidence: of the two-sided interval.
    """
    tail = (1 - confidence) / 2
    return Interval(gamma_quantile(events, tail) / exposure, gamma_quantile(events, 1 - tail) / exposure, confidence)


def gamma_quantile(shape: int, chance: float) -> float:
    """The value below which a Gamma variable of integer shape and scale 1 lies with this chance."""
    low, high = 0.0, shape + 10.0 * math.sqrt(shape) + 50.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if gamma_below(shape, middle) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def gamma_below(shape: int, value: float) -> float:
    """The chance that a Gamma variable of integer shape and scale 1 is below ``value``.

    It is the chance of at least ``shape`` events of a Poisson variable with that mean. The sum
    runs over whichever tail is the smaller, so that neither loses its digits.
    """
    if value <= 0:
        return 0.0
    if value < shape:
        return _poisson_from(shape, value)
    return 1.0 - _poisson_below(shape, value)


def _poisson_from(count: int, mean: float) -> float:
    """The chance of ``count`` events or more, for a mean below ``count``: terms fall from the first on."""
    total = term = 1.0
    k = count
    while term > 1e-17 * total:
        k += 1
        term *= mean / k
        total += term
    return total * _poisson(count, mean)


def _poisson_below(count: int, mean: float) -> float:
    """The chance of fewer than ``count`` events, for a mean of at least ``count``."""
    total = term = 1.0
    k = count - 1
    while k > 0 and term > 1e-17 * total:
        term *= k / mean
        total += term
        k -= 1
    return total * _poisson(count - 1, mean)


def _poisson(count: int, mean: float) -> float:
    return math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
