"""Which worker of a cluster gets which lease: how long leases are, and which of several searches comes first."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from powplasma.engine.job import BLOCK, Job
from powplasma.engine.leases import Lease

SHORTEST_SECONDS = 0.25
LONGEST_SECONDS = 1.0
"""Between these a lease is to take, whatever it is searched by."""

LEASES_PER_SECOND = 800
"""What a scheduler and one client are trusted to pass on; leases become longer where more were needed."""

LEASES_PER_THREAD = 2
"""One that is searched and one that waits in the worker, so that it never waits for the client."""

MOST_PER_THREAD = 16
"""Where searches are so easy that two leases are over before the next ones come."""

_NEW_RATE_WEIGHT = 0.3
"""Weight of the newest lease in the running hashrate of a worker."""


@dataclass(slots=True)
class Member:
    """One worker process of the cluster.

    Attributes:
        address: its own.
        threads: how many leases it searches at once.
        hashrate: hashes per second that each thread makes.
        open: leases that it has.
        booked: seconds that one thread will need for them, on average.
    """

    address: str
    threads: int
    hashrate: float
    open: int = 0
    booked: float = 0.0

    def seconds(self, job: Job, lease: Lease) -> float:
        """How long a lease takes a thread on average; it ends with the nonce."""
        return min(lease.count, job.request.difficulty) / self.hashrate

    def learn(self, hashes: int, seconds: float) -> None:
        """Takes a finished lease into its hashrate."""
        if seconds > 0:
            self.hashrate += _NEW_RATE_WEIGHT * (hashes / seconds - self.hashrate)


class Queue:
    """Searches in their order, of which the first ones are under way.

    The search with the smallest share of what it needs under way gets the next lease. So as many
    searches are under way as there are leases, and hardly a nonce is judged of one that is over;
    where there are fewer, the cluster shares them.
    """

    def __init__(self) -> None:
        self.active: dict[int, Job] = {}
        self._waiting: deque[Job] = deque()
        self._under_way: dict[int, int] = {}
        self._shares: list[tuple[float, int]] = []

    @property
    def jobs(self) -> list[Job]:
        """All of them."""
        return [*self.active.values(), *self._waiting]

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not self.active and not self._waiting

    def add(self, job: Job) -> None:
        """Puts a search at the end."""
        self._waiting.append(job)

    def drop(self, number: int) -> None:
        """Forgets a search that is over."""
        del self.active[number], self._under_way[number]

    def give(self, member: Member, threads: int, *, fresh: bool = False) -> tuple[Job, Lease] | None:
        """A lease for a worker; None if there is nothing left to search.

        Args:
            member: the worker.
            threads: of the whole cluster.
            fresh: whether only a search will do that has nothing under way.
        """
        while self._waiting and (len(self.active) < MOST_PER_THREAD * threads or self._waiting[0].future.done()):
            job = self._waiting.popleft()
            if not job.future.done():
                self.active[job.number] = job
                self._change(job, 0)
        while self._shares:
            share, number = self._shares[0]
            stale = number not in self.active or share != self._share(self.active[number])
            if fresh and share and not stale:
                return None
            heapq.heappop(self._shares)
            if stale:
                continue  # over, or there is a newer entry
            job = self.active[number]
            lease = _next_lease(job, member.hashrate, threads)
            if lease is not None:
                self._change(job, lease.count)
                return job, lease
        return None

    def settle(self, job: Job, lease: Lease) -> None:
        """Notes that a lease is under way no more."""
        if job.number in self.active:
            self._change(job, -lease.count)

    def _change(self, job: Job, nonces: int) -> None:
        self._under_way[job.number] = self._under_way.get(job.number, 0) + nonces
        heapq.heappush(self._shares, (self._share(job), job.number))

    def _share(self, job: Job) -> float:
        return self._under_way[job.number] / job.request.difficulty


def lease_seconds(threads: int) -> float:
    """How long a lease takes on a cluster with so many threads."""
    return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, threads / LEASES_PER_SECOND))


def threads_of(members: Mapping[str, Member]) -> int:
    """Of the whole cluster; at least 1."""
    return max(1, sum(member.threads for member in members.values()))


def _next_lease(job: Job, hashrate: float, threads: int) -> Lease | None:
    nonces = int(hashrate * lease_seconds(threads))
    if job.ordered:
        # The result waits for every lease before it: an easy search is cut into parts for all.
        nonces = min(nonces, 8 * BLOCK + job.request.difficulty // threads)
    size = max(BLOCK, nonces // BLOCK * BLOCK)
    if job.leases.untouched:
        job.began = time.perf_counter()
        size -= job.start % BLOCK
    return job.leases.take(size)
