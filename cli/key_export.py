"""``powplasma key export``: the words of a key file, for a backup or another wallet."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma import files
from powplasma.account import KeyFile

from .command import Command
from .keyring import find_key, keys_option
from .output import note, result
from .parameters import PATH_OR_DASH
from .secret import password_option, read_password


@click.command(cls=Command)
@click.argument("key", required=False)
@keys_option
@click.option(
    "--output",
    metavar="FILE",
    type=PATH_OR_DASH,
    required=True,
    help="New file for the words, which only you can read; - for standard output.",
)
@click.option("--any-address", is_flag=True, help="Take a file that states no address, or another wallet's.")
@password_option
def command(*, key: str | None, keys: Path | None, output: str, any_address: bool, password_fd: int | None) -> int:
    """Write the words of the key file KEY: whoever has them has the wallet.

    KEY is a name in the folder of key files, or a path; by default the only one in the folder.
    """
    key_file = KeyFile.read(find_key(key, keys))
    words = key_file.decrypt(read_password(password_fd), any_address=any_address).export_words()
    if output == "-":
        result(words)
    else:
        files.write_new(output, words + "\n", "output", secret=True)
        note(f"{output} holds the words in plain text: whoever reads it has the wallet")
    return 0
