"""One search and all who wait for it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from powplasma.serve.shares import Key
from powplasma.work import Work


@dataclass(eq=False, slots=True)
class Waiter:
    """Somebody who waits for a nonce.

    Attributes:
        job: the search.
        client: whose share it is searched with.
        need: difficulty that it has to reach.
        key: of the job, for this waiter.
        outcome: the work, or the fault that it ends with.
        joined: whether the search was there before.
        since: ``time.perf_counter()`` of the request.
    """

    job: Job
    client: str
    need: int
    key: Key
    outcome: asyncio.Future[Work]
    joined: bool
    since: float = field(default_factory=time.perf_counter)


class Job:
    """A search for one data hash.

    It searches for what the most modest waiter needs. That delays nobody: a nonce that is too weak for the others was
    on the way to theirs anyway, and each of them expects as many hashes from then on as before.

    Attributes:
        data_hash: 32 bytes.
        waiters: who waits, in the order of their coming; the job is over with the last one.
        turns: key of the entry that each client has in its queue.
        clients: how many waiters each client has.
        hashes: spent so far.
        seconds: spent so far, without the wait for turns.
        running: the slice that is under way.
        began: ``time.perf_counter()`` of that slice.
        goal: difficulty that it searches for.
    """

    def __init__(self, data_hash: bytes) -> None:
        self.data_hash = data_hash
        self.waiters: dict[Waiter, None] = {}
        self.turns: dict[str, Key] = {}
        self.clients: Counter[str] = Counter()
        self.hashes = 0
        self.seconds = 0.0
        self.began = 0.0
        self.goal = 0
        self.running: asyncio.Future[Work] | None = None

    def __lt__(self, other: Job) -> bool:
        return False  # keys decide, and no two are the same

    @property
    def need(self) -> int:
        """What the most modest waiter needs."""
        return min(waiter.need for waiter in self.waiters)

    @property
    def keys(self) -> Mapping[str, Key]:
        """For each client the key of its most urgent waiter."""
        keys: dict[str, Key] = {}
        for waiter in self.waiters:
            keys[waiter.client] = min(keys.get(waiter.client, waiter.key), waiter.key)
        return keys

    def whole(self, work: Work) -> Work:
        """The work of the last slice, with what all of them took."""
        return replace(work, hashes=self.hashes, seconds=self.seconds)
