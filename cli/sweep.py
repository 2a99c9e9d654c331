"""Sweeps of ``powplasma simulate``: one JSON line per run, in order, to standard output or into a file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from powplasma import __version__
from powplasma.cores import usable_workers
from powplasma.errors import InvalidInput
from powplasma.simulation import Scenario
from powplasma.simulation.batch import Job
from powplasma.simulation.figures import Summary
from powplasma.simulation.parquet import check_available, is_ours
from powplasma.simulation.scattered import simulate_on_cluster
from powplasma.simulation.sweep import Cell, cells, simulate_all

from .batch_file import LineWriter
from .cluster import on_cluster
from .figures import json_figures
from .output import as_json, details, result
from .parameters import typed
from .progress import ProgressLine
from .records import Record
from .report import duration
from .sweep_figure import Figures, figure_chart, figure_lines, figure_page, usual_figure
from .sweep_file import Seer, continued, is_complete, is_parquet, journal_of, make_parquet
from .targets import Target, pictures_of

if TYPE_CHECKING:
    from .pictures import Pictures

MOST_RUNS = 1_000_000
"""Of one sweep; each is planned before the first begins."""

MOST_WORKERS = 1_024


def parse_axes(texts: Sequence[str]) -> dict[str, list[object]]:
    """The values of each path, from ``PATH=A,B,…``.

    Raises:
        InvalidInput: field ``axes``.
    """
    axes: dict[str, list[object]] = {}
    for text in texts:
        path, equals, values = text.partition("=")
        if not equals or not path or not all(values.split(",")):
            raise InvalidInput("axes", text, "is no sweep", "PATH=VALUE,VALUE,…")
        if path in axes:
            raise InvalidInput("axes", text, "names a path a second time", "each path once")
        axes[path] = [typed(value) for value in values.split(",")]
        for position, value in enumerate(axes[path]):
            if value in axes[path][:position]:
                raise InvalidInput("axes", text, f"has {value} twice", "each value once; --runs repeats a run")
    return axes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What becomes of the runs of a sweep.

    Attributes:
        output: file of the lines, or of the table if its name ends in ``.parquet``.
        json: whether the lines are printed where there is no output.
        figure: path of the number that is shown and drawn; None for the usual one.
        html: file of the report.
        png: folder of the picture.
        progress: whether to show how far it is; None leaves that to the terminal.
        force: whether to write over files of others.
    """

    output: Path | None
    json: bool
    figure: str | None
    html: Path | None
    png: Path | None
    progress: bool | None
    force: bool

    @property
    def table(self) -> bool:
        """Whether the figure is printed, since nothing else is."""
        return not self.json and self.output is None

    @property
    def drawn(self) -> bool:
        """Whether the figure is drawn."""
        return self.html is not None or self.png is not None


def sweep(
    load: Callable[[dict[str, object]], Scenario],
    header: Callable[[Scenario, int], Record],
    axes: dict[str, list[object]],
    *,
    runs: int,
    seed: int,
    workers: int | None,
    cluster: str | None,
    wanted: Wanted,
) -> None:
    """Runs every cell that the output does not have yet, and writes it.

    Raises:
        InvalidInput: ``runs`` or ``workers`` out of range, a ``cluster`` that is no address, a value that
            the scenario refuses, or an ``output`` that holds something else.
        OutputFailed: the output cannot be written.
        ParquetUnavailable, ChartsUnavailable, ClusterUnavailable: an extra is not installed.
        ClusterFailed: the cluster cannot be reached, or is lost.
        WorkerLost: a worker process of this machine died.
    """
    _check_request(runs, workers, cluster)
    target, pictures = _check_places(wanted)
    planned = cells(axes, runs, seed)
    if len(planned) > MOST_RUNS:
        raise InvalidInput("axes", len(planned), "runs are too many", f"at most {MOST_RUNS}")
    scenarios = _scenarios(load, planned)
    heads = [
        header(scenario, cell.seed) | {"values": dict(cell.values), "run": cell.run, "digest": scenario.digest}
        for cell, scenario in zip(planned, scenarios, strict=True)
    ]
    request: Record = {
        **{key: heads[0][key] for key in ("scenario", "title", "variant")},
        "version": __version__,
        "seed": seed,
        "runs": runs,
        "axes": axes,
    }
    figures = Figures(wanted.figure or usual_figure(scenarios[0]))
    see: Seer = figures.see if wanted.table or wanted.drawn else _pass_over
    output = wanted.output
    if target is not None and is_complete(target.path, request, heads, figures.name, see, force=wanted.force):
        details(f"{len(heads)} runs in {output}, all of them from before")
    else:
        jobs = [(scenario, cell.seed) for scenario, cell in zip(scenarios, planned, strict=True)]
        with on_cluster(cluster):
            _run(heads, jobs, _simulator(workers, cluster), wanted, see)
        if target is not None:
            make_parquet(journal_of(target.path), target, request, axes)
    if wanted.table:
        for text in figure_lines(figures, list(axes)):
            result(text)
    if pictures is not None:
        charts = [figure_chart(figures, list(axes))]
        pictures.write(charts, lambda: figure_page(scenarios[0], request, figures, list(axes)))


def _check_request(runs: int, workers: int | None, cluster: str | None) -> None:
    if not 1 <= runs <= MOST_RUNS:
        raise InvalidInput("runs", runs, "is out of range", f"1 … {MOST_RUNS}")
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise InvalidInput("workers", workers, "is out of range", f"1 … {MOST_WORKERS}")
    if workers is not None and cluster is not None:
        raise InvalidInput("workers", workers, "is for this machine", "--cluster has workers of its own")


def _simulator(workers: int | None, cluster: str | None) -> Callable[[Sequence[Job]], Iterator[Summary]]:
    """What makes the runs."""
    if cluster is not None:
        return partial(simulate_on_cluster, address=cluster)
    return partial(simulate_all, workers=workers if workers is not None else usable_workers())


def _check_places(wanted: Wanted) -> tuple[Target | None, Pictures | None]:
    """The Parquet file and the pictures, if there are some; refuses before any run what could not be written after."""
    target = None
    if wanted.output is not None and is_parquet(wanted.output):
        check_available()
        target = Target("output", wanted.output, is_ours, wanted.force)
        target.check()
    return target, pictures_of(wanted.html, wanted.png, ("sweep",), force=wanted.force)


def _run(
    heads: Sequence[Record],
    jobs: Sequence[Job],
    simulated: Callable[[Sequence[Job]], Iterator[Summary]],
    wanted: Wanted,
    see: Seer,
) -> None:
    """Makes the runs that are not in the output yet."""
    output = wanted.output
    with _lines(output, heads, see, force=wanted.force) as (file, kept), ProgressLine(wanted.progress) as line:
        begun = time.monotonic()
        summaries = simulated(jobs[kept:])
        for number, (head, summary) in enumerate(zip(heads[kept:], summaries, strict=True), 1):
            record = head | json_figures(summary)
            if file is not None:
                file.write(record)
            elif wanted.json:
                result(as_json(record))
            see(record)
            left = (time.monotonic() - begun) / number * (len(jobs) - kept - number)
            line.show(f"{kept + number} of {len(heads)} runs, about {duration(left)} left")
    if output is not None:
        details(f"{len(heads)} runs in {output}{f', {kept} of them from before' if kept else ''}")


@contextmanager
def _lines(
    output: Path | None, heads: Sequence[Record], see: Seer, *, force: bool
) -> Iterator[tuple[LineWriter | None, int]]:
    """The file of the lines, if there is one, and how many runs it has."""
    if output is None:
        yield None, 0
        return
    with continued(journal_of(output), heads, see, output, force=force) as (file, kept):
        yield file, kept


def _pass_over(_: Mapping[str, Any]) -> None:
    """Where nobody wants to see a figure."""


def _scenarios(load: Callable[[dict[str, object]], Scenario], planned: Sequence[Cell]) -> list[Scenario]:
    """The scenario of each cell; runs of the same values share it."""
    known: dict[str, Scenario] = {}
    found = []
    for cell in planned:
        key = json.dumps(dict(cell.values))
        if key not in known:
            known[key] = load(dict(cell.values))
        found.append(known[key])
    return found
