"""How long a search takes: hashes on a known machine, with the spread that luck has."""

from __future__ import annotations

import math
import time

from powplasma.engine import Engine
from powplasma.errors import SearchTimeout
from powplasma.work import MAX_DIFFICULTY

_MEASURED_SECONDS = 0.4
_LONGEST_START = 10.0
"""Seconds that workers get to wake up."""

_UNKNOWN_HASHRATE = 1e6
"""Where nothing could be measured; the slices teach better."""

_NEW_RATE_WEIGHT = 0.2
"""Weight of the newest slice in the running hashrate."""

_SHORTEST_SECONDS = 0.02
"""A slice that ended sooner says more about messages than about hashes."""


class Expectation:
    """The hashrate of the engine, learned from every slice, and what follows from it.

    Args:
        hashrate: hashes per second to begin with.
    """

    def __init__(self, hashrate: float) -> None:
        self.hashrate = hashrate

    def learn(self, hashes: int, seconds: float) -> None:
        """Takes a finished slice into the hashrate."""
        if hashes and seconds >= _SHORTEST_SECONDS:
            self.hashrate += _NEW_RATE_WEIGHT * (hashes / seconds - self.hashrate)

    def seconds(self, hashes: float) -> float:
        """How long so many hashes take."""
        return hashes / self.hashrate

    def hashes(self, seconds: float) -> int:
        """About how many hashes are made in that time."""
        return int(self.hashrate * seconds)

    def quantile(self, difficulty: int, share: float) -> float:
        """Seconds below which this share of searches ends; each nonce is a new draw, so the spread is exponential."""
        return -math.log(1 - share) * self.seconds(difficulty)

    def chance(self, difficulty: int, seconds: float) -> float:
        """Of a search to end within that time."""
        return -math.expm1(-max(seconds, 0.0) / self.seconds(difficulty))


def measured(engine: Engine) -> float:
    """Hashes per second of an engine, by a short search that finds nothing.

    Raises:
        PowPlasmaError: it cannot search.
    """
    until = time.monotonic() + _LONGEST_START
    while not _speed(engine, _MEASURED_SECONDS / 4) and time.monotonic() < until:
        pass  # workers are new processes, and count nothing before they are awake
    return _speed(engine, _MEASURED_SECONDS) or _UNKNOWN_HASHRATE


def _speed(engine: Engine, seconds: float) -> float:
    try:
        work = engine.search(bytes(32), MAX_DIFFICULTY, timeout=seconds)
    except SearchTimeout as end:
        return end.hashes / end.seconds
    return work.hashes / work.seconds
