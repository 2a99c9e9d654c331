"""The blocks of a lane that wait for a momentum: at most one of each account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.arrays import Accounts, Flags

_FIRST_CAPACITY = 1_024


class Pool:
    """A set of accounts. One that leaves it is only marked, and its place found again or cleared later.

    Attributes:
        count: how many accounts it has; who changes the marks of some that are in it changes this, too.

    Args:
        where: a mark per account, kept by the owner.
        mark: that of the accounts in the pool.
    """

    def __init__(self, where: NDArray[np.int8], mark: int) -> None:
        self.count = 0
        self._where = where
        self._mark = mark
        self._places: Accounts = np.zeros(where.size, np.intp)
        self._entries: Accounts = np.empty(_FIRST_CAPACITY, np.intp)
        self._end = 0
        self._order: Accounts = np.zeros(where.size, np.intp)

    def add(self, accounts: Accounts) -> None:
        """Accounts that are not in it, none twice; marks them."""
        self._where[accounts] = self._mark
        self.count += accounts.size
        if self._end:
            places = self._places[accounts]
            found = self._entries[places] == accounts
            found &= places < self._end
            if np.count_nonzero(found):
                accounts = accounts[~found]
        end = self._end + accounts.size
        if end > self._entries.size:
            grown = np.empty(max(2 * self._entries.size, end), np.intp)
            grown[: self._end] = self._entries[: self._end]
            self._entries = grown
        self._entries[self._end : end] = accounts
        self._places[accounts] = np.arange(self._end, end)
        self._end = end

    def accounts(self) -> Accounts:
        """All that are in it, valid until the next change."""
        if self.count < self._end:
            entries = self._entries[: self._end]
            self._keep(entries[self._where[entries] == self._mark])
        return self._entries[: self._end]

    def take(self, gone: Flags) -> Accounts:
        """Removes some of ``accounts()``, whose marks the caller changes; returns them."""
        entries = self._entries[: self._end]
        taken = entries[gone]
        self._keep(entries[~gone])
        self.count = self._end
        return taken

    def _keep(self, accounts: Accounts) -> None:
        self._entries[: accounts.size] = accounts
        self._places[accounts] = np.arange(accounts.size)
        self._end = accounts.size

    def sample(self, draw: np.random.Generator, count: int) -> Accounts:
        """So many of its accounts, all equally likely; takes time for ``count``, not for all."""
        if 2 * self.count < self._end:
            self.accounts()
        chosen = self._entries[:0]
        while chosen.size < count:
            drawn = self._entries[(draw.random(count + count // 2 + 8) * self._end).astype(np.intp)]
            chosen = np.concatenate((chosen, drawn[self._where[drawn] == self._mark]))[::-1]
            order = np.arange(chosen.size)
            self._order[chosen] = order
            chosen = chosen[self._order[chosen] == order][::-1]  # of equal ones, the first drawn
        return chosen[:count]
