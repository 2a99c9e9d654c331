"""``powplasma block publish``: a signed block to the network."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import AccountBlock
from powplasma.errors import InvalidInput
from powplasma.node import BlockingNode, NodeBlock, PublishUnknown
from powplasma.transfer import Terms, wait_confirmed
from powplasma.transfer.plan import kind_of
from powplasma.transfer.transaction import look_for

from .blocks import block_record, confirmation_record, read_block
from .command import Command
from .exits import ExitCode
from .network import node_option, patience_option, wait_options
from .output import json_result, note, result
from .parameters import json_option
from .sending import answered


@click.command(cls=Command)
@click.argument("input", metavar="FILE", type=click.Path(path_type=Path))
@node_option
@patience_option
@wait_options
@json_option
def command(
    *,
    input: Path,  # noqa: A002 - the argument's name
    node: str,
    patience: float,
    wait: bool,
    wait_seconds: float,
    json: bool,
) -> int:
    """Publish the signed block in FILE, and look whether the node has it.

    A block that is there already is not sent again, so the command can be repeated.
    """
    block = read_block(input)
    flaw = block.seal_flaw()
    if flaw is not None:
        raise InvalidInput("input", str(input), f"cannot be published: {flaw}", "a block from `powplasma block sign`")

    def act() -> int:
        with BlockingNode(node) as connected:
            found = connected.find_block(block)
            if found is None:
                found = _publish(connected, block, Terms(patience=patience).patience)
            else:
                note("the node has the block already; nothing was sent")
            if wait:
                found = wait_confirmed(connected, block, wait_seconds)
        if json:
            record = block_record(block, kind_of(block).name)
            json_result({**record, "published": True, **confirmation_record(found.confirmation)})
        else:
            result(block.hash.hex())
        return ExitCode.DONE

    return answered(act, json, kept=input)


def _publish(node: BlockingNode, block: AccountBlock, patience: float) -> NodeBlock:
    try:
        return node.publish_and_find(block)
    except PublishUnknown:
        found = look_for(node, block, patience)
        if found is None:
            raise
        return found
