"""Whose turn it is: equal shares of the machine for all clients, and inside a client an order that starves nobody."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from powplasma.serve.jobs import Job

Key = tuple[float, float, int]
"""Order of a client's jobs, the least first: priority, the time at which it is due, and a number."""

_SPARE = 64
"""Entries that may be stale before a heap is built anew."""


class Share:
    """The jobs of one client.

    Attributes:
        used: hashes that were spent for it, on the scale of all clients' shares.
        live: jobs that wait for a turn.
        owed: hashes that its searches are expected to take.
    """

    def __init__(self, client: str, used: float) -> None:
        self.client = client
        self.used = used
        self.live = 0
        self.owed = 0
        self._owed_by_bits: Counter[int] = Counter()
        self._heap: list[tuple[Key, Job]] = []

    def push(self, key: Key, job: Job) -> None:
        """Lets a job wait for its turn; a key that comes sooner than one it has replaces that."""
        known = job.turns.get(self.client)
        if known is not None and known <= key:
            return
        self.live += known is None
        job.turns[self.client] = key
        heapq.heappush(self._heap, (key, job))

    def drop(self, job: Job) -> None:
        """Takes a job out."""
        if job.turns.pop(self.client, None) is not None:
            self.live -= 1
            if len(self._heap) > 2 * self.live + _SPARE:
                self._heap = [(key, each) for key, each in self._heap if each.turns.get(self.client) == key]
                heapq.heapify(self._heap)

    def pop(self) -> Job:
        """The job whose turn it is, taken out; there has to be one."""
        while True:
            key, job = heapq.heappop(self._heap)
            if job.turns.get(self.client) == key:
                self.drop(job)
                return job

    def before(self, job: Job) -> int:
        """How many jobs come before this one."""
        own = job.turns.get(self.client)
        if own is None:
            return 0
        return sum(key < own and each.turns.get(self.client) == key for key, each in self._heap)

    def owe(self, difficulty: int) -> None:
        """Counts a search among those that the client waits for; a negative difficulty takes one out."""
        self.owed += difficulty
        self._owed_by_bits[abs(difficulty).bit_length()] += difficulty

    def owed_before(self, difficulty: int) -> int:
        """Hashes of the client's searches that are at most about as hard as this one: those come first, or may."""
        bits = difficulty.bit_length()
        return sum(hashes for each, hashes in self._owed_by_bits.items() if each <= bits)


class Shares:
    """All clients. The one that has used least is next; one that was away has no claim to the time meanwhile."""

    def __init__(self) -> None:
        self._shares: dict[str, Share] = {}
        self._now = 0.0
        self._numbers = itertools.count()

    def __iter__(self) -> Iterator[Share]:
        return iter(self._shares.values())

    def of(self, client: str) -> Share:
        """The share of a client."""
        share = self._shares.get(client)
        if share is None:
            self._forget_idle()
            share = self._shares[client] = Share(client, self._now)
        return share

    def key(self, priority: int, due: float) -> Key:
        """A key; of two jobs with the same due time the one that was there first comes first."""
        return -priority, due, next(self._numbers)

    def push(self, client: str, key: Key, job: Job) -> None:
        """Lets a client's job wait for its turn."""
        share = self.of(client)
        if not share.live:
            share.used = max(share.used, self._now)
        share.push(key, job)

    def next(self) -> tuple[str, Job] | None:
        """The client and job whose turn it is, taken out; None if no job waits."""
        share = min((each for each in self if each.live), key=lambda each: each.used, default=None)
        if share is None:
            return None
        self._now = max(self._now, share.used)
        return share.client, share.pop()

    def charge(self, client: str, hashes: int) -> None:
        """Counts what was spent for a client."""
        self.of(client).used += hashes

    def work_ahead(self, client: str, difficulty: int) -> int:
        """Hashes that are expected to be spent before a new search of a client ends, without its own."""
        own = self.of(client).owed_before(difficulty)
        # While this client gets its own work done, each other one gets at most as much.
        turn = own + difficulty
        return own + sum(min(turn, each.owed) for each in self if each.client != client)

    def _forget_idle(self) -> None:
        """Forgets clients that have nothing here and owe nothing, once they are many."""
        if len(self._shares) > 2 * sum(1 for each in self if each.live) + _SPARE:
            self._shares = {each.client: each for each in self if each.live or each.used > self._now or each.owed}
