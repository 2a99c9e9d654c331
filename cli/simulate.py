"""``powplasma simulate``: runs a named scenario, or one from a file."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from powplasma import __version__
from powplasma.errors import InvalidInput
from powplasma.plasma import RULE_SETS
from powplasma.simulation import Scenario, built_in_scenarios, load_scenario

from .command import Command
from .figures import json_figures, json_series
from .output import json_result, result
from .parameters import json_option, typed, whole
from .progress import progress_option
from .records import Record
from .sweep import parse_axes, sweep


@click.command(cls=Command)
@click.argument("scenario", metavar="[NAME|FILE]", required=False)
@click.option("--variant", metavar="NAME", help="Which variant of the scenario, if it has some.")
@click.option("--rules", type=click.Choice([*RULE_SETS]), help="Another rule set, in the state in which it begins.")
@click.option(
    "--set", "set", multiple=True, metavar="PATH=VALUE", help="Another value for a key, as in attacker.qsr=500000."
)
@click.option("--seed", callback=whole, metavar="N", default="0", show_default=True, help="From which chance is drawn.")
@click.option(
    "--sweep",
    "axes",
    multiple=True,
    metavar="PATH=A,B,…",
    help="Run every combination of these values; one JSON line for each run.",
)
@click.option("--runs", callback=whole, metavar="N", help="Runs of each combination, each with a seed of its own.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the lines of a sweep; an interrupted one goes on where it ended.",
)
@click.option(
    "--workers", callback=whole, metavar="N", help="Processes for a sweep.  [default: one per available core]"
)
@progress_option
@click.option("--csv", is_flag=True, help="Print one line per momentum, or the table's rows, as CSV.")
@click.option("--series", is_flag=True, help="Put the momentums into the JSON object, too.")
@json_option
def command(
    *,
    scenario: str | None,
    variant: str | None,
    rules: str | None,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    seed: int,
    axes: tuple[str, ...],
    runs: int | None,
    output: Path | None,
    workers: int | None,
    progress: bool | None,
    csv: bool,
    series: bool,
    json: bool,
) -> None:
    """Run a scenario, momentum by momentum; without a name, list the built-in ones.

    A FILE is a scenario in TOML: docs/simulation.md says what it holds.
    """
    if scenario is None:
        _list_scenarios(json)
        return
    settings = dict(map(_setting, set))

    def load(more: dict[str, object]) -> Scenario:
        return load_scenario(scenario, variant=variant, rules=rules, settings=settings | more)

    sweeping = bool(axes) or runs is not None
    _check_options(sweeping=sweeping, csv=csv, series=series, json=json, output=output, workers=workers)
    if sweeping:
        sweep(
            load,
            _header,
            parse_axes(axes),
            runs=1 if runs is None else runs,
            seed=seed,
            workers=workers,
            output=output,
            progress=progress,
        )
        return
    loaded = load({})
    run = loaded.plan.run(loaded.rules, loaded.state, seed)
    if csv:
        _print_csv(run.series() if not loaded.has_rows else _rows(run.summary()))
        return
    momentums = {"series": json_series(loaded, run.series())} if series and not loaded.has_rows else {}
    summary = run.summary()
    if json:
        json_result(_header(loaded, seed) | json_figures(summary) | momentums)
        return
    result(f"{loaded.name}{f' ({loaded.variant})' if loaded.variant else ''}: {loaded.title}")
    for line in _lines(summary):
        result(line)


def _check_options(
    *, sweeping: bool, csv: bool, series: bool, json: bool, output: Path | None, workers: int | None
) -> None:
    """Refuses options that would have no effect together."""
    if sweeping and (csv or series or (output is None and not json)):
        raise InvalidInput("axes", "it", "prints one JSON line for each run", "with --json or --output alone")
    if not sweeping and (output is not None or workers is not None):
        field = "workers" if output is None else "output"
        raise InvalidInput(field, "it", "belongs to a sweep", "with --sweep or --runs")
    if csv and (json or series):
        raise InvalidInput("csv", "it", "prints the momentums alone", "without --json and --series")
    if series and not json:
        raise InvalidInput("series", "it", "is a part of the JSON object", "with --json, or --csv instead")


def _list_scenarios(json: bool) -> None:
    titles = built_in_scenarios()
    if json:
        json_result({"scenarios": [{"scenario": name, "title": title} for name, title in titles.items()]})
        return
    width = max(map(len, titles))
    for name, title in titles.items():
        result(f"{name:{width}}  {title}")


def _setting(text: str) -> tuple[str, object]:
    """The path and the value of ``PATH=VALUE``, the value as TOML would have it, or as text."""
    path, equals, value = text.partition("=")
    if not equals or not path or not value:
        raise InvalidInput("set", text, "is no setting", "PATH=VALUE")
    return path, typed(value)


def _header(scenario: Scenario, seed: int) -> Record:
    """What a rerun needs. Parameters and state are decimal strings, as they can exceed 2^53."""
    parameters = {
        field.name: str(getattr(scenario.rules, field.name))
        for field in dataclasses.fields(scenario.rules)
        if field.repr
    }
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "variant": scenario.variant,
        "seed": seed,
        "version": __version__,
        "rules": {"name": scenario.rules.name, **parameters},
        "state": {name: str(value) for name, value in dataclasses.asdict(scenario.state).items()},
    }


def _rows(summary: Mapping[str, object]) -> list[Mapping[str, object]]:
    rows = summary["rows"]
    assert isinstance(rows, list)
    return rows


def _print_csv(rows: Iterable[Mapping[str, object]]) -> None:
    """The rows as they come, so that a long run takes no memory."""
    for position, row in enumerate(rows):
        if not position:
            result(_csv_line(row))
        result(_csv_line(row.values()))


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def _lines(summary: Mapping[str, object]) -> Iterable[str]:
    """The figures, one per line; a list of objects as a table."""
    for name, value in summary.items():
        if isinstance(value, list):
            yield from _columns(value)
        elif isinstance(value, Mapping):
            inner = ", ".join(f"{key} {_shown(number)}" for key, number in value.items())
            yield f"  {name:22} {inner or '-'}"
        else:
            yield f"  {name:22} {_shown(value)}"


def _columns(rows: Sequence[Mapping[str, object]]) -> Iterable[str]:
    heads = [head for head, value in rows[0].items() if not isinstance(value, list)]
    cells = [heads, *([_shown(row[head]) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    for line in cells:
        yield "  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
