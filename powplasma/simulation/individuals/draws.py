"""Chance: what is drawn for a lane's accounts, each purpose from a stream of its own.

A stream is a PCG64 of numpy, seeded from the seed, the lane's name and the purpose. So a change of
one lane leaves the draws of the others alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import sha256
from typing import Generic, TypeVar

import numpy as np

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.simulation.individuals.arrays import Accounts, Keys, Seconds
from powplasma.simulation.individuals.lanes import DAY_MOMENTUMS, Lane

_AHEAD_ARRIVALS = 14_000
"""About so many arrivals are drawn at once, at least those of one momentum: arrays of less than 128 KiB, which many an
allocator takes from the system anew each time."""

_AHEAD_MOMENTUMS = 1_024
_AHEAD_DRAWS = 12_000

Drawn = TypeVar("Drawn", Seconds, Keys)


def stream(seed: int, name: str, purpose: str) -> np.random.Generator:
    """The stream of a seed for one purpose of a lane; a name without lane is the empty one."""
    entropy = int.from_bytes(sha256(f"{seed}/{name}/{purpose}".encode()).digest())
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


class Draws:
    """The streams of one lane.

    Args:
        lane: its participants.
        seed: of the run.
        first: number of the lane's first account among those of all lanes.
        account_bits: of the numbers of all accounts.
    """

    def __init__(self, lane: Lane, seed: int, first: int, account_bits: int) -> None:
        self._lane = lane
        self._first = first
        self._random_bits = np.uint64(2**64 - 2**account_bits)
        self._arrivals = stream(seed, lane.name, "arrivals")
        self._hashes = stream(seed, lane.name, "hashes").bit_generator
        self._searches = _Ahead(stream(seed, lane.name, "work").standard_exponential)
        self._keys = _Ahead(self._some_keys)

    def arrivals(self, momentum: int) -> list[tuple[Accounts, Seconds]]:
        """Who wants to send another block from this momentum on, and when: a Poisson process.

        Returns:
            For each of some momentums, the accounts and the times, in order of time.
        """
        lane = self._lane
        most = lane.participants * lane.rate * (1 + lane.daily_percent / 100)
        ahead = max(1, int(min(_AHEAD_MOMENTUMS, _AHEAD_ARRIVALS / most))) if most else _AHEAD_MOMENTUMS
        momentums = np.arange(momentum, momentum + ahead)
        active = (lane.from_momentum <= momentums) & (momentums <= lane.to_momentum)
        swing = np.sin(2 * math.pi * (momentums - 1) / DAY_MOMENTUMS) * lane.daily_percent / 100
        counts = self._arrivals.poisson(np.where(active, lane.participants * lane.rate * (1 + swing), 0.0))
        arrivals = int(counts.sum())
        times = np.repeat((momentums - 1) * float(MOMENTUM_SECONDS), counts)
        times += self._arrivals.random(arrivals) * MOMENTUM_SECONDS
        times.sort()
        accounts = self._arrivals.integers(0, lane.participants, arrivals, dtype=np.intp)
        ends = np.cumsum(counts).tolist()
        return [(accounts[begin:end], times[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]

    def searches(self, accounts: Accounts) -> Seconds:
        """How long each of these accounts searches for a nonce, as a multiple of the mean; exponential."""
        return self._searches.take(accounts.size)

    def keys(self, accounts: Accounts) -> Keys:
        """The hash of a new block of each of these accounts."""
        keys: Keys = self._keys.take(accounts.size) + accounts.view(np.uint64)
        return keys

    def _some_keys(self, count: int) -> Keys:
        """Hashes of blocks of the lane's first account."""
        keys: Keys = self._hashes.random_raw(count)
        keys &= self._random_bits
        keys |= np.uint64(self._first)
        return keys


class _Ahead(Generic[Drawn]):
    """What a stream gives, drawn many at a time, which changes nothing but how long it takes.

    Args:
        draw: so many.
    """

    def __init__(self, draw: Callable[[int], Drawn]) -> None:
        self._draw: Callable[[int], Drawn] = draw
        self._drawn: Drawn = draw(0)

    def take(self, count: int) -> Drawn:
        """The next ones; not to be changed."""
        if count > self._drawn.size:
            more = self._draw(max(count - self._drawn.size, _AHEAD_DRAWS))
            self._drawn = np.concatenate((self._drawn, more))
        taken, self._drawn = self._drawn[:count], self._drawn[count:]
        return taken
