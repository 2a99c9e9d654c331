"""What falls due at a time, many things at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.arrays import Accounts, Flags

Times = NDArray[Any]

_FIRST_ROOM = 1_024


class Entries:
    """Accounts with a time, in the order in which they came.

    Attributes:
        count: how many there are.
        times: the first ``count`` are theirs.
        accounts: the same.
    """

    def __init__(self, dtype: type[np.float64] | type[np.int64]) -> None:
        self.count = 0
        self.times: Times = np.empty(_FIRST_ROOM, dtype)
        self.accounts: Accounts = np.empty(_FIRST_ROOM, np.intp)

    def make_room(self, more: int) -> None:
        """For so many more."""
        least = self.count + more
        if least > self.times.size:
            room = max(least, 2 * self.times.size)
            self.times, self.accounts = np.resize(self.times, room), np.resize(self.accounts, room)

    def add(self, times: Times, accounts: Accounts) -> None:
        """Some more."""
        self.make_room(accounts.size)
        begin, self.count = self.count, self.count + accounts.size
        self.times[begin : self.count] = times
        self.accounts[begin : self.count] = accounts

    def split(self, begin: int, leave: Flags) -> tuple[Times, Accounts]:
        """Of those from position ``begin`` on, those flagged leave, and are returned."""
        times, accounts = self.times[begin : self.count], self.accounts[begin : self.count]
        left = times[leave], accounts[leave]
        stay = ~leave
        self.count -= left[1].size
        self.times[begin : self.count] = times[stay]
        self.accounts[begin : self.count] = accounts[stay]
        return left


class Calendar:
    """Accounts with a time. Only what is due within the current window is looked at every time.

    Attributes:
        soon: what is due by the end of the window.
        later: what is not.
        seen: of ``soon``, so many from the beginning on are known not to be due yet.
        end: of the window.

    Args:
        window: how long such a window is, in the unit of the times.
        dtype: of the times.
    """

    def __init__(self, window: int, dtype: type[np.float64] | type[np.int64]) -> None:
        self.soon = Entries(dtype)
        self.later = Entries(dtype)
        self.seen = 0
        self.end: float = window
        self._window = window
        self._now: float = 0

    def add(self, times: Times, accounts: Accounts) -> None:
        """Each of these accounts is due at its time."""
        later = times > self.end
        count = int(np.count_nonzero(later))
        if count:
            self.later.add(times[later], accounts[later])
            soon = ~later
            times, accounts = times[soon], accounts[soon]
        self.soon.add(times, accounts)

    def proceed(self, now: float) -> None:
        """It is ``now``, which never goes back: what has been seen may be due, and the window may have to move."""
        if now > self._now:
            self._now = now
            self.seen = 0
            if now > self.end:
                self.end = now + self._window
                self.soon.add(*self.later.split(0, self.later.times[: self.later.count] <= self.end))

    def take(self, now: float) -> tuple[Times, Accounts]:
        """What is due by ``now``, see ``proceed``. It is in the calendar no more."""
        self.proceed(now)
        due = self.soon.times[self.seen : self.soon.count] <= now
        taken = self.soon.split(self.seen, due)
        self.seen = self.soon.count
        return taken
