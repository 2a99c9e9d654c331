"""How options and JSON fields are read, and the options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.errors import InvalidInput, check_integer
from powplasma.fields import whole_number
from powplasma.folders import user_path
from powplasma.plasma.checks import U64_MAX

F = TypeVar("F", bound=Callable[..., Any])


class UserPath(click.Path):
    """A path as a person writes it, in every place that an option or argument can come from; ``~`` is a home folder.

    Args:
        dash: whether ``-`` stands for standard input or output. The values are then text, as ``-`` is not a path.
    """

    def __init__(self, *, dash: bool = False) -> None:
        super().__init__(allow_dash=dash, path_type=str if dash else Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002 - as click has it
        """The path, or the text of it.

        Raises:
            InvalidInput: the option; it is not a path.
        """
        if not self.allow_dash:
            return user_path(value, param.name or "" if param else "")
        if value == "-":
            return value
        path = str(user_path(value, param.name or "" if param else ""))
        return os.path.join(os.curdir, path) if path == "-" else path  # noqa: PTH118 - a Path drops the point


PATH = UserPath()
PATH_OR_DASH = UserPath(dash=True)


def typed(text: str) -> object:
    """An integer (also as 1e6 or 1_000), a number, true or false, else the text."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 and "." not in text else number


def whole(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Callback of an option that is an integer; its range is the library's to check."""
    return None if value is None else whole_number(param.name or "", value, "a whole number")


def network_number(context: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Callback of an option that names a network by its chain identifier."""
    number = whole(context, param, value)
    return None if number is None else check_integer(param.name or "", number, 1, U64_MAX)


def seconds(_: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Callback of an option that is a time; its range is the library's to check."""
    try:
        return None if value is None else float(value)
    except ValueError:
        raise InvalidInput(param.name or "", value, "is not a number", "seconds above 0") from None


previous_hash_option = click.option(
    "--previous-hash",
    metavar="HEX",
    help="Hash of the account's previous block, 64 hex digits; all zero for its first block.",
)


def data_hash_options(command: F) -> F:
    """``--data-hash``, or ``--address`` with ``--previous-hash``."""
    for option in (
        previous_hash_option,
        click.option("--address", metavar="ADDRESS", help="Account that sends the block, z1…; needs --previous-hash."),
        click.option("--data-hash", metavar="HEX", help="Data hash of the block, 64 hex digits."),
    ):
        command = option(command)
    return command


workers_option = click.option(
    "--workers", callback=whole, metavar="N", help="Worker processes.  [default: one per available core]"
)

kernel_option = click.option(
    "--kernel", envvar="POWPLASMA_KERNEL", metavar="NAME", help="Kernel; see `powplasma info`.  [default: the fastest]"
)


def search_options(command: F) -> F:
    """``--timeout``, ``--max-hashes``, ``--workers``, ``--nice`` and ``--kernel``: how a nonce is searched."""
    for option in (
        kernel_option,
        click.option("--nice", callback=whole, metavar="N", help="Lower the workers' priority by 0 … 19."),
        workers_option,
        click.option("--max-hashes", callback=whole, metavar="N", help="Give up after this many hashes."),
        click.option("--timeout", callback=seconds, metavar="SECONDS", help="Give up after this time."),
    ):
        command = option(command)
    return command


json_option = click.option("--json", is_flag=True, help="Print one JSON object.")
