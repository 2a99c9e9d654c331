"""Which waiting blocks go into a momentum: by the order and the limits of the rule set.

``dynamic`` selects with the rules' own content selection. ``forum`` names no order: here blocks
that commit more plasma per base plasma go first, the choice that gives its price a meaning.
``alphanet`` takes up to 100 blocks in no particular order (go-zenon iterates over a Go map).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM
from powplasma.plasma.content import PoolBlock, select_content
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules
from powplasma.simulation.accounts import OpenBlock
from powplasma.simulation.momentum import Content


def pays(rules: RuleSet[Any], state: Any, block: OpenBlock) -> bool:
    """Whether a momentum with these prices may contain the block."""
    payment = block.payment
    worked = rules.plasma_of_difficulty(payment.difficulty, state) if payment.difficulty else 0
    return rules.price_met(payment.base_plasma, payment.fused_plasma, worked, state)


def select(rules: RuleSet[Any], state: Any, pool: Sequence[OpenBlock], draw: random.Random) -> list[OpenBlock]:
    """The blocks of the next momentum, from a pool with at most one block of each account."""
    match rules:
        case DynamicRules():
            by_address = {block.account.address: block for block in pool}
            candidates = [
                PoolBlock(address, block.account.height + 1, block.hash, block.payment)
                for address, block in by_address.items()
            ]
            return [by_address[chosen.address] for chosen in select_content(candidates, rules, state)]
        case ForumRules():
            return _select_forum(rules, state, pool)
        case _:
            paying = [block for block in pool if pays(rules, state, block)]
            return draw.sample(paying, min(len(paying), MAX_BLOCKS_IN_MOMENTUM))


def _select_forum(rules: ForumRules, state: Any, pool: Sequence[OpenBlock]) -> list[OpenBlock]:
    def rank(block: OpenBlock) -> tuple[int, bytes]:
        payment = block.payment
        paid = payment.fused_plasma + rules.plasma_of_difficulty(payment.difficulty, state)
        return (paid << 64) // payment.base_plasma, block.hash

    chosen: list[OpenBlock] = []
    base_plasma = 0
    for block in sorted(pool, key=rank, reverse=True):
        if base_plasma + block.payment.base_plasma <= rules.max_base_plasma and pays(rules, state, block):
            base_plasma += block.payment.base_plasma
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
