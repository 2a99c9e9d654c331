"""Confined plasma of a lane's accounts: the rules of ``powplasma.plasma.recharge`` for many accounts at once.

All accounts of a lane have the same fused plasma. Only ``forum`` confines.
"""

from __future__ import annotations

import numpy as np

from powplasma.errors import InvalidInput
from powplasma.plasma.forum import ForumRules
from powplasma.simulation.arrays import Accounts, Flags, Integers, check_int64
from powplasma.simulation.momentum import SimulationStopped


class Confinements:
    """One confinement per account, none at first.

    Args:
        rules: those that confine.
        fused_plasma: of each account.
        accounts: how many there are.
    """

    def __init__(self, rules: ForumRules, fused_plasma: int, accounts: int) -> None:
        self._rules = rules
        self._fused_plasma = fused_plasma
        self._plasma: Integers = np.zeros(accounts, np.int64)
        self._height: Integers = np.zeros(accounts, np.int64)
        self._target: Integers = np.zeros(accounts, np.int64)
        self._end: Integers = np.zeros(accounts, np.int64)
        self._longest = 0

    def confined(self, accounts: Accounts, momentum: int) -> Integers:
        """What is still confined after this momentum; see ``recharge.confined_plasma``.

        Raises:
            SimulationStopped: a product leaves 64 bits.
        """
        check_int64(self._longest * self._fused_plasma, "confirmations of confined plasma", momentum)
        confined = np.zeros(accounts.size, np.int64)
        some = self.recharging(accounts, momentum).nonzero()[0]
        if some.size:
            accounts = accounts[some]
            plasma = self._plasma[accounts]
            confined[some] = plasma - (momentum - self._height[accounts]) * plasma // self._target[accounts]
        return confined

    def confirm(self, accounts: Accounts, used: Integers, rate: int, momentum: int) -> None:
        """A momentum at this recharge rate contains a block of each of these accounts; see ``recharge.confine``.

        Raises:
            SimulationStopped: the rate is 0, or a product leaves 64 bits.
        """
        if not used.all():
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
        confined = self.confined(accounts, momentum)
        left = np.maximum(self._end[accounts] - momentum, 0)
        target = -(-used * denominator // (rate * numerator)) + left
        self._plasma[accounts] = confined + used
        self._height[accounts] = momentum
        self._target[accounts] = target
        self._end[accounts] = momentum + target
        self._longest = max(self._longest, int(target.max()))

    def recharging(self, accounts: Accounts, momentum: int) -> Flags:
        """Whether plasma of each of these accounts is still confined after this momentum."""
        recharging: Flags = self._end[accounts] > momentum
        return recharging

    def recharged(self, accounts: Accounts, needed: int, momentum: int) -> Integers:
        """The first momentum, not before this one, after which ``needed`` plasma of each account is not confined.

        Raises:
            SimulationStopped: a product leaves 64 bits.
        """
        check_int64(self._longest * self._fused_plasma, "confirmations of confined plasma", momentum)
        plasma, target = self._plasma[accounts], self._target[accounts]
        owed = np.maximum(plasma - (self._fused_plasma - needed), 0)
        # The least c with floor(c × plasma / target) >= owed, so that what is left confined is low enough.
        confirmations = -(-owed * target // np.maximum(plasma, 1))
        first: Integers = np.maximum(self._height[accounts] + confirmations, momentum)
        return first
