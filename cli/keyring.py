"""Where key files are: a folder of them, each by its name, or any path."""

from __future__ import annotations

import codecs
import contextlib
import functools
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.account import KeyFile, KeyPair, Wallet
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.fields import Missing
from powplasma.folders import path_text, user_path

from .output import json_result, result
from .parameters import PATH, whole
from .records import key_record
from .secret import password_option, read_password
from .settings import chosen, default_text, in_config_folder

R = TypeVar("R")

_MOST_BYTES = 1 << 16
"""A key file has less than a tenth of that."""

_MARKS = (b"cipherData", b"argon2", b"baseAddress")
"""A damaged key file still has some of them."""


def keys_folder(folder: Path | None) -> Path:
    """Where key files are: the folder that is asked for, else one in that of the settings.

    Raises:
        Missing: field ``keys``; none is asked for, and no home folder is known.
    """
    return chosen(folder, "keys", "keys", "POWPLASMA_KEYS")


keys_option = click.option(
    "--keys",
    metavar="FOLDER",
    envvar="POWPLASMA_KEYS",
    type=PATH,
    help=f"Folder of key files.  [default: {default_text('keys')}]",
)


def key_options(command: Callable[..., R]) -> Callable[..., R]:
    """``--key``, ``--keys``, ``--index`` and ``--password-fd``: whose key signs, given to the command as ``signer``."""

    @functools.wraps(command)
    def with_signer(
        *arguments: Any, key: str | None, keys: Path | None, index: int, password_fd: int | None, **options: Any
    ) -> R:
        return command(*arguments, signer=Signer(key, keys, index, password_fd), **options)

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
        with_signer = option(with_signer)
    return with_signer


def key_files(folder: Path | None) -> list[Path]:
    """The key files of the folder by name, damaged ones too; none if there is no such folder.

    Raises:
        InvalidInput: field ``keys``; it cannot be read, or no home folder is known.
    """
    folder = keys_folder(folder)
    try:
        names = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InvalidInput("keys", str(folder), f"cannot be read: {error.strerror}", "a folder") from None
    return [path for path in names if _may_be_key_file(path)]


def _may_be_key_file(path: Path) -> bool:
    """Whether a file is a key file, or what is left of one; any other file is of no interest here."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError:
        return True
    content = content.replace(b"\0", b"")  # of UTF-16; of a file that a crash has left without its content
    if any(mark in content for mark in _MARKS) or not content.strip():
        return True
    if not content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return False
    try:
        json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return True
    return False  # another program's JSON


def find_key(key: str | None, folder: Path | None) -> Path:
    """The path of the key file that is meant.

    Raises:
        InvalidInput: field ``key``; there is none of that name, or none was named where there is not just one.
    """
    if key is None:
        found = key_files(folder)
        if len(found) == 1:
            return found[0]
        raise Missing("key", _one_of(found) or _no_keys(folder))
    path = user_path(key, "key")
    if os.sep in key or (os.altsep and os.altsep in key):
        return path
    folder = folder or in_config_folder("keys")
    for place in (path,) if folder is None else (folder / key, path):
        with contextlib.suppress(OSError):
            if place.is_file():
                return place
    known = "" if folder is None else _one_of(key_files(folder)) or _no_keys(folder)
    raise InvalidInput("key", key, "is no key file", f"{known}, or a path" if known else "a path")


def _one_of(paths: Sequence[Path]) -> str:
    return f"one of {', '.join(path.name for path in paths)}" if paths else ""


def _no_keys(folder: Path | None) -> str:
    return f"none in {keys_folder(folder)}; `powplasma key new` makes one"


def keep_wallet(
    wallet: Wallet, name: str | None, folder: Path | None, password_fd: int | None, *, as_json: bool
) -> None:
    """Writes the key file of a wallet under a new password, and prints its address and where it is."""
    key_file = KeyFile.encrypt(wallet, read_password(password_fd, new=True))
    path = _new_key(name, folder, key_file)
    record = key_record(path, key_file)
    if as_json:
        json_result(record)
    else:
        result(f"{record['address']}  {path}")


def _new_key(name: str | None, folder: Path | None, key_file: KeyFile) -> Path:
    """Writes a new key file, by default under its own address, and gives its path.

    Raises:
        InvalidInput: field ``key_file``; there is one of that name. Field ``name``; it would not be listed.
        OSError: it cannot be written.
    """
    assert key_file.base_address is not None
    name = path_text(name, "name") if name is not None else format_address(key_file.base_address)
    if os.sep in name:
        path = user_path(name, "name")
    elif name.startswith("."):
        raise InvalidInput("name", name, "begins with a point, and would not be listed", "another name, or a path")
    else:
        folder = keys_folder(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
    key_file.write(path)
    return path


class Signer:
    """The key that signs; its password is asked for when it is needed, and not before.

    Args:
        key: name or path of the key file, or None for the only one.
        keys: folder of key files, or None.
        index: account of the wallet.
        password_fd: where the password comes from, or None.
    """

    def __init__(self, key: str | None, keys: Path | None, index: int, password_fd: int | None) -> None:
        self._file = KeyFile.read(find_key(key, keys))
        self._index = index
        self._password_fd = password_fd
        self._key_pair: KeyPair | None = None

    @property
    def address(self) -> bytes:
        """20 bytes. As the file states it where it can be: the password then shows whether that was true."""
        if self._index == 0 and self._file.base_address is not None:
            return self._file.base_address
        return self.key_pair.address

    @property
    def key_pair(self) -> KeyPair:
        """The key pair."""
        if self._key_pair is None:
            self._key_pair = self._file.decrypt(read_password(self._password_fd)).key_pair(self._index)
        return self._key_pair
