"""What became of earlier attempts at a transaction: found, sent again, or excluded, so that it is never made twice."""

from __future__ import annotations

from dataclasses import dataclass

from powplasma.account import AccountBlock
from powplasma.errors import InvalidInput
from powplasma.node import BlockRefused, Node, NodeBlock, PublishDisplaced, PublishUnknown
from powplasma.transfer.delivery import publish_patiently
from powplasma.transfer.outbox import Outbox, Unsettled, same_intention

_PAGE = 1_024
"""Blocks that are fetched at once."""

_MAX_ANCESTORS = 100 * _PAGE
"""Most blocks that are fetched to see which of two blocks a chain holds."""


class Landed(Exception):
    """The block of an earlier attempt is published.

    Attributes:
        found: the block as the node has it.
    """

    def __init__(self, found: NodeBlock) -> None:
        self.found = found
        super().__init__(found)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts at one transaction.

    Attributes:
        node: knows the chain.
        outbox: the account's turn.
        template: what is to be sent.
        reference: digest of the payment's reference; empty without one.
    """

    node: Node
    outbox: Outbox
    template: AccountBlock
    reference: str

    async def settle(self, patience: float) -> None:
        """Looks for every earlier attempt, and sends one that is not there again: the same block cannot count twice.

        Args:
            patience: seconds to look for a block of which nobody knows whether it was published.

        Raises:
            Landed: an attempt is published.
            InvalidInput: field ``reference``; it was used for another payment.
            NodeError: the fate of an attempt is still not known; nothing else was sent.
        """
        for attempt in self._made():
            if not same_intention(attempt.block, self.template):
                where = f"block {attempt.block.hash.hex()}"
                problem = "is another payment with this reference"
                raise InvalidInput("reference", where, problem, "a reference of its own")
            try:
                found = await self.node.find_block(attempt.block)
                if found is None:
                    found = await publish_patiently(self.node, attempt.block, patience)
            except (BlockRefused, PublishDisplaced):
                continue  # ``check_excluded`` sees to it that a new block cannot stand beside it
            raise Landed(found)

    async def check_excluded(self, block: AccountBlock) -> None:
        """Sees to it that a block cannot stand in one chain with an earlier attempt.

        Two blocks exclude each other unless the later one is built on the earlier one, directly or not. So one at
        the same height or below is excluded, and so is one in whose chain another block stands at that height.

        Raises:
            Landed: the chain holds an earlier attempt.
            PublishUnknown: the node does not show which block the chain holds; with the earlier attempt.
        """
        for attempt in self._made():
            sent = attempt.block
            if block.height <= sent.height or (block.height == sent.height + 1 and block.previous_hash != sent.hash):
                continue
            found = await self._ancestor(block, sent.height)
            if found is None:
                why = "the node names a chain that may hold it, and does not show the blocks; nothing more was sent"
                raise PublishUnknown(self.node.url, why, sent)
            if found.block.hash == sent.hash:
                raise Landed(found)

    def published(self, block: AccountBlock) -> None:
        """Notes that a block is published: it stays if it has a reference, and the attempts that it excludes go."""
        for unsettled in self.outbox.unsettled():
            if unsettled.block.hash == block.hash:
                self.outbox.settle(unsettled)
            elif unsettled.is_attempt_at(self.template, self.reference):
                self.outbox.drop(unsettled)

    def _made(self) -> list[Unsettled]:
        found = self.outbox.unsettled(self.reference)
        return [each for each in found if each.is_attempt_at(self.template, self.reference)]

    async def _ancestor(self, block: AccountBlock, height: int) -> NodeBlock | None:
        """The block at a lower height on which ``block`` is built, proven by hashes; None without a proof."""
        if block.height - height > _MAX_ANCESTORS:
            return None
        first: NodeBlock | None = None
        below: bytes | None = None
        while height < block.height:
            count = min(_PAGE, block.height - height)
            blocks = (await self.node.blocks_by_height(block.address, height, count)).blocks
            if len(blocks) != count:
                return None
            for found in blocks:
                if found.block.compute_hash() != found.block.hash or below not in (None, found.block.previous_hash):
                    return None
                first, below = first or found, found.block.hash
            height += count
        return first if below == block.previous_hash else None
