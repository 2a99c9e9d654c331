"""``powplasma account pending``: what was sent to an account and is not received yet."""

from __future__ import annotations

import click

from powplasma.node import BlockingNode
from powplasma.transfer import pending

from .account_options import account_options
from .command import Command
from .found import found_record, moment, summary
from .output import details, json_result, result
from .parameters import json_option


@click.command(cls=Command)
@account_options
@json_option
def command(*, account: bytes, node: str, json: bool) -> int:
    """List the confirmed sends to ADDRESS that it has not received; with --json an object for each.

    `powplasma receive` receives them.
    """
    found = False
    with BlockingNode(node) as connected:
        for sent in pending(connected, account):
            found = True
            if json:
                json_result(found_record(sent))
            else:
                when = moment(sent.confirmation.timestamp) if sent.confirmation else ""
                result(f"{when}  {summary(sent, incoming=True)}")
                result(f"  {sent.block.hash.hex()}")
    if not found:
        details("nothing to receive")
    return 0
