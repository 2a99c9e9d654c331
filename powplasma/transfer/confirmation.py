"""Waiting for a block: until the node has it, and until a momentum contains it."""

from __future__ import annotations

import asyncio

from powplasma.account import AccountBlock
from powplasma.deadline import Deadline
from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.node import (
    AnswerInvalid,
    BlockingNode,
    CallOutcome,
    CallState,
    Node,
    NodeBlock,
    NodeError,
    PublishDisplaced,
    outcome_of,
)
from powplasma.transfer.terms import DEFAULT_WAIT_SECONDS

_LOOK_SECONDS = 0.5
"""Between two looks for a block."""


class NotConfirmed(PowPlasmaError):
    """No momentum contained the block in time; it is published and may still be confirmed.

    Attributes:
        block: the block.
        seconds: how long was waited.
    """

    def __init__(self, block: AccountBlock, seconds: float) -> None:
        self.block = block
        self.seconds = seconds
        super().__init__(f"block {block.hash.hex()} is published, but not confirmed after {seconds:g} s")


async def await_block(node: Node, block: AccountBlock, seconds: float) -> NodeBlock | None:
    """Looks for a block in the node's chain again and again for so many seconds; None if it is not there.

    Raises:
        PublishDisplaced: another block stands at its height.
    """
    deadline = Deadline(seconds)
    while True:
        try:
            found = await node.find_block(block)
        except PublishDisplaced:
            raise
        except NodeError:
            found = None  # the node is away, and may come back
        if found is not None or deadline.over:
            return found
        await asyncio.sleep(min(_LOOK_SECONDS, deadline.wait))


async def await_confirmed(
    node: Node, block: AccountBlock, seconds: float = DEFAULT_WAIT_SECONDS, pause: float = _LOOK_SECONDS
) -> NodeBlock:
    """Waits until a momentum contains a published block.

    Args:
        node: asked again and again.
        block: the block.
        seconds: how long to wait; may be infinite.
        pause: seconds between two questions.

    Raises:
        NotConfirmed: no momentum contained it in time. Under Dynamic Plasma it may wait for its price to fall.
        PublishDisplaced: another block stands at its height.
        NodeError: the node does not answer.
    """
    deadline = Deadline(seconds)
    while True:
        found = await node.find_block(block)
        if found is not None and found.confirmation is not None:
            return found
        if deadline.over:
            raise NotConfirmed(block, seconds)
        await asyncio.sleep(min(pause, deadline.wait))


def wait_confirmed(
    node: BlockingNode, block: AccountBlock, seconds: float = DEFAULT_WAIT_SECONDS, pause: float = _LOOK_SECONDS
) -> NodeBlock:
    """Waits until a momentum contains a published block; as ``await_confirmed``, without asyncio."""
    return node.call(lambda connected: await_confirmed(connected, block, seconds, pause))


async def await_outcome(
    node: Node, block: AccountBlock, seconds: float = DEFAULT_WAIT_SECONDS, pause: float = _LOOK_SECONDS
) -> CallOutcome:
    """Waits until the contract has received a call, which it does in the momentum after the one that contains it.

    Args:
        node: asked again and again.
        block: the call, published.
        seconds: how long to wait; may be infinite.
        pause: seconds between two questions.

    Returns:
        What became of it. The state is ``WAITING`` if the contract did not receive it in time.

    Raises:
        AnswerInvalid: the node states a receive that does not belong to the call.
        NodeError: the node does not answer.
    """
    deadline = Deadline(seconds)
    while True:
        found = await node.block_by_hash(block.hash)
        try:
            outcome = None if found is None else outcome_of(found)
        except InvalidInput as wrong:
            raise AnswerInvalid(node.url, f"looking for block {block.hash.hex()}", str(wrong)) from wrong
        if outcome is not None and outcome.state is not CallState.WAITING:
            return outcome
        if deadline.over:
            return CallOutcome(CallState.WAITING)
        await asyncio.sleep(min(pause, deadline.wait))


def wait_outcome(
    node: BlockingNode, block: AccountBlock, seconds: float = DEFAULT_WAIT_SECONDS, pause: float = _LOOK_SECONDS
) -> CallOutcome:
    """Waits until the contract has received a call; as ``await_outcome``, without asyncio."""
    return node.call(lambda connected: await_outcome(connected, block, seconds, pause))
