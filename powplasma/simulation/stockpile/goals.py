"""What an attacker wants: how many blocks he publishes in a momentum, given the prices in force."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Literal

from powplasma.errors import InvalidInput
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.usage import Usage
from powplasma.simulation.momentum import next_state
from powplasma.simulation.stockpile.policy import Policy, Price

_GOALS = ("burst", "harvest", "ladder", "hold", "under-target")
_ACCEPTED = "burst, harvest, ladder:PERCENT, hold:TIMES or under-target"
_MOST_TIMES = 10**9
_MOST_GROWTH = 10_000

GoalName = Literal["burst", "harvest", "ladder", "hold", "under-target"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the attacker wants.

    Attributes:
        name: ``burst``: as many whole momentums as possible, with works ground for just the prices that
            they meet. ``harvest``: the same with works of one difficulty, kept for whatever they achieved.
            ``ladder``: the same with works ground for a guessed path of prices. ``hold``: the price of
            work at ``amount`` times what it was, for as long as possible. ``under-target``: as much room
            as possible without a price that rises.
        amount: times for ``hold``; growth of the guessed difficulty in percent per momentum for ``ladder``; else 0.
    """

    name: GoalName
    amount: Fraction = Fraction(0)

    def __str__(self) -> str:
        if self.name not in ("ladder", "hold"):
            return self.name
        whole = self.amount.denominator == 1
        return f"{self.name}:{self.amount.numerator if whole else float(self.amount)}"


def parse_goal(text: str) -> Goal:
    """The goal that ``burst``, ``hold:10``, ``ladder:12.5`` and the like name.

    Raises:
        InvalidInput: field ``goal``; unknown, or a number out of range.
    """
    name, colon, number = text.partition(":")
    if name in ("burst", "harvest", "under-target") and not colon:
        return Goal("burst" if name == "burst" else "harvest" if name == "harvest" else "under-target")
    if name in ("ladder", "hold"):
        least, most = (Fraction(1, 100), _MOST_GROWTH) if name == "ladder" else (Fraction(1), _MOST_TIMES)
        accepted = f"{name}:{float(least):g} … {name}:{most}"
        amount = Fraction(number) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", number, re.ASCII) else Fraction(-1)
        if not least <= amount <= most:
            raise InvalidInput("goal", text, "is out of range" if colon else "lacks its number", accepted)
        return Goal("ladder" if name == "ladder" else "hold", amount)
    near = get_close_matches(name, _GOALS, n=1)
    raise InvalidInput("goal", text, "is unknown", f"did you mean {near[0]}?" if near else _ACCEPTED)


class Field:
    """Where the attack happens: the rules, the mitigations, and the quiet state that the stock was ground in.

    Args:
        rules: the rule set.
        policy: the mitigations.
        quiet: the state before the attack.
    """

    def __init__(self, rules: RuleSet[Any], policy: Policy, quiet: Any) -> None:
        self.rules = rules
        self.policy = policy
        self.quiet = quiet
        self.room = rules.capacity * policy.pow_share // 100 // ACCOUNT_BLOCK_BASE_PLASMA
        """Plain blocks paid by work that fit into a momentum."""
        self._prices: dict[Any, Price] = {}

    def price(self, state: Any) -> Price:
        """What a plain block of the stock has to show in a momentum with that state."""
        found = self._prices.get(state)
        if found is None:
            found = self.policy.price(self.rules, ACCOUNT_BLOCK_BASE_PLASMA, self.quiet, state)
            if len(self._prices) > _REMEMBERED:
                self._prices.clear()
            self._prices[state] = found
        return found

    def lane_difficulty(self, state: Any) -> int:
        """Difficulty that a plain block of somebody who begins now needs: the price of work."""
        judged = self.quiet if self.policy.judged == "none" else state
        plasma = self.rules.least_pow_plasma(ACCOUNT_BLOCK_BASE_PLASMA, 0, judged)
        return plasma * self.rules.difficulty_per_plasma_at(judged)

    def fused_price(self, state: Any) -> int:
        """Fused plasma that a plain block needs."""
        judged = self.quiet if self.policy.judged == "none" else state
        return self.rules.least_fused(ACCOUNT_BLOCK_BASE_PLASMA, 0, judged)

    def content(self, blocks: int, state: Any) -> Usage:
        """A momentum with so many plain blocks of the stock and nothing else."""
        price = self.price(state)
        return Usage(0, blocks * ACCOUNT_BLOCK_BASE_PLASMA, blocks * price.plasma, blocks * price.difficulty)

    def following(self, state: Any, content: Usage, momentum: int) -> Any:
        """The next state; where blocks are judged by their creation in all respects, no price binds anybody.

        Raises:
            SimulationStopped: the rule set refuses, as when a price leaves 64 bits.
        """
        if self.policy.judged == "none":
            return state
        return next_state(self.rules, state, content, momentum)


_REMEMBERED = 1 << 16


class Plan:
    """A goal in a field: the number of blocks for each state, remembered.

    Args:
        goal: what is wanted.
        field: where.
    """

    def __init__(self, goal: Goal, field: Field) -> None:
        self.goal = goal
        self._field = field
        self._start = field.lane_difficulty(field.quiet)
        self._start_fused = field.fused_price(field.quiet)
        self._known: dict[Any, int] = {}

    def blocks(self, state: Any) -> int:
        """Blocks that the attacker wants in a momentum with that state; what the room holds is the most."""
        if self.goal.name in ("burst", "harvest", "ladder"):
            return self._field.room
        known = self._known.get(state)
        if known is None:
            known = self._to_hold(state) if self.goal.name == "hold" else self._under_target(state)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[state] = known
        return known

    def reached(self, state: Any) -> bool:
        """Whether the price of work is at least as high as is wanted (``hold``)."""
        return self._field.lane_difficulty(state) >= self.goal.amount * self._start

    def _to_hold(self, state: Any) -> int:
        """The fewest blocks after which the price is reached; the room if no number does it."""
        low, high = 0, self._field.room
        while low < high:
            middle = (low + high) // 2
            if self.reached(self._next(state, middle)):
                high = middle
            else:
                low = middle + 1
        return low

    def _under_target(self, state: Any) -> int:
        """The most blocks after which neither work nor fused plasma is dearer than before the attack."""
        low, high = 0, self._field.room
        while low < high:
            middle = (low + high + 1) // 2
            after = self._next(state, middle)
            if (
                self._field.lane_difficulty(after) <= self._start
                and self._field.fused_price(after) <= self._start_fused
            ):
                low = middle
            else:
                high = middle - 1
        return low

    def _next(self, state: Any, blocks: int) -> Any:
        return self._field.following(state, self._field.content(blocks, state), 0)
