"""Dynamic Plasma as the node has merged it: a price for fused plasma and a price for worked plasma.

Both prices are thousandths. A momentum's blocks are judged by the prices that its predecessor
computed. Source: go-zenon ``dp/dp.go``, ``vm/vm.go``, ``rpc/api/embedded/plasma.go``;
docs/specification.md, section 5.
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
from powplasma.plasma.interface import DIFFICULTY_PER_PLASMA, RuleSet, parameter
from powplasma.plasma.methods import EMBEDDED_SIMPLE_PLASMA

PRICE_SCALE = 1_000
"""Denominator of a price, and the least price: one plasma per base plasma. go-zenon ``PriceScaleFactor``.

No parameter: the rule of a valid price divides 21,000 times a price by it without remainder."""

MIN_PRICE = 1_000
"""Least price of either resource. go-zenon ``MinResourcePrice``."""

DYNAMIC_MOMENTUM_VERSION = 2
"""Momentum version from which on a momentum carries prices. go-zenon ``DynamicPlasmaMomentumVersion``."""

_SOURCE = "go-zenon dp/dp.go "
_VARIABLE = "go-zenon SetVariables "


@dataclass(frozen=True, slots=True)
class DynamicState:
    """The prices in force for a momentum's blocks.

    Attributes:
        fusion_price: thousandths of fused plasma per base plasma.
        work_price: thousandths of worked plasma per base plasma.
    """

    fusion_price: int
    work_price: int

    def __post_init__(self) -> None:
        if not type(self.fusion_price) is type(self.work_price) is int:
            hold_plain_integers(self)


@dataclass(frozen=True, slots=True)
class PricedMomentum:
    """A momentum: the prices that its blocks were judged by, and the nominal base plasma that they used.

    Attributes:
        fusion_price: see ``DynamicState``.
        work_price: see ``DynamicState``.
        fused_base_plasma: base plasma paid for with fused plasma, summed over its blocks.
        pow_base_plasma: base plasma paid for with work.
    """

    fusion_price: int
    work_price: int
    fused_base_plasma: int
    pow_base_plasma: int

    def __post_init__(self) -> None:
        prices = type(self.fusion_price) is type(self.work_price) is int
        if not (prices and type(self.fused_base_plasma) is type(self.pow_base_plasma) is int):
            hold_plain_integers(self)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a user's block commits, and for how much base plasma.

    Attributes:
        base_plasma: recomputed from the block, never taken from it.
        fused_plasma: fused plasma that it states.
        difficulty: difficulty that it states.
    """

    base_plasma: int
    fused_plasma: int
    difficulty: int

    def __post_init__(self) -> None:
        """Refuses what is no unsigned 64-bit integer."""
        check_plasma(base_plasma=self.base_plasma, fused_plasma=self.fused_plasma)
        check_integer("difficulty", self.difficulty, 0, U64_MAX)
        if not type(self.base_plasma) is type(self.fused_plasma) is type(self.difficulty) is int:
            hold_plain_integers(self)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the node answers to ``getRequiredPoWForAccountBlock``, and the fused plasma that it leaves out.

    Attributes:
        difficulty: ``requiredDifficulty``; 0 if the available plasma pays alone.
        fused_plasma: fused plasma that pays alone, which the node's answer does not contain.
    """

    difficulty: int
    fused_plasma: int


def prices_in_force(version: int, next_fusion_price: int, next_work_price: int) -> DynamicState:
    """The prices for the blocks of a momentum, from version and next prices of the momentum before it."""
    if plain_integer("version", version) >= DYNAMIC_MOMENTUM_VERSION:
        return DynamicState(next_fusion_price, next_work_price)
    return DynamicState(MIN_PRICE, MIN_PRICE)


def next_price(price: int, used: int, target: int, max_change_percent: int, change_denominator: int) -> int:
    """The price after a momentum that used so much against a target; exact, beyond 64 bits if need be.

    Two floored divisions, then the upper and the lower bound, last the least price.

    Raises:
        InvalidInput: field ``target`` or ``change_denominator``; 0 while use and target differ.
    """
    if not type(price) is type(used) is type(target) is type(max_change_percent) is type(change_denominator) is int:
        price, used, target, max_change_percent, change_denominator = plain_integers(
            price=price,
            used=used,
            target=target,
            max_change_percent=max_change_percent,
            change_denominator=change_denominator,
        )
    if used == target:
        return price
    if not target:
        raise InvalidInput("target", target, f"divides the change while {shown(used)} was used", "1 and more")
    if not change_denominator:
        raise InvalidInput("change_denominator", change_denominator, "divides the change", "1 and more")
    moved = price + (used - target) * price // target // change_denominator
    highest = price * (100 + max_change_percent) // 100
    lowest = price * (100 - max_change_percent) // 100
    return max(min(moved, highest), lowest, MIN_PRICE)


@dataclass(frozen=True, kw_only=True)
class DynamicRules(RuleSet[DynamicState]):
    """The rules of Dynamic Plasma, its spork active.

    The five variables that governance can set are parameters with the limits of ``SetVariables``.
    """

    name: ClassVar[str] = "dynamic"

    max_base_plasma_in_momentum: int = parameter(
        4_200_000,
        (210_000, 210_000_000_000_000),
        "plasma",
        "most base plasma in a momentum",
        _VARIABLE + "MaxBasePlasmaInMomentum",
    )
    fused_plasma_target: int = parameter(
        1_050_000, (1, U64_MAX), "plasma", "fused base plasma at which its price stays", _VARIABLE + "FusedPlasmaTarget"
    )
    pow_plasma_target: int = parameter(
        1_050_000, (1, U64_MAX), "plasma", "worked base plasma at which its price stays", _VARIABLE + "PowPlasmaTarget"
    )
    max_price_change_percent: int = parameter(
        10, (1, 100), "percent", "largest change of a price per momentum", _VARIABLE + "MaxPriceChangePercent"
    )
    price_change_denominator: int = parameter(
        20, (1, 100), "", "divides the change of a price", _VARIABLE + "PriceChangeDenominator"
    )
    max_pow_plasma: int = parameter(
        210_000_000_000,
        (0, U64_MAX),
        "plasma",
        "most plasma from the work of one block",
        _SOURCE + "MaxPoWPlasmaForAccountBlock",
    )
    max_block_plasma: int = parameter(
        210_000_000_000, (0, U64_MAX), "plasma", "most plasma that one block commits", "go-zenon vm/vm.go"
    )
    max_fusion_units: int = parameter(
        100_000_000,
        (0, 100_000_000),
        "units of 1 QSR",
        "most fusion units of an account",
        _SOURCE + "MaxFusionUnitsPerAccount",
    )
    difficulty_per_plasma: int = parameter(
        DIFFICULTY_PER_PLASMA,
        (1, U64_MAX),
        "difficulty",
        "difficulty that buys one plasma",
        "go-zenon PoWDifficultyPerPlasma",
    )
    max_pending_blocks: int = parameter(
        500, (1, U64_MAX), "blocks", "most unconfirmed blocks of one user account", "go-zenon chain/account_pool.go"
    )

    compatibility: bool = field(default=False, repr=False)
    """Take any variables and prices, and keep the low 64 bits of a price, as the node's package does by itself;
    for conformance alone."""

    bits: int = field(default=U64_BITS, repr=False)
    """Width of the prices. A network has 64; a simulation that goes on beyond what one could do takes more."""

    def __post_init__(self) -> None:
        if self.compatibility:
            hold_plain_integers(self)
            return
        RuleSet.__post_init__(self)
        object.__setattr__(self, "bits", check_bits(self.bits))
        if self.fused_plasma_target + self.pow_plasma_target > self.max_base_plasma_in_momentum:
            raise InvalidInput(
                "pow_plasma_target",
                self.pow_plasma_target,
                f"makes both targets {self.fused_plasma_target + self.pow_plasma_target}",
                f"together at most {self.max_base_plasma_in_momentum} plasma, the maximum in a momentum",
            )

    @cached_property
    def largest(self) -> int:
        """The largest price that has the width."""
        return (1 << self.bits) - 1

    @property
    def initial_state(self) -> DynamicState:
        """Both prices at their least, as at the activation of the spork."""
        return DynamicState(MIN_PRICE, MIN_PRICE)

    @property
    def max_contract_blocks(self) -> int:
        """Most blocks of contracts in a momentum."""
        return self.max_base_plasma_in_momentum // EMBEDDED_SIMPLE_PLASMA

    def check_state(self, state: DynamicState) -> None:
        """Refuses a price below 1,000 or beyond the width."""
        if self.compatibility:
            return
        check_type("state", state, DynamicState)
        check_integer("fusion_price", state.fusion_price, MIN_PRICE, self.largest, "thousandths")
        check_integer("work_price", state.work_price, MIN_PRICE, self.largest, "thousandths")

    def check_momentum(self, momentum: PricedMomentum) -> None:
        """Refuses a momentum that the rules cannot have led to.

        Raises:
            InvalidInput: the first field out of range.
        """
        self.check_state(DynamicState(momentum.fusion_price, momentum.work_price))
        most = self.max_base_plasma_in_momentum
        check_integer("fused_base_plasma", momentum.fused_base_plasma, 0, most, "plasma")
        check_integer(
            "pow_base_plasma", momentum.pow_base_plasma, 0, most - momentum.fused_base_plasma, "plasma beside the fused"
        )

    def next_state(self, momentum: PricedMomentum) -> DynamicState:
        """The prices for the momentum after this one.

        Raises:
            InvalidInput: a field of ``momentum`` out of range, or a price beyond the width.
        """
        if not (self.compatibility or self._in_range(momentum)):
            self.check_momentum(momentum)
        percent, denominator = self.max_price_change_percent, self.price_change_denominator
        fusion_price = next_price(
            momentum.fusion_price, momentum.fused_base_plasma, self.fused_plasma_target, percent, denominator
        )
        work_price = next_price(
            momentum.work_price, momentum.pow_base_plasma, self.pow_plasma_target, percent, denominator
        )
        if fusion_price > self.largest or work_price > self.largest:
            return DynamicState(self._fit("fusion_price", fusion_price), self._fit("work_price", work_price))
        return DynamicState(fusion_price, work_price)

    def _in_range(self, momentum: PricedMomentum) -> bool:
        """Whether ``check_momentum`` has nothing to refuse; the same limits, for the many good ones."""
        # Or-ed integers fit only if each of them does.
        bits = momentum.fusion_price | momentum.work_price | momentum.fused_base_plasma | momentum.pow_base_plasma
        return (
            0 <= bits <= self.largest
            and momentum.fusion_price >= MIN_PRICE
            and momentum.work_price >= MIN_PRICE
            and momentum.fused_base_plasma + momentum.pow_base_plasma <= self.max_base_plasma_in_momentum
        )

    def _fit(self, name: str, price: int) -> int:
        if price > self.largest and not self.compatibility:
            raise too_wide(name, price, self.bits)
        return price & self.largest

    def nominal_base_plasma(self, payment: Payment, state: DynamicState | None = None) -> tuple[int, int]:
        """How a block's base plasma counts: (fused, worked), weighted by what each part buys.

        A contract's own block, which commits nothing for a base plasma of 0, counts as (0, 0).
        """
        if not payment.difficulty:
            return payment.base_plasma, 0
        if not payment.fused_plasma:
            return 0, payment.base_plasma
        state = self.state_or_initial(state)
        fused = payment.fused_plasma * state.work_price
        worked = self.plasma_of_difficulty(payment.difficulty, state) * state.fusion_price
        fused_base_plasma = fused * payment.base_plasma // (fused + worked)
        return fused_base_plasma, payment.base_plasma - fused_base_plasma

    def value(self, payment: Payment, state: DynamicState | None = None) -> int:
        """What a block pays: fused plasma × work price + worked plasma × fusion price; exact."""
        state = self.state_or_initial(state)
        worked = self.plasma_of_difficulty(payment.difficulty, state)
        return payment.fused_plasma * state.work_price + worked * state.fusion_price

    def compare(self, a: Payment, b: Payment, state: DynamicState | None = None) -> int:
        """1 if ``a`` pays more per base plasma than ``b``, -1 if less, 0 if the same."""
        left = self.value(a, state) * b.base_plasma
        right = self.value(b, state) * a.base_plasma
        return (left > right) - (left < right)

    def price_valid(self, payment: Payment, state: DynamicState | None = None) -> bool:
        """Whether a momentum may contain a user's block with this payment."""
        state = self.state_or_initial(state)
        worked = self.plasma_of_difficulty(payment.difficulty, state)
        return self.price_met(payment.base_plasma, payment.fused_plasma, worked, state)

    def price_met(self, base_plasma: int, fused: int, pow_plasma: int, state: DynamicState) -> bool:
        """Whether fused / fusion price + worked / work price reaches base plasma / 1,000; exact."""
        if not type(base_plasma) is type(fused) is type(pow_plasma) is int:
            base_plasma, fused, pow_plasma = plain_integers(base_plasma=base_plasma, fused=fused, pow_plasma=pow_plasma)
        fusion_price, work_price = state.fusion_price, state.work_price
        paid = (fused * work_price + pow_plasma * fusion_price) * ACCOUNT_BLOCK_BASE_PLASMA
        return paid >= ACCOUNT_BLOCK_BASE_PLASMA * fusion_price // PRICE_SCALE * work_price * base_plasma

    def least_pow_plasma(self, base_plasma: int, fused: int = 0, state: DynamicState | None = None) -> int:
        """ceil(work price × (base plasma × fusion price - 1,000 × fused) / (1,000 × fusion price)), at least 0."""
        base_plasma, fused = check_plasma(base_plasma=base_plasma, fused=fused)
        state = self.state_or_initial(state)
        owed = base_plasma * state.fusion_price - PRICE_SCALE * fused
        return max(0, -(-state.work_price * owed // (PRICE_SCALE * state.fusion_price)))

    def least_fused(self, base_plasma: int, pow_plasma: int = 0, state: DynamicState | None = None) -> int:
        """ceil(fusion price × (base plasma × work price - 1,000 × worked) / (1,000 × work price)), at least 0."""
        base_plasma, pow_plasma = check_plasma(base_plasma=base_plasma, pow_plasma=pow_plasma)
        state = self.state_or_initial(state)
        owed = base_plasma * state.work_price - PRICE_SCALE * pow_plasma
        return max(0, -(-state.fusion_price * owed // (PRICE_SCALE * state.work_price)))

    def suggestion(self, base_plasma: int, available: int, state: DynamicState | None = None) -> Suggestion:
        """What the node suggests to an account with so much available fused plasma.

        Commit all of it together with the difficulty. The difficulty can be more than
        ``required_difficulty``, the exact minimum, because what the available plasma pays is
        rounded down first.

        Raises:
            InvalidInput: field ``available``; the rest is more than work may pay, or the fused
                plasma that pays alone is beyond 64 bits. The node answers "forbidden parameter".
        """
        state = self.state_or_initial(state)
        base_plasma, available = check_plasma(base_plasma=base_plasma, available=available)
        alone = self.least_fused(base_plasma, 0, state)
        if alone > U64_MAX:
            raise InvalidInput("base_plasma", base_plasma, f"costs {alone} fused plasma", "what fits into 64 bits")
        if available >= alone:
            return Suggestion(0, alone)
        paid = available * PRICE_SCALE // state.fusion_price
        plasma = -(-(base_plasma - paid) * state.work_price // PRICE_SCALE)
        if plasma > self.max_pow_plasma:
            raise InvalidInput(
                "available",
                available,
                f"leaves {plasma} plasma to proof of work",
                f"at most {self.max_pow_plasma} of it",
            )
        return Suggestion(plasma * self.difficulty_per_plasma, alone)

    def difficulty_per_plasma_at(self, state: DynamicState) -> int:  # noqa: ARG002 - the price is in the plasma
        """1,500 at any time, unless replaced: prices ask for more plasma, not for dearer plasma."""
        return self.difficulty_per_plasma

    def steepest_rise(self, state: DynamicState) -> DynamicState:
        """After a momentum full of the one resource, and of the other: no momentum can raise both so far."""
        most = self.max_base_plasma_in_momentum
        after_fused = self.next_state(PricedMomentum(state.fusion_price, state.work_price, most, 0))
        after_worked = self.next_state(PricedMomentum(state.fusion_price, state.work_price, 0, most))
        return DynamicState(after_fused.fusion_price, after_worked.work_price)
