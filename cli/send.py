"""``powplasma send``: tokens to an address, without a fee."""

from __future__ import annotations

import click

from powplasma.account import AccountBlock
from powplasma.transfer import Terms

from .command import Command
from .keyring import Signer, key_options
from .network import node_option, terms_options, wait_options, yes_option
from .parameters import json_option
from .paying import Paying, pay
from .progress import progress_option
from .sending import check_answerable
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

    return pay(
        template,
        Paying(
            signer=signer,
            node=node,
            allowed=allowed,
            kernel=kernel,
            workers=workers,
            reference=reference,
            dry_run=dry_run,
            yes=yes,
            wait_seconds=wait_seconds if wait else None,
            progress=progress,
            as_json=json,
        ),
    )
