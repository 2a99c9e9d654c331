"""What falls due at a time, many things at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.arrays import Accounts

Times = NDArray[Any]
_Entries = tuple[Times, Accounts]


class Calendar:
    """Accounts with a time. Only what is due within the current window is looked at every time.

    Args:
        window: how long such a window is, in the unit of the times.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._now: float = 0
        self._end: float = window
        self._soon: list[_Entries] = []
        self._seen: list[_Entries] = []
        self._later: list[_Entries] = []

    def __len__(self) -> int:
        return sum(accounts.size for part in (self._soon, self._seen, self._later) for _, accounts in part)

    def add(self, times: Times, accounts: Accounts) -> None:
        """Each of these accounts is due at its time."""
        later = times > self._end
        count = int(np.count_nonzero(later))
        if count:
            if count == later.size:
                self._later.append((times, accounts))
                return
            self._later.append((times[later], accounts[later]))
            soon = ~later
            times, accounts = times[soon], accounts[soon]
        self._soon.append((times, accounts))

    def take(self, now: float) -> _Entries | None:
        """What is due by ``now``, which never goes back; None if nothing is. It is in the calendar no more."""
        if now > self._now:
            self._now = now
            self._soon = self._seen + self._soon
            self._seen = []
            if now > self._end:
                self._turn(now)
        if not self._soon:
            return None
        times, accounts = _joined(self._soon)
        self._soon = []
        due = times <= now
        count = int(np.count_nonzero(due))
        if count < due.size:
            rest = ~due
            self._seen.append((times[rest], accounts[rest]))
        return (times[due], accounts[due]) if count else None

    def _turn(self, now: float) -> None:
        self._end = now + self._window
        entries, self._later = self._later, []
        if entries:
            self.add(*_joined(entries))


def _joined(entries: list[_Entries]) -> _Entries:
    if len(entries) == 1:
        return entries[0]
    return np.concatenate([times for times, _ in entries]), np.concatenate([accounts for _, accounts in entries])
