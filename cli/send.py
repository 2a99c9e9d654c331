"""``powplasma send``: tokens to an address, without a fee."""

from __future__ import annotations

import contextlib

import click

from powplasma.account import AccountBlock
from powplasma.node import BlockingNode
from powplasma.transfer import Terms, Transaction

from .blocks import block_lines, plan_record, receipt_record
from .command import Command
from .exits import ExitCode
from .keyring import Signer, key_options
from .network import node_option, terms_options, wait_options, yes_option
from .networks import check_network
from .output import details, json_result, result
from .parameters import json_option
from .progress import ProgressLine, progress_option
from .sending import answered, check_answerable, confirmation_of, confirmed, finish, ready_engine, turn
from .tokens import data_of, token_and_amount, token_options


@click.command(cls=Command)
@click.argument("to", metavar="ADDRESS")
@click.argument("amount")
@token_options
@key_options
@node_option
@terms_options
@click.option(
    "--reference",
    metavar="TEXT",
    help="Name of this payment, such as an order number. The same reference is not paid twice.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@yes_option
@wait_options(default=True)
@progress_option
@json_option
def command(
    *,
    to: str,
    amount: str,
    token: str,
    decimals: int | None,
    data: str | None,
    data_hex: str | None,
    signer: Signer,
    node: str,
    allowed: Terms,
    kernel: str | None,
    workers: int | None,
    reference: str | None,
    dry_run: bool,
    yes: bool,
    wait: bool,
    wait_seconds: float,
    progress: bool | None,
    json: bool,
) -> int:
    """Send AMOUNT to ADDRESS without a fee, paid by fused plasma and proof of work.

    The search for the nonce begins before you are asked, and goes on while you read and type. The command ends when a
    momentum contains the block. Transactions of one account take turns.
    """
    standard, units = token_and_amount(token, amount, decimals)
    if not dry_run:
        check_answerable(yes)
    template = AccountBlock.send(signer.address, to, units, standard, data_of(data, data_hex))

    def act() -> int:
        with BlockingNode(node) as connected, ready_engine(workers, kernel) as engine:
            check_network(connected, signer.address, allowed)
            if dry_run:
                return _show(Transaction(connected, template, allowed, engine), json)
            # While a person thinks, nobody else has to wait for their turn.
            with turn(connected, signer.address) if yes else contextlib.nullcontext() as outbox:
                transaction = Transaction(connected, template, allowed, engine, reference=reference)
                transaction.start()
                for line in block_lines(transaction.plan.block, transaction.plan.kind.name):
                    details(line)
                if not confirmed("Send it?", yes):
                    transaction.cancel()
                    details("not sent")
                    return ExitCode.NEGATIVE
                receipt = finish(connected, transaction, signer, ProgressLine(progress), outbox)
            if wait:
                receipt = confirmation_of(connected, receipt, wait_seconds)
            if json:
                json_result(receipt_record(receipt))
            else:
                result(receipt.block.hash.hex())
            return ExitCode.DONE

    return answered(act, json)


def _show(transaction: Transaction, as_json: bool) -> int:
    plan = transaction.plan
    if as_json:
        json_result(plan_record(plan))
    else:
        for line in block_lines(plan.block, plan.kind.name):
            result(line)
    return ExitCode.DONE
