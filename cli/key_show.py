"""``powplasma key show``: the addresses of a key file."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import KeyFile
from powplasma.account.derivation import MAX_ACCOUNT
from powplasma.address import format_address
from powplasma.errors import check_integer

from .command import Command
from .keyring import find_key, keys_option
from .output import json_result, result
from .parameters import json_option, whole
from .records import key_record
from .secret import password_option, read_password

_MAX_COUNT = 1_000


@click.command(cls=Command)
@click.argument("key", required=False)
@keys_option
@click.option(
    "--count",
    callback=whole,
    metavar="N",
    help="Derive this many addresses, which takes the password.  [default: show the one that the file states]",
)
@click.option("--index", callback=whole, metavar="N", default="0", show_default=True, help="First account to derive.")
@click.option("--any-address", is_flag=True, help="Take a file that states no address, or another wallet's.")
@password_option
@json_option
def command(
    *,
    key: str | None,
    keys: Path | None,
    count: int | None,
    index: int,
    any_address: bool,
    password_fd: int | None,
    json: bool,
) -> int:
    """Show the address that the key file KEY states, or derive addresses with its password.

    KEY is a name in the folder of key files, or a path; by default the only one in the folder.
    """
    path = find_key(key, keys)
    key_file = KeyFile.read(path)
    record = key_record(path, key_file)
    if count is None:
        addresses = [record["address"]] if record["address"] else []
    else:
        count = check_integer("count", count, 1, _MAX_COUNT, "addresses")
        index = check_integer("index", index, 0, MAX_ACCOUNT + 1 - count)
        wallet = key_file.decrypt(read_password(password_fd), any_address=any_address)
        addresses = [format_address(wallet.key_pair(index + i).address) for i in range(count)]
    if json:
        json_result({**record, "addresses": addresses})
    else:
        for address in addresses or ["the file states no address; --count derives it"]:
            result(str(address))
    return 0
