"""What a momentum contains, and the state that each rule set makes of it for the next one.

The rules themselves are those of ``powplasma.plasma``; this module only hands them over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Any, Generic, NamedTuple, TypeVar

from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM
from powplasma.plasma.checks import MOST_BITS
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.forum import BASE_PRICE_SCALE, ForumMomentum, ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules, PricedMomentum

Item = TypeVar("Item")
Rules = TypeVar("Rules", bound=RuleSet[Any])


class SimulationStopped(PowPlasmaError):
    """A rule set refuses the state that a simulation led to, as when a price leaves 64 bits.

    Attributes:
        momentum: the momentum that cannot be followed, from 1.
        problem: what the rule set says.
    """

    def __init__(self, momentum: int, problem: str) -> None:
        self.momentum = momentum
        self.problem = problem
        super().__init__(f"momentum {momentum}: {problem}")


class Stream(Generic[Item]):
    """What a run yields, one momentum after the other.

    What has ended it, a refusal or Ctrl-C, ends it again however often it is asked: half a run never looks
    like a whole one.

    Args:
        items: a generator, which by itself is at its end once it has raised.
    """

    def __init__(self, items: Generator[Item]) -> None:
        self._items = items
        self._ended_by: BaseException | None = None

    def __iter__(self) -> Stream[Item]:
        return self

    def __next__(self) -> Item:
        if self._ended_by is not None:
            raise self._ended_by
        try:
            return next(self._items)
        except StopIteration:
            raise
        except BaseException as end:
            self._ended_by = end
            raise

    def close(self) -> None:
        """Nothing is left of it."""
        self._items.close()


class Content(NamedTuple):
    """Sums over the blocks of a momentum, in plasma but for the difficulty.

    Attributes:
        fused_base_plasma: base plasma that fused plasma pays for.
        pow_base_plasma: base plasma that proof of work pays for.
        used_plasma: plasma that the blocks commit, fused and worked.
        difficulty: sum of the blocks' difficulties.
    """

    fused_base_plasma: int = 0
    pow_base_plasma: int = 0
    used_plasma: int = 0
    difficulty: int = 0

    @property
    def base_plasma(self) -> int:
        """All base plasma of the momentum."""
        return self.fused_base_plasma + self.pow_base_plasma


EMPTY = Content()
"""A momentum without blocks."""


def capacity(rules: RuleSet[Any]) -> int:
    """Most base plasma of users' blocks in a momentum; today's limit of 100 blocks is taken as plain blocks."""
    match rules:
        case ForumRules():
            return rules.max_base_plasma
        case DynamicRules():
            return rules.max_base_plasma_in_momentum
        case _:
            return MAX_BLOCKS_IN_MOMENTUM * ACCOUNT_BLOCK_BASE_PLASMA


def widened(rules: Rules) -> Rules:
    """The same rules on integers that are far wider than a network's 64 bits; within those nothing differs."""
    if isinstance(rules, ForumRules | DynamicRules):
        return dataclasses.replace(rules, bits=MOST_BITS)
    return rules


def base_plasma_of_use(rules: RuleSet[Any], full_percent: int, pow_percent: int) -> tuple[int, int]:
    """Base plasma of a momentum that is full to so many percent, and how much of it work pays; both floored."""
    base_plasma = capacity(rules) * full_percent // 100
    return base_plasma, base_plasma * pow_percent // 100


def content_of_use(rules: RuleSet[Any], state: Any, full_percent: int, pow_percent: int) -> Content:
    """A momentum that is full to so many percent, of which work pays so many percent at the least price.

    All divisions are floored, as in the tables of the forum proposal.
    """
    base_plasma, worked = base_plasma_of_use(rules, full_percent, pow_percent)
    match rules:
        case ForumRules():
            used = base_plasma * state.base_price // BASE_PRICE_SCALE
            difficulty = used * state.difficulty_per_plasma * pow_percent // 100
        case _:
            fused = rules.least_fused(base_plasma - worked, 0, state)
            bought = rules.least_pow_plasma(worked, 0, state)
            used, difficulty = fused + bought, bought * rules.difficulty_per_plasma_at(state)
    return Content(base_plasma - worked, worked, used, difficulty)


def forum_momentum(state: Any, content: Content) -> ForumMomentum:
    """The momentum as the rules of the forum proposal read it."""
    return ForumMomentum(
        state.base_price,
        content.base_plasma,
        content.used_plasma,
        content.difficulty,
        state.difficulty_per_plasma,
        state.fusion_recharge_rate,
    )


def next_state(rules: RuleSet[Any], state: Any, content: Content, momentum: int) -> Any:
    """What the momentum after this one inherits.

    Raises:
        SimulationStopped: the rule set refuses; ``momentum`` is named.
    """
    try:
        match rules:
            case ForumRules():
                return rules.next_state(forum_momentum(state, content))
            case DynamicRules():
                return rules.next_state(
                    PricedMomentum(
                        state.fusion_price, state.work_price, content.fused_base_plasma, content.pow_base_plasma
                    )
                )
            case _:
                return state
    except InvalidInput as error:
        raise SimulationStopped(momentum, str(error)) from error
