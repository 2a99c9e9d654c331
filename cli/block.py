"""``powplasma block``: a block in three steps through files, and blocks that a node has."""

from __future__ import annotations

import click

from .group import LazyGroup

COMMANDS = {
    "prepare": "Write an unsigned block with its proof of work; needs a node, but no key.",
    "sign": "Sign a block; needs a key, but no node.",
    "publish": "Publish a signed block; needs a node, but no key.",
    "show": "Show a block that a node has: its state, what it calls, and what became of it.",
}
"""Each command and its line in the help. Its module is called block_ and its name."""


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="block_")
def command() -> None:
    """Prepare, sign and publish a block through files, for signing on a machine without a network; or show one."""
