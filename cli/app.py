"""The program and its commands; a command's module is imported when the command is run."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma import __version__

from .edge import PROGRAM
from .group import LazyGroup
from .parameters import PATH
from .settings import default_text, read_settings

COMMANDS = {
    "generate": "Find a nonce for an account block, or one for each line of a file.",
    "verify": "Check one nonce, or a file of works.",
    "stock": "Keep works that were searched before they are needed.",
    "quote": "Show what a block costs under each rule set.",
    "bench": "Measure hashrate, and what it yields in plasma.",
    "simulate": "Run a scenario momentum by momentum: prices, attacks, waiting times.",
    "stockpile": "Play the attack with work ground ahead, under each mitigation.",
    "exits": "Play the exit queue of a plasma chain: a mass exit under attack.",
    "account": "Show what an account has, its history, and what it can receive.",
    "send": "Send tokens without a fee.",
    "call": "Call a method of a contract, and say what became of it.",
    "receive": "Receive what was sent to an account.",
    "key": "Make, import, show, export and list key files.",
    "block": "Prepare, sign and publish a block through files, for signing offline; or show one.",
    "devnode": "Run a strict stand-in for a node, for tests and trials.",
    "serve": "Search nonces for other programs, as a server.",
    "conformance": "Judge an implementation by files of vectors.",
    "info": "Show kernels, devices, cores, self-tests and versions.",
    "completion": "Print the completion script for a shell.",
}
"""Each command and its line in the help. Its module holds it as ``command`` and has its name, but for ``MODULES``."""

MODULES = {"exits": "exit_queue"}
"""Modules of commands whose own name is taken."""


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    modules=MODULES,
    context_settings={"auto_envvar_prefix": "POWPLASMA", "help_option_names": ["-h", "--help"]},
    epilog="Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 invalid or "
    "not found, 2 bad input, 3 the machine failed, 130 interrupted.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=PATH,
    help=f"TOML file with a table of options for each command.  [default: {default_text('config.toml')}, if it exists]",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def app(context: click.Context, config: Path | None) -> None:
    """Proof-of-work plasma for the Zenon Network of Momentum."""
    context.obj, context.default_map = read_settings(config, list(COMMANDS))
