"""Which waiting blocks go into a momentum: by the order and the limits of the rule set.

``dynamic`` selects with the rules' own content selection. ``forum`` names no order: here blocks
that commit more plasma per base plasma go first, the choice that gives its price a meaning.
``alphanet`` takes up to 100 blocks in no particular order (go-zenon iterates over a Go map).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from typing import Any

from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM, AlphanetRules
from powplasma.plasma.content import PoolBlock, select_content
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules, Payment
from powplasma.simulation.accounts import OpenBlock
from powplasma.simulation.momentum import Content, capacity


class Terms:
    """The prices of one momentum, which remember what they say of each payment.

    Attributes:
        rules: the rule set.
        state: the prices.
    """

    def __init__(self, rules: RuleSet[Any], state: Any) -> None:
        self.rules = rules
        self.state = state
        self._met: dict[Payment, bool] = {}
        self._values: dict[Payment, int] = {}

    def met_by(self, payment: Payment) -> bool:
        """Whether the momentum may contain a block with this payment."""
        met = self._met.get(payment)
        if met is None:
            worked = self.rules.plasma_of_difficulty(payment.difficulty, self.state)
            met = self._met[payment] = self.rules.price_met(
                payment.base_plasma, payment.fused_plasma, worked, self.state
            )
        return met

    def value(self, payment: Payment) -> int:
        """What orders payments for the same base plasma: the more, the earlier."""
        value = self._values.get(payment)
        if value is None:
            if isinstance(self.rules, DynamicRules):
                value = self.rules.value(payment, self.state)
            else:
                value = payment.fused_plasma + self.rules.plasma_of_difficulty(payment.difficulty, self.state)
            self._values[payment] = value
        return value


def select(terms: Terms, pool: Sequence[OpenBlock], draw: random.Random) -> list[OpenBlock]:
    """The blocks of the next momentum, from a pool with at most one block of each account."""
    paying = [block for block in pool if terms.met_by(block.payment)]
    if isinstance(terms.rules, AlphanetRules):
        return draw.sample(paying, min(len(paying), MAX_BLOCKS_IN_MOMENTUM))
    candidates = _best(terms, paying)
    if not isinstance(terms.rules, DynamicRules):
        return _first_that_fit(terms, candidates)
    by_address = {block.account.address: block for block in candidates}
    waiting = [
        PoolBlock(address, block.account.height + 1, block.hash, block.payment) for address, block in by_address.items()
    ]
    return [by_address[chosen.address] for chosen in select_content(waiting, terms.rules, terms.state)]


def _best(terms: Terms, blocks: Sequence[OpenBlock]) -> list[OpenBlock]:
    """The blocks that a selection can take at all.

    Of blocks with the same base plasma, only as many as a momentum holds: if one of the best does
    not fit any more, none behind it does.
    """
    by_size: dict[int, list[OpenBlock]] = {}
    for block in blocks:
        by_size.setdefault(block.payment.base_plasma, []).append(block)
    most = capacity(terms.rules)
    return [
        block
        for size, same in by_size.items()
        for block in heapq.nlargest(most // size, same, key=lambda block: (terms.value(block.payment), block.hash))
    ]


def _first_that_fit(terms: Terms, blocks: list[OpenBlock]) -> list[OpenBlock]:
    def rank(block: OpenBlock) -> tuple[int, bytes]:
        return (terms.value(block.payment) << 64) // block.payment.base_plasma, block.hash

    chosen: list[OpenBlock] = []
    left = capacity(terms.rules)
    for block in sorted(blocks, key=rank, reverse=True):
        if block.payment.base_plasma <= left:
            left -= block.payment.base_plasma
            chosen.append(block)
    return chosen


def content_of(rules: RuleSet[Any], state: Any, blocks: Sequence[OpenBlock]) -> Content:
    """The sums over the blocks of a momentum."""
    fused_base = pow_base = used = difficulty = 0
    for block in blocks:
        payment = block.payment
        if isinstance(rules, DynamicRules):
            fused_part, pow_part = rules.nominal_base_plasma(payment, state)
        else:  # the other rules do not split it; a block with work counts as worked
            worked = payment.base_plasma if payment.difficulty else 0
            fused_part, pow_part = payment.base_plasma - worked, worked
        fused_base += fused_part
        pow_base += pow_part
        used += payment.fused_plasma + rules.plasma_of_difficulty(payment.difficulty, state)
        difficulty += payment.difficulty
    return Content(fused_base, pow_base, used, difficulty)
