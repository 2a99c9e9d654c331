"""``powplasma key new``: a new wallet in a key file."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import KeyFile, Wallet

from .command import Command
from .keyring import keys_option, new_key
from .output import json_result, note, result
from .parameters import json_option
from .records import key_record
from .secret import password_option, read_password


@click.command(cls=Command)
@click.argument("name", required=False)
@keys_option
@password_option
@json_option
def command(*, name: str | None, keys: Path | None, password_fd: int | None, json: bool) -> int:
    """Make a new wallet and write its key file NAME, by default its address.

    NAME is a name in the folder of key files, or a path. Nothing is written over.
    """
    wallet = Wallet.generate()
    key_file = KeyFile.encrypt(wallet, read_password(password_fd, new=True))
    path = new_key(name, keys, key_file)
    record = key_record(path, key_file)
    if json:
        json_result(record)
    else:
        result(f"{record['address']}  {path}")
        note(
            "without this file and its password, or the 24 words that `powplasma key export` writes, what the account "
            "owns is lost"
        )
    return 0
