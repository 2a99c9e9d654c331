"""``powplasma key``: key files, which hold the words of a wallet under a password."""

from __future__ import annotations

import click

from .group import LazyGroup

COMMANDS = {
    "new": "Make a new wallet and write its key file.",
    "import": "Write the key file of a wallet whose words you have.",
    "show": "Show the addresses of a key file.",
    "export": "Write the words of a key file.",
    "list": "List the key files.",
}
"""Each command and its line in the help. Its module is called key_ and its name."""


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="key_")
def command() -> None:
    """Make, import, show, export and list key files.

    Passwords and words come from a prompt, a file descriptor or the environment, never from the command line, where
    every process can read them.
    """
