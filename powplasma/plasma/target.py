"""What a nonce has to reach: a difficulty, stated or as the price of plasma under a rule set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.errors import DifficultyTooHigh, InvalidInput
from powplasma.fields import Missing, whole_number
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.costs import BlockKind, parse_block_kind
from powplasma.plasma.interface import RuleSet


@dataclass(frozen=True, slots=True)
class Target:
    """How a stated difficulty or plasma becomes the difficulty of a search.

    Attributes:
        rules: what plasma a difficulty buys, and up to which one.
        allow_any_difficulty: difficulties that buy no more plasma are accepted too.
        state: prices under these rules; None stands for those in which they begin.
    """

    rules: RuleSet[Any]
    allow_any_difficulty: bool
    state: Any = None

    def plasma(self, difficulty: int) -> int:
        """What the difficulty of a search buys."""
        return self.rules.plasma_of_difficulty(difficulty, self.state)

    def block(self, kind: BlockKind, fused: int) -> int:
        """The difficulty that a block of this kind needs beside its fused plasma.

        Raises:
            InvalidInput: field ``fused``; no work can pay the rest, or none is needed.
        """
        difficulty = self.rules.required_difficulty(kind, self.state, fused)
        if not difficulty:
            enough = self.rules.least_fused(kind.base_plasma, 0, self.state)
            raise InvalidInput("fused", fused, f"pays {kind.name} alone: no work is needed", f"0 … {enough - 1}")
        return difficulty

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
        if not 1 <= difficulty <= U64_MAX:
            raise InvalidInput("difficulty", difficulty, "is out of range", self._accepted)
        if difficulty > self._most and not self.allow_any_difficulty:
            raise DifficultyTooHigh(difficulty, self._most, self.rules.name)
        return difficulty

    def _price(self, value: object) -> int:
        most = self.plasma(self._most)
        accepted = f"1 … {most} under {self.rules.name}"
        plasma = whole_number("plasma", value, accepted)
        if not 1 <= plasma <= most:
            raise InvalidInput("plasma", plasma, "is out of range", accepted)
        return self.rules.difficulty_of_plasma(plasma, self.state)

    @property
    def _most(self) -> int:
        """The largest difficulty that buys anything."""
        return self.rules.max_difficulty_at(self.state)

    @property
    def _accepted(self) -> str:
        if self.allow_any_difficulty:
            return f"1 … {U64_MAX}"
        return f"1 … {self._most} under {self.rules.name}"


def block_kind(block: str | None, data_bytes: int | None) -> BlockKind:
    """The kind of block that is meant.

    Raises:
        InvalidInput: field ``block`` or ``data_bytes``.
    """
    if block is None:
        raise Missing("block", "send, receive or Contract.Method")
    try:
        return parse_block_kind(block, data_bytes)
    except InvalidInput as error:
        if error.field in ("contract", "method"):
            raise InvalidInput("block", block, f"names a {error.field} that {error.problem}", error.accepted) from None
        raise
