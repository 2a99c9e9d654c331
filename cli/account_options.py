"""Which account is looked at: for every command that only reads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.account import KeyFile
from powplasma.address import parse_address
from powplasma.errors import InvalidInput

from .keyring import find_key, keys_option
from .network import node_option

R = TypeVar("R")


def account_options(command: Callable[..., R]) -> Callable[..., R]:
    """ADDRESS, ``--key``, ``--keys`` and ``--node``; the account is given to the command as ``account``, 20 bytes."""

    @functools.wraps(command)
    def with_account(*arguments: Any, address: str | None, key: str | None, keys: Path | None, **options: Any) -> R:
        return command(*arguments, account=_account(address, key, keys), **options)

    for option in (
        node_option,
        keys_option,
        click.option(
            "--key",
            metavar="KEY",
            envvar="POWPLASMA_KEY",
            help="Without ADDRESS: the key file whose address it is; no password is needed.  [default: the only one]",
        ),
        click.argument("address", required=False),
    ):
        with_account = option(with_account)
    return with_account


def _account(address: str | None, key: str | None, keys: Path | None) -> bytes:
    if address is not None:
        return parse_address(address)
    path = find_key(key, keys)
    stated = KeyFile.read(path).base_address
    if stated is None:
        raise InvalidInput("key", str(path), "states no address", "a file that does, or ADDRESS")
    return stated
