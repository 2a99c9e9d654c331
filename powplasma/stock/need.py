"""What a block needs of a work, at the prices of now and whatever the work's age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.errors import InvalidInput, check_integer, plain_integer
from powplasma.plasma.costs import BlockKind
from powplasma.plasma.freshness import Freshness, Never, Window
from powplasma.plasma.interface import RuleSet
from powplasma.work import check_difficulty


@dataclass(frozen=True, slots=True)
class Need:
    """A difficulty, or an amount of plasma at a price. Made by the three ``of_…``.

    Attributes:
        difficulty: that fresh work has to reach.
        plasma: that it has to buy; None if a difficulty was asked for.
        rules: by which it buys that; None if a difficulty was asked for.
        state: of these rules.
    """

    difficulty: int
    plasma: int | None = None
    rules: RuleSet[Any] | None = None
    state: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "difficulty", plain_integer("difficulty", self.difficulty))
        if self.plasma is not None:
            object.__setattr__(self, "plasma", plain_integer("plasma", self.plasma))

    @classmethod
    def of_difficulty(cls, difficulty: int) -> Need:
        """A difficulty, whatever it buys.

        Raises:
            InvalidInput: field ``difficulty``; not an integer from 1 to 2^64 - 1.
        """
        return cls(check_difficulty(difficulty, least=1))

    @classmethod
    def of_plasma(cls, rules: RuleSet[Any], plasma: int, state: Any = None) -> Need:
        """Plasma at the prices of a state, by default that in which the rules begin.

        Raises:
            InvalidInput: field ``plasma``; more than proof of work gives one block, or below 1; or ``state``.
        """
        plasma = check_integer("plasma", plasma, 1, rules.most_pow_plasma(state), f"under {rules.name}")
        return cls(rules.difficulty_of_plasma(plasma, state), plasma, rules, state)

    @classmethod
    def of_block(cls, rules: RuleSet[Any], kind: BlockKind, state: Any = None, fused: int = 0) -> Need:
        """What pays a block of this kind beside ``fused`` fused plasma, at the prices of a state.

        Raises:
            InvalidInput: as ``RuleSet.required_difficulty``; and field ``fused`` if no work is needed.
        """
        if not rules.required_difficulty(kind, state, fused):
            enough = rules.least_fused(kind.base_plasma, 0, state)
            raise InvalidInput("fused", fused, f"pays {kind.name} alone: no work is needed", f"0 … {enough - 1}")
        return cls.of_plasma(rules, rules.least_pow_plasma(kind.base_plasma, fused, state), state)

    def difficulty_at(self, policy: Freshness, age: int) -> int | None:
        """The least difficulty that suffices for work of an age; None if no block can state so much.

        Raises:
            InvalidInput: field ``expiry``; the policy takes a part of plasma, and the need is a difficulty.
        """
        age = plain_integer("age", age)
        if isinstance(policy, Never):
            return self.difficulty
        if isinstance(policy, Window):
            return self.difficulty if age <= policy.momentums else None
        if self.rules is None or self.plasma is None:
            raise InvalidInput("expiry", str(policy), "takes a part of plasma", "a need in plasma, or another policy")
        low, most = self.plasma, self.rules.most_pow_plasma(self.state)
        if policy.credit(most, age) < self.plasma:
            return None
        while low < most:
            middle = (low + most) // 2
            if policy.credit(middle, age) >= self.plasma:
                most = middle
            else:
                low = middle + 1
        return self.rules.difficulty_of_plasma(low, self.state)
