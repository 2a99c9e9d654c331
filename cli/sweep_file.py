"""What a sweep writes into: lines as they come, and a Parquet file made of them at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.files import json_of
from powplasma.simulation.columns import Kind, flatten, kind_of, kind_of_values
from powplasma.simulation.parquet import ParquetDamaged, ParquetFile, read_metadata, read_rows

from .batch_file import LineWriter, begins_line
from .exits import OutputFailed
from .records import Record
from .targets import Target

Seer = Callable[[Mapping[str, Any]], None]
"""Is shown the object of each run, in order."""

SWEEP_FORMAT = "powplasma-sweep"
"""Value of ``format`` in what a Parquet file says about itself."""

_LONGEST_LINE = 1 << 26
"""Bytes; a run's object has some hundred numbers for each lane."""

_SAME_OR_NEW = "the output of the same sweep, a new file, or --force to write over this one"

_IN_METADATA = ("scenario", "title", "variant", "version")
"""Keys of a run's object that are the same for the whole sweep."""


def journal_of(output: Path) -> Path:
    """Where the lines of a sweep go: the output, or a file beside a Parquet file until that is made of it."""
    return output.with_name(f"{output.name}.part.jsonl") if is_parquet(output) else output


def is_parquet(output: Path) -> bool:
    """Whether the file's name asks for Parquet."""
    return output.suffix.lower() == ".parquet"


@contextmanager
def continued(
    path: Path, heads: Sequence[Record], see: Seer, shown: Path, *, force: bool
) -> Iterator[tuple[LineWriter, int]]:
    """What writes the lines that are missing in a file, and how many are there.

    Args:
        path: of the lines.
        heads: how the object of each run begins.
        see: is shown the finished ones.
        shown: the output as the user named it.
        force: begin anew where the file holds something else.

    Raises:
        InvalidInput: field ``output``; it holds something else, or cannot be written.
        OutputFailed: the disk does not take the lines.
    """
    with LineWriter(path, resume=True) as writer:
        try:
            kept, size = _finished(path, heads, shown) if writer.old else (0, 0)
        except InvalidInput:
            if not force:
                raise
            kept = size = 0
        for line in _lines(path, kept) if kept else ():
            see(json_of(line.decode()))
        writer.keep(size)
        yield writer, kept


def _finished(path: Path, heads: Sequence[Record], shown: Path) -> tuple[int, int]:
    """How many runs of this sweep a file has, and how many bytes they take.

    A last line without its end is not among them, if it is the beginning of the run that comes next.

    Raises:
        InvalidInput: field ``output``; another line, or no line at all, shows that it is somebody else's.
    """
    kept = size = 0
    problem = "is empty, so nothing shows that it is" if heads else ""
    for line in _lines(path):
        head = heads[kept] if kept < len(heads) else None
        if head is not None and line.endswith(b"\n") and _answers(_parsed(line), head):
            kept, size, problem = kept + 1, size + len(line), ""
            continue
        if not kept or head is None or line.endswith(b"\n") or not begins_line(line, head):
            problem = f"has a line {kept + 1} that is not"
        break
    if not problem:
        return kept, size
    if path != shown:
        problem = f"has a {path.name} beside it that {problem}"
    raise InvalidInput("output", str(shown), f"{problem} of this sweep", _SAME_OR_NEW)


def _lines(path: Path, most: int | None = None) -> Iterator[bytes]:
    """The lines of a file, of which none is held that is longer than any of a sweep."""
    with path.open("rb") as file:
        while (most is None or most > 0) and (line := file.readline(_LONGEST_LINE)):
            yield line
            most = None if most is None else most - 1


def is_complete(output: Path, request: Record, heads: Sequence[Record], figure: str, see: Seer, *, force: bool) -> bool:
    """Whether a Parquet file of this very sweep is there; its rows are shown then.

    Raises:
        InvalidInput: field ``output``; the file is something else, and nobody said to write over it.
        OutputFailed: it cannot be read.
    """
    if not output.exists():
        return False
    expected = {"format": SWEEP_FORMAT, **request}
    try:
        with output.open("rb") as file:
            same = read_metadata(file) == expected
        names = [f"values.{path}" for path in heads[0]["values"]] if isinstance(heads[0]["values"], dict) else []
        rows = list(read_rows(output, [*names, "run", "seed", "digest", figure])) if same else []
    except OSError as error:
        raise OutputFailed(str(output), error) from error
    except ParquetDamaged:
        same = False
    keys = ("run", "seed", "digest")
    if not same or [[row.get(key) for key in keys] for row in rows] != [[head[key] for key in keys] for head in heads]:
        if force:
            return False
        raise InvalidInput("output", str(output), "is not of this sweep", _SAME_OR_NEW)
    for row in rows:
        see(row)
    return True


def make_parquet(journal: Path, target: Target, request: Record, axes: Mapping[str, Sequence[object]]) -> None:
    """Turns the lines of a finished sweep into a Parquet file, and takes them away.

    Raises:
        OutputFailed: the disk does not take it; the lines are then still there.
        InvalidInput: field ``output``; something else is there by now, or the lines are damaged.
        ColumnOverflow: a value is too large for its column; the same.
    """
    columns = {f"values.{path}": kind_of_values(values) for path, values in axes.items()}
    columns |= {"run": Kind.COUNT, "seed": Kind.COUNT, "digest": Kind.TEXT}
    columns |= {"stopped.momentum": Kind.COUNT, "stopped.problem": Kind.TEXT}
    for row in _rows(journal):
        for path, value in row.items():
            if path not in columns:
                columns[path] = kind_of(path, value)
    with target.written() as file, ParquetFile(file, columns) as table:
        for row in _rows(journal):
            table.write(row)
        table.finish({"format": SWEEP_FORMAT, **request})
    journal.unlink()


def _rows(journal: Path) -> Iterator[dict[str, object]]:
    """The runs as flat rows, without what is the same in all of them."""
    for line in _lines(journal):
        record = _parsed(line)
        yield dict(flatten({key: value for key, value in record.items() if key not in _IN_METADATA}))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        record = json_of(line.decode())
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _answers(record: Mapping[str, object], head: Record) -> bool:
    return {key: record.get(key) for key in head} == head
