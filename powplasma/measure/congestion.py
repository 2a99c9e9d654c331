"""What "congested" means under each rule set: which price moves, and how fast it can."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma import RuleSet
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.interface import PriceName

MOMENTUM_SECONDS = 10
"""Time between two momentums; docs/specification.md."""

MOMENTUM_BLOCKS = 100
"""Most account blocks in a momentum today. go-zenon ``chain/account_pool.go`` ``MaxAccountBlocksInMomentum``."""

_LONGEST_CLIMB = 10_000
"""Momentums after which a price is taken to be out of reach."""


@dataclass(frozen=True, slots=True)
class Market:
    """The price of work under one rule set.

    Attributes:
        rules: the rule set.
        price_name: the field of the state, or the parameter, that is the price of work.
        price: its value on a quiet network.
        moves: whether congestion raises it.
        target: base plasma from work in one momentum above which the price rises; None if nothing
            of the kind exists.
    """

    rules: RuleSet[Any]
    price_name: PriceName
    price: int
    moves: bool
    target: int | None

    def state(self, price: int) -> Any:
        """The rule set's initial state, but with this price of work."""
        if not self.moves:
            return self.rules.initial_state
        return dataclasses.replace(self.rules.initial_state, **{self.price_name: price})

    def prices(self, doublings: int) -> list[int]:
        """The quiet price and so many doublings of it; the quiet price alone where it is fixed."""
        return [self.price << power for power in range(doublings + 1)] if self.moves else [self.price]

    def highest_price(self, bearable: Callable[[Any], bool]) -> int | None:
        """The highest price in whose state ``bearable`` still holds; None if it does not on a quiet network.

        Args:
            bearable: of a state; once false, it stays false at higher prices.
        """
        if not bearable(self.state(self.price)):
            return None
        low, high = self.price, self.price
        while self.moves and high < U64_MAX and bearable(self.state(high)):
            low, high = high, min(2 * high, U64_MAX)
        while high - low > 1:
            middle = (low + high) // 2
            if bearable(self.state(middle)):
                low = middle
            else:
                high = middle
        return low

    def momentums_to_exceed(self, price: int) -> int | None:
        """Fewest momentums that take a quiet network's price above ``price``; None if it cannot get there."""
        state = self.rules.initial_state
        for momentums in range(_LONGEST_CLIMB):
            if self.moves and getattr(state, self.price_name) > price:
                return momentums
            try:
                after = self.rules.steepest_rise(state)
            except InvalidInput:  # the next price would have more than 64 bits
                return None
            if after == state:
                return None
            state = after
        return None


def market(rules: RuleSet[Any]) -> Market:
    """The price of work under ``rules``."""
    quiet = rules.work_price(rules.initial_state)
    return Market(rules, rules.work_price_name, quiet, moves=rules.work_target is not None, target=rules.work_target)
