"""Which nonces of a search are taken, judged or still free: disjoint leases from one start.

Offsets count nonces from the start of the search; the counter of a nonce is (start + offset)
modulo 2^64.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Lease:
    """``count`` nonces from ``offset`` on, given to one worker at a time."""

    offset: int
    count: int

    @property
    def end(self) -> int:
        """Offset of the first nonce after the lease."""
        return self.offset + self.count


class LeaseTable:
    """Hands out disjoint leases, lowest first, and knows which nonces were judged.

    Args:
        limit: how many nonces may be leased in all.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._fresh = 0
        self._open: dict[int, Lease] = {}
        self._returned: list[Lease] = []

    def take(self, size: int) -> Lease | None:
        """The next lease of at most ``size`` nonces; None if nothing wanted is left to give.

        What came back unsearched goes out again before anything fresh.
        """
        whole = self._returned[0] if self._returned else Lease(self._fresh, size)
        lease = Lease(whole.offset, min(whole.count, size, self._limit - whole.offset))
        if lease.count <= 0:
            return None
        if self._returned:
            heapq.heappop(self._returned)
            if lease.count < whole.count:
                heapq.heappush(self._returned, Lease(lease.end, whole.count - lease.count))
        else:
            self._fresh = lease.end
        self._open[lease.offset] = lease
        return lease

    def settle(self, lease: Lease, judged: int) -> None:
        """A worker is done with a lease, of which it judged the first ``judged`` nonces.

        The rest can be leased again.
        """
        del self._open[lease.offset]
        if judged < lease.count:
            heapq.heappush(self._returned, Lease(lease.offset + judged, lease.count - judged))

    def give_back(self, judged: Iterable[Lease]) -> None:
        """What was judged by one who is not to be trusted goes out again."""
        for lease in judged:
            heapq.heappush(self._returned, lease)

    def cut(self, end: int) -> None:
        """Nothing at or after ``end`` is wanted any more."""
        self._limit = min(self._limit, end)

    @property
    def untouched(self) -> bool:
        """Whether no lease was handed out yet."""
        return self._fresh == 0

    @property
    def finished(self) -> bool:
        """Whether every nonce that is wanted was judged."""
        wanted = (lease for lease in (*self._returned, *self._open.values()) if lease.offset < self._limit)
        return self._fresh >= self._limit and not any(wanted)

    def covered(self, judged_of_open: Callable[[Lease], int]) -> list[tuple[int, int]]:
        """The judged nonces as merged (offset, count) ranges, ascending.

        Args:
            judged_of_open: how many nonces of a lease that is still out were judged so far.
        """
        gaps = [(lease.offset, lease.end) for lease in self._returned]
        gaps += [(lease.offset + judged_of_open(lease), lease.end) for lease in self._open.values()]
        ranges, position = [], 0
        for begin, end in sorted(gaps):
            if begin == end:
                continue
            if begin > position:
                ranges.append((position, begin - position))
            position = end
        if self._fresh > position:
            ranges.append((position, self._fresh - position))
        return ranges
