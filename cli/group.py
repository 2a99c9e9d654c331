"""A group of commands, each imported when it is run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from .command import nearest, options_named


class LazyGroup(click.Group):
    """Imports only the command that is run, so that each starts as fast as it can.

    Args:
        lazy: each command and its line in the help. Its module is ``prefix`` and its name, and holds it as ``command``.
        prefix: of the modules' names.
        modules: names of modules that are not those of their commands, by command.
    """

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, str],
        prefix: str = "",
        modules: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy
        self._prefix = prefix
        self._modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """The names, in the order of the help."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """The command of that name, imported now."""
        if cmd_name not in self._lazy:
            return None
        command = import_module(f".{self._prefix}{self._modules.get(cmd_name, cmd_name)}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click, after a look at the settings file's tables for the commands of this group."""
        for key, value in (ctx.default_map or {}).items() if ctx.parent else ():
            if key not in self._lazy or not isinstance(value, dict):
                problem = f"no such table{nearest(key, self._lazy)}" if isinstance(value, dict) else "is no table"
                raise click.UsageError(f"{ctx.obj}: [{ctx.info_name}] {key}: {problem}", ctx)
        with options_named(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """As in click, with the group's own options named in errors."""
        with options_named(ctx):
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, with the nearest name for one that does not exist."""
        if args[0] not in self._lazy and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], self._lazy)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy.items()))
