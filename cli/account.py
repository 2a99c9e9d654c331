"""``powplasma account``: what an account has, its history, and what waits to be received."""

from __future__ import annotations

import click

from .group import LazyGroup

COMMANDS = {
    "show": "Show balances, plasma, fusions, stakes and what waits; the default.",
    "history": "List the blocks of an account, the newest first.",
    "pending": "List what was sent to an account and is not received yet.",
}
"""Each command and its line in the help. Its module is called account_ and its name."""

_ADDRESS_PREFIX = "z1"


class _Group(LazyGroup):
    """Takes an address, or options alone, as ``show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in a group of commands, with ``show`` put in front where no command is named."""
        first = args[0] if args else ""
        if not first or first.startswith(_ADDRESS_PREFIX) or (first.startswith("-") and first not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, lazy=COMMANDS, prefix="account_")
def command() -> None:
    """Show an account: `powplasma account ADDRESS`. Without ADDRESS it is that of the key file."""
