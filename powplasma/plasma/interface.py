"""What every rule set offers: what work and fused QSR are worth, and what a block must commit.

A rule set is a frozen dataclass of its parameters, so a researcher replaces one by naming it:
``ruleset("forum", pow_share=30)``. What changes from momentum to momentum is no parameter but
state, a value of its own. All arithmetic is exact integer arithmetic; where a client must round,
it rounds up, so that the block is valid. Source of every rule: docs/specification.md.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from powplasma.errors import InvalidInput, check_integer, plain_integer
from powplasma.plasma.checks import U64_MAX, check_type
from powplasma.plasma.costs import BlockKind

State = TypeVar("State")
"""What a rule set reads from the previous momentum; a frozen dataclass."""

FUSION_UNIT_AMOUNT = 100_000_000
"""Base units of QSR in one fusion unit: 1 QSR. go-zenon ``CostPerFusionUnit``."""

PLASMA_PER_FUSION_UNIT = 2_100
"""Plasma of one fusion unit; ten units pay one plain block. go-zenon ``PlasmaPerFusionUnit``."""

DIFFICULTY_PER_PLASMA = 1_500
"""Difficulty that buys one plasma today and under Dynamic Plasma. go-zenon ``PoWDifficultyPerPlasma``."""


def parameter(default: int, limits: tuple[int, int], unit: str, meaning: str, source: str) -> Any:
    """A dataclass field for a parameter, which carries its limits, unit, meaning and source."""
    return dataclasses.field(
        default=default,
        metadata={"limits": limits, "unit": unit, "meaning": meaning, "source": source},
    )


@dataclass(frozen=True, kw_only=True)
class RuleSet(ABC, Generic[State]):
    """One set of plasma rules.

    Every amount of plasma, difficulty and price is an unsigned 64-bit integer; every amount of
    QSR is in base units (10^8 to the QSR). ``state`` may be left out everywhere: it is then
    ``initial_state``, the state in which the rule set begins.

    Raises:
        InvalidInput: a parameter outside its limits.
    """

    name: ClassVar[str]

    max_pow_plasma: int = parameter(
        U64_MAX,
        (0, U64_MAX),
        "plasma",
        "most plasma that the proof of work of one block gives",
        "docs/specification.md",
    )
    max_block_plasma: int = parameter(
        U64_MAX,
        (0, U64_MAX),
        "plasma",
        "most plasma, fused and worked, that one block commits",
        "docs/specification.md",
    )
    max_fusion_units: int = parameter(
        U64_MAX // PLASMA_PER_FUSION_UNIT,
        (0, U64_MAX // PLASMA_PER_FUSION_UNIT),
        "units of 1 QSR",
        "most fusion units that count for one account",
        "docs/specification.md",
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if field.metadata:
                least, most = field.metadata["limits"]
                value = check_integer(field.name, getattr(self, field.name), least, most, field.metadata["unit"])
                object.__setattr__(self, field.name, value)

    @property
    @abstractmethod
    def initial_state(self) -> State:
        """The state in which the rule set begins."""

    @abstractmethod
    def check_state(self, state: State) -> None:
        """Refuses a state that the rules cannot have led to.

        Raises:
            InvalidInput: field ``state``, not a state of these rules; or its first field out of range.
        """

    @abstractmethod
    def difficulty_per_plasma_at(self, state: State) -> int:
        """Difficulty that buys one plasma."""

    @abstractmethod
    def price_met(self, base_plasma: int, fused: int, pow_plasma: int, state: State) -> bool:
        """Whether ``fused`` and ``pow_plasma`` pay the price of ``base_plasma``; exact."""

    @abstractmethod
    def least_pow_plasma(self, base_plasma: int, fused: int = 0, state: State | None = None) -> int:
        """The least plasma from proof of work that pays ``base_plasma`` beside ``fused``; one less is refused.

        No cap is applied: the result may be more than a block can commit.
        """

    @abstractmethod
    def least_fused(self, base_plasma: int, pow_plasma: int = 0, state: State | None = None) -> int:
        """The least fused plasma that pays ``base_plasma`` beside ``pow_plasma``; one less is refused.

        No cap is applied: the result may be more than an account can have.
        """

    @abstractmethod
    def steepest_rise(self, state: State) -> State:
        """The dearest state that one momentum can lead to from ``state``."""

    def state_or_initial(self, state: State | None) -> State:
        """``state``, checked, or the initial state where there is none.

        Raises:
            InvalidInput: as ``check_state``.
        """
        if state is None:
            return self.initial_state
        self.check_state(state)
        return state

    @property
    def max_fused_plasma(self) -> int:
        """Most fused plasma that one account can have."""
        return self.max_fusion_units * PLASMA_PER_FUSION_UNIT

    @property
    def max_difficulty(self) -> int:
        """The largest difficulty that buys anything, in the initial state."""
        return self.max_difficulty_at(None)

    def max_difficulty_at(self, state: State | None) -> int:
        """The largest difficulty that buys anything: more of it buys no more plasma."""
        return min(self.max_pow_plasma * self.difficulty_per_plasma_at(self.state_or_initial(state)), U64_MAX)

    def plasma_of_difficulty(self, difficulty: int, state: State | None = None) -> int:
        """Plasma that a difficulty buys, rounded down, at most ``max_pow_plasma``.

        Raises:
            InvalidInput: field ``difficulty``; not an integer from 0 to 2^64 - 1.
        """
        difficulty = check_integer("difficulty", difficulty, 0, U64_MAX)
        return min(difficulty // self.difficulty_per_plasma_at(self.state_or_initial(state)), self.max_pow_plasma)

    def difficulty_of_plasma(self, plasma: int, state: State | None = None) -> int:
        """The least difficulty that buys ``plasma``.

        Raises:
            InvalidInput: field ``plasma``; below 0, or more than proof of work can give one block.
        """
        per_plasma = self.difficulty_per_plasma_at(self.state_or_initial(state))
        most = min(self.max_pow_plasma, U64_MAX // per_plasma)
        return check_integer("plasma", plasma, 0, most, f"under {self.name}") * per_plasma

    def plasma_of_fused(self, amount: int) -> int:
        """Plasma of an amount of fused QSR in base units; whole units of 1 QSR count, a debt counts as nothing.

        Raises:
            InvalidInput: field ``amount``; not an integer.
        """
        amount = plain_integer("amount", amount, "base units of QSR, 10^8 to the QSR")
        return min(max(amount, 0) // FUSION_UNIT_AMOUNT, self.max_fusion_units) * PLASMA_PER_FUSION_UNIT

    def fused_of_plasma(self, plasma: int) -> int:
        """The least amount of QSR in base units that gives ``plasma`` when fused: whole QSR.

        Raises:
            InvalidInput: field ``plasma``; below 0, or more than one account can have.
        """
        plasma = check_integer("plasma", plasma, 0, self.max_fused_plasma, f"under {self.name}")
        return -(-plasma // PLASMA_PER_FUSION_UNIT) * FUSION_UNIT_AMOUNT

    def available_plasma(self, fused_amount: int, committed: int, uncommitted: int) -> int:
        """Fused plasma that an account can still commit to its next block.

        Args:
            fused_amount: QSR fused for the account, in base units, as of the acknowledged momentum.
            committed: sum of the fused plasma of the account's blocks up to that momentum.
            uncommitted: the same sum up to the account's latest block.

        Raises:
            InvalidInput: field ``uncommitted``; more was committed than was fused.
        """
        committed = check_integer("committed", committed, 0, U64_MAX, "plasma")
        fused = self.plasma_of_fused(fused_amount)
        uncommitted = check_integer("uncommitted", uncommitted, 0, fused + committed, "plasma")
        return min(fused + committed - uncommitted, self.max_fused_plasma)

    def required_difficulty(self, block_kind: BlockKind, state: State | None = None, fused: int = 0) -> int:
        """The least difficulty that makes a block of this kind valid beside ``fused`` fused plasma.

        An exact minimum: with one plasma less the block is refused. 0 if the fused plasma pays alone.

        Raises:
            InvalidInput: field ``fused``; out of range, or so little that no proof of work can
                pay the rest (the least sufficient value is named); or ``block_kind``, which is
                what ``parse_block_kind`` gives, not its text; or ``state`` or a field of it.
        """
        check_type("block_kind", block_kind, BlockKind)
        fused = check_integer("fused", fused, 0, self.max_fused_plasma, f"under {self.name}")
        state = self.state_or_initial(state)
        plasma = self.least_pow_plasma(block_kind.base_plasma, fused, state)
        most = self.most_pow_plasma(state)
        if plasma > most:
            raise InvalidInput(
                "fused",
                fused,
                f"leaves {plasma} plasma of {block_kind.name} to proof of work, which gives a block at most {most}",
                self._sufficient_fused(block_kind.base_plasma, most, state),
            )
        if fused + plasma > self.max_block_plasma:
            raise InvalidInput(
                "fused",
                fused,
                f"makes {block_kind.name} commit {fused + plasma} plasma with its proof of work",
                f"at most {self.max_block_plasma} plasma in one block under {self.name}",
            )
        return plasma * self.difficulty_per_plasma_at(state)

    def _sufficient_fused(self, base_plasma: int, most: int, state: State) -> str:
        """What fused plasma would do beside at most so much work, in words."""
        beside_most = self.least_fused(base_plasma, most, state)
        worked = self.least_pow_plasma(base_plasma, beside_most, state)
        if beside_most <= self.max_fused_plasma and beside_most + worked <= self.max_block_plasma:
            return f"at least {beside_most} fused plasma under {self.name}"
        alone = self.least_fused(base_plasma, 0, state)
        if alone <= min(self.max_fused_plasma, self.max_block_plasma):
            return f"{alone} fused plasma, which pays alone under {self.name}"
        return f"no block can pay this price under {self.name}"

    def most_pow_plasma(self, state: State | None = None) -> int:
        """Most plasma that the proof of work of one block gives: by the cap, or because a difficulty has 64 bits."""
        return min(self.max_pow_plasma, U64_MAX // self.difficulty_per_plasma_at(self.state_or_initial(state)))
