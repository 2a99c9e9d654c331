"""``powplasma exits``: the exit queue of a plasma chain under attack."""

from __future__ import annotations

import click

from powplasma import __version__
from powplasma.errors import InvalidInput, check_integer
from powplasma.simulation.exits import ExitRun, built_in_exits, load_exits, played

from .command import Command
from .exit_table import figure_lines
from .output import json_result, result
from .parameters import json_option, whole
from .records import Record
from .scenarios import MOST_SEED, csv_result, list_scenarios, setting


@click.command(cls=Command)
@click.argument("scenario", metavar="[NAME|FILE]", required=False)
@click.option(
    "--set", "set", multiple=True, metavar="PATH=VALUE", help="Another value for a key, as in users.number=1000."
)
@click.option("--seed", callback=whole, metavar="N", default="0", show_default=True, help="From which chance is drawn.")
@click.option("--csv", is_flag=True, help="Print one CSV line for each block of the main chain.")
@json_option
def command(
    *,
    scenario: str | None,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    seed: int,
    csv: bool,
    json: bool,
) -> None:
    """Run a scenario of exits from a plasma chain; without a name, list the built-in ones.

    A FILE is a scenario in TOML: docs/exits.md says what it holds.
    """
    if csv and json:
        raise click.UsageError("--json and --csv are two forms of one result: choose one")
    check_integer("seed", seed, 0, MOST_SEED)
    settings = dict(map(setting, set))
    if scenario is None:
        if csv or settings:
            raise InvalidInput("scenario", "nothing", "is given", "the name or the file of what to run")
        list_scenarios(built_in_exits(), json)
        return
    plan = load_exits(scenario, settings)
    run = ExitRun(plan, seed)
    if csv:
        csv_result(run.blocks())
        return
    figures = played(run)
    if json:
        json_result({"scenario": plan.name, "title": plan.title, "seed": seed, "version": __version__} | _json(figures))
        return
    result(f"{plan.name}: {plan.title}")
    for line in figure_lines(figures):
        result(line)


def _json(figures: Record) -> Record:
    """The figures; money is decimal strings, as wei exceed 2^53."""
    return {name: _value(name, value) for name, value in figures.items()}


def _value(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_json(row) for row in value]
    return str(value) if name.endswith("_wei") and value is not None else value
