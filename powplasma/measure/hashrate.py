"""Hashrate by counting: hashes that the engine's workers count, over the time they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha3_256

from powplasma.engine import Engine, Progress
from powplasma.measure.statistics import Interval, median, median_interval
from powplasma.work import MAX_DIFFICULTY

DATA_HASH = sha3_256(b"powplasma bench").digest()
"""What is searched for; any 32 bytes cost the same."""

WARM_UP_SECONDS = 0.2
"""Time from which on a processor has left its idle clock and worker processes run."""


@dataclass(frozen=True, slots=True)
class Hashrate:
    """Hashes per second of one contender.

    Attributes:
        name: a kernel, or another maker of hashes that it is compared with.
        workers: worker processes; 0 for a plain loop in this process.
        rounds: hashes per second in each round.
    """

    name: str
    workers: int
    rounds: tuple[float, ...]

    @property
    def hashrate(self) -> int:
        """The median of the rounds, in whole hashes per second."""
        return round(median(self.rounds))

    @property
    def interval(self) -> Interval:
        """Where the median of such rounds lies; see ``median_interval``."""
        return median_interval(self.rounds)

    @property
    def spread(self) -> float:
        """Width of the interval relative to the hashrate."""
        interval = self.interval
        return (interval.high - interval.low) / median(self.rounds)


class _Enough(Exception):
    """Ends a search of which enough has been seen."""


class RoundCounter:
    """A progress listener that cuts a search into rounds and ends it after the last.

    What comes before the first report, a tenth of a second, belongs to no round: processor and
    pool change over from the contender before.

    Args:
        rounds: how many rounds.
        seconds: least length of a round; it also lasts until a worker has counted, which on
            a starved machine can take longer.
        beat: called with each report.
    """

    def __init__(self, rounds: int, seconds: float, beat: Callable[[], None]) -> None:
        self._wanted = rounds
        self._seconds = seconds
        self._beat = beat
        self._last: Progress | None = None
        self.rates: list[float] = []

    def __call__(self, progress: Progress) -> None:
        """Takes in a report."""
        self._beat()
        last = self._last
        if last is None:
            self._last = progress
        elif progress.seconds - last.seconds >= self._seconds and progress.hashes > last.hashes:
            self.rates.append((progress.hashes - last.hashes) / (progress.seconds - last.seconds))
            self._last = progress
        if len(self.rates) >= self._wanted:
            raise _Enough


def count_rounds(engine: Engine, rounds: int, seconds: float, beat: Callable[[], None]) -> list[float]:
    """Hashes per second in consecutive rounds of one search that is too hard to end.

    Raises:
        WorkerLost: workers died faster than they could be replaced.
    """
    counter = RoundCounter(rounds, seconds, beat)
    try:
        engine.search(DATA_HASH, MAX_DIFFICULTY, progress=counter)
    except _Enough:
        return counter.rates
    # Found after all, with a chance of about 10^-9: the rounds before it count, and more are taken.
    return [*counter.rates, *count_rounds(engine, rounds - len(counter.rates), seconds, beat)]
