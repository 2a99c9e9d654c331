"""``powplasma key new``: a new wallet in a key file."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import Wallet

from .command import Command
from .keyring import keep_wallet, keys_option
from .output import note
from .parameters import json_option
from .secret import password_option


@click.command(cls=Command)
@click.argument("name", required=False)
@keys_option
@password_option
@json_option
def command(*, name: str | None, keys: Path | None, password_fd: int | None, json: bool) -> int:
    """Make a new wallet and write its key file NAME, by default its address.

    NAME is a name in the folder of key files, or a path. Nothing is written over.
    """
    keep_wallet(Wallet.generate(), name, keys, password_fd, as_json=json)
    if not json:
        note(
            "without this file and its password, or the 24 words that `powplasma key export` writes, what the account "
            "owns is lost"
        )
    return 0
