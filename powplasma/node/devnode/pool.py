"""Blocks that wait: which of two takes a height, and which go into the next momentum.

Source: go-zenon ``chain/account_pool.go``, ``pillar/content_selector.go``; docs/specification.md, section 5.
"""

from __future__ import annotations

from powplasma.account import AccountBlock
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.node.devnode.ledger import Entry, Ledger
from powplasma.node.devnode.verification import Refused, Verified
from powplasma.node.refusals import BlockRefusal
from powplasma.plasma import DynamicRules, DynamicState, Payment
from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM
from powplasma.plasma.content import PoolBlock, check_pool_room, replaces, select_content


def insert(verified: Verified, ledger: Ledger) -> None:
    """Puts a verified block on top of its account's chain, or in place of one that waits at its height.

    A block that is there already changes nothing.

    Raises:
        Refused: the block in its place is better, or too many wait already.
    """
    block = verified.block
    chain = ledger.chain(block.address)
    rival = chain.at(block.height)
    if rival is None:
        if isinstance(ledger.rules, DynamicRules):
            _check_room(chain.height - chain.stable, ledger.rules)
    elif rival.block.hash == block.hash:
        return
    else:
        _check_better(block, rival.block, ledger)
        ledger.take_back(block.address, block.height - 1)
    ledger.add(block, verified.received)


def content(ledger: Ledger) -> list[AccountBlock]:
    """The blocks that the next momentum contains."""
    rules = ledger.rules
    if isinstance(rules, DynamicRules):
        waiting = [pool_block(entry.block) for entries in ledger.waiting() for entry in entries]
        chosen = {block.hash for block in select_content(waiting, rules, ledger.state)}
        return [entry.block for entries in ledger.waiting() for entry in entries if entry.block.hash in chosen]
    found: list[Entry] = []
    for entries in ledger.waiting():
        found += entries[: MAX_BLOCKS_IN_MOMENTUM - len(found)]
    return [entry.block for entry in found]


def pool_block(block: AccountBlock) -> PoolBlock:
    """A verified block as the rules of selection see it."""
    payment = Payment(block.base_plasma, block.fused_plasma, block.difficulty)
    return PoolBlock(format_address(block.address), block.height, block.hash, payment)


def _check_room(waiting: int, rules: DynamicRules) -> None:
    try:
        check_pool_room(waiting, rules)
    except InvalidInput as full:
        raise Refused(f"{BlockRefusal.POOL_REFUSED} reason:{full}") from full


def _check_better(block: AccountBlock, rival: AccountBlock, ledger: Ledger) -> None:
    """Refuses a block that may not take the place of another."""
    if isinstance(ledger.rules, DynamicRules):
        state = ledger.state
        assert isinstance(state, DynamicState)
        if not replaces(pool_block(block), pool_block(rival), ledger.rules, state):
            raise Refused(BlockRefusal.POOL_RATIO_WORSE.value)
        return
    left, right = block.used_plasma * rival.base_plasma, rival.used_plasma * block.base_plasma
    if left < right:
        raise Refused(BlockRefusal.POOL_RATIO_WORSE.value)
    if left == right and block.hash > rival.hash:
        raise Refused(BlockRefusal.POOL_HASH_WORSE.value)
