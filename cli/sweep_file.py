"""What a sweep writes into: lines as they come, and a Parquet file made of them at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from powplasma.errors import InvalidInput
from powplasma.simulation.columns import Kind, flatten, kind_of, kind_of_values
from powplasma.simulation.parquet import ParquetFile, read_metadata, read_rows

from .aside import written_aside
from .exits import OutputFailed
from .records import Record

Seer = Callable[[Mapping[str, Any]], None]
"""Is shown the object of each run, in order."""

SWEEP_FORMAT = "powplasma-sweep"
"""Value of ``format`` in what a Parquet file says about itself."""

_IN_METADATA = ("scenario", "title", "variant", "version")
"""Keys of a run's object that are the same for the whole sweep."""


def journal_of(output: Path) -> Path:
    """Where the lines of a sweep go: the output, or a file beside a Parquet file until that is made of it."""
    return output.with_name(f"{output.name}.part.jsonl") if is_parquet(output) else output


def is_parquet(output: Path) -> bool:
    """Whether the file's name asks for Parquet."""
    return output.suffix.lower() == ".parquet"


@contextmanager
def continued(path: Path, heads: Sequence[Record], see: Seer, shown: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file of lines, open at the end of the finished ones, and how many those are.

    Args:
        path: of the lines.
        heads: how the object of each run begins.
        see: is shown the finished ones.
        shown: the output as the user named it.

    Raises:
        InvalidInput: field ``output``; it holds something else.
        OutputFailed: it cannot be opened.
    """
    try:
        file = path.open("r+b" if path.exists() else "x+b")
    except OSError as error:
        raise OutputFailed(str(path), error) from error
    with _closed(file, path):
        kept = size = 0
        for line in file:
            if not line.endswith(b"\n"):
                break  # an interrupted run's last line
            record = _parsed(line)
            if kept == len(heads) or not _answers(record, heads[kept]):
                problem = f"has a line {kept + 1} that is not of this sweep"
                if path != shown:
                    problem = f"has a {path.name} beside it, whose line {kept + 1} is not of this sweep"
                raise InvalidInput("output", str(shown), problem, "the output of the same sweep, or a new file")
            see(record)
            kept, size = kept + 1, size + len(line)
        file.truncate(size)
        file.seek(size)
        yield file, kept


@contextmanager
def _closed(file: BinaryIO, path: Path) -> Iterator[None]:
    """Closes a file behind its user; what it could not take before, it cannot take then either."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        raise
    try:
        file.close()
    except OSError as error:
        raise OutputFailed(str(path), error) from error


def is_complete(output: Path, request: Record, heads: Sequence[Record], figure: str, see: Seer) -> bool:
    """Whether a Parquet file of this very sweep is there; its rows are shown then.

    Raises:
        InvalidInput: field ``output``; the file is something else.
        OutputFailed: it cannot be read.
    """
    if not output.exists():
        return False
    expected = {"format": SWEEP_FORMAT, **request}
    try:
        same = read_metadata(str(output)) == expected
        names = [f"values.{path}" for path in heads[0]["values"]] if isinstance(heads[0]["values"], dict) else []
        rows = list(read_rows(str(output), [*names, "run", "seed", "digest", figure])) if same else []
    except OSError as error:
        raise OutputFailed(str(output), error) from error
    keys = ("run", "seed", "digest")
    if not same or [[row[key] for key in keys] for row in rows] != [[head[key] for key in keys] for head in heads]:
        raise InvalidInput("output", str(output), "is not of this sweep", "the output of the same sweep, or a new file")
    for row in rows:
        see(row)
    return True


def make_parquet(journal: Path, output: Path, request: Record, axes: Mapping[str, Sequence[object]]) -> None:
    """Turns the lines of a finished sweep into a Parquet file, and takes them away.

    Raises:
        OutputFailed: the disk does not take it; the lines are then still there.
        ColumnOverflow: a value is too large for its column; the same.
    """
    columns = {f"values.{path}": kind_of_values(values) for path, values in axes.items()}
    columns |= {"run": Kind.COUNT, "seed": Kind.COUNT, "digest": Kind.TEXT}
    columns |= {"stopped.momentum": Kind.COUNT, "stopped.problem": Kind.TEXT}
    for row in _rows(journal):
        for path, value in row.items():
            if path not in columns:
                columns[path] = kind_of(path, value)
    with written_aside(output) as file, ParquetFile(file, columns) as table:
        for row in _rows(journal):
            table.write(row)
        table.finish({"format": SWEEP_FORMAT, **request})
    journal.unlink()


def _rows(journal: Path) -> Iterator[dict[str, object]]:
    """The runs as flat rows, without what is the same in all of them."""
    with journal.open("rb") as file:
        for line in file:
            record = json.loads(line)
            for key in _IN_METADATA:
                del record[key]
            yield dict(flatten(record))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _answers(record: Mapping[str, object], head: Record) -> bool:
    return {key: record.get(key) for key in head} == head
