"""``powplasma stock``: a store of works that were searched before they are needed."""

from __future__ import annotations

import click

from .group import LazyGroup

COMMANDS = {
    "add": "Search a work ahead and store it.",
    "find": "Print the work for a block, if the store has one that will do now.",
    "list": "Show what is stored.",
    "drop": "Drop the works of an account, or of places that are taken.",
    "prune": "Drop works that are too old, and damaged ones.",
}
"""Each command and its line in the help. Its module is called stock_ and its name."""


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="stock_")
def command() -> None:
    """Keep works that were searched before they are needed.

    Each command takes the store's file as --stock FILE.
    """
