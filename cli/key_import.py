"""``powplasma key import``: the key file of a wallet whose words are there."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import KeyFile, Wallet
from powplasma.errors import InvalidInput

from .command import Command
from .keyring import keys_option, new_key
from .output import json_result, result
from .parameters import json_option, whole
from .records import key_record
from .secret import password_option, read_password, read_words


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
    key_file = KeyFile.encrypt(wallet, read_password(password_fd, new=True))
    path = new_key(name, keys, key_file)
    record = key_record(path, key_file)
    if json:
        json_result(record)
    else:
        result(f"{record['address']}  {path}")
    return 0
