"""``powplasma simulate``: runs a named scenario, or one from a file."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from powplasma import __version__
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma import RULE_SETS
from powplasma.simulation import Run, Scenario, built_in_scenarios, load_scenario

from .cluster import cluster_option
from .command import Command
from .figures import json_figures, json_series
from .output import json_result, result
from .parameters import PATH, json_option, whole
from .progress import progress_option
from .records import Record
from .scenarios import MOST_SEED, csv_result, list_scenarios, setting
from .simulate_files import RunFiles
from .simulate_table import summary_lines
from .sweep import Wanted, parse_axes, sweep
from .targets import picture_options


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
    help="Run every combination of these values.",
)
@click.option("--runs", callback=whole, metavar="N", help="Runs of each combination, each with a seed of its own.")
@click.option(
    "--output",
    metavar="FILE",
    type=PATH,
    help="File for the runs of a sweep, JSON Lines or .parquet; an interrupted one goes on where it ended.",
)
@click.option(
    "--figure", metavar="PATH", help="Figure of a sweep's runs to show and draw, as in lanes.fast.latency_p95."
)
@click.option(
    "--workers", callback=whole, metavar="N", help="Processes for a sweep.  [default: one per available core]"
)
@cluster_option
@progress_option
@click.option("--csv", is_flag=True, help="Print one line per momentum, or the table's rows, as CSV.")
@click.option("--series", is_flag=True, help="Put the momentums into the JSON object, too.")
@click.option(
    "--parquet",
    metavar="FILE",
    type=PATH,
    help="Write the momentums, or the table's rows, as Parquet.",
)
@picture_options
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
    figure: str | None,
    workers: int | None,
    cluster: str | None,
    progress: bool | None,
    csv: bool,
    series: bool,
    parquet: Path | None,
    html: Path | None,
    png: Path | None,
    force: bool,
    json: bool,
) -> None:
    """Run a scenario, momentum by momentum; without a name, list the built-in ones.

    A FILE is a scenario in TOML: docs/simulation.md says what it holds.
    """
    if scenario is None:
        list_scenarios(built_in_scenarios(), json)
        return
    check_integer("seed", seed, 0, MOST_SEED)
    settings = dict(map(setting, set))

    def load(more: dict[str, object]) -> Scenario:
        return load_scenario(scenario, variant=variant, rules=rules, settings=settings | more)

    sweeping = bool(axes) or runs is not None
    _check_options(sweeping, csv=csv, series=series, json=json, parquet=parquet)
    if sweeping:
        sweep(
            load,
            _header,
            parse_axes(axes),
            runs=1 if runs is None else runs,
            seed=seed,
            workers=workers,
            cluster=cluster,
            wanted=Wanted(output, json, figure, html, png, progress, force),
        )
        return
    for field, value in (("output", output), ("workers", workers), ("figure", figure), ("cluster", cluster)):
        if value is not None:
            raise InvalidInput(field, "it", "belongs to a sweep", "with --sweep or --runs")
    loaded = load({})
    header = _header(loaded, seed)
    with RunFiles(loaded, header, parquet=parquet, html=html, png=png, force=force) as files:
        _one_run(loaded, header, seed, files, csv=csv, series=series, json=json)


def _one_run(
    loaded: Scenario, header: Record, seed: int, files: RunFiles, *, csv: bool, series: bool, json: bool
) -> None:
    """Runs the scenario once, and prints what it came to."""
    run = loaded.plan.run(loaded.rules, loaded.state, seed)
    momentums: Record = {}
    if loaded.has_rows:
        summary = _table_run(loaded, run, seed, files)
        rows: Iterable[dict[str, object]] = _rows(summary)
    else:
        rows = files.follow(run.series())
    if csv:
        csv_result(rows)
    elif series and not loaded.has_rows:
        momentums = {"series": json_series(loaded, rows)}
    if not loaded.has_rows:
        if files.wanted:
            deque(rows, maxlen=0)
        summary = run.summary()
    files.finish(summary)
    if csv:
        return
    if json:
        json_result(header | json_figures(summary) | momentums)
        return
    result(f"{loaded.name}{f' ({loaded.variant})' if loaded.variant else ''}: {loaded.title}")
    for line in summary_lines(summary):
        result(line)


def _table_run(loaded: Scenario, run: Run, seed: int, files: RunFiles) -> Mapping[str, object]:
    """The rows of a published table, and the momentums behind it for the pictures."""
    summary = run.summary()
    for row in _rows(summary):
        files.tabulate(row)
    if files.drawn:
        for row in loaded.plan.run(loaded.rules, loaded.state, seed).series():
            files.draw(row)
    return summary


def _check_options(sweeping: bool, *, csv: bool, series: bool, json: bool, parquet: Path | None) -> None:
    """Refuses options that would have no effect together."""
    if sweeping and (csv or series):
        raise InvalidInput("axes", "it", "has no momentums to show", "without --csv and --series")
    if sweeping and parquet is not None:
        raise InvalidInput("parquet", str(parquet), "is for one run", "--output FILE.parquet for a sweep")
    if csv and (json or series):
        raise InvalidInput("csv", "it", "prints the momentums alone", "without --json and --series")
    if series and not json:
        raise InvalidInput("series", "it", "is a part of the JSON object", "with --json, or --csv instead")


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


def _rows(summary: Mapping[str, object]) -> list[dict[str, object]]:
    rows = summary["rows"]
    assert isinstance(rows, list)
    return rows
