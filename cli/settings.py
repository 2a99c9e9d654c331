"""Options from a TOML file: one table per command, one key per option."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import click

from powplasma.errors import InvalidInput

Tables = dict[str, dict[str, object]]
"""The values of each command's table, by option name as in Python (``max_hashes``)."""


def default_path() -> Path:
    """The file that is read when none is named."""
    return Path(click.get_app_dir("powplasma")) / "config.toml"


def read_settings(named: Path | None, commands: Iterable[str]) -> tuple[Path, Tables]:
    """The tables of the settings file, and its path.

    The keys of a table are checked when its command runs (``Command.parse_args``).

    Args:
        named: the file a person asked for; it has to exist. None stands for the default one.
        commands: names that a table may have.

    Raises:
        InvalidInput: field ``config``; the file cannot be read, or is not a table of tables.
    """
    path = default_path() if named is None else named
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        if named is None and isinstance(error, FileNotFoundError):
            return path, {}
        raise InvalidInput("config", str(path), f"cannot be read: {error.strerror}", "a TOML file") from None
    except ValueError as error:  # of which TOMLDecodeError and UnicodeDecodeError are children
        raise InvalidInput("config", str(path), f"is not TOML: {error}", "a TOML file") from None
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
