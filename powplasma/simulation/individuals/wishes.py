"""Blocks that accounts want to send: one queue for each account of a lane, all in one log in order of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.individuals.arrays import INT64_MAX, Accounts, Flags, Integers, Seconds

NO_WISH = INT64_MAX
"""A position in the log that is none."""

WISH = np.dtype([("time", np.float64), ("next", np.int64), ("account", np.int64)])
"""An entry of the log: when the wish begins; position of the next one of its account, or ``NO_WISH``; and whose it is,
-1 after its end."""

_WORDS = WISH.itemsize // 8
_FIRST_CAPACITY = 4_096
_POSITION_BITS = 32
_SPARE = 32_768
"""Ended wishes that are left in the log before it is cleared of them."""


class Wishes:
    """The queues of a lane. A wish is a position in the log; each knows the next one of its account.

    What has ended leaves the log from time to time; then positions may change.

    Attributes:
        head: position of each account's oldest wish, or ``NO_WISH``.
        last: position of its newest one; before ``base`` if that is not in the log any more.
        log: entries as ``WISH`` says.
        base: position with which the log begins.
        size: position at which it ends.
        over: how many wishes of the log have ended.

    Args:
        head: an entry for each account.
    """

    def __init__(self, head: Integers) -> None:
        self.head = head
        self.head[:] = NO_WISH
        self.last: Integers = np.full(head.size, -1, np.int64)
        self.log: NDArray[np.void] = np.empty(_FIRST_CAPACITY, WISH)
        self.base = self.size = self.over = 0
        self._batches: list[tuple[int, int, int]] = []

    def reserve(self, count: int, expiry: int) -> int:
        """Room for so many more wishes, which the caller enters.

        Args:
            count: how many.
            expiry: momentum after which they end, not before that of others; 0 for never.

        Returns:
            Position of the first of them.
        """
        if self.over > _SPARE and 2 * self.over > self.size - self.base:
            self._clear()
        begin, self.size = self.size, self.size + count
        if self.size - self.base > self.log.size:
            self.log = np.resize(self.log, max(self.size - self.base, 2 * self.log.size))
        if expiry and count:
            self._batches.append((expiry, begin, self.size))
        return begin

    def append(self, accounts: Accounts, times: Seconds | float, expiry: int) -> int:
        """More wishes, in order of time; an account may be there several times. See ``reserve``."""
        position = self.reserve(accounts.size, expiry)
        new = self.log[position - self.base : self.size - self.base]
        new["time"], new["next"], new["account"] = times, NO_WISH, accounts
        order = (accounts << _POSITION_BITS) | np.arange(accounts.size)
        order.sort()
        sorted_accounts = order >> _POSITION_BITS
        order &= (1 << _POSITION_BITS) - 1
        same = (sorted_accounts[1:] == sorted_accounts[:-1]).nonzero()[0]
        new["next"][order[same]] = order[same + 1] + position
        order += position
        first = np.ones(accounts.size, np.bool_)
        first[same + 1] = False
        sorted_accounts, order = sorted_accounts[first], order[first]
        empty = self.head[sorted_accounts] == NO_WISH
        self.head[sorted_accounts[empty]] = order[empty]
        queued = ~empty
        self.log["next"][self.last[sorted_accounts[queued]] - self.base] = order[queued]
        self.last[accounts] = np.arange(position, self.size)  # of several, the last one stays
        return position

    def waiting(self, accounts: Accounts) -> Flags:
        """Whether each of these accounts has a wish."""
        waiting: Flags = self.head[accounts] != NO_WISH
        return waiting

    def end_oldest(self, accounts: Accounts) -> Seconds:
        """Ends the oldest wish of each of these accounts, none twice, and returns when it began."""
        oldest = self.head[accounts] - self.base
        self.head[accounts] = self.log["next"][oldest]
        self.log["account"][oldest] = -1
        self.over += accounts.size
        times: Seconds = self.log["time"][oldest]
        return times

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
        expiring = self.log[begin - self.base : end - self.base]
        lost = expiring[expiring["account"] >= 0]
        expiring["account"] = -1
        self.over += lost.size
        self.head[lost["account"]] = lost["next"]  # of several of an account, the last one stays
        return lost["account"][lost["next"] >= end], lost.size

    def lengths(self) -> Integers:
        """How many wishes each account has; looks at all of them, for checks."""
        accounts = self.log["account"][: self.size - self.base]
        return np.bincount(accounts[accounts >= 0], minlength=self.head.size)

    def _clear(self) -> None:
        """Leaves out what has ended."""
        gone = self._batches[0][1] - self.base if self._batches else 0  # before the first that may expire, all is over
        if 2 * gone > self.over:
            self._shift(gone)
        else:
            self._gather(self.log["account"][: self.size - self.base] >= 0)

    def _shift(self, gone: int) -> None:
        words = self.log.view(np.int64)  # as such they are moved many times as fast
        words[: _WORDS * (self.size - self.base - gone)] = words[_WORDS * gone : _WORDS * (self.size - self.base)]
        self.base += gone
        self.over -= gone

    def _gather(self, open_: Flags) -> None:
        kept = open_.nonzero()[0]
        self.log[: kept.size] = self.log[kept]
        # Where each position is now; of what has ended, where the next open one is.
        moved = np.concatenate(([0], np.cumsum(open_)))
        base, self.base = self.base, 0
        self.log["next"][: kept.size] = _moved(self.log["next"][: kept.size], moved, base)
        self.head[:] = _moved(self.head, moved, base)
        self.last[:] = _moved(self.last, moved, base)
        self._batches = [
            (expiry, int(moved[begin - base]), int(moved[end - base])) for expiry, begin, end in self._batches
        ]
        self.size, self.over = kept.size, 0


def _moved(positions: Integers, moved: Integers, base: int) -> Integers:
    """Where these positions of open wishes are now; what is none stays none, and any other means nothing."""
    return np.where(positions == NO_WISH, NO_WISH, moved[np.clip(positions - base, 0, moved.size - 1)])
