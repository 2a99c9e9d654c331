"""``powplasma stock drop``: works for places that are taken, or that nobody wants."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.address import parse_address
from powplasma.fields import Missing
from powplasma.stock import Stock
from powplasma.work import parse_hash

from .command import Command
from .exits import ExitCode
from .output import json_result, result
from .parameters import json_option
from .stock_options import place_options, stock_file, stock_option


@click.command(cls=Command)
@stock_option
@place_options
@click.option(
    "--keep",
    multiple=True,
    metavar="HEX",
    help="Drop all but the works that follow this block: the account's latest, or a prepared one; may be repeated.",
)
@json_option
def command(
    *, stock: Path | None, address: str | None, previous_hash: str | None, keep: tuple[str, ...], json: bool
) -> int:
    """Drop the works of an account: all, those of one place, or all but those of some places."""
    if address is None:
        raise Missing("address", "the account, z1…")
    if keep and previous_hash is not None:
        raise click.UsageError("--keep and --previous-hash say the opposite: one of the two")
    account, kept = parse_address(address), [parse_hash(previous, "keep") for previous in keep]
    with Stock(stock_file(stock), create=False) as opened:
        dropped = opened.keep(account, kept) if kept else opened.drop(account, previous_hash)
    if json:
        json_result({"dropped": dropped})
    else:
        result(f"{dropped} works dropped")
    return ExitCode.DONE
