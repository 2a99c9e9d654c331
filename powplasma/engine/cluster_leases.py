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
"""Tasks of a thread: one that is searched and one that waits in the worker, so that it never waits for the client."""

MOST_PER_TASK = 64
"""Searches in one task, however easy they are."""

ACTIVE_PER_THREAD = LEASES_PER_THREAD * MOST_PER_TASK
"""Searches that leases are given of, at most."""

_PARTS = 4
"""Of the searches that nobody has begun, each thread takes one in so many at a time, so that all end together."""

_NEW_RATE_WEIGHT = 0.3
"""Weight of the newest lease in the running hashrate of a worker."""


@dataclass(slots=True)
class Member:
    """One worker process of the cluster.

    Attributes:
        address: its own.
        threads: how many leases it searches at once.
        hashrate: hashes per second that each thread makes.
        open: tasks that it has.
    """

    address: str
    threads: int
    hashrate: float
    open: int = 0

    def seconds(self, job: Job, lease: Lease) -> float:
        """How long a lease takes a thread on average; it ends with the nonce."""
        return min(lease.count, job.request.difficulty) / self.hashrate

    def learn(self, hashes: int, seconds: float) -> None:
        """Takes a finished lease into its hashrate."""
        if hashes >= BLOCK and seconds > 0:
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
        self._untouched = 0

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
        self._untouched += job.request.difficulty

    def drop(self, number: int) -> None:
        """Forgets a search that is over."""
        job = self.active.pop(number)
        if not self._under_way.pop(number):
            self._untouched -= job.request.difficulty

    def task_seconds(self, member: Member, threads: int) -> float:
        """How long a task for a worker is to take: more where many searches wait, as every task costs the same.

        Args:
            member: the worker.
            threads: of the whole cluster.
        """
        queued = self._untouched / (member.hashrate * threads * _PARTS)
        return min(LONGEST_SECONDS, max(lease_seconds(threads), queued))

    def give(self, member: Member, threads: int) -> list[tuple[Job, Lease]]:
        """What one task of a worker is to search: a lease, or several of easy searches; empty if nothing is left.

        Args:
            member: the worker.
            threads: of the whole cluster.
        """
        wanted = self.task_seconds(member, threads)
        given: list[tuple[Job, Lease]] = []
        seconds = 0.0
        # Leases are cut at whole blocks, so that one may be a little short.
        while seconds < 0.9 * wanted and len(given) < MOST_PER_TASK:
            # Beside the first, only of searches that nobody has begun.
            part = self._give_one(member, threads, wanted, fresh=bool(given))
            if part is None:
                break
            given.append(part)
            seconds += member.seconds(*part)
        return given

    def _give_one(self, member: Member, threads: int, seconds: float, *, fresh: bool) -> tuple[Job, Lease] | None:
        while self._waiting and (len(self.active) < ACTIVE_PER_THREAD * threads or self._waiting[0].future.done()):
            job = self._waiting.popleft()
            if job.future.done():
                self._untouched -= job.request.difficulty
            else:
                self.active[job.number] = job
                self._under_way[job.number] = 0
                heapq.heappush(self._shares, (0.0, job.number))
        while self._shares:
            share, number = self._shares[0]
            stale = number not in self.active or share != self._share(self.active[number])
            if fresh and share and not stale:
                return None
            heapq.heappop(self._shares)
            if stale:
                continue  # over, or there is a newer entry
            job = self.active[number]
            lease = _next_lease(job, member.hashrate, threads, seconds)
            if lease is not None:
                self._change(job, lease.count)
                return job, lease
        return None

    def settle(self, job: Job, lease: Lease) -> None:
        """Notes that a lease is under way no more."""
        if job.number in self.active:
            self._change(job, -lease.count)

    def _change(self, job: Job, nonces: int) -> None:
        before = self._under_way[job.number]
        self._under_way[job.number] = before + nonces
        if not before or not before + nonces:
            self._untouched += job.request.difficulty if before else -job.request.difficulty
        heapq.heappush(self._shares, (self._share(job), job.number))

    def _share(self, job: Job) -> float:
        return self._under_way[job.number] / job.request.difficulty


def lease_seconds(threads: int) -> float:
    """How long a lease takes on a cluster with so many threads."""
    return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, threads / LEASES_PER_SECOND))


def threads_of(members: Mapping[str, Member]) -> int:
    """Of the whole cluster; at least 1."""
    return max(1, sum(member.threads for member in members.values()))


def _next_lease(job: Job, hashrate: float, threads: int, seconds: float) -> Lease | None:
    nonces = int(hashrate * seconds)
    if job.ordered:
        # The result waits for every lease before it: an easy search is cut into parts for all.
        nonces = min(nonces, 8 * BLOCK + job.request.difficulty // threads)
    size = max(BLOCK, nonces // BLOCK * BLOCK)
    if job.leases.untouched:
        job.began = time.perf_counter()
        size -= job.start % BLOCK
    return job.leases.take(size)
