"""Blocks that accounts want to send: one queue for each account of a lane, all in one log in order of time."""

from __future__ import annotations

import numpy as np

from powplasma.simulation.arrays import INT64_MAX, Accounts, Flags, Integers, Seconds

_NONE = INT64_MAX
_FIRST_CAPACITY = 4_096
_POSITION_BITS = 32
_SPARE = 32_768
"""Ended wishes that are left in the log before it is cleared of them."""


class Wishes:
    """The queues of a lane. A wish is a position in the log; each knows the next one of its account.

    What is known in advance can stand in the log before its time: a wish exists once it has arrived.
    Positions count from the first wish ever; the log itself begins at a later one.

    Args:
        accounts: how many there are.
    """

    def __init__(self, accounts: int) -> None:
        self._head: Integers = np.full(accounts, _NONE)
        self._last: Integers = np.full(accounts, -1, np.int64)
        self._times: Seconds = np.empty(_FIRST_CAPACITY)
        self._accounts: Accounts = np.empty(_FIRST_CAPACITY, np.intp)
        self._next: Integers = np.empty(_FIRST_CAPACITY, np.int64)
        self._ended: Flags = np.empty(_FIRST_CAPACITY, np.bool_)
        self._base = 0
        self._size = self._arrived = self._over = 0
        self._batches: list[tuple[int, int, int]] = []

    def append(self, accounts: Accounts, times: Seconds | float) -> None:
        """Wishes to come, in order of time; an account may stand there several times."""
        count = accounts.size
        if self._over > _SPARE and 2 * self._over > self._size - self._base:
            self._clear()
        begin, end = self._size - self._base, self._size - self._base + count
        if end > self._times.size:
            self._grow(end)
        self._times[begin:end] = times
        self._accounts[begin:end] = accounts
        self._next[begin:end] = _NONE
        self._ended[begin:end] = False
        order = (accounts << _POSITION_BITS) | np.arange(count)
        order.sort()
        sorted_accounts = order >> _POSITION_BITS
        order &= (1 << _POSITION_BITS) - 1
        order += self._size
        self._size += count
        differs = sorted_accounts[1:] != sorted_accounts[:-1]
        same = (~differs).nonzero()[0]
        self._next[order[same] - self._base] = order[same + 1]
        firsts = np.concatenate(([0], differs.nonzero()[0] + 1)) if count else np.empty(0, np.intp)
        first_accounts, first = sorted_accounts[firsts], order[firsts]
        before = self._last[first_accounts]
        linked = before >= 0
        self._next[before[linked] - self._base] = first[linked]
        empty = self._head[first_accounts] == _NONE
        self._head[first_accounts[empty]] = first[empty]
        self._last[sorted_accounts] = order  # of several, the last one stays

    def arrive(self, count: int, expiry: int) -> tuple[int, Accounts]:
        """The next ``count`` wishes of the log have arrived.

        Args:
            count: how many.
            expiry: momentum after which they end, not before that of others; 0 for never.

        Returns:
            Position of the first of them, and whose they are.
        """
        begin = self._arrived
        self._arrived = end = begin + count
        if expiry and count:
            self._batches.append((expiry, begin, end))
        return begin, self._accounts[begin - self._base : end - self._base]

    def first_of(self, positions: Integers, accounts: Accounts) -> Flags:
        """Whether each of these wishes, of these accounts, is the oldest one of its account."""
        first: Flags = self._head[accounts] == positions
        return first

    def waiting(self, accounts: Accounts) -> Flags:
        """Whether each of these accounts has a wish."""
        waiting: Flags = self._head[accounts] < self._arrived
        return waiting

    def begun(self, positions: Integers) -> Seconds:
        """When each of these wishes began."""
        return self._times[positions - self._base]

    def end_oldest(self, accounts: Accounts) -> Seconds:
        """Ends the oldest wish of each of these accounts, none twice, and returns when it began."""
        oldest = self._head[accounts] - self._base
        self._head[accounts] = self._next[oldest]
        self._ended[oldest] = True
        self._over += accounts.size
        return self._times[oldest]

    def expire(self, momentum: int) -> tuple[Accounts, int]:
        """Ends what expires after this momentum.

        Returns:
            The accounts that lost a wish, each once, and how many wishes it were.
        """
        if not self._batches or self._batches[0][0] > momentum:
            return self._accounts[:0], 0
        begin, end = self._batches[0][1], self._batches[0][2]
        while self._batches and self._batches[0][0] <= momentum:
            end = self._batches.pop(0)[2]
        lost = (~self._ended[begin - self._base : end - self._base]).nonzero()[0]
        lost += begin - self._base
        accounts, after = self._accounts[lost], self._next[lost]
        self._ended[lost] = True
        self._over += lost.size
        self._head[accounts] = after  # of several of an account, the last one stays
        return accounts[after >= end], lost.size

    def lengths(self) -> Integers:
        """How many wishes each account has; looks at all of them, for checks."""
        open_ = np.flatnonzero(~self._ended[: self._arrived - self._base])
        return np.bincount(self._accounts[open_], minlength=self._head.size)

    def _clear(self) -> None:
        """Leaves out what has ended."""
        size = self._size - self._base
        first_open = int(self._ended[:size].argmin())
        if 2 * first_open > self._over:  # as with patience: most of what has ended is at the beginning
            self._shift(first_open, size)
        else:
            self._gather(size)

    def _shift(self, gone: int, size: int) -> None:
        for column in (self._times, self._accounts, self._next, self._ended):
            column[: size - gone] = column[gone:size].copy()
        self._base += gone
        self._over -= gone
        self._last[self._last < self._base] = -1
        self._batches = [(expiry, max(begin, self._base), max(end, self._base)) for expiry, begin, end in self._batches]

    def _gather(self, size: int) -> None:
        open_ = ~self._ended[:size]
        kept = open_.nonzero()[0]
        for column in (self._times, self._accounts, self._next):
            column[: kept.size] = column[kept]
        self._ended[: kept.size] = False
        # Where each position is now; of what has ended, where the next open one is.
        moved = np.concatenate(([0], np.cumsum(open_)))
        base, self._base = self._base, 0
        self._next[: kept.size] = _moved(self._next[: kept.size], moved, base)
        self._head = _moved(self._head, moved, base)
        kept_last = self._last >= base
        kept_last[kept_last] = open_[self._last[kept_last] - base]
        self._last = np.where(kept_last, _moved(self._last, moved, base), -1)
        self._batches = [
            (expiry, int(moved[begin - base]), int(moved[end - base])) for expiry, begin, end in self._batches
        ]
        self._arrived = int(moved[self._arrived - base])
        self._size, self._over = kept.size, 0

    def _grow(self, least: int) -> None:
        more = max(self._times.size, least - self._times.size)
        self._times = np.concatenate((self._times, np.empty(more)))
        self._accounts = np.concatenate((self._accounts, np.empty(more, np.intp)))
        self._next = np.concatenate((self._next, np.empty(more, np.int64)))
        self._ended = np.concatenate((self._ended, np.empty(more, np.bool_)))


def _moved(positions: Integers, moved: Integers, base: int) -> Integers:
    """Where these positions of open wishes are now; what is none stays none."""
    return np.where(positions == _NONE, _NONE, moved[np.clip(positions - base, 0, moved.size - 1)])
