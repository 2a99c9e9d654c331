"""Options from a TOML file: one table per command, one key per option."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from powplasma import files
from powplasma.errors import InvalidInput
from powplasma.fields import Missing
from powplasma.folders import config_folder

Tables = dict[str, dict[str, object]]
"""The values of each command's table, by option name as in Python (``max_hashes``)."""


def in_config_folder(name: str) -> Path | None:
    """A file or folder of powplasma's in the user's configuration folder; None where no home folder is known."""
    folder = config_folder()
    return None if folder is None else folder / name


def default_text(name: str) -> str:
    """How the help names such a file or folder as what is used by default."""
    return str(in_config_folder(name) or "none: no home folder is known")


def chosen(path: Path | None, name: str, field: str, variable: str = "") -> Path:
    """The path that was asked for, else a file or folder of that name in the configuration folder.

    Args:
        path: of the option, if it was given.
        name: of the default.
        field: names the option in an error.
        variable: the environment variable that sets the option, to be named in an error.

    Raises:
        Missing: ``field``; there is no path, and no home folder is known.
    """
    found = path or in_config_folder(name)
    if found is None:
        raise Missing(field, f"a path{f', also by {variable}' if variable else ''}: no home folder is known")
    return found


def read_settings(named: Path | None, commands: Iterable[str]) -> tuple[Path | None, Tables]:
    """The tables of the settings file, and its path; no path where none is named and no home folder is known.

    The keys of a table are checked when its command runs (``Command.parse_args``).

    Args:
        named: the file a person asked for; it has to exist. None stands for the default one.
        commands: names that a table may have.

    Raises:
        InvalidInput: field ``config``; the file cannot be read, or is not a table of tables.
    """
    path = in_config_folder("config.toml") if named is None else named
    if path is None or (named is None and not os.path.lexists(path)):
        return path, {}  # what is in a folder that this user may not enter, as that of another user, is not theirs
    content = files.read_toml(path, "config")
    accepted = f"tables named {', '.join(commands)}"
    for table, values in content.items():
        if table not in commands:
            raise InvalidInput("config", str(path), f"has an unknown name {table!r}", accepted)
        if not isinstance(values, dict):
            raise InvalidInput("config", str(path), f"has a {table!r} that is not a table", accepted)
    return path, {table: _pythonic(values) for table, values in content.items()}


def _pythonic(values: dict[str, object]) -> dict[str, object]:
    """The keys as in Python, also of the tables within, which are those of a group's commands."""
    return {
        key.replace("-", "_"): _pythonic(value) if isinstance(value, dict) else value for key, value in values.items()
    }
