"""What was sent to an account and is not received yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from powplasma.address import parse_address
from powplasma.node import AnswerInvalid, BlockingNode, Node, NodeBlock

_UNRECEIVED = "ledger.getUnreceivedBlocksByAddress"

_MAX_PAGES = 10
"""How many pages of unreceived blocks a node gives."""


async def apending(node: Node, address: str | bytes) -> AsyncIterator[NodeBlock]:
    """Yields the confirmed sends to an account that it has not received, each once, while the account receives them.

    Raises:
        AnswerInvalid: the node names a block that is not addressed to the account, or whose hash is not that of
            its fields: what is received is what the hash commits to.
        NodeError: the node does not answer as it should.
    """
    given: set[bytes] = set()
    while new := await _new(node, address, given):
        for block in new:
            yield block


def pending(node: BlockingNode, address: str | bytes) -> Iterator[NodeBlock]:
    """Yields the confirmed sends to an account that it has not received; as ``apending``, without asyncio."""
    given: set[bytes] = set()
    while new := node.call(lambda connected: _new(connected, address, given)):
        yield from new


async def is_unreceived(node: Node, address: bytes, block_hash: bytes) -> bool:
    """Whether a send still waits to be received."""
    return any(block.block.hash == block_hash for block in await _listed(node, address, block_hash))


async def _new(node: Node, address: str | bytes, given: set[bytes]) -> list[NodeBlock]:
    """The blocks that were not given before, each once, checked and marked as given."""
    owner = parse_address(address)
    new = []
    for block in await _listed(node, address):
        # Pages shift when a block is received between two requests, and then show a block again.
        if block.block.hash in given:
            continue
        if block.block.to_address != owner:
            raise AnswerInvalid(node.url, _UNRECEIVED, "a block that is not addressed to the account")
        if block.block.compute_hash() != block.block.hash:
            raise AnswerInvalid(node.url, _UNRECEIVED, "a block whose hash is not that of its fields")
        given.add(block.block.hash)
        new.append(block)
    return new


async def _listed(node: Node, address: str | bytes, until: bytes | None = None) -> list[NodeBlock]:
    """What the node lists, up to the page that holds the hash ``until``; as it stands, pages may overlap."""
    blocks: list[NodeBlock] = []
    for page in range(_MAX_PAGES):
        found = await node.unreceived_blocks(address, page)
        blocks += found.blocks
        if not found.blocks or len(blocks) >= found.count or any(each.block.hash == until for each in found.blocks):
            break
    return blocks
