"""``powplasma key import``: the key file of a wallet whose words are there."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import Wallet
from powplasma.errors import InvalidInput

from .command import Command
from .keyring import keep_wallet, keys_option
from .parameters import json_option, whole
from .secret import password_option, read_words


@click.command(cls=Command)
@click.argument("name", required=False)
@keys_option
@click.option(
    "--words-fd",
    callback=whole,
    metavar="N",
    help="Read the words from this file descriptor, up to its end.  [default: a prompt]",
)
@password_option
@json_option
def command(*, name: str | None, keys: Path | None, words_fd: int | None, password_fd: int | None, json: bool) -> int:
    """Write the key file NAME, by default its address, of a wallet whose BIP-39 words you have.

    NAME is a name in the folder of key files, or a path. Nothing is written over.
    """
    if words_fd is not None and words_fd == password_fd:
        raise InvalidInput("words_fd", words_fd, "is also where the password comes from", "another descriptor")
    wallet = Wallet.from_words(read_words(words_fd))
    keep_wallet(wallet, name, keys, password_fd, as_json=json)
    return 0
