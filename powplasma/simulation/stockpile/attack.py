"""The attack with nobody else on the chain, followed exactly to its end and until prices have recovered.

A stock of years can fill millions of momentums that are all alike. Where a state comes back, what
happens between its two visits repeats for as long as the stock lasts: such rounds are counted and
not played. Only stocks without an age are skipped over like this, and the result is that of the long way.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma.usage import UNUSED
from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.stockpile.goals import Field, Goal, Plan
from powplasma.simulation.stockpile.guesses import Harvest, Ladder
from powplasma.simulation.stockpile.policy import Policy
from powplasma.simulation.stockpile.stock import AgedStock, Ageless, Arsenal, PlainStock

MULTIPLES = (2, 10, 100)
"""Multiples of the quiet price above which momentums are counted."""

_RECOVERY_MOMENTUMS = 60_480
"""A week: prices that are not back by then count as not coming back."""

_PATIENCE = 8_640
"""Momentums that a ladder waits for a price to fall: a day."""


@dataclass(slots=True)
class Course:
    """What came of an attack.

    Attributes:
        momentums: from its first to its last block, or to the last at which the price was held.
        filled: momentums with no room left for others who work.
        occupied: momentums with at least one block of the attacker.
        held: momentums in which the price of work was at the goal or above (``hold``).
        unbounded: the price stays there without any more work, or the rounds cost nothing.
        blocks: blocks of the attacker.
        peak: the highest difficulty of a plain block, times that of the quiet state.
        above: by multiple, momentums in which the price of work was above it, recovery included.
        fused_above: the same for fused plasma.
        recovery: momentums from the last block until both prices are no higher than before; None if never.
        stopped: what the rule set said when it refused to go on; None if it did not.
    """

    momentums: int = 0
    filled: int = 0
    occupied: int = 0
    held: int = 0
    unbounded: bool = False
    blocks: int = 0
    peak: float = 1.0
    above: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MULTIPLES, 0))
    fused_above: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MULTIPLES, 0))
    recovery: int | None = None
    stopped: str | None = None


def arsenal(goal: Goal, field: Field, hashrate: int, seconds: int) -> Arsenal:
    """What an attacker with that goal has ground.

    Raises:
        InvalidInput: field ``goal``; a ladder or a harvest under a decay is not computed.
    """
    policy: Policy = field.policy
    if goal.name in ("ladder", "harvest"):
        if policy.half_life is not None:
            raise InvalidInput("goal", goal, f"is not computed under {policy}", "a policy without decay, or burst")
        if goal.name == "harvest":
            return Harvest(hashrate, seconds, policy)
        first = field.price(field.quiet).difficulty
        return Ladder(hashrate, seconds, policy, works=field.room, first=first, growth=1 + goal.amount / 100)
    return AgedStock(hashrate, seconds, policy) if policy.expiries else PlainStock(hashrate * seconds)


class Attack:
    """One attack, alone on the chain.

    Args:
        goal: what is wanted.
        field: rules, mitigations and the quiet state.
        stock: what there is to pay with; it is used up.
    """

    def __init__(self, goal: Goal, field: Field, stock: Arsenal) -> None:
        self._field = field
        self._plan = Plan(goal, field)
        self._stock = stock
        self._start = field.lane_difficulty(field.quiet)
        self._start_fused = field.fused_price(field.quiet)
        self.course = Course()

    def run(self) -> Course:
        """Follows it to its end, and until prices have recovered."""
        try:
            state = self._attack()
            if not self.course.unbounded:
                self._recover(state)
        except SimulationStopped as end:
            self.course.stopped = end.problem
        return self.course

    def _attack(self) -> Any:
        course, stock, goal = self.course, self._stock, self._plan.goal
        seen: dict[Any, tuple[int, ...]] | None = {} if isinstance(stock, Ageless) else None
        state, momentum, waited = self._field.quiet, 0, 0
        idle: set[Any] = set()
        paused: tuple[Course, Any] | None = None
        while True:
            if seen is not None:
                if state in seen:
                    momentum += self._skip(seen[state])
                    seen = None
                    if course.unbounded:
                        return state
                else:
                    seen[state] = self._counts()
            price, blocks = self._field.price(state), self._plan.blocks(state)
            payable = not blocks or stock.has(blocks, momentum, price)
            if not payable and goal.name == "ladder" and waited < _PATIENCE:
                paused = paused or (copy.deepcopy(course), state)
                blocks, waited = 0, waited + 1
            elif not payable:
                break
            else:
                paused, waited = None, 0
            if not blocks and (goal.name == "under-target" or state in idle):
                # Nothing that is free to wait for: either the price is held for nothing, or it is out of reach.
                course.unbounded = goal.name == "hold"
                break
            self._count(state, blocks)
            if blocks:
                stock.take(blocks, momentum, price)
                idle.clear()
            else:
                idle.add(state)
            after = self._field.following(state, self._field.content(blocks, state), momentum + 1)
            momentum += 1
            state = after
        if paused is not None:
            # It waited in vain: the attack ended before.
            self.course, state = paused
        return state

    def _counts(self) -> tuple[int, ...]:
        """Everything that a round adds to."""
        course = self.course
        return (
            self._stock.useful, course.momentums, course.filled, course.occupied, course.held, course.blocks,
            *course.above.values(), *course.fused_above.values(),
        )  # fmt: skip

    def _skip(self, before: tuple[int, ...]) -> int:
        """Counts as many rounds as can be paid for, but for the last, and says how many momentums they have."""
        course, stock = self.course, self._stock
        assert isinstance(stock, Ageless)
        useful, momentums, filled, occupied, held, blocks, *above = (
            now - then for now, then in zip(self._counts(), before, strict=True)
        )
        if not useful:
            course.unbounded = True
            return 0
        rounds = stock.repeat(useful, blocks)
        course.momentums += rounds * momentums
        course.filled += rounds * filled
        course.occupied += rounds * occupied
        course.held += rounds * held
        course.blocks += rounds * blocks
        for multiples, counts in ((course.above, above), (course.fused_above, above[len(MULTIPLES) :])):
            for multiple, count in zip(multiples, counts, strict=False):
                multiples[multiple] += rounds * count
        return rounds * momentums

    def _count(self, state: Any, blocks: int) -> None:
        course = self.course
        course.momentums += 1
        course.blocks += blocks
        course.occupied += blocks > 0
        course.filled += blocks == self._field.room
        if self._plan.goal.name == "hold":
            course.held += self._plan.reached(state)
        self._count_prices(state)

    def _count_prices(self, state: Any) -> None:
        course = self.course
        difficulty, fused = self._field.lane_difficulty(state), self._field.fused_price(state)
        course.peak = max(course.peak, difficulty / self._start)
        for multiple in MULTIPLES:
            course.above[multiple] += difficulty > multiple * self._start
            course.fused_above[multiple] += fused > multiple * self._start_fused

    def _recover(self, state: Any) -> None:
        """Empty momentums until both prices are back; prices that no longer move are not coming back."""
        for momentum in range(_RECOVERY_MOMENTUMS):
            if (
                self._field.lane_difficulty(state) <= self._start
                and self._field.fused_price(state) <= self._start_fused
            ):
                self.course.recovery = momentum
                return
            self._count_prices(state)
            after = self._field.following(state, UNUSED, momentum + 1)
            if after == state:
                return
            state = after
