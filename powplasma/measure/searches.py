"""Hashrate by searching: how long real searches take, judged by the law that they should follow.

It shares nothing with counting but the clock: a nonce that was found and checked is evidence of
as many hashes as its difficulty says, on average, whatever any counter claims.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from powplasma.engine import Engine
from powplasma.measure.goodness import Fit, fit_of_hashes, fit_of_times
from powplasma.measure.hashrate import DATA_HASH
from powplasma.measure.statistics import Interval, rate_interval
from powplasma.work import MAX_DIFFICULTY

_COUNTED_EVERY = {"python": 4_096}
"""Hashes between two counts of a worker that others can see."""

_NATIVE_COUNTED_EVERY = 32_768
"""The same for the native kernels."""

_LEAST_COUNTS = 16
"""Of which so many belong into a search, for each worker but the one that finds."""


def search_difficulty(kernel: str, workers: int, hashrate: float, seconds: float) -> int:
    """A difficulty whose searches take so long on average, or longer where counts would be too coarse.

    When a nonce is found, what the other workers did since their last count is not known, half
    of that interval on average. Searches are made long enough for this to stay below 1/32.
    """
    coarse = _LEAST_COUNTS * (workers - 1) * _COUNTED_EVERY.get(kernel, _NATIVE_COUNTED_EVERY)
    return min(max(2, round(hashrate * seconds), coarse), MAX_DIFFICULTY)


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches for nonces of one difficulty, from random starts.

    Attributes:
        difficulty: of each.
        seconds: wall time of each.
        hashes: counted hashes of each.
    """

    difficulty: int
    seconds: tuple[float, ...]
    hashes: tuple[int, ...]

    def __add__(self, more: Searches) -> Searches:
        """These searches, and more of the same difficulty after them."""
        assert more.difficulty == self.difficulty
        return Searches(self.difficulty, self.seconds + more.seconds, self.hashes + more.hashes)

    @property
    def hashrate(self) -> float:
        """Hashes per second that the times stand for: difficulty × searches / total time."""
        return self.difficulty * len(self.seconds) / sum(self.seconds)

    @property
    def interval(self) -> Interval:
        """Where the hashrate lies, by the times alone: the total time is Gamma distributed."""
        return rate_interval(len(self.seconds), sum(self.seconds) / self.difficulty)

    @property
    def miscount(self) -> float:
        """Counted hashes per nonce over the difficulty: 1 if every hash is counted once; see ``search_difficulty``."""
        return sum(self.hashes) / len(self.hashes) / self.difficulty

    @property
    def miscount_interval(self) -> Interval:
        """Where that ratio lies, luck apart."""
        rate = rate_interval(len(self.hashes), sum(self.hashes) / self.difficulty)
        return Interval(1 / rate.high, 1 / rate.low, rate.confidence)

    @property
    def law_of_times(self) -> Fit:
        """Whether times are exponential, whatever their mean: fails if the speed changes, or if some are cut short."""
        return fit_of_times(self.seconds)

    @property
    def law_of_hashes(self) -> Fit:
        """Whether counts follow the law of the difficulty: fails if hashes are miscounted, or if some are cut short."""
        return fit_of_hashes(self.hashes, self.difficulty)


def run_searches(engine: Engine, difficulty: int, count: int, beat: Callable[[int], None] | None = None) -> Searches:
    """Searches ``count`` nonces one after the other, each to its end.

    Args:
        engine: whose workers search.
        difficulty: of each; its searches should be long against the two milliseconds that leases cost each.
        count: how many.
        beat: called with the number of searches done, after each.
    """
    seconds, hashes = [], []
    for done in range(1, count + 1):
        work = engine.search(DATA_HASH, difficulty)
        seconds.append(work.seconds)
        hashes.append(work.hashes)
        if beat is not None:
            beat(done)
    return Searches(difficulty, tuple(seconds), tuple(hashes))
