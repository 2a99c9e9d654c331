"""``powplasma block publish``: a signed block to the network."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.errors import InvalidInput
from powplasma.node import BlockingNode
from powplasma.transfer import Terms, kind_of, publish, wait_confirmed

from .blocks import block_record, confirmation_record, read_block
from .command import Command
from .exits import ExitCode
from .network import node_option, patience_option, stale_options, wait_options
from .output import json_result, note, result
from .parameters import PATH, json_option
from .sending import answered


@click.command(cls=Command)
@click.argument("input", metavar="FILE", type=PATH)
@node_option
@patience_option
@stale_options
@wait_options(default=False)
@json_option
def command(
    *,
    input: Path,  # noqa: A002 - the argument's name
    node: str,
    patience: float,
    max_node_age: float,
    allow_stale: bool,
    wait: bool,
    wait_seconds: float,
    json: bool,
) -> int:
    """Publish the signed block in FILE, and look whether the node has it.

    A block that is there already is not sent again, so the command can be repeated. The network is the one that the
    block names: a node of another refuses it.
    """
    block = read_block(input)
    flaw = block.seal_flaw()
    if flaw is not None:
        raise InvalidInput("input", str(input), f"cannot be published: {flaw}", "a block from `powplasma block sign`")

    def act() -> int:
        with BlockingNode(node) as connected:
            terms = Terms(patience=patience, max_node_age=max_node_age, allow_stale=allow_stale)
            found, sent = publish(connected, block, terms)
            if not sent:
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
