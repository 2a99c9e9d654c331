"""``powplasma block show``: a block that a node has."""

from __future__ import annotations

import click

from powplasma.address import parse_address
from powplasma.node import BlockingNode, NodeBlock
from powplasma.work import parse_hash

from .command import Command
from .exits import ExitCode
from .found import found_lines, found_record
from .network import node_option
from .output import details, json_result, result
from .parameters import json_option


@click.command(cls=Command)
@click.argument("hash_text", metavar="HASH")
@click.option(
    "--account",
    metavar="ADDRESS",
    help="Look among the blocks of this account that no momentum contains yet, too; by its hash alone a node finds "
    "none of them.",
)
@node_option
@json_option
def command(*, hash_text: str, account: str | None, node: str, json: bool) -> int:
    """Show the block HASH: its state, its paired block, what it calls, and what became of the call.

    The exit code is 1 if the node does not have the block, or does not show it because no momentum contains it.
    """
    wanted = parse_hash(hash_text, "hash")
    owner = None if account is None else parse_address(account)
    with BlockingNode(node) as connected:
        found = connected.block_by_hash(wanted)
        if found is None and owner is not None:
            found = _among_unconfirmed(connected, owner, wanted)
    if json:
        json_result({"found": False, "hash": wanted.hex()} if found is None else {"found": True, **found_record(found)})
    elif found is not None:
        for line in found_lines(found):
            result(line)
    if found is None:
        details("no momentum contains such a block" + ("" if owner else "; --account ADDRESS looks at those that wait"))
        return ExitCode.NEGATIVE
    return ExitCode.DONE


def _among_unconfirmed(node: BlockingNode, owner: bytes, wanted: bytes) -> NodeBlock | None:
    page, seen = 0, 0
    while True:
        listed = node.unconfirmed_blocks(owner, page)
        for found in listed.blocks:
            if found.block.hash == wanted and found.genuine:
                return found
        seen += len(listed.blocks)
        if not listed.blocks or seen >= listed.count:
            return None
        page += 1
