"""``powplasma stock prune``: works that are too old to be worth anything, and damaged ones."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.stock import Stock

from .anchor import expiry_options, stated_expiry
from .command import Command
from .exits import ExitCode
from .output import json_result, result
from .parameters import json_option
from .stock_options import stock_file, stock_option


@click.command(cls=Command)
@stock_option
@expiry_options
@json_option
def command(*, stock: Path | None, expiry: str | None, frontier_height: int | None, json: bool) -> int:
    """Drop anchored works that a policy credits with nothing any more, and rows that are damaged."""
    judged_by = stated_expiry(expiry, frontier_height)
    with Stock(stock_file(stock), create=False) as opened:
        pruned = opened.prune(judged_by)
    if json:
        json_result({"damaged": pruned.damaged, "expired": pruned.expired})
    else:
        result(f"{pruned.expired} expired and {pruned.damaged} damaged works dropped")
    return ExitCode.DONE
