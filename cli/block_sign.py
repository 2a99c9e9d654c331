"""``powplasma block sign``: a signature by a key, without a node."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.plasma import ruleset
from powplasma.transfer.plan import kind_of
from powplasma.validation import validate

from .blocks import block_lines, block_record, read_block, write_block
from .command import Command
from .exits import ExitCode
from .keyring import Signer, key_options
from .network import yes_option
from .output import details, json_result, result
from .parameters import PATH, json_option
from .sending import check_answerable, confirmed


@click.command(cls=Command)
@click.argument("input", metavar="FILE", type=PATH)
@click.option("--output", metavar="FILE", required=True, type=PATH, help="New file for it.")
@key_options
@click.option(
    "--rules",
    type=click.Choice(["alphanet", "dynamic"]),
    default="alphanet",
    show_default=True,
    help="Rules that the block is judged by before it is signed.",
)
@yes_option
@json_option
def command(
    *,
    input: Path,  # noqa: A002 - the argument's name
    output: Path,
    signer: Signer,
    rules: str,
    yes: bool,
    json: bool,
) -> int:
    """Judge the block in FILE, show it, and write it with a signature.

    Without a node it is not known how much fused plasma the account has, nor what prices are: the fused plasma that the
    block commits is taken to be there, and the least prices to be in force.
    """
    check_answerable(yes)
    block = read_block(input)
    kind = kind_of(block)
    verdict = validate(block, rules=ruleset(rules), available_plasma=block.fused_plasma)
    if not verdict.accepted:
        details(f"not signed: {verdict.explain()}")
        return ExitCode.NEGATIVE
    for line in block_lines(block, kind.name):
        details(line)
    if not confirmed("Sign it?", yes):
        details("not signed")
        return ExitCode.NEGATIVE
    signed = block.signed(signer.key_pair)
    write_block(signed, output)
    if json:
        json_result({**block_record(signed, kind.name), "file": str(output)})
    else:
        result(signed.hash.hex())
    return ExitCode.DONE
