"""Sweeps of ``powplasma simulate``: one JSON line per run, in order, to standard output or into a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from powplasma.errors import InvalidInput
from powplasma.simulation import Scenario
from powplasma.simulation.sweep import Cell, cells, simulate_all

from .exits import OutputFailed
from .figures import json_figures
from .output import as_json, details, result
from .parameters import typed
from .progress import ProgressLine
from .records import Record
from .report import duration

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
    return axes


def sweep(
    load: Callable[[dict[str, object]], Scenario],
    header: Callable[[Scenario, int], Record],
    axes: dict[str, list[object]],
    *,
    runs: int,
    seed: int,
    workers: int | None,
    output: Path | None,
    progress: bool | None,
) -> None:
    """Runs every cell that the output does not have yet, and writes it.

    Raises:
        InvalidInput: ``runs`` or ``workers`` out of range, a value that the scenario refuses, or
            an ``output`` that holds something else.
        OutputFailed: the output cannot be written.
    """
    if not 1 <= runs <= MOST_RUNS:
        raise InvalidInput("runs", runs, "is out of range", f"1 … {MOST_RUNS}")
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise InvalidInput("workers", workers, "is out of range", f"1 … {MOST_WORKERS}")
    planned = cells(axes, runs, seed)
    if len(planned) > MOST_RUNS:
        raise InvalidInput("axes", len(planned), "runs are too many", f"at most {MOST_RUNS}")
    scenarios = _scenarios(load, planned)
    heads = [
        header(scenario, cell.seed) | {"values": dict(cell.values), "run": cell.run, "digest": scenario.digest}
        for cell, scenario in zip(planned, scenarios, strict=True)
    ]
    with _written_to(output, heads) as (file, kept), ProgressLine(progress) as line:
        jobs = [(scenario, cell.seed) for scenario, cell in zip(scenarios, planned, strict=True)][kept:]
        begun = time.monotonic()
        summaries = simulate_all(jobs, workers if workers is not None else _cores())
        for number, (head, summary) in enumerate(zip(heads[kept:], summaries, strict=True), 1):
            _write(file, output, as_json(head | json_figures(summary)))
            left = (time.monotonic() - begun) / number * (len(jobs) - number)
            line.show(f"{kept + number} of {len(heads)} runs, about {duration(left)} left")
    if output is not None:
        details(f"{len(heads)} runs in {output}{f', {kept} of them from before' if kept else ''}")


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


@contextmanager
def _written_to(output: Path | None, heads: Sequence[Record]) -> Iterator[tuple[BinaryIO | None, int]]:
    """The output, open at the end of what it has, and how many runs that are."""
    if output is None:
        yield None, 0
        return
    try:
        file = output.open("r+b" if output.exists() else "x+b")
    except OSError as error:
        raise OutputFailed(str(output), error) from error
    with file:
        kept = size = 0
        for line in file:
            if not line.endswith(b"\n"):
                break  # an interrupted run's last line
            if kept == len(heads) or not _answers(line, heads[kept]):
                problem = f"has a line {kept + 1} that is not of this sweep"
                raise InvalidInput("output", str(output), problem, "the output of the same sweep, or a new file")
            kept, size = kept + 1, size + len(line)
        file.truncate(size)
        file.seek(size)
        yield file, kept


def _answers(line: bytes, head: Record) -> bool:
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and {key: record.get(key) for key in head} == head


def _write(file: BinaryIO | None, output: Path | None, text: str) -> None:
    if file is None:
        result(text)
        return
    try:
        file.write(text.encode() + b"\n")
        file.flush()
    except OSError as error:
        raise OutputFailed(str(output), error) from error


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
