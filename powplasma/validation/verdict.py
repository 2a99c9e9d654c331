"""What the validator says: accepted, or the first reason why not, with the figures that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from powplasma.plasma.costs import CONTRACT_BLOCK
from powplasma.plasma.interface import RuleSet


class Reason(StrEnum):
    """Why a block is refused, in the order in which the checks are made, or that it is not."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    WRONG_BLOCK_TYPE = "wrong block type"
    DIFFICULTY_OUT_OF_RANGE = "difficulty out of range"
    CONTRACT_WITH_DIFFICULTY = "contract block with difficulty"
    ANCHOR_MISSING = "anchor missing"
    ANCHOR_IN_FUTURE = "anchor in future"
    ANCHOR_UNKNOWN = "anchor unknown"
    EXPIRED = "expired"
    BAD_NONCE = "bad nonce"
    NOT_ENOUGH_FUSED_PLASMA = "not enough fused plasma"
    BLOCK_PLASMA_CAP_EXCEEDED = "block plasma cap exceeded"
    DATA_TOO_LONG = "data too long"
    UNKNOWN_METHOD = "unknown method"
    NOT_ENOUGH_PLASMA = "not enough plasma"
    PRICE_TOO_LOW = "price too low"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement of one block.

    Attributes:
        reason: the first reason to refuse it, or ``ACCEPTED``.
        rules: the rule set.
        state: the state of it that the block was judged by.
        kind: the kind of block that it was found to be (``send``, ``Pillar.Delegate``, …), if it got so far.
        base_plasma: recomputed base plasma, None if the block was refused before.
        fused_plasma: fused plasma that the block commits.
        available_plasma: fused plasma that its account can commit, as the caller said.
        difficulty: difficulty that the block states.
        pow_plasma: plasma that this difficulty buys; 0 if the block was refused before.
        problem: what was wrong, for reasons that have no figures.
        age: height of the including momentum less that of the work's anchor; None unless a freshness
            policy asked for it.
        credited_plasma: what ``pow_plasma`` counts for at that age; None unless such a policy judged it.
    """

    reason: Reason
    rules: RuleSet[Any]
    state: object
    kind: str | None = None
    base_plasma: int | None = None
    fused_plasma: int = 0
    available_plasma: int = 0
    difficulty: int = 0
    pow_plasma: int = 0
    problem: str = ""
    age: int | None = None
    credited_plasma: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the block is valid."""
        return self.reason is Reason.ACCEPTED

    @property
    def required_pow_plasma(self) -> int | None:
        """Least plasma from proof of work that pays beside the block's fused plasma, if its cost is known."""
        if self.base_plasma is None:
            return None
        return self.rules.least_pow_plasma(self.base_plasma, self.fused_plasma, self.state)

    @property
    def details(self) -> dict[str, int | str | None]:
        """All figures that led to the reason, by their name."""
        names = _FIGURES if self.age is None else (*_FIGURES, "age", "credited_plasma")
        figures: dict[str, int | str | None] = {name: getattr(self, name) for name in names}
        return {"rules": self.rules.name, **figures, "max_block_plasma": self.rules.max_block_plasma}

    def explain(self) -> str:
        """One sentence for a person."""
        if self.problem:
            return f"Refused: {self.problem}."
        if self.kind == CONTRACT_BLOCK.name:
            return "Accepted: a contract's own block needs no plasma."
        if self.reason is Reason.BAD_NONCE:
            return f"Refused: the nonce is not good for difficulty {self.difficulty}."
        return self._explain_plasma()

    def _explain_plasma(self) -> str:
        worked = f"{self.pow_plasma} from difficulty {self.difficulty}"
        total = self.fused_plasma + self.pow_plasma
        if self.credited_plasma is not None:
            worked = f"{self.credited_plasma} of {worked} at age {self.age}"
            total = self.fused_plasma + self.credited_plasma
        committed = f"{total} plasma ({self.fused_plasma} fused, {worked})"
        match self.reason:
            case Reason.NOT_ENOUGH_FUSED_PLASMA:
                return (
                    f"Refused: the block commits {self.fused_plasma} fused plasma, "
                    f"but only {self.available_plasma} is available to the account."
                )
            case Reason.BLOCK_PLASMA_CAP_EXCEEDED:
                return (
                    f"Refused: the block commits {committed}, but one block may commit {self.rules.max_block_plasma}."
                )
            case Reason.NOT_ENOUGH_PLASMA:
                return f"Refused: {self.kind} has {self.base_plasma} base plasma, but the block commits {committed}."
            case Reason.PRICE_TOO_LOW:
                return (
                    f"Not now: the block commits {committed}, but at the present price {self.kind} needs "
                    f"{self.required_pow_plasma} plasma from proof of work beside its fused plasma; it waits for the "
                    "price to fall."
                )
            case _:
                return (
                    f"Accepted under {self.rules.name}: {self.kind} has {self.base_plasma} base plasma "
                    f"and the block commits {committed}."
                )


_FIGURES = (
    "kind",
    "base_plasma",
    "fused_plasma",
    "available_plasma",
    "difficulty",
    "pow_plasma",
    "required_pow_plasma",
)
