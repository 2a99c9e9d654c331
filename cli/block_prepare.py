"""``powplasma block prepare``: an unsigned block with its proof of work."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import AccountBlock
from powplasma.fields import Missing
from powplasma.node import BlockingNode
from powplasma.transfer import Terms, Transaction

from .blocks import block_lines, block_record, write_block
from .command import Command
from .exits import ExitCode
from .network import node_option, terms_options
from .networks import check_network
from .output import details, json_result, result
from .parameters import PATH, json_option
from .progress import ProgressLine, progress_option
from .sending import answered, ready_engine, watch
from .tokens import data_of, token_and_amount, token_options


@click.command(cls=Command)
@click.argument("address")
@click.option("--to", metavar="ADDRESS", help="Receiver of a send; needs --amount.")
@click.option("--amount", metavar="AMOUNT", help="What a send moves.")
@click.option("--receive", metavar="HASH", help="The send that is to be received, instead of --to.")
@token_options
@click.option("--output", metavar="FILE", required=True, type=PATH, help="New file for it.")
@node_option
@terms_options
@progress_option
@json_option
def command(
    *,
    address: str,
    to: str | None,
    amount: str | None,
    receive: str | None,
    token: str,
    decimals: int | None,
    data: str | None,
    data_hex: str | None,
    output: Path,
    node: str,
    allowed: Terms,
    kernel: str | None,
    workers: int | None,
    progress: bool | None,
    json: bool,
) -> int:
    """Write the next block of the account ADDRESS, with its proof of work and without a signature."""
    if receive is not None:
        if to is not None or amount is not None:
            raise click.UsageError("--receive takes the place of --to and --amount")
        template = AccountBlock.receive(address, receive)
    else:
        if to is None or amount is None:
            missing = "to" if to is None else "amount"
            raise Missing(missing, "a send's receiver and amount, or --receive HASH")
        standard, units = token_and_amount(token, amount, decimals)
        template = AccountBlock.send(address, to, units, standard, data_of(data, data_hex))

    def act() -> int:
        with BlockingNode(node) as connected, ready_engine(workers, kernel) as engine:
            check_network(connected, template.address, allowed)
            transaction = Transaction(connected, template, allowed, engine)
            kind = transaction.plan.kind.name
            watch(transaction.start(), transaction.plan.block.difficulty, ProgressLine(progress))
            block = transaction.complete()
        write_block(block, output)
        if json:
            json_result({**block_record(block, kind), "file": str(output)})
        else:
            for line in block_lines(block, kind):
                details(line)
            result(str(output))
        return ExitCode.DONE

    return answered(act, json)
