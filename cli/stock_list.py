"""``powplasma stock list``: what is stored."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.stock import Stock

from .command import Command
from .exits import ExitCode
from .output import details, json_result, result
from .parameters import json_option
from .stock_options import stock_file, stock_option, work_record


@click.command(cls=Command)
@stock_option
@click.option("--address", metavar="ADDRESS", help="Works of this account only, z1…")
@json_option
def command(*, stock: Path | None, address: str | None, json: bool) -> int:
    """Show what is stored: a line for each work, or with --json an object.

    What a nonce is good for is worked out anew; damaged rows are passed over.
    """
    count = 0
    with Stock(stock_file(stock), read_only=True) as opened:
        for work in opened.works(address):
            count += 1
            record = work_record(work)
            achieved = work.achieved_difficulty
            if json:
                json_result({**record, "difficulty": str(achieved)})
            else:
                where = "" if work.anchor is None else f" anchored at height {work.anchor.height}"
                result(f"{record['address']} {record['previous_hash']} {record['nonce']} {achieved}{where}")
    details(f"{count} works")
    return ExitCode.DONE
