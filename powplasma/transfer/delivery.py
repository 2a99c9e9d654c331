"""Giving a signed block to a node, once, and finding out what became of it."""

from __future__ import annotations

import asyncio
import contextlib

from powplasma.account import AccountBlock
from powplasma.errors import PowPlasmaError
from powplasma.node import BlockingNode, Node, NodeBlock, NodeUnreachable, PublishUnknown, check_fresh
from powplasma.transfer.confirmation import await_block
from powplasma.transfer.outbox import aopen_outbox
from powplasma.transfer.terms import Terms

_GRACE_SECONDS = 1.0
"""How long a delivery that is under way may still take after it was cancelled."""


class CancelledTooLate(PowPlasmaError):
    """A transaction was cancelled after its block had been given to the node, which has it.

    Attributes:
        found: the block as the node has it.
    """

    def __init__(self, found: NodeBlock) -> None:
        self.found = found
        super().__init__(f"cancelled too late: block {found.block.hash.hex()} is published")


async def deliver(node: Node, block: AccountBlock, patience: float) -> NodeBlock:
    """Publishes a signed block once and looks for it; when this has begun, a cancellation no longer prevents anything.

    Args:
        node: where to.
        block: signed.
        patience: seconds to look for it if nobody knows whether it was published.

    Raises:
        CancelledTooLate: the task was cancelled, and the node has the block.
        PublishUnknown: nobody knows whether the block was published, or the task was cancelled before that was known.
        NodeError: as ``Node.publish_and_find``.
    """
    sending = asyncio.ensure_future(publish_patiently(node, block, patience))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        with contextlib.suppress(asyncio.CancelledError):  # cancelled once more: nothing is waited for then
            await asyncio.wait({sending}, timeout=_GRACE_SECONDS)
        if sending.cancel() or sending.cancelled():
            raise PublishUnknown(node.url, "cancelled before the node had answered", block) from None
        raise CancelledTooLate(sending.result()) from None


async def publish_patiently(node: Node, block: AccountBlock, patience: float) -> NodeBlock:
    """Publishes a signed block, and looks for as long as ``patience`` for one whose fate is not known.

    Raises:
        NodeError: as ``Node.publish_and_find``.
    """
    try:
        return await node.publish_and_find(block)
    except PublishUnknown:
        found = await await_block(node, block, patience)
        if found is None:
            raise
        return found


async def apublish(node: Node, block: AccountBlock, terms: Terms | None = None) -> tuple[NodeBlock, bool]:
    """Publishes a block that is signed already, when it is its account's turn, unless the node has it.

    Args:
        node: where to.
        block: signed; ``AccountBlock.seal_flaw`` finds nothing.
        terms: ``patience``, ``max_node_age`` and ``allow_stale`` count.

    Returns:
        The block as the node has it, and whether it was sent now.

    Raises:
        StateUnavailable: the turn cannot be taken; nothing was sent.
        NodeStale: the node may not know the newest state of the network; nothing was sent.
        PowPlasmaError: as ``deliver``.
    """
    terms = terms or Terms()
    async with aopen_outbox(block.chain_identifier, block.address) as outbox:
        found, sent = await node.find_block(block), False
        if found is None:
            if not terms.allow_stale:
                check_fresh(node.url, await node.frontier_momentum(), await node.sync_info(), terms.max_node_age)
            known = any(each.block.hash == block.hash for each in outbox.unsettled())
            kept = None if known else outbox.keep(block)
            try:
                found, sent = await deliver(node, block, terms.patience), True
            except NodeUnreachable:
                if kept is not None:
                    outbox.drop(kept)
                raise
        for each in outbox.unsettled():
            if each.block.hash == block.hash:
                outbox.settle(each)
        return found, sent


def publish(node: BlockingNode, block: AccountBlock, terms: Terms | None = None) -> tuple[NodeBlock, bool]:
    """Publishes a block that is signed already; arguments, result and errors as for ``apublish``, without asyncio."""
    return node.call(lambda connected: apublish(connected, block, terms))
