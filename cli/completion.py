"""``powplasma completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from .command import Command
from .edge import COMPLETION_VARIABLE, PROGRAM
from .output import json_result, result
from .parameters import json_option

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@json_option
@click.pass_context
def command(context: click.Context, shell: str, json: bool) -> int:
    """Print the completion script for a shell.

    Bash: add `eval "$(powplasma completion bash)"` to ~/.bashrc; zsh: the same with zsh in ~/.zshrc;
    fish: `powplasma completion fish > ~/.config/fish/completions/powplasma.fish`.
    """
    completion = SHELLS[shell](context.find_root().command, {}, PROGRAM, COMPLETION_VARIABLE)
    # The base class's source, because bash's own runs bash to look at its version.
    script = ShellComplete.source(completion)
    if json:
        json_result({"shell": shell, "script": script})
    else:
        for line in script.rstrip("\n").splitlines():
            result(line)
    return 0
