"""A set of a lane's accounts in one array without gaps: whoever leaves, the last ones take the empty places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.individuals.arrays import NOBODY, Accounts


class Pool:
    """A set of accounts. Joining and leaving take time for those who do, not for those who stay.

    Attributes:
        count: how many accounts it has.
        entries: the first ``count`` are these.
        place: where there each of them is.

    Args:
        place: an entry for each account there is.
    """

    def __init__(self, place: NDArray[np.int32]) -> None:
        self.count = 0
        self.entries: Accounts = np.empty(place.size, np.intp)
        self.place = place

    def accounts(self) -> Accounts:
        """All that are in it, valid until the next change."""
        return self.entries[: self.count]

    def add(self, accounts: Accounts) -> None:
        """Accounts that are not in it, none twice."""
        begin, self.count = self.count, self.count + accounts.size
        self.entries[begin : self.count] = accounts
        self.place[accounts] = np.arange(begin, self.count)

    def remove(self, accounts: Accounts) -> tuple[Accounts, Accounts]:
        """Accounts that are in it, none twice.

        Returns:
            Places that were taken anew, and the places that those who took them had before.
        """
        end = self.count
        self.count = left = end - accounts.size
        if left in (0, end):
            return NOBODY, NOBODY
        places = self.places(accounts)
        inside = places < left
        stays = np.ones(accounts.size, np.bool_)
        stays[places[~inside] - left] = False
        empty, moved = places[inside], stays.nonzero()[0] + left
        movers = self.entries[moved]
        self.entries[empty] = movers
        self.place[movers] = empty
        return empty, moved

    def places(self, accounts: Accounts) -> Accounts:
        """Where in ``accounts()`` each of these is."""
        return self.place[accounts].astype(np.intp)

    def sample(self, draw: np.random.Generator, count: int) -> Accounts:
        """So many of its accounts, all equally likely."""
        return self.entries[draw.choice(self.count, count, replace=False, shuffle=False)]
