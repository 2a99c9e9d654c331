"""The options ``--server`` and ``--server-token``: the work server that searches, and the file with its token."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.errors import InvalidInput
from powplasma.files import read_text

from .parameters import PATH

F = TypeVar("F", bound=Callable[..., Any])

_MAX_BYTES = 4096


def server_options(command: F) -> F:
    """``--server`` and ``--server-token``."""
    for option in (
        click.option("--server-token", metavar="FILE", type=PATH, help="File with the token for the --server."),
        click.option("--server", metavar="URL", help="Have a work server search, as in http://host:35999."),
    ):
        command = option(command)
    return command


def read_token(file: Path | None, server: str | None) -> str | None:
    """The token in a file that its owner alone can read. It is in no error.

    Raises:
        InvalidInput: field ``server_token``.
    """
    if file is None:
        return None
    if server is None:
        raise click.UsageError("--server-token is for a --server")
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise InvalidInput("server_token", str(file), "can be read or written by others", f"chmod 600 {file}")
    return read_text(file, "server_token", _MAX_BYTES, "a file with one token").strip()
