"""The proposal of 2023: a base price, a difficulty per plasma and a recharge rate that follow the use.

Each momentum sets all three from the momentum before it. Used, fused plasma is confined and
recharges with confirmations (``confinement``). Source: github.com/vilkris4/dynamic-plasma-ideas,
``main.go`` and ``dynamic_plasma_formulas.md``; docs/specification.md, section 4.

The published program computes with unsigned 64-bit integers that wrap silently, and stops with a
division by zero. These rules refuse both with one clear line. ``compatibility=True`` reproduces
the program, wraps included; it is there for conformance alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from powplasma.errors import InvalidInput, check_integer, plain_integer, shown
from powplasma.plasma.checks import (
    U64_BITS,
    U64_MAX,
    check_bits,
    check_plasma,
    check_type,
    hold_plain_integers,
    plain_integers,
    too_wide,
)
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.interface import RuleSet, parameter
from powplasma.plasma.recharge import Confinement, RechargeVariant, check_variant, confine, recharge_target

BASE_PRICE_SCALE = 1_000
"""Denominator of a base price: 1,000 means that a block commits its base plasma once. ``BasePriceDenominator``."""

_SOURCE = "dynamic-plasma-ideas main.go, "


@dataclass(frozen=True, slots=True)
class ForumState:
    """What a momentum inherits from the one before it, and what its blocks are judged by.

    Attributes:
        base_price: thousandths of its base plasma that a block must commit, 1,000 and more.
        difficulty_per_plasma: difficulty that buys one plasma.
        fusion_recharge_rate: plasma that an account's confined plasma loses per confirmation.
    """

    base_price: int
    difficulty_per_plasma: int
    fusion_recharge_rate: int

    def __post_init__(self) -> None:
        if not type(self.base_price) is type(self.difficulty_per_plasma) is type(self.fusion_recharge_rate) is int:
            hold_plain_integers(self)


@dataclass(frozen=True, slots=True)
class ForumMomentum:
    """A momentum: the state that it inherited, and what its blocks used.

    Attributes:
        base_price: see ``ForumState``.
        base_plasma: sum of the base plasma of its blocks.
        used_plasma: sum of the plasma that its blocks committed, fused and worked.
        difficulty: sum of the difficulties of its blocks.
        difficulty_per_plasma: see ``ForumState``.
        fusion_recharge_rate: see ``ForumState``.
    """

    base_price: int
    base_plasma: int
    used_plasma: int
    difficulty: int
    difficulty_per_plasma: int
    fusion_recharge_rate: int

    def __post_init__(self) -> None:
        plain = type(self.base_price) is type(self.base_plasma) is type(self.used_plasma) is int
        if not (
            plain
            and type(self.difficulty) is type(self.difficulty_per_plasma) is type(self.fusion_recharge_rate) is int
        ):
            hold_plain_integers(self)


_INITIAL_STATE = ForumState(base_price=1_000, difficulty_per_plasma=1_000, fusion_recharge_rate=2_100)


@dataclass(frozen=True, kw_only=True)
class ForumRules(RuleSet[ForumState]):
    """The rules of the forum proposal.

    The source names no cap of the proof of work, of the fused plasma or of the plasma of a block,
    so by default there is none but 64 bits. The initial state is the one that the source's program
    and tables start from.
    """

    name: ClassVar[str] = "forum"

    max_base_plasma: int = parameter(
        4_200_000, (1, U64_MAX), "plasma", "most base plasma in a momentum", _SOURCE + "MaxBasePlasmaInMomentum"
    )
    target_base_plasma: int = parameter(
        2_100_000,
        (1, U64_MAX),
        "plasma",
        "base plasma at which the price stays",
        _SOURCE + "TargetBasePlasmaInMomentum",
    )
    pow_share: int = parameter(
        20,
        (1, 100),
        "percent",
        "share of worked plasma aimed at from the target on",
        _SOURCE + "TargetPoWPlasmaPercentInMomentum",
    )
    max_recharge_rate: int = parameter(
        210_000, (1, U64_MAX), "plasma per confirmation", "recharge rate when empty", _SOURCE + "MaxFusionRechargeRate"
    )
    recharge_base: int = parameter(
        10_000, (1, U64_MAX), "", "how often slower a full chain recharges than an empty one", _SOURCE + "math.Pow"
    )
    recharge_factor: int = parameter(
        2, (2, U64_MAX), "", "largest change of the rate", _SOURCE + "PlasmaRechargeRateChangeMultiplier"
    )
    recharge_denominator: int = parameter(
        210_000,
        (1, U64_MAX),
        "plasma",
        "fused plasma at which an account recharges at the base rate",
        _SOURCE + "AccountPlasmaRechargeRateDenominator",
    )
    price_denominator: int = parameter(
        8, (1, U64_MAX), "", "divides the change of the base price", _SOURCE + "BasePriceChangeDenominator"
    )
    difficulty_denominator: int = parameter(
        8, (1, U64_MAX), "", "divides the change of the difficulty", _SOURCE + "DifficultyPerPlasmaChangeDenominator"
    )
    min_difficulty_per_plasma: int = parameter(
        500, (1, U64_MAX), "difficulty", "least difficulty per plasma", _SOURCE + "MinDifficultyPerPlasma"
    )
    min_base_price: int = parameter(
        BASE_PRICE_SCALE, (BASE_PRICE_SCALE, U64_MAX), "thousandths", "least base price", _SOURCE + "MinBasePrice"
    )
    recharge_variant: RechargeVariant = "head"
    """Which published recharge target: ``head``, ``first``, or the ``exact`` value that both approximate."""

    compatibility: bool = field(default=False, repr=False)
    """Reproduce the published program where it wraps modulo 2^64, and take any state; for conformance alone."""

    bits: int = field(default=U64_BITS, repr=False)
    """Width of the integers. A network has 64; a simulation that goes on beyond what one could do takes more."""

    def __post_init__(self) -> None:
        RuleSet.__post_init__(self)
        object.__setattr__(self, "bits", check_bits(self.bits))
        check_variant(self.recharge_variant)
        check_integer("target_base_plasma", self.target_base_plasma, 1, self.max_base_plasma, "plasma (the maximum)")

    @cached_property
    def largest(self) -> int:
        """The largest integer that has the width."""
        return (1 << self.bits) - 1

    @property
    def initial_state(self) -> ForumState:
        """Price 1,000, 1,000 difficulty per plasma, recharge rate 2,100, or the least that the parameters allow."""
        return ForumState(
            max(_INITIAL_STATE.base_price, self.min_base_price),
            max(_INITIAL_STATE.difficulty_per_plasma, self.min_difficulty_per_plasma),
            min(_INITIAL_STATE.fusion_recharge_rate, self.max_recharge_rate),
        )

    def check_state(self, state: ForumState) -> None:
        """Refuses a price, difficulty per plasma or recharge rate outside the rules' own limits."""
        check_type("state", state, ForumState)
        check_integer("base_price", state.base_price, self.min_base_price, self.largest, "thousandths")
        check_integer(
            "difficulty_per_plasma",
            state.difficulty_per_plasma,
            self.min_difficulty_per_plasma,
            self.largest,
            "difficulty",
        )
        check_integer("fusion_recharge_rate", state.fusion_recharge_rate, 0, self.max_recharge_rate, "plasma")

    def check_momentum(self, momentum: ForumMomentum) -> None:
        """Refuses a momentum that the rules cannot have led to.

        Raises:
            InvalidInput: the first field out of range.
        """
        self.check_state(ForumState(momentum.base_price, momentum.difficulty_per_plasma, momentum.fusion_recharge_rate))
        check_integer("base_plasma", momentum.base_plasma, 0, self.max_base_plasma, "plasma in a momentum")
        check_integer("used_plasma", momentum.used_plasma, 0, self.largest, "plasma")
        check_integer("difficulty", momentum.difficulty, 0, self.largest, "")

    def _in_range(self, momentum: ForumMomentum) -> bool:
        """Whether ``check_momentum`` has nothing to refuse; the same limits, for the many good ones."""
        bits = (  # or-ed integers fit only if each of them does
            momentum.base_price
            | momentum.base_plasma
            | momentum.used_plasma
            | momentum.difficulty
            | momentum.difficulty_per_plasma
            | momentum.fusion_recharge_rate
        )
        return (
            0 <= bits <= self.largest
            and momentum.base_price >= self.min_base_price
            and momentum.base_plasma <= self.max_base_plasma
            and momentum.difficulty_per_plasma >= self.min_difficulty_per_plasma
            and momentum.fusion_recharge_rate <= self.max_recharge_rate
        )

    def next_state(self, momentum: ForumMomentum) -> ForumState:
        """What the momentum after this one inherits.

        Raises:
            InvalidInput: a field of ``momentum`` out of range; a result beyond the width; or work
                in a momentum whose target for work is 0, which the proposal divides by.
        """
        if not (self.compatibility or self._in_range(momentum)):
            self.check_momentum(momentum)
        return ForumState(
            self.next_base_price(momentum), self.next_difficulty_per_plasma(momentum), self.next_recharge_rate(momentum)
        )

    def next_base_price(self, momentum: ForumMomentum) -> int:
        """The base price of the next momentum."""
        price = adjust(self.target_base_plasma, momentum.base_plasma, momentum.base_price, self.price_denominator)
        if price > self.largest:
            price = self._beyond_the_width("base_price", price)
        if price < self.min_base_price:
            return self.min_base_price
        return price

    def pow_target(self, momentum: ForumMomentum) -> int:
        """Plasma that the work of this momentum is measured against: all that was used, or the share of it."""
        if momentum.base_plasma < self.target_base_plasma:
            return momentum.used_plasma
        share = momentum.used_plasma * self.pow_share
        if share > self.largest:
            share = self._beyond_the_width("used_plasma", share)
        return share // 100

    def next_difficulty_per_plasma(self, momentum: ForumMomentum) -> int:
        """The difficulty per plasma of the next momentum.

        An empty momentum leaves it as it is, so it never falls on an idle chain.
        """
        current = momentum.difficulty_per_plasma
        if not current:
            raise InvalidInput("difficulty_per_plasma", current, "divides the difficulty", "1 and more")
        worked = momentum.difficulty // current
        target = self.pow_target(momentum)
        if worked and not target:
            problem = f"makes the target 0 that {worked} worked plasma is divided by"
            raise InvalidInput("used_plasma", momentum.used_plasma, problem, "more used plasma, or no work")
        difficulty = adjust(target, worked, current, self.difficulty_denominator)
        if difficulty > self.largest:
            difficulty = self._beyond_the_width("difficulty_per_plasma", difficulty)
        if difficulty < self.min_difficulty_per_plasma:
            return self.min_difficulty_per_plasma
        return difficulty

    def recharge_target(self, base_plasma: int) -> int:
        """The recharge rate that a momentum with so much base plasma pulls towards."""
        return recharge_target(
            base_plasma,
            self.max_recharge_rate,
            self.recharge_base,
            self.max_base_plasma,
            self.recharge_variant,
        )

    def next_recharge_rate(self, momentum: ForumMomentum) -> int:
        """The recharge rate of the next momentum: towards the target, by at most the factor."""
        target = recharge_target(
            momentum.base_plasma,
            self.max_recharge_rate,
            self.recharge_base,
            self.max_base_plasma,
            self.recharge_variant,
        )
        return self.step_recharge_rate(momentum.fusion_recharge_rate, target)

    def step_recharge_rate(self, rate: int, target: int) -> int:
        """One step of a recharge rate towards a target."""
        if not type(rate) is type(target) is int:
            rate, target = plain_integers(rate=rate, target=target)
        if rate > target:
            lower = rate // self.recharge_factor
            if lower > target:
                return lower
        elif rate < target:
            higher = rate * self.recharge_factor
            if higher > self.largest:
                higher = self._beyond_the_width("fusion_recharge_rate", higher)
            if higher < target:
                return higher
        return target

    def recharge_multiplier(self, fused_plasma: int) -> tuple[int, int]:
        """How much faster than the base rate an account recharges, as numerator and denominator.

        The source's first commit has no such multiplier; its last one lets accounts recharge in
        proportion to all the fused plasma they have.
        """
        if self.recharge_variant == "first":
            return 1, 1
        return plain_integer("fused_plasma", fused_plasma), self.recharge_denominator

    def confine(
        self, used: int, fused_plasma: int, recharge_rate: int, height: int, before: Confinement | None = None
    ) -> Confinement:
        """The confinement of an account after a momentum confirmed its block.

        Args:
            used: fused plasma that the block committed.
            fused_plasma: all plasma of the QSR fused for the account.
            recharge_rate: that of the confirming momentum.
            height: of the confirming momentum.
            before: the account's confinement until then.

        Raises:
            InvalidInput: field ``used`` (more than the account has) or ``recharge_rate`` (0).
        """
        fused_plasma = check_integer("fused_plasma", fused_plasma, 1, U64_MAX, "plasma")
        used = check_integer("used", used, 0, fused_plasma, "plasma, all that is fused for the account")
        return confine(used, recharge_rate, height, before, self.recharge_multiplier(fused_plasma))

    def difficulty_per_plasma_at(self, state: ForumState) -> int:
        """The state's difficulty per plasma."""
        return state.difficulty_per_plasma

    def price_met(self, base_plasma: int, fused: int, pow_plasma: int, state: ForumState) -> bool:
        """Whether fused and worked plasma reach the base plasma times the base price."""
        if not type(base_plasma) is type(fused) is type(pow_plasma) is int:
            base_plasma, fused, pow_plasma = plain_integers(base_plasma=base_plasma, fused=fused, pow_plasma=pow_plasma)
        return (fused + pow_plasma) * BASE_PRICE_SCALE >= base_plasma * state.base_price

    def least_plasma(self, base_plasma: int, state: ForumState | None = None) -> int:
        """The least plasma, fused and worked, that pays: base plasma times base price, rounded up."""
        base_plasma = plain_integer("base_plasma", base_plasma)
        return -(-base_plasma * self.state_or_initial(state).base_price // BASE_PRICE_SCALE)

    def least_pow_plasma(self, base_plasma: int, fused: int = 0, state: ForumState | None = None) -> int:
        """What fused plasma leaves of the price."""
        base_plasma, fused = check_plasma(base_plasma=base_plasma, fused=fused)
        return max(0, self.least_plasma(base_plasma, state) - fused)

    def least_fused(self, base_plasma: int, pow_plasma: int = 0, state: ForumState | None = None) -> int:
        """What proof of work leaves of the price."""
        base_plasma, pow_plasma = check_plasma(base_plasma=base_plasma, pow_plasma=pow_plasma)
        return max(0, self.least_plasma(base_plasma, state) - pow_plasma)

    def steepest_rise(self, state: ForumState) -> ForumState:
        """The price after a full momentum, and the difficulty after one at the target that was paid by work alone.

        An upper bound of what one momentum can do to either; none can do both.
        """
        price, per_plasma = state.base_price, state.difficulty_per_plasma
        full = ForumMomentum(price, self.max_base_plasma, 0, 0, per_plasma, state.fusion_recharge_rate)
        # The least target for work, and the most plasma that still has it.
        target = self.least_plasma(self.target_base_plasma, state) * self.pow_share // 100
        used = ((target + 1) * 100 - 1) // self.pow_share
        # A block's difficulty can be short of one more plasma, and a momentum adds up those of all its blocks.
        worked = used + used // ACCOUNT_BLOCK_BASE_PLASMA
        busy = ForumMomentum(
            price,
            self.target_base_plasma,
            used,
            min((worked + 1) * per_plasma - 1, self.largest),
            per_plasma,
            state.fusion_recharge_rate,
        )
        return ForumState(
            self.next_base_price(full),
            max(self.next_difficulty_per_plasma(busy), per_plasma),
            self.next_recharge_rate(full),
        )

    def _beyond_the_width(self, name: str, value: int) -> int:
        """Refuses a value that does not fit; in compatibility, what the program keeps of it."""
        if self.compatibility:
            return value & self.largest
        raise too_wide(name, value, self.bits)


def adjust(target: int, actual: int, current: int, denominator: int) -> int:
    """A price moved by how far ``actual`` is from ``target``; one floored division, never below 0.

    Raises:
        InvalidInput: field ``target`` or ``denominator``; 0 while actual and target differ.
    """
    if not type(target) is type(actual) is type(current) is type(denominator) is int:
        target, actual, current, denominator = plain_integers(
            target=target, actual=actual, current=current, denominator=denominator
        )
    if actual == target:
        return current
    if not target:
        raise InvalidInput("target", target, f"divides the change while {shown(actual)} was used", "1 and more")
    if not denominator:
        raise InvalidInput("denominator", denominator, "divides the change", "1 and more")
    moved = current + current * (actual - target) // (target * denominator)
    if moved < 0:
        return 0
    return moved
