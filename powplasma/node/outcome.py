"""What became of a call of a contract: read from the block by which the contract received it.

A contract receives a call in the momentum after the one that contains it. The data of its receive says whether the
call succeeded; why it failed stands nowhere in the chain. What the contract sends back is inside the receive.
Source: go-zenon ``vm/vm.go``; docs/specification.md, section 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from powplasma.account import AccountBlock
from powplasma.errors import InvalidInput
from powplasma.node.accounts import NodeBlock
from powplasma.validation import BlockType
from powplasma.validation.block import CONTRACT_ADDRESS_KIND

_RESULT_BYTES = 8


class CallState(Enum):
    """How far a call has come; the number is the one in the contract's receive."""

    WAITING = 0
    """The contract has not received it yet."""

    DONE = 1
    """It succeeded."""

    FAILED = 2
    """It failed: nothing has changed, and an amount that was sent along comes back."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call.

    Attributes:
        state: how far it has come.
        received: the contract's receive; None while there is none.
        payouts: what the contract sends to the caller: the refund of a failed call, or what a call pays out. The
            account has to receive each.
    """

    state: CallState
    received: AccountBlock | None = None
    payouts: tuple[AccountBlock, ...] = ()

    @property
    def refund(self) -> AccountBlock | None:
        """The block by which the amount of a failed call comes back; None if nothing does."""
        return self.payouts[0] if self.state is CallState.FAILED and self.payouts else None


def outcome_of(found: NodeBlock) -> CallOutcome | None:
    """What became of the call that a block is; None for a block that is not sent to a contract by a user.

    Args:
        found: the block as a node has it once a momentum contains it, with its paired block.

    Raises:
        InvalidInput: field ``pairedAccountBlock``; it does not belong to the call, or states no result.
    """
    send, other = found.block, found.paired
    if send.block_type != BlockType.USER_SEND or send.to_address[0] != CONTRACT_ADDRESS_KIND:
        return None
    if other is None:
        return CallOutcome(CallState.WAITING)
    received = other.block
    if (received.block_type, received.from_block_hash, received.address) != (
        BlockType.CONTRACT_RECEIVE,
        send.hash,
        send.to_address,
    ):
        raise _wrong(received.hash, "is not the contract's receive of the call")
    if not other.genuine:
        raise _wrong(received.hash, "is not the hash of its fields")
    number = int.from_bytes(received.data)
    if len(received.data) != _RESULT_BYTES or number not in (CallState.DONE.value, CallState.FAILED.value):
        raise _wrong(received.data, "states no result")
    payouts = tuple(block for block in received.descendant_blocks if block.to_address == send.address)
    return CallOutcome(CallState(number), received, payouts)


def _wrong(value: bytes, problem: str) -> InvalidInput:
    return InvalidInput("pairedAccountBlock", value, problem, "the receive of the call, with 8 bytes that are 1 or 2")
