"""What falls due at a time, many things at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.individuals.arrays import Accounts, Flags, Seconds

ENTRY = np.dtype([("time", np.float64), ("account", np.int64)])
"""An account, and when something of it falls due."""

_FIRST_ROOM = 1_024


class Entries:
    """Accounts with a time, in the order in which they came.

    Attributes:
        count: how many there are.
        table: the first ``count`` entries, as ``ENTRY`` says, are these.
        address: of the table.
    """

    def __init__(self) -> None:
        self.count = 0
        self.table: NDArray[np.void] = np.empty(_FIRST_ROOM, ENTRY)
        self.address: int = self.table.ctypes.data

    def make_room(self, more: int) -> None:
        """For so many more."""
        least = self.count + more
        if least > self.table.size:
            self.table = np.resize(self.table, max(least, 2 * self.table.size))
            self.address = self.table.ctypes.data

    def add(self, times: Seconds, accounts: Accounts) -> None:
        """Some more."""
        self.make_room(accounts.size)
        begin, self.count = self.count, self.count + accounts.size
        new = self.table[begin : self.count]
        new["time"], new["account"] = times, accounts

    def split(self, begin: int, leave: Flags) -> tuple[Seconds, Accounts]:
        """Of those from position ``begin`` on, those flagged leave, and are returned."""
        entries = self.table[begin : self.count]
        left, stay = entries[leave], entries[~leave]
        self.count -= left.size
        self.table[begin : self.count] = stay
        return left["time"].copy(), left["account"].copy()


class Calendar:
    """Accounts with a time. Only what is due within the current window is looked at every time.

    Attributes:
        soon: what is due by the end of the window.
        later: what is not.
        seen: of ``soon``, so many from the beginning on are known not to be due yet.
        end: of the window.

    Args:
        window: how long such a window is, in the unit of the times.
    """

    def __init__(self, window: int) -> None:
        self.soon = Entries()
        self.later = Entries()
        self.seen = 0
        self.end: float = window
        self._window = window
        self._now: float = 0

    def add(self, times: Seconds, accounts: Accounts) -> None:
        """Each of these accounts is due at its time."""
        later = times > self.end
        count = int(np.count_nonzero(later))
        if count:
            self.later.add(times[later], accounts[later])
            soon = ~later
            times, accounts = times[soon], accounts[soon]
        self.soon.add(times, accounts)

    def proceed(self, now: float) -> bool:
        """It is ``now``, which never goes back, and what has been seen may be due.

        Returns:
            Whether the window has moved, so that ``turn`` comes next.
        """
        if now <= self._now:
            return False
        self._now = now
        self.seen = 0
        if now <= self.end:
            return False
        self.end = now + self._window
        return True

    def turn(self) -> None:
        """What is due by the end of the window, now that it has moved, is due soon."""
        self.soon.add(*self.later.split(0, self.later.table["time"][: self.later.count] <= self.end))

    def take(self, now: float) -> tuple[Seconds, Accounts]:
        """What is due by ``now``, see ``proceed``. It is in the calendar no more."""
        if self.proceed(now):
            self.turn()
        due = self.soon.table["time"][self.seen : self.soon.count] <= now
        taken = self.soon.split(self.seen, due)
        self.seen = self.soon.count
        return taken
