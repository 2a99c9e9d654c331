"""The program and its commands; a command's module is imported when the command is run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import click

from powplasma import __version__

from .command import nearest, options_named
from .edge import PROGRAM
from .settings import default_path, read_settings

COMMANDS = {
    "generate": "Find a nonce for an account block, or one for each line of a file.",
    "verify": "Check one nonce, or a file of works.",
    "stock": "Keep works that were searched before they are needed.",
    "quote": "Show what a block costs under each rule set.",
    "bench": "Measure hashrate, and what it yields in plasma.",
    "simulate": "Run a scenario momentum by momentum: prices, attacks, waiting times.",
    "conformance": "Judge an implementation by files of vectors.",
    "info": "Show kernels, cores, self-tests and versions.",
    "completion": "Print the completion script for a shell.",
}
"""Each command and its line in the help. Its module has the same name and holds it as ``command``."""


class LazyGroup(click.Group):
    """Imports only the command that is run, so that each starts as fast as it can.

    Attributes:
        offered: each command and its line in the help.
        modules: what the name of a command's module begins with, before that of the command.
    """

    offered: Mapping[str, str] = COMMANDS
    modules = "."

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """The names, in the order of the help."""
        return list(self.offered)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """The command of that name, imported now."""
        if cmd_name not in self.offered:
            return None
        command = import_module(self.modules + cmd_name, __package__).command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click, after a look at the settings file's tables for the commands of this group."""
        for key, value in (ctx.default_map or {}).items() if ctx.parent else ():
            if key not in self.offered or not isinstance(value, dict):
                problem = f"no such table{nearest(key, self.offered)}" if isinstance(value, dict) else "is no table"
                raise click.UsageError(f"{ctx.obj}: [{ctx.info_name}] {key}: {problem}", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """As in click, with the group's own options named in errors."""
        with options_named(ctx):
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, with the nearest name for one that does not exist."""
        if args[0] not in self.offered and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], self.offered)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.offered.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"auto_envvar_prefix": "POWPLASMA", "help_option_names": ["-h", "--help"]},
    epilog="Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 invalid or "
    "not found, 2 bad input, 3 the machine failed, 130 interrupted.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=f"TOML file with a table of options for each command.  [default: {default_path()}, if it exists]",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def app(context: click.Context, config: Path | None) -> None:
    """Proof-of-work plasma for the Zenon Network of Momentum."""
    context.obj, context.default_map = read_settings(config, list(COMMANDS))
