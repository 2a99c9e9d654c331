"""Very many durations in little memory: counted in classes, each a few thousandths of its size wide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.figures import PERCENTILES, Summary
from powplasma.simulation.individuals.arrays import Integers, Seconds

_CLASS_BITS = 12
"""A class is a 4,096th of a power of two wide, so less than a four-thousandth of its durations."""

_MANTISSA_BITS = 52
_SHIFT = _MANTISSA_BITS - _CLASS_BITS
_SHORTEST = 2.0**-20
"""Anything shorter counts as this: a microsecond."""

_KEPT = 65_536
_DIGITS = 6


class Durations:
    """Counts of durations, in seconds, with their exact mean and extremes.

    Attributes:
        count: how many there are.
        total: their sum.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self._least, self._most = np.inf, 0.0
        self._lowest = int(np.float64(_SHORTEST).view(np.int64)) >> _SHIFT
        self._counts: Integers = np.zeros(0, np.int64)
        self._new: list[Seconds] = []
        self._new_count = 0

    def add(self, durations: Seconds) -> None:
        """Some more."""
        if durations.size:
            self._new.append(durations)
            self._new_count += durations.size
            if self._new_count > _KEPT:
                self._sort_in()

    def _sort_in(self) -> None:
        if not self._new:
            return
        new = np.concatenate(self._new)
        self._new, self._new_count = [], 0
        self.count += new.size
        self.total += float(new.sum())
        self._least = min(self._least, float(new.min()))
        self._most = max(self._most, float(new.max()))
        classes = (np.maximum(new, _SHORTEST).view(np.int64) >> _SHIFT) - self._lowest
        counts = np.bincount(classes, minlength=self._counts.size)
        counts[: self._counts.size] += self._counts
        self._counts = counts

    def mean(self) -> float | None:
        """To the microsecond; None of nothing."""
        self._sort_in()
        return round(self.total / self.count, _DIGITS) if self.count else None

    def quantiles(self, percents: NDArray[np.int64]) -> list[float]:
        """The duration that so many percent do not exceed (nearest rank); empty of nothing.

        The least and the greatest are exact, the others at the upper end of their class.
        """
        self._sort_in()
        if not self.count:
            return []
        ranks = np.maximum(-(-percents * self.count // 100), 1)
        classes = np.searchsorted(np.cumsum(self._counts), ranks) + self._lowest + 1
        values = np.clip((classes << _SHIFT).view(np.float64), self._least, self._most)
        values[ranks == 1] = self._least
        values[ranks == self.count] = self._most
        return [round(value, _DIGITS) for value in values.tolist()]

    def percentiles(self, prefix: str) -> Summary:
        """``prefix_p50`` … ``prefix_p99``, ``prefix_max`` and ``prefix_quantiles`` (0, 1, … 100 percent)."""
        quantiles = self.quantiles(np.arange(101))
        figures: Summary = {f"{prefix}_p{rank}": quantiles[rank] if quantiles else None for rank in PERCENTILES}
        return figures | {f"{prefix}_max": quantiles[100] if quantiles else None, f"{prefix}_quantiles": quantiles}
