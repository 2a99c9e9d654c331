"""``powplasma call``: a method of a contract, without a fee."""

from __future__ import annotations

import click

from powplasma.account import ZNN
from powplasma.account.abi import call_block, read_arguments
from powplasma.engine import Engine
from powplasma.errors import InvalidInput
from powplasma.node import BlockingNode, CallState
from powplasma.plasma.costs import embedded_method
from powplasma.transfer import Receipt, Terms, wait_outcome

from .command import Command
from .exits import ExitCode
from .found import outcome_lines, outcome_record
from .keyring import Signer, key_options
from .network import node_option, terms_options, wait_options, yes_option
from .output import details
from .parameters import json_option, whole
from .paying import Paying, pay
from .progress import ProgressLine, progress_option
from .records import Record
from .sending import check_answerable, receive_one
from .tokens import token_and_amount


@click.command(cls=Command)
@click.argument("method", metavar="CONTRACT.METHOD")
@click.argument("arguments", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--amount", metavar="AMOUNT", help='What is sent along, as in "10 QSR".  [default: nothing]')
@click.option(
    "--decimals",
    callback=whole,
    metavar="N",
    help="Decimal places in which the amount of a token other than ZNN and QSR is given.  [default: 0, base units]",
)
@click.option(
    "--receive/--no-receive",
    default=True,
    show_default=True,
    help="Receive what the contract pays, such as the refund of a failed call.",
)
@key_options
@node_option
@terms_options
@click.option(
    "--reference", metavar="TEXT", help="Name of this call. The same reference from the same account is not sent twice."
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@yes_option
@wait_options(default=True)
@progress_option
@json_option
def command(
    *,
    method: str,
    arguments: tuple[str, ...],
    amount: str | None,
    decimals: int | None,
    receive: bool,
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
    """Call a contract's method, as in `call Plasma.Fuse address=z1… --amount "10 QSR"`, and say what became of it.

    Arguments, amount and token are checked before anything is searched. The exit code is 1 if the contract refuses the
    call.
    """
    values = _arguments(method, arguments)
    token, units = _amount(amount, decimals)
    if not dry_run:
        check_answerable(yes)
    template = call_block(signer.address, method, values, units, token)
    options = Paying(
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
    )

    def ending(connected: BlockingNode, engine: Engine, receipt: Receipt) -> tuple[int, Record]:
        outcome = wait_outcome(connected, receipt.block, wait_seconds)
        for line in outcome_lines(outcome):
            details(line)
        received = []
        for payout in outcome.payouts if receive else ():
            one = receive_one(
                connected, signer, payout.hash, allowed=allowed, engine=engine, line=ProgressLine(progress)
            )
            received += [one.block.hash.hex()] if one else []
        code = ExitCode.DONE if outcome.state is CallState.DONE else ExitCode.NEGATIVE
        return code, {"outcome": outcome_record(outcome), "received": received}

    return pay(template, options, ending)


def _arguments(method: str, pairs: tuple[str, ...]) -> dict[str, object]:
    """The arguments of a call from ``NAME=VALUE``."""
    contract, _, name = method.partition(".")
    found = embedded_method(contract, name)
    texts: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInput("arguments", pair, "is not NAME=VALUE", found.declaration)
        if key in texts:
            raise InvalidInput("arguments", key, "is given twice", found.declaration)
        texts[key] = value
    return read_arguments(method, texts)


def _amount(text: str | None, decimals: int | None) -> tuple[bytes, int]:
    """Token and base units of ``10 QSR``."""
    if text is None:
        if decimals is not None:
            raise InvalidInput("decimals", decimals, "has no effect without --amount", "--amount, or leave it out")
        return ZNN, 0
    words = text.split()
    if len(words) != 2:
        raise InvalidInput("amount", text, "is not an amount and a token", '"10 QSR", "1.5 ZNN" or "3 zts1…"')
    return token_and_amount(words[1], words[0], decimals)
