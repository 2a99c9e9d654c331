"""Confined plasma of a lane's accounts: the rules of ``powplasma.plasma.recharge`` for many accounts at once.

All accounts of a lane have the same fused plasma. Only ``forum`` confines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.errors import InvalidInput
from powplasma.plasma.forum import ForumRules
from powplasma.simulation.individuals.arrays import Accounts, Flags, Integers, Seconds, check_int64, of_those
from powplasma.simulation.momentum import SimulationStopped

CONFINEMENT = np.dtype([("plasma", np.int64), ("height", np.int64), ("target", np.int64), ("end", np.int64)])
"""Of one account: see ``recharge.Confinement``; and the momentum after which nothing is confined any more."""


class Confinements:
    """One confinement per account, none at first.

    Attributes:
        table: an entry as ``CONFINEMENT`` says for each account.

    Args:
        rules: those that confine.
        fused_plasma: of each account.
        accounts: how many there are.
    """

    def __init__(self, rules: ForumRules, fused_plasma: int, accounts: int) -> None:
        self.table: NDArray[np.void] = np.zeros(accounts, CONFINEMENT)
        self._rules = rules
        self._fused_plasma = fused_plasma
        self._longest = 0

    def confined(self, accounts: Accounts, momentum: int) -> Integers:
        """What is still confined after this momentum; see ``recharge.confined_plasma``.

        Raises:
            SimulationStopped: a product leaves 64 bits.
        """
        self._check(momentum)
        return self._confined(accounts, momentum)

    def split(
        self, accounts: Accounts, times: Seconds | float, needed: int, momentum: int
    ) -> tuple[Accounts, Seconds | float, Accounts]:
        """Those of whom after this momentum ``needed`` plasma is not confined, with their times, and the others.

        Raises:
            SimulationStopped: a product leaves 64 bits.
        """
        self._check(momentum)
        return self._split(accounts, times, self._fused_plasma - needed, momentum)

    def confirm(self, accounts: Accounts, used: Integers, rate: int, momentum: int) -> None:
        """A momentum at this recharge rate contains a block of each of these accounts; see ``recharge.confine``.

        Raises:
            SimulationStopped: the rate is 0, or a product leaves 64 bits.
        """
        if np.count_nonzero(used) < used.size:
            accounts, used = accounts[used > 0], used[used > 0]
        if not accounts.size:
            return
        try:
            self._rules.confine(int(used[0]), self._fused_plasma, rate, momentum)
        except InvalidInput as error:
            raise SimulationStopped(momentum, str(error)) from error
        numerator, denominator = self._rules.recharge_multiplier(self._fused_plasma)
        check_int64(self._fused_plasma * denominator, "used_plasma", momentum)
        check_int64(rate * numerator, "fusion_recharge_rate", momentum)
        longest = -(-int(used.max()) * denominator // (rate * numerator)) + self._longest
        check_int64(momentum + longest, "confirmations of confined plasma", momentum)
        self._check(momentum)
        self._longest = max(self._longest, self._confine(accounts, used, denominator, rate * numerator, momentum))

    def recharging(self, accounts: Accounts, momentum: int) -> Flags:
        """Whether plasma of each of these accounts is still confined after this momentum."""
        recharging: Flags = self.table["end"][accounts] > momentum
        return recharging

    def recharged(self, accounts: Accounts, needed: int, momentum: int) -> Integers:
        """The first momentum, not before this one, after which ``needed`` plasma of each account is not confined.

        Raises:
            SimulationStopped: a product leaves 64 bits.
        """
        self._check(momentum)
        return self._recharged(accounts, self._fused_plasma - needed, momentum)

    def _check(self, momentum: int) -> None:
        """No product leaves 64 bits on the way to what is confined or recharged."""
        check_int64(self._longest * self._fused_plasma, "confirmations of confined plasma", momentum)

    def _confined(self, accounts: Accounts, momentum: int) -> Integers:
        confined = np.zeros(accounts.size, np.int64)
        some = self.recharging(accounts, momentum).nonzero()[0]
        rows = self.table[accounts[some]]
        plasma = rows["plasma"]
        confined[some] = plasma - (momentum - rows["height"]) * plasma // rows["target"]
        return confined

    def _split(
        self, accounts: Accounts, times: Seconds | float, most: int, momentum: int
    ) -> tuple[Accounts, Seconds | float, Accounts]:
        able = self._confined(accounts, momentum) <= most
        return accounts[able], of_those(times, able), accounts[~able]

    def _confine(self, accounts: Accounts, used: Integers, denominator: int, rate: int, momentum: int) -> int:
        """Returns the greatest target."""
        rows = self.table[accounts]
        left = np.maximum(rows["end"] - momentum, 0)
        rows["plasma"] = self._confined(accounts, momentum) + used
        rows["height"] = momentum
        rows["target"] = -(-used * denominator // rate) + left
        rows["end"] = momentum + rows["target"]
        self.table[accounts] = rows
        return int(rows["target"].max())

    def _recharged(self, accounts: Accounts, most: int, momentum: int) -> Integers:
        """Most that may be confined then is given."""
        rows = self.table[accounts]
        plasma = rows["plasma"]
        owed = np.maximum(plasma - most, 0)
        # The least c with floor(c × plasma / target) >= owed, so that what is left confined is low enough.
        confirmations = -(-owed * rows["target"] // np.maximum(plasma, 1))
        first: Integers = np.maximum(rows["height"] + confirmations, momentum)
        return first
