"""One queued search: its number, its leases, and where its result goes."""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures import Future

from powplasma.engine.leases import Lease, LeaseTable
from powplasma.engine.search import Request
from powplasma.engine.worker import Order
from powplasma.work import U64, Work

BLOCK = 1 << 15
"""Kernels are fastest on aligned blocks of so many nonces, so leases begin and end there."""

_LEASE_SECONDS = 0.1
"""Aim for the length of a lease: long against a round trip, short against a person's patience."""

_LEASES_PER_WORKER = 8
"""Aim for the leases per worker in an average search, so that an ordered result need not wait long."""

_SIGNAL_SECONDS = 0.2
"""How long a signal may go unnoticed."""


class SearchFuture(Future[Work]):
    """A future whose ``result`` does not keep a signal waiting.

    In CPython a signal that arrives just before a lock is waited for does not end that wait; a
    wait without a timeout would then outlast Ctrl-C until the search is over.
    """

    def result(self, timeout: float | None = None) -> Work:
        """The finished work; as in the base class."""
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while (left := end - time.monotonic()) > _SIGNAL_SECONDS:
            with contextlib.suppress(TimeoutError):
                return super().result(_SIGNAL_SECONDS)
        return super().result(left)


class Job:
    """One queued search.

    Attributes:
        number: identifies it on the board and in messages; counts from 1.
        request: what is asked for.
        future: where the result goes. It stays pending until then, so that it can be cancelled.
        ordered: whether the first good nonce in counting order is wanted rather than any.
        start: counter of the nonce at offset 0.
        leases: which nonces are taken or judged.
        began: ``time.perf_counter()`` of the first lease.
        found: lowest offset known to hold a good nonce.
        finder: name of the kernel or device that found it.
    """

    def __init__(self, number: int, request: Request) -> None:
        self.number = number
        self.request = request
        self.future = SearchFuture()
        self.ordered = request.start is not None
        self.start = random_start() if request.start is None else request.start
        self.leases = LeaseTable(request.max_hashes)
        self.began = 0.0
        self.found: int | None = None
        self.finder = ""
        self._judged_by_devices: dict[int, list[Lease]] = {}

    @property
    def decided(self) -> bool:
        """Whether the found nonce is the result: any one will do, or none before it is open."""
        return not self.ordered or self.leases.finished

    def next_lease(self, hashrate: float, share: float) -> Lease | None:
        """A lease for one worker that makes ``hashrate`` hashes per second; None if all are out.

        Args:
            hashrate: of that worker.
            share: of it in the hashrate of all.
        """
        expected = int(self.request.difficulty * share) // _LEASES_PER_WORKER
        size = max(BLOCK, min(int(hashrate * _LEASE_SECONDS), expected) // BLOCK * BLOCK)
        if self.leases.untouched:
            self.began = time.perf_counter()
            # The first lease of an unaligned start is shorter, so that all others are aligned.
            size -= self.start % BLOCK
        return self.leases.take(size)

    def order(self, lease: Lease) -> Order:
        """The message that has a lease searched."""
        start = (self.start + lease.offset) % U64
        return Order(self.number, lease.offset, self.request.data_hash, start, lease.count, self.request.threshold)

    def is_good(self, lease: Lease, hashes: int) -> bool:
        """Whether the last of so many nonces of a lease is good, by code that no kernel shares."""
        return self.request.is_good((self.start + lease.offset + hashes - 1) % U64)

    def settle(self, lease: Lease, hashes: int, finder: str) -> None:
        """Notes a worker's report; if there is a ``finder``, the last of its hashes was good."""
        self.leases.settle(lease, hashes)
        offset = lease.offset + hashes - 1
        if finder and (self.found is None or offset < self.found):
            self.found, self.finder = offset, finder
            if self.ordered:
                self.leases.cut(offset)

    def note_device(self, index: int, lease: Lease, hashes: int) -> None:
        """Remembers what a device has judged, for ``distrust``."""
        judged = self._judged_by_devices.setdefault(index, [])
        if judged and judged[-1].end == lease.offset:
            judged[-1] = Lease(judged[-1].offset, judged[-1].count + hashes)
        elif hashes:
            judged.append(Lease(lease.offset, hashes))

    def distrust(self, index: int) -> None:
        """Everything that a device has judged is to be judged again."""
        self.leases.give_back(self._judged_by_devices.pop(index, []))


def random_start() -> int:
    """An aligned counter that no other search is likely to have started from."""
    return int.from_bytes(os.urandom(8), "little") // BLOCK * BLOCK
