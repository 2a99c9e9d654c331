"""What a nonce has to reach: a difficulty, stated or as the price of plasma under a rule set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.errors import DifficultyTooHigh, InvalidInput
from powplasma.plasma import RuleSet
from powplasma.work import MAX_DIFFICULTY

from .parameters import Missing, whole_number


@dataclass(frozen=True, slots=True)
class Target:
    """How a stated difficulty or plasma becomes the difficulty of a search.

    Attributes:
        rules: what plasma a difficulty buys, and up to which one.
        allow_any_difficulty: difficulties that buy no more plasma are accepted too.
    """

    rules: RuleSet[Any]
    allow_any_difficulty: bool

    def difficulty(self, difficulty: object, plasma: object) -> int:
        """The difficulty to search for; exactly one of the two is to be given, the other None.

        Raises:
            InvalidInput: field ``difficulty`` or ``plasma``.
        """
        if difficulty is None and plasma is None:
            raise Missing("difficulty", f"{self._accepted}, or plasma")
        if plasma is None:
            return self._stated(difficulty)
        if difficulty is not None:
            raise InvalidInput("plasma", plasma, "is given beside a difficulty", "one of the two")
        return self._price(plasma)

    def _stated(self, value: object) -> int:
        difficulty = whole_number("difficulty", value, self._accepted)
        if not 1 <= difficulty <= MAX_DIFFICULTY:
            raise InvalidInput("difficulty", difficulty, "is out of range", self._accepted)
        if difficulty > self.rules.max_difficulty and not self.allow_any_difficulty:
            raise DifficultyTooHigh(difficulty, self.rules.max_difficulty, self.rules.name)
        return difficulty

    def _price(self, value: object) -> int:
        most = self.rules.plasma_of_difficulty(self.rules.max_difficulty)
        accepted = f"1 … {most} under {self.rules.name}"
        plasma = whole_number("plasma", value, accepted)
        if not 1 <= plasma <= most:
            raise InvalidInput("plasma", plasma, "is out of range", accepted)
        return self.rules.difficulty_of_plasma(plasma)

    @property
    def _accepted(self) -> str:
        if self.allow_any_difficulty:
            return f"1 … {MAX_DIFFICULTY}"
        return f"1 … {self.rules.max_difficulty} under {self.rules.name}"
