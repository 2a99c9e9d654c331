"""``powplasma account history``: the blocks of an account."""

from __future__ import annotations

import click

from powplasma.errors import check_integer
from powplasma.node import BlockingNode, NodeBlock
from powplasma.node.client import MAX_MOMENTUMS

from .account_options import account_options
from .command import Command
from .found import found_record, moment, summary
from .output import details, json_result, result
from .parameters import json_option, whole

_MAX_HEIGHT = (1 << 63) - 1
"""Greatest height that a node is asked for."""


@click.command(cls=Command)
@account_options
@click.option("--count", callback=whole, metavar="N", default="20", show_default=True, help="Most blocks to list.")
@click.option("--before", callback=whole, metavar="HEIGHT", help="List blocks below this height.  [default: all]")
@json_option
def command(*, account: bytes, node: str, count: int, before: int | None, json: bool) -> int:
    """List the blocks of ADDRESS, the newest first; with --json an object for each.

    A page is asked for by height, so that it does not shift when a block is added.
    """
    count = check_integer("count", count, 1, MAX_MOMENTUMS, "blocks")
    if before is not None:
        before = check_integer("before", before, 2, _MAX_HEIGHT)
    with BlockingNode(node) as connected:
        newest = min(connected.account_info(account).height, _MAX_HEIGHT)
        last = newest if before is None else min(newest, before - 1)
        first = max(1, last - count + 1)
        blocks = connected.blocks_by_height(account, first, last - first + 1).blocks if last else ()
    for found in reversed(blocks):
        if json:
            json_result(found_record(found))
        else:
            result(f"{found.block.height:<7} {_when(found)}  {summary(found)}")
            result(f"        {found.block.hash.hex()}")
    if not blocks:
        details("no blocks")
    elif blocks[0].block.height > 1:
        details(f"for earlier ones: --before {blocks[0].block.height}")
    return 0


def _when(found: NodeBlock) -> str:
    return f"{'not confirmed':<16}" if found.confirmation is None else moment(found.confirmation.timestamp)
