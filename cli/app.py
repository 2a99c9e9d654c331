"""The program and its commands; a command's module is imported when the command is run."""

from __future__ import annotations

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
    "quote": "Show what a block costs under each rule set.",
    "bench": "Measure hashrate, and what it yields in plasma.",
    "simulate": "Run a scenario momentum by momentum: prices, attacks, waiting times.",
    "stockpile": "Play the attack with work ground ahead, under each mitigation.",
    "conformance": "Judge an implementation by files of vectors.",
    "info": "Show kernels, cores, self-tests and versions.",
    "completion": "Print the completion script for a shell.",
}
"""Each command and its line in the help. Its module has the same name and holds it as ``command``."""


class LazyGroup(click.Group):
    """Imports only the command that is run, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f".{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """As in click, with the group's own options named in errors."""
        with options_named(ctx):
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, with the nearest name for one that does not exist."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


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
