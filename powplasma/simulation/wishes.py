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
    What has ended leaves the log from time to time; then positions may change.

    Attributes:
        head: position of each account's oldest wish, also of one yet to come; the greatest integer if there is none.
        last: position of its newest one; before ``base`` if that is not in the log any more.
        times: when each wish begins; this and the following are the log.
        accounts: whose it is.
        next: position of the next one of its account; the greatest integer if there is none.
        ended: whether it is no more.
        base: position with which the log begins.
        size: position at which it ends.
        arrived: position of the first wish that has not arrived yet.
        over: how many wishes of the log have ended.

    Args:
        accounts: how many there are.
    """

    def __init__(self, accounts: int) -> None:
        self.head: Integers = np.full(accounts, _NONE)
        self.last: Integers = np.full(accounts, -1, np.int64)
        self.times: Seconds = np.empty(_FIRST_CAPACITY)
        self.accounts: Accounts = np.empty(_FIRST_CAPACITY, np.intp)
        self.next: Integers = np.empty(_FIRST_CAPACITY, np.int64)
        self.ended: Flags = np.empty(_FIRST_CAPACITY, np.bool_)
        self.base = 0
        self.size = self.arrived = self.over = 0
        self._batches: list[tuple[int, int, int]] = []

    def make_room(self, more: int) -> None:
        """For so many more wishes behind those that are there."""
        if self.over > _SPARE and 2 * self.over > self.size - self.base:
            self._clear()
        end = self.size - self.base + more
        if end > self.times.size:
            self._grow(end)

    def append(self, accounts: Accounts, times: Seconds | float) -> None:
        """Wishes to come, in order of time; an account may stand there several times."""
        count = accounts.size
        self.make_room(count)
        begin, end = self.size - self.base, self.size - self.base + count
        self.times[begin:end] = times
        self.accounts[begin:end] = accounts
        self.next[begin:end] = _NONE
        self.ended[begin:end] = False
        order = (accounts << _POSITION_BITS) | np.arange(count)
        order.sort()
        sorted_accounts = order >> _POSITION_BITS
        order &= (1 << _POSITION_BITS) - 1
        order += self.size
        self.size += count
        differs = sorted_accounts[1:] != sorted_accounts[:-1]
        same = (~differs).nonzero()[0]
        self.next[order[same] - self.base] = order[same + 1]
        firsts = np.concatenate(([0], differs.nonzero()[0] + 1)) if count else np.empty(0, np.intp)
        first_accounts, first = sorted_accounts[firsts], order[firsts]
        before = self.last[first_accounts]
        linked = before >= self.base
        self.next[before[linked] - self.base] = first[linked]
        empty = self.head[first_accounts] == _NONE
        self.head[first_accounts[empty]] = first[empty]
        self.last[sorted_accounts] = order  # of several, the last one stays

    def arrive(self, count: int, expiry: int) -> int:
        """The next ``count`` wishes of the log have arrived.

        Args:
            count: how many.
            expiry: momentum after which they end, not before that of others; 0 for never.

        Returns:
            Position of the first of them.
        """
        begin = self.arrived
        self.arrived = end = begin + count
        if expiry and count:
            self._batches.append((expiry, begin, end))
        return begin

    def waiting(self, accounts: Accounts) -> Flags:
        """Whether each of these accounts has a wish."""
        waiting: Flags = self.head[accounts] < self.arrived
        return waiting

    def end_oldest(self, accounts: Accounts) -> Seconds:
        """Ends the oldest wish of each of these accounts, none twice, and returns when it began."""
        oldest = self.head[accounts] - self.base
        self.head[accounts] = self.next[oldest]
        self.ended[oldest] = True
        self.over += accounts.size
        return self.times[oldest]

    def take_expired(self, momentum: int) -> tuple[int, int]:
        """From which position on, and to which, wishes expire after this momentum, but for those that have ended."""
        if not self._batches or self._batches[0][0] > momentum:
            return self.base, self.base
        begin = self._batches[0][1]
        while self._batches and self._batches[0][0] <= momentum:
            end = self._batches.pop(0)[2]
        return begin, end

    def expire(self, momentum: int) -> tuple[Accounts, int]:
        """Ends what expires after this momentum.

        Returns:
            The accounts that lost a wish, each once, and how many wishes it were.
        """
        begin, end = self.take_expired(momentum)
        lost = (~self.ended[begin - self.base : end - self.base]).nonzero()[0]
        lost += begin - self.base
        accounts, after = self.accounts[lost], self.next[lost]
        self.ended[lost] = True
        self.over += lost.size
        self.head[accounts] = after  # of several of an account, the last one stays
        return accounts[after >= end], lost.size

    def lengths(self) -> Integers:
        """How many wishes each account has; looks at all of them, for checks."""
        open_ = np.flatnonzero(~self.ended[: self.arrived - self.base])
        return np.bincount(self.accounts[open_], minlength=self.head.size)

    def _clear(self) -> None:
        """Leaves out what has ended."""
        size = self.size - self.base
        first_open = int(self.ended[:size].argmin())
        if 2 * first_open > self.over:  # as with patience: most of what has ended is at the beginning
            self._shift(first_open, size)
        else:
            self._gather(size)

    def _shift(self, gone: int, size: int) -> None:
        for column in (self.times, self.accounts, self.next, self.ended):
            column[: size - gone] = column[gone:size].copy()
        self.base += gone
        self.over -= gone
        self._batches = [(expiry, max(begin, self.base), max(end, self.base)) for expiry, begin, end in self._batches]

    def _gather(self, size: int) -> None:
        open_ = ~self.ended[:size]
        kept = open_.nonzero()[0]
        for column in (self.times, self.accounts, self.next):
            column[: kept.size] = column[kept]
        self.ended[: kept.size] = False
        # Where each position is now; of what has ended, where the next open one is.
        moved = np.concatenate(([0], np.cumsum(open_)))
        base, self.base = self.base, 0
        self.next[: kept.size] = _moved(self.next[: kept.size], moved, base)
        self.head[:] = _moved(self.head, moved, base)
        kept_last = self.last >= base
        kept_last[kept_last] = open_[self.last[kept_last] - base]
        self.last[:] = np.where(kept_last, _moved(self.last, moved, base), -1)
        self._batches = [
            (expiry, int(moved[begin - base]), int(moved[end - base])) for expiry, begin, end in self._batches
        ]
        self.arrived = int(moved[self.arrived - base])
        self.size, self.over = kept.size, 0

    def _grow(self, least: int) -> None:
        more = max(self.times.size, least - self.times.size)
        self.times = np.concatenate((self.times, np.empty(more)))
        self.accounts = np.concatenate((self.accounts, np.empty(more, np.intp)))
        self.next = np.concatenate((self.next, np.empty(more, np.int64)))
        self.ended = np.concatenate((self.ended, np.empty(more, np.bool_)))


def _moved(positions: Integers, moved: Integers, base: int) -> Integers:
    """Where these positions of open wishes are now; what is none stays none."""
    return np.where(positions == _NONE, _NONE, moved[np.clip(positions - base, 0, moved.size - 1)])
