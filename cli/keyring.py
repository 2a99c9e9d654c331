"""Where key files are: a folder of them, each by its name, or any path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.account import KeyFile, KeyPair
from powplasma.address import format_address
from powplasma.errors import InvalidInput

from .parameters import Missing, whole
from .secret import password_option, read_password

F = TypeVar("F", bound=Callable[..., Any])


def default_folder() -> Path:
    """Where key files are if nothing else is said."""
    return Path(click.get_app_dir("powplasma")) / "keys"


keys_option = click.option(
    "--keys",
    metavar="FOLDER",
    envvar="POWPLASMA_KEYS",
    type=click.Path(path_type=Path),
    help=f"Folder of key files.  [default: {default_folder()}]",
)


def key_options(command: F) -> F:
    """``--key``, ``--keys``, ``--index`` and ``--password-fd``: whose key signs."""
    for option in (
        password_option,
        click.option(
            "--index", callback=whole, metavar="N", default="0", show_default=True, help="Account of the wallet."
        ),
        keys_option,
        click.option(
            "--key",
            metavar="KEY",
            envvar="POWPLASMA_KEY",
            help="Key file: its name in the folder, or a path.  [default: the only one in the folder]",
        ),
    ):
        command = option(command)
    return command


def key_files(folder: Path | None) -> list[Path]:
    """The files of the folder, by name; none if there is no such folder.

    Raises:
        InvalidInput: field ``keys``; it cannot be read.
    """
    folder = folder or default_folder()
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InvalidInput("keys", str(folder), f"cannot be read: {error.strerror}", "a folder") from None


def find_key(key: str | None, folder: Path | None) -> Path:
    """The path of the key file that is meant.

    Raises:
        InvalidInput: field ``key``; there is none of that name, or none was named where there is not just one.
    """
    if key is not None and (os.sep in key or (os.altsep and os.altsep in key)):
        return Path(key)
    found = {path.name: path for path in key_files(folder)}
    names = ", ".join(found) or f"none in {folder or default_folder()}; `powplasma key new` makes one"
    if key is None:
        if len(found) == 1:
            return next(iter(found.values()))
        raise Missing("key", f"one of {names}" if found else names)
    if key in found:
        return found[key]
    if Path(key).is_file():
        return Path(key)
    raise InvalidInput("key", key, "is no key file", f"one of {names}, or a path" if found else names)


def new_key(name: str | None, folder: Path | None, key_file: KeyFile) -> Path:
    """Writes a new key file, by default under its own address, and gives its path.

    Raises:
        InvalidInput: field ``key_file``; there is one of that name.
        OSError: it cannot be written.
    """
    assert key_file.base_address is not None
    name = name or format_address(key_file.base_address)
    if os.sep in name:
        path = Path(name)
    else:
        folder = folder or default_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
    key_file.write(path)
    return path


def key_pair_of(key: str | None, keys: Path | None, index: int, password_fd: int | None) -> KeyPair:
    """The key pair that signs; asks for the password if it has to.

    Raises:
        InvalidInput: names the option that is missing or not usable.
        WalletUnavailable: the extra is not installed.
    """
    key_file = KeyFile.read(find_key(key, keys))
    return key_file.decrypt(read_password(password_fd)).key_pair(index)
