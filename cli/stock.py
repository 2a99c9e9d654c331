"""``powplasma stock``: a store of works that were searched before they are needed."""

from __future__ import annotations

import click

from .app import LazyGroup


class StockGroup(LazyGroup):
    """The commands on a store; the module of each is ``stock_`` and its name."""

    offered = {  # noqa: RUF012 - as in LazyGroup, and never changed
        "add": "Search a work ahead and store it.",
        "find": "Print the work for a block, if the store has one that will do now.",
        "list": "Show what is stored.",
        "drop": "Drop the works of an account, or of places that are taken.",
        "prune": "Drop works that are too old, and damaged ones.",
    }
    modules = ".stock_"


@click.group(cls=StockGroup)
def command() -> None:
    """Keep works that were searched before they are needed.

    Each command takes the store's file as --stock FILE.
    """
