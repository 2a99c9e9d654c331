"""Accounts of a lane that move as one: they wait for a price that they can pay, and then all bid the same.

What happens to all of them is written down once. Only whoever joins or leaves costs time, and a hash for
each of their blocks.
"""

from __future__ import annotations

import numpy as np

from powplasma.plasma.pricing import Payment
from powplasma.simulation.individuals.arrays import Accounts, Keys
from powplasma.simulation.individuals.pool import Pool
from powplasma.simulation.individuals.ranking import best


class Cohort:
    """A set of accounts without an open block, or with open blocks that commit the same.

    Attributes:
        members: the accounts.
        payment: what the open block of each commits, which is no work; None as long as nobody has one.
        rounds: how many blocks those have made who have always been in it.

    Args:
        members: nobody yet.
    """

    def __init__(self, members: Pool) -> None:
        self.members = members
        self.payment: Payment | None = None
        self.rounds = 0
        self._keys: Keys = np.empty(0, np.uint64)

    @property
    def waiting(self) -> int:
        """Accounts that cannot pay."""
        return 0 if self.payment else self.members.count

    def bid(self, payment: Payment, keys: Keys) -> None:
        """All make a block; ``keys`` are in the order of the members."""
        self.payment, self._keys = payment, keys
        self.rounds += 1

    def remove(self, accounts: Accounts) -> None:
        """These members leave."""
        empty, moved = self.members.remove(accounts)
        if self.payment:
            self._keys[empty] = self._keys[moved]
        if not self.members.count:
            self.payment = None

    def best(self, count: int) -> tuple[Keys, Accounts]:
        """The members whose blocks have the greatest keys, at most so many; and these keys."""
        accounts = self.members.accounts()
        keys = self._keys[: accounts.size]
        chosen = best(None, keys, count)
        return keys[chosen], accounts[chosen]

    def keys_of(self, accounts: Accounts) -> Keys:
        """What orders the open blocks of these members."""
        keys: Keys = self._keys[self.members.places(accounts)]
        return keys

    def disband(self) -> tuple[Accounts, Keys]:
        """All members leave; returns them, and what orders their open blocks."""
        accounts = self.members.accounts().copy()
        self.members.count, self.payment = 0, None
        return accounts, self._keys[: accounts.size]
