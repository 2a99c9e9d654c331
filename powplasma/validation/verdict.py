"""What the validator says: accepted, or the first reason why not, with the figures that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a block is refused, in the order in which the checks are made, or that it is not."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    WRONG_BLOCK_TYPE = "wrong block type"
    DIFFICULTY_OUT_OF_RANGE = "difficulty out of range"
    CONTRACT_WITH_DIFFICULTY = "contract block with difficulty"
    BAD_NONCE = "bad nonce"
    DATA_TOO_LONG = "data too long"
    UNKNOWN_METHOD = "unknown method"
    NOT_ENOUGH_FUSED_PLASMA = "not enough fused plasma"
    BLOCK_PLASMA_CAP_EXCEEDED = "block plasma cap exceeded"
    NOT_ENOUGH_PLASMA = "not enough plasma"
    PRICE_TOO_LOW = "price too low"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement of one block.

    Attributes:
        reason: the first reason to refuse it, or ``ACCEPTED``.
        rules: name of the rule set.
        kind: the kind of block that it was found to be (``send``, ``Pillar.Delegate``, …), if it got so far.
        base_plasma: recomputed base plasma, None if the block was refused before.
        required_plasma: least plasma from proof of work that pays beside the block's fused plasma.
        fused_plasma: fused plasma that the block commits.
        available_plasma: fused plasma that its account can commit, as the caller said.
        difficulty: difficulty that the block states.
        pow_plasma: plasma that this difficulty buys.
        max_block_plasma: most plasma that one block may commit.
        problem: what was wrong, for reasons that have no figures.
    """

    reason: Reason
    rules: str
    kind: str | None = None
    base_plasma: int | None = None
    required_plasma: int | None = None
    fused_plasma: int = 0
    available_plasma: int = 0
    difficulty: int = 0
    pow_plasma: int = 0
    max_block_plasma: int = 0
    problem: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the block is valid."""
        return self.reason is Reason.ACCEPTED

    @property
    def details(self) -> dict[str, int | str | None]:
        """All figures that led to the reason, by their name."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in ("reason", "rules")}

    def explain(self) -> str:
        """One sentence for a person."""
        total = self.fused_plasma + self.pow_plasma
        committed = f"{total} plasma ({self.fused_plasma} fused, {self.pow_plasma} from difficulty {self.difficulty})"
        match self.reason:
            case Reason.ACCEPTED if self.kind == "contract":
                return "Accepted: a contract's own block needs no plasma."
            case Reason.ACCEPTED:
                return (
                    f"Accepted under {self.rules}: {self.kind} has {self.base_plasma} base plasma "
                    f"and the block commits {committed}."
                )
            case Reason.NOT_ENOUGH_FUSED_PLASMA:
                return (
                    f"Refused: the block commits {self.fused_plasma} fused plasma, "
                    f"but only {self.available_plasma} is available to the account."
                )
            case Reason.BLOCK_PLASMA_CAP_EXCEEDED:
                return f"Refused: the block commits {committed}, but one block may commit {self.max_block_plasma}."
            case Reason.NOT_ENOUGH_PLASMA:
                return f"Refused: {self.kind} has {self.base_plasma} base plasma, but the block commits {committed}."
            case Reason.PRICE_TOO_LOW:
                return (
                    f"Not now: the block commits {committed}, but at the present price {self.kind} needs "
                    f"{self.required_plasma} plasma from proof of work beside its fused plasma; it waits for the "
                    "price to fall."
                )
            case Reason.BAD_NONCE:
                return f"Refused: the nonce is not good for difficulty {self.difficulty}."
            case _:
                return f"Refused: {self.problem}."
