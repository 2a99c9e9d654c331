"""Blocks that a node has: for people and for scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from powplasma.account import AccountBlock
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.node import CallOutcome, CallState, NodeBlock, Token, outcome_of
from powplasma.transfer import kind_of
from powplasma.validation import BlockType

from .blocks import Arguments, block_record, called, confirmation_record, moved
from .records import Record
from .tokens import amount_text

_RECEIVES = (BlockType.GENESIS_RECEIVE, BlockType.USER_RECEIVE, BlockType.CONTRACT_RECEIVE)

_KINDS = {
    BlockType.GENESIS_RECEIVE: "genesis",
    BlockType.CONTRACT_SEND: "contract send",
    BlockType.CONTRACT_RECEIVE: "contract receive",
}
"""Kinds of the blocks that no user makes."""


def kind_name(block: AccountBlock) -> str:
    """``send``, ``receive``, ``Contract.Method``, or what a block is that no user makes."""
    for block_type, name in _KINDS.items():
        if block.block_type == block_type:
            return name
    try:
        return kind_of(block).name
    except InvalidInput:
        return "unknown"


def _called(block: AccountBlock) -> Arguments:
    """The arguments of a call; none for one that cannot be read, which is only shown here and never signed."""
    try:
        return called(block)
    except InvalidInput:
        return []


def moment(timestamp: int) -> str:
    """Unix seconds as a date and a time, to the minute."""
    try:
        return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=timestamp)).strftime("%Y-%m-%d %H:%M")
    except OverflowError:
        return f"second {timestamp}"


def sent_by(found: NodeBlock) -> tuple[AccountBlock, Token | None]:
    """The block that states what was moved: of a receive the send that it receives. And the token of that."""
    if found.block.block_type in _RECEIVES and found.paired is not None:
        return found.paired.block, found.paired.token
    return found.block, found.token


def summary(found: NodeBlock, *, incoming: bool = False) -> str:
    """What a block does, in one line; ``incoming`` names a send by its sender."""
    block, (sent, token) = found.block, sent_by(found)
    amount, kind = amount_text(sent, token), kind_name(block)
    if block.block_type in _RECEIVES:
        origin = f" from {format_address(sent.address)}" if sent is not block else ""
        return f"received {amount}{origin}" if origin else kind
    if "." in kind:
        return f"called {kind}" + (f" with {amount}" if block.amount else "")
    if incoming:
        return f"{amount} from {format_address(block.address)}"
    return f"sent {amount} to {format_address(block.to_address)}"


def status(found: NodeBlock) -> str:
    """Whether a momentum contains a block."""
    confirmation = found.confirmation
    if confirmation is None:
        return "published, not confirmed yet"
    return f"confirmed by momentum {confirmation.momentum.height}, {confirmation.confirmations} confirmations"


def outcome_lines(outcome: CallOutcome | None) -> list[str]:
    """What became of a call; none for a block that is no call."""
    if outcome is None:
        return []
    words = {
        CallState.WAITING: "waiting: the contract has not received the call yet",
        CallState.DONE: "done",
        CallState.FAILED: "failed; the chain does not say why",
    }
    name = "refund" if outcome.refund else "payout"
    paid = [f"{name}  {amount_text(block)}, to be received as {block.hash.hex()}" for block in outcome.payouts]
    return [f"outcome  {words[outcome.state]}", *paid]


def found_lines(found: NodeBlock) -> list[str]:
    """Everything about a block that a person may want to know."""
    block, kind = found.block, kind_name(found.block)
    lines = [
        block.hash.hex(),
        f"kind  {kind}",
        f"account  {format_address(block.address)}, height {block.height}",
        f"what  {summary(found)}",
        f"status  {status(found)}",
    ]
    if found.confirmation is not None:
        lines.append(f"time  {moment(found.confirmation.timestamp)} UTC")
    lines += [f"{name}  {text}" for name, text in _called(block)]
    if found.paired is not None:
        lines.append(f"paired  {kind_name(found.paired.block)} {found.paired.block.hash.hex()}")
    lines += outcome_lines(outcome_of(found))
    if block.block_type in (BlockType.USER_SEND, BlockType.USER_RECEIVE):
        lines.append(f"paid by  {block.fused_plasma} fused plasma and work of difficulty {block.difficulty}")
    return lines


def found_record(found: NodeBlock) -> Record:
    """A block that a node has, as scripts read it."""
    sent, token = sent_by(found)
    confirmation, paired = found.confirmation, found.paired
    return {
        **block_record(found.block, kind_name(found.block), _called(found.block)),
        **moved(sent),
        "token": token and token_record(token),
        "block_type": found.block.block_type,
        "published": True,
        **confirmation_record(confirmation),
        "confirmations": confirmation.confirmations if confirmation else 0,
        "timestamp": confirmation.timestamp if confirmation else None,
        "paired": paired
        and {
            "hash": paired.block.hash.hex(),
            "kind": kind_name(paired.block),
            "address": format_address(paired.block.address),
            "height": paired.block.height,
        },
        "outcome": outcome_record(outcome_of(found)),
    }


def token_record(token: Token) -> Record:
    """What the node says about a token, as far as amounts go."""
    return {"symbol": token.symbol, "decimals": token.decimals}


def outcome_record(outcome: CallOutcome | None) -> Record | None:
    """What became of a call; None for a block that is no call."""
    if outcome is None:
        return None
    return {
        "state": outcome.state.name.lower(),
        "received_by": outcome.received.hash.hex() if outcome.received else None,
        "payouts": [{"hash": block.hash.hex(), **moved(block)} for block in outcome.payouts],
    }
