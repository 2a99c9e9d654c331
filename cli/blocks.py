"""Blocks for people, for scripts and in files."""

from __future__ import annotations

import json
from pathlib import Path

from powplasma import files
from powplasma.account import AccountBlock
from powplasma.account.abi import describe
from powplasma.address import format_address, format_token_standard
from powplasma.node import Confirmation
from powplasma.transfer import Plan, Receipt, call_of
from powplasma.validation import BlockType

from .records import Record, hashrate
from .tokens import amount_text

Arguments = list[tuple[str, str]]
"""The arguments of a call, and who benefits, as names and texts."""

_MAX_BYTES = 1 << 20
"""Far more than a block has."""


def block_lines(block: AccountBlock, kind: str) -> list[str]:
    """What a person has to know before a block is signed: a line for each argument of a contract's method."""
    arguments = [f"  {name}: {text}" for name, text in called(block)]
    if block.block_type == BlockType.USER_RECEIVE:
        what = f"Receive {block.from_block_hash.hex()} by {format_address(block.address)}"
    elif arguments:
        what = f"Call {kind} with {amount_text(block)} from {format_address(block.address)}"
    else:
        data = f", {len(block.data)} bytes of data" if block.data else ""
        to = format_address(block.to_address)
        what = f"Send {amount_text(block)} from {format_address(block.address)} to {to}{data}"
    paid = [f"{block.fused_plasma} fused plasma"] if block.fused_plasma or not block.difficulty else []
    if block.difficulty:
        paid.append(f"proof of work of difficulty {block.difficulty}")
    network = f"Network {block.chain_identifier}, height {block.height}, paid by {' and '.join(paid)}"
    return [what, *arguments, network]


def called(block: AccountBlock) -> Arguments:
    """The arguments of a contract's method, and who benefits; empty for a block that calls none."""
    call = call_of(block)
    if call is None:
        return []
    _, *arguments = describe(call)
    return arguments or [("arguments", "none")]


def block_record(block: AccountBlock, kind: str, arguments: Arguments | None = None) -> Record:
    """A block as scripts read it; ``arguments`` are those that it calls a method with, if they are read already."""
    if arguments is None:
        arguments = called(block)
    receive = block.block_type in (BlockType.USER_RECEIVE, BlockType.CONTRACT_RECEIVE, BlockType.GENESIS_RECEIVE)
    return {
        "kind": kind,
        "hash": block.hash.hex() if any(block.hash) else None,
        "address": format_address(block.address),
        "to_address": None if receive else format_address(block.to_address),
        "from_block_hash": block.from_block_hash.hex() if receive else None,
        **moved(block),
        "data": block.data.hex(),
        "arguments": [{"name": name, "value": value} for name, value in arguments] or None,
        "chain_identifier": block.chain_identifier,
        "height": block.height,
        "previous_hash": block.previous_hash.hex(),
        "momentum_height": block.momentum_acknowledged.height,
        "fused_plasma": str(block.fused_plasma),
        "difficulty": str(block.difficulty),
        "nonce": block.nonce.hex(),
    }


def moved(block: AccountBlock) -> Record:
    """What a send moves; a receive moves what its send does."""
    return {"amount": str(block.amount), "token_standard": format_token_standard(block.token_standard)}


def choice_line(plan: Plan) -> str:
    """What pays for a block, and what the alternative would cost."""
    block, fused, work = plan.block, plan.fused_alone, plan.work_alone
    worked = f"work alone would be {work} hashes on average" if work is not None else "work alone cannot pay"
    fusible = f"{fused} fused plasma would pay without work" if fused is not None else "fused plasma cannot pay alone"
    waited = f" after {plan.waited} momentums" if plan.waited else ""
    if not block.difficulty:
        return f"Fused plasma pays alone{waited}, of {plan.available_plasma} available; {worked}"
    if not block.fused_plasma:
        return f"Work pays alone, {block.difficulty} hashes on average; {fusible}"
    return f"Work pays what fused plasma does not, {block.difficulty} hashes on average; {fusible}"


def plan_record(plan: Plan) -> Record:
    """A block that is not made yet."""
    return {
        **block_record(plan.block, plan.kind.name),
        "published": False,
        "rules": plan.rules.name,
        "base_plasma": plan.kind.base_plasma,
        "available_plasma": str(plan.available_plasma),
        **_alternatives(plan),
    }


def _alternatives(plan: Plan) -> Record:
    """What either way to pay would take alone."""
    return {
        "work_alone": None if plan.work_alone is None else str(plan.work_alone),
        "fused_alone": None if plan.fused_alone is None else str(plan.fused_alone),
    }


def receipt_record(receipt: Receipt) -> Record:
    """A published block."""
    work = receipt.work
    return {
        **block_record(receipt.block, receipt.plan.kind.name),
        "published": True,
        "state": receipt.state,
        "rules": receipt.plan.rules.name,
        "base_plasma": receipt.plan.kind.base_plasma,
        "hashes": work.hashes if work else 0,
        "seconds": work.seconds if work else 0.0,
        "hashrate": hashrate(work.hashes, work.seconds) if work else 0.0,
        **_alternatives(receipt.plan),
        "adjustments": [adjustment.name.lower() for adjustment in receipt.adjustments],
        **confirmation_record(receipt.found.confirmation),
    }


def confirmation_record(confirmation: Confirmation | None) -> Record:
    """Whether a momentum contains a block, and which."""
    return {
        "confirmed": confirmation is not None,
        "confirmed_by": confirmation.momentum.height if confirmation else None,
    }


def read_block(path: Path) -> AccountBlock:
    """The block in a file.

    Raises:
        InvalidInput: field ``input``, it cannot be read or is not JSON; or a field of the block.
    """
    return AccountBlock.from_json(files.read_json(path, "input", _MAX_BYTES))


def write_block(block: AccountBlock, path: Path, field: str = "output") -> None:
    """Writes a block to a new file; it holds no secret.

    Raises:
        InvalidInput: ``field``; there is such a file already.
        OSError: it cannot be written.
    """
    files.write_new(path, json.dumps(block.to_json(), indent=2) + "\n", field, secret=False)
