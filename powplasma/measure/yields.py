"""What a hashrate is worth: plasma per second, and the time to every kind of block at every price.

Everything that is an integer in the protocol stays one, and ratios of integers are rounded once,
to the nearest double: ``plasma_per_second`` is exactly what dividing the printed hashrate by the
printed difficulty per plasma gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from powplasma.errors import InvalidInput, check_integer, check_number
from powplasma.measure.congestion import MOMENTUM_BLOCKS, MOMENTUM_SECONDS, Market, PriceName, market
from powplasma.measure.fusing import qsr_for_one, qsr_for_rate
from powplasma.plasma import METHODS, RECEIVE, BlockKind, RuleSet, call, send
from powplasma.work import MAX_DIFFICULTY, U64

QUANTILES = (0.5, 0.9, 0.95, 0.99)
"""The chances for which times are given: P50, P90, P95 and P99."""

DOUBLINGS = 12
"""Prices are looked at from the quiet one up to 2^12 times of it."""


def block_kinds() -> list[BlockKind]:
    """One block of every cost: receive, send, a send with data, and the cheapest-named call of each cost."""
    calls: dict[int, BlockKind] = {}
    for method in METHODS:
        kind = call(method.contract, method.name)
        calls.setdefault(kind.base_plasma, kind)
    return [RECEIVE, send(), send(100), *(calls[cost] for cost in sorted(calls))]


def time_to_nonce(difficulty: int, hashrate: int, chance: float) -> float:
    """Seconds in which a search ends with this chance, whatever was searched before."""
    each = (U64 // difficulty) / U64
    hashes = 1.0 if each >= 1 else math.log1p(-chance) / math.log1p(-each)
    return hashes / hashrate


@dataclass(frozen=True, slots=True)
class BlockYield:
    """One kind of block at one price.

    Attributes:
        kind: the kind of block.
        difficulty: the least that pays it by work alone; None if no work can.
        seconds: time to its nonce for each of ``QUANTILES``; None if no work can.
        blocks_per_hour: on average; None if no work can.
        qsr_for_one: whole QSR whose fused plasma pays one such block.
    """

    kind: BlockKind
    difficulty: int | None
    seconds: tuple[float, ...] | None
    blocks_per_hour: float | None
    qsr_for_one: int


@dataclass(frozen=True, slots=True)
class PriceYield:
    """One rule set at one price of work.

    Attributes:
        price: the price.
        difficulty_per_plasma: difficulty that buys one plasma.
        plasma_per_second: hashrate / difficulty per plasma.
        base_plasma_per_momentum: base plasma that this machine's work pays for in one momentum, on average.
        share_of_momentum: that over the target for work in one momentum, or over what sends fill
            100 blocks with where there is no target: what this machine alone could fill.
        qsr_for_rate: whole QSR that pay as many sends, momentum after momentum.
        blocks: every kind of block.
    """

    price: int
    difficulty_per_plasma: int
    plasma_per_second: float
    base_plasma_per_momentum: float
    share_of_momentum: float
    qsr_for_rate: int
    blocks: tuple[BlockYield, ...]


@dataclass(frozen=True, slots=True)
class PatienceYield:
    """How much congestion a user's patience bears, for one chance.

    Attributes:
        chance: the send is ready in time with this chance.
        price: the highest price at which it is; None if it is not even on a quiet network.
        momentums: fewest momentums in which congestion takes the price above that; None if it
            never does, or if patience is not enough anyway.
    """

    chance: float
    price: int | None
    momentums: int | None


@dataclass(frozen=True, slots=True)
class RulesYield:
    """One rule set.

    Attributes:
        market: the rule set and its price of work.
        prices: the quiet price, then its doublings if it moves.
        patience: for P50 and P95.
    """

    market: Market
    prices: tuple[PriceYield, ...]
    patience: tuple[PatienceYield, ...]

    @property
    def name(self) -> str:
        """Name of the rule set."""
        return self.market.rules.name

    @property
    def price_name(self) -> PriceName:
        """Which price ``prices`` are."""
        return self.market.price_name

    @property
    def quiet(self) -> PriceYield:
        """On a quiet network."""
        return self.prices[0]


def yields(hashrate: int, rules: Sequence[RuleSet[Any]], patience: float) -> tuple[RulesYield, ...]:
    """What ``hashrate`` is worth under each rule set.

    Args:
        hashrate: hashes per second, 1 … 2^64 - 1.
        rules: rule sets.
        patience: seconds that a user waits for a send.

    Raises:
        InvalidInput: field ``hashrate`` or ``patience``.
    """
    hashrate = check_integer("hashrate", hashrate, 1, MAX_DIFFICULTY, "hashes per second")
    patience = check_number("patience", patience, 0, math.inf, "seconds above 0", above=True)
    return tuple(_of_rules(hashrate, market(each), patience) for each in rules)


def _of_rules(hashrate: int, market: Market, patience: float) -> RulesYield:
    prices = []
    for price in market.prices(DOUBLINGS):
        try:
            prices.append(_at_price(hashrate, market, price))
        except InvalidInput:  # beyond 64 bits, where no block can be paid at all
            break
    return RulesYield(market, tuple(prices), tuple(_patience(hashrate, market, patience, at) for at in (0.5, 0.95)))


def _at_price(hashrate: int, market: Market, price: int) -> PriceYield:
    rules, state = market.rules, market.state(price)
    rules.check_state(state)
    per_plasma = rules.difficulty_per_plasma_at(state)
    # Prices of a block are proportional to its base plasma, so one send's price says what all cost.
    base_plasma = send().base_plasma
    work = rules.least_pow_plasma(base_plasma, 0, state) * per_plasma
    paid = Fraction(base_plasma * hashrate * MOMENTUM_SECONDS, work)
    target = MOMENTUM_BLOCKS * base_plasma if market.target is None else market.target
    return PriceYield(
        price=price,
        difficulty_per_plasma=per_plasma,
        plasma_per_second=float(Fraction(hashrate, per_plasma)),
        base_plasma_per_momentum=float(paid),
        share_of_momentum=float(paid / target),
        # However rare the blocks are, each is paid in one piece.
        qsr_for_rate=max(qsr_for_rate(rules, math.ceil(paid), state), qsr_for_one(rules, base_plasma, state)),
        blocks=tuple(_block(hashrate, rules, state, kind) for kind in block_kinds()),
    )


def _block(hashrate: int, rules: RuleSet[Any], state: Any, kind: BlockKind) -> BlockYield:
    alone = qsr_for_one(rules, kind.base_plasma, state)
    try:
        difficulty = rules.required_difficulty(kind, state)
    except InvalidInput:
        return BlockYield(kind, None, None, None, alone)
    return BlockYield(
        kind=kind,
        difficulty=difficulty,
        seconds=tuple(time_to_nonce(difficulty, hashrate, chance) for chance in QUANTILES),
        blocks_per_hour=float(Fraction(3600 * hashrate, difficulty)),
        qsr_for_one=alone,
    )


def _patience(hashrate: int, market: Market, patience: float, chance: float) -> PatienceYield:
    def bearable(state: Any) -> bool:
        try:
            difficulty = market.rules.required_difficulty(send(), state)
        except InvalidInput:
            return False
        return time_to_nonce(difficulty, hashrate, chance) <= patience

    price = market.highest_price(bearable)
    return PatienceYield(chance, price, None if price is None else market.momentums_to_exceed(price))
