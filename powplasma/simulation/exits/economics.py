"""Whether fraud and hunting pay on average, by the closed forms with a scenario's values."""

from __future__ import annotations

from fractions import Fraction

from powplasma.simulation.exits.closed import detection, deterrent_bond, fraud_profit, hunters_who_enter
from powplasma.simulation.exits.plan import ExitPlan
from powplasma.simulation.exits.queues import challengers
from powplasma.simulation.figures import Row, hundredths

MOST_HUNTERS = 1_000
"""Hunters of a scenario."""

_TABLED = (0, 1, 2, 3, 5, 10, 20, 50, 100, MOST_HUNTERS)

_TABLED_BONDS = (0, 1, 10, 25, 50, 100, 200, 400)
"""In percent of the value."""


class Economics:
    """Fraud and hunting in a scenario, before the price of gas has moved.

    Attributes:
        value: wei that a fraud claims; under Cash, that of the mean coin.
        bond: wei that it has to lock.

    Args:
        plan: the scenario.
        total: wei of all outputs.
    """

    def __init__(self, plan: ExitPlan, total: int) -> None:
        self._plan = plan
        hunted, watched = challengers(plan.rules.design, plan.fraud.kind)
        self._sees = Fraction(plan.challengers.sees_percent if hunted else 0, 100)
        self._watches = Fraction(plan.users.watch_percent if watched else 0, 100)
        self.value = total // plan.users.number if plan.rules.design == "cash" else plan.fraud.value
        self.bond = plan.bond.bond(self.value, plan.bond.price)
        self._reward = plan.challengers.reward(self.bond)
        self._gas = plan.rules.challenge_gas * plan.chain.gas_price

    def detection(self, hunters: int | None = None) -> Fraction:
        """Chance that a fraud is challenged if so many hunt: it is seen, and the challenge is worth its gas.

        Args:
            hunters: how many; as many as the scenario has by default.
        """
        sees = self._sees if self._reward > self._gas else Fraction(0)
        watches = self._watches if self._reward + self.value > self._gas else Fraction(0)
        return detection(sees, self._plan.challengers.hunters if hunters is None else hunters, watches)

    def deterrent_bond(self, hunters: int) -> int | None:
        """Wei at which fraud stops to pay if whoever sees it challenges; None if no bond is enough."""
        return deterrent_bond(detection(self._sees, hunters, self._watches), self.value)

    def fraud_profit(self, hunters: int | None = None) -> Fraction:
        """Mean profit in wei of one attempt, gas aside."""
        return fraud_profit(self.detection(hunters), self.value, self.bond)

    def yearly_reward(self, hunters: int) -> Fraction:
        """Mean reward in wei of a year, less the gas of the challenges, of so many hunters together.

        Who defrauds for profit does not once it does not pay; a reward below the gas is not fetched.
        """
        plan = self._plan
        if not plan.fraud.random and self.fraud_profit(hunters) <= 0:
            return Fraction(0)
        each = max(self._reward - self._gas, 0)
        return plan.fraud.per_year * each * (self.detection(hunters) - self.detection(0))

    def figures(self) -> Row:
        """All of it; money rounded down to wei."""
        plan, chance = self._plan, self.detection()
        enter = hunters_who_enter(self.yearly_reward, plan.challengers.cost, MOST_HUNTERS)
        tabled = {*_TABLED, plan.challengers.hunters, enter, min(enter + 1, MOST_HUNTERS)}
        return {
            "fraud_value_wei": self.value,
            "bond_wei": self.bond,
            "detection_percent": hundredths(100 * chance),
            "fraud_profit_expected_wei": int(self.fraud_profit() // 1),
            "deterrent_bond_wei": self.deterrent_bond(plan.challengers.hunters),
            "challenge_gas_wei": self._gas,
            "hunters_who_enter": enter,
            "fraud_pays_then": self.fraud_profit(enter) > 0,
            "bond_table": [self._bond_row(share) for share in _TABLED_BONDS],
            "hunter_table": [self._hunter_row(hunters) for hunters in sorted(tabled)],
        }

    def _bond_row(self, share: int) -> Row:
        chance = detection(self._sees, self._plan.challengers.hunters, self._watches)
        bond = self.value * share // 100
        return {
            "bond_percent": share,
            "bond_wei": bond,
            "fraud_profit_expected_wei": int(fraud_profit(chance, self.value, bond) // 1),
        }

    def _hunter_row(self, hunters: int) -> Row:
        chance, reward = self.detection(hunters), self.yearly_reward(hunters)
        return {
            "hunters": hunters,
            "detection_percent": hundredths(100 * chance),
            "fraud_profit_expected_wei": int(self.fraud_profit(hunters) // 1),
            "deterrent_bond_wei": self.deterrent_bond(hunters),
            "reward_per_year_wei": int(reward // 1),
            "profit_of_each_wei": int(reward / hunters // 1) - self._plan.challengers.cost if hunters else None,
        }
