"""A set of a lane's accounts in one array without gaps: whoever leaves, the last ones take the empty places."""

from __future__ import annotations

import numpy as np

from powplasma.simulation.arrays import Accounts

_NOBODY: Accounts = np.empty(0, np.intp)


class Pool:
    """A set of accounts. Joining and leaving take time for those who do, not for those who stay.

    Attributes:
        count: how many accounts it has.

    Args:
        participants: how many accounts there are.
    """

    def __init__(self, participants: int) -> None:
        self.count = 0
        self._entries: Accounts = np.empty(participants, np.intp)
        self._places: Accounts = np.empty(participants, np.intp)

    def accounts(self) -> Accounts:
        """All that are in it, valid until the next change."""
        return self._entries[: self.count]

    def add(self, accounts: Accounts) -> None:
        """Accounts that are not in it, none twice."""
        begin, self.count = self.count, self.count + accounts.size
        self._entries[begin : self.count] = accounts
        self._places[accounts] = np.arange(begin, self.count)

    def remove(self, accounts: Accounts) -> tuple[Accounts, Accounts]:
        """Accounts that are in it, none twice.

        Returns:
            Places that were taken anew, and the places that those who took them had before.
        """
        end = self.count
        self.count = left = end - accounts.size
        if left in (0, end):
            return _NOBODY, _NOBODY
        places = self._places[accounts]
        inside = places < left
        stays = np.ones(accounts.size, np.bool_)
        stays[places[~inside] - left] = False
        empty, moved = places[inside], stays.nonzero()[0] + left
        movers = self._entries[moved]
        self._entries[empty] = movers
        self._places[movers] = empty
        return empty, moved

    def places(self, accounts: Accounts) -> Accounts:
        """Where in ``accounts()`` each of these is."""
        places: Accounts = self._places[accounts]
        return places

    def sample(self, draw: np.random.Generator, count: int) -> Accounts:
        """So many of its accounts, all equally likely."""
        return self._entries[draw.choice(self.count, count, replace=False, shuffle=False)]
