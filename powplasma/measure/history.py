"""Runs kept in files: a machine's history, and what is read back from it to compare machines.

A history is replaced in one step by a complete new file, so that no power cut and no full disk
leaves half of one behind.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.files import read_json, replaced
from powplasma.measure.records import FORMAT_VERSION, RESULT_FORMAT, Record
from powplasma.measure.statistics import Interval
from powplasma.work import MAX_DIFFICULTY

HISTORY_FORMAT = "powplasma-bench-history"
"""Value of ``format`` in a history file."""

_LONGEST_TEXT = 200
_MOST_BYTES = 1 << 26
"""Of a history: some ten thousand runs."""

_ACCEPTED = "a file of bench --json or bench --save"


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as far as machines and versions are compared.

    Attributes:
        machine: what its owner calls the machine.
        processor: model of its processor.
        powplasma: the version that was measured.
        time: when (UTC, ISO 8601).
        kernel: the chosen kernel.
        workers: how many worker processes it had.
        hashrate: hashes per second, by counting.
        interval: where that lies.
        noisy: whether the machine was not quiet.
    """

    machine: str
    processor: str
    powplasma: str
    time: str
    kernel: str
    workers: int
    hashrate: int
    interval: Interval
    noisy: bool

    @property
    def label(self) -> str:
        """A name for tables and charts."""
        return f"{self.machine}, {self.powplasma}, {self.kernel} × {self.workers}"


def run_of_record(record: Mapping[str, Any], field: str = "compare", source: str = "this run") -> Run:
    """The run that a JSON object of ``bench --json`` describes.

    Args:
        record: the object.
        field: names the option in an error.
        source: names the file in an error.

    Raises:
        InvalidInput: ``field``; it is of another format, of a later version, or not complete.
    """
    _check_format(record, RESULT_FORMAT, field, source)
    try:
        machine, best = record["machine"], record["hashrates"][-1]
        interval = best["interval"]
        run = Run(
            machine=_typed(machine["name"], str),
            processor=_typed(machine["processor"], str),
            powplasma=_typed(record["powplasma"], str),
            time=_typed(record["time"], str),
            kernel=_typed(record["kernel"], str),
            workers=_typed(record["workers"], int),
            hashrate=_typed(record["hashrate"], int),
            interval=Interval(float(interval["low"]), float(interval["high"]), float(interval["confidence"])),
            noisy=_typed(record["noisy"], bool),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidInput(field, source, f"lacks a usable {_missing(error)}", _ACCEPTED) from None
    if not 1 <= run.hashrate <= MAX_DIFFICULTY or not 0 <= run.interval.low <= run.interval.high < math.inf:
        raise InvalidInput(field, source, f"states a hashrate of {run.hashrate}", f"1 … {MAX_DIFFICULTY}")
    return run


def read_runs(path: Path) -> list[Run]:
    """The runs of a file to compare: the one of a result, or of a history the latest of each version.

    Raises:
        InvalidInput: field ``compare``; the file cannot be read, is cut short, or comes from a later version.
    """
    content = _read(path, "compare")
    if content.get("format") != HISTORY_FORMAT:
        return [run_of_record(content, "compare", str(path))]
    runs = [run_of_record(record, "compare", str(path)) for record in _records(content, "compare", path)]
    if not runs:
        raise InvalidInput("compare", str(path), "holds no run", _ACCEPTED)
    latest = {run.powplasma: run for run in sorted(runs, key=lambda run: run.time)}
    return sorted(latest.values(), key=lambda run: run.time)


def check_history(path: Path) -> None:
    """Refuses a history that could not be added to: before a measurement rather than after it.

    Raises:
        InvalidInput: field ``history``; the file is none, or its folder cannot be written.
    """
    if path.exists() or path.is_symlink():
        _records(_read(path, "history"), "history", path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("history", str(path), f"has no folder: {error.strerror}", "a file in a folder") from None
    if not os.access(path.parent, os.W_OK):
        raise InvalidInput("history", str(path), "is in a folder that cannot be written", "a writable folder")


def save_run(path: Path, record: Record) -> int:
    """Adds a run to a history file, which is made if there is none; how many runs it holds then.

    The yield is left out, because it follows from the hashrate, and so are the single searches.

    Raises:
        InvalidInput: field ``history``; the file is there but no history.
        OSError: the disk does not take it; the file is then as it was.
    """
    check_history(path)
    records = _records(_read(path, "history"), "history", path) if path.exists() else []
    kept: dict[str, Any] = {key: value for key, value in record.items() if key != "yields"}
    if kept.get("searches"):
        kept["searches"] = {key: v for key, v in kept["searches"].items() if key not in {"seconds", "hashes"}}
    records.append(kept)
    history = {"format": HISTORY_FORMAT, "version": FORMAT_VERSION, "runs": records}
    content = json.dumps(history, allow_nan=False).encode()
    with replaced(path) as file:
        file.write(content)
    return len(records)


def _read(path: Path, field: str) -> dict[str, Any]:
    content = read_json(path, field, _MOST_BYTES, _ACCEPTED)
    if not isinstance(content, dict):
        raise InvalidInput(field, str(path), "holds no JSON object", _ACCEPTED)
    return content


def _records(content: Mapping[str, Any], field: str, path: Path) -> list[Any]:
    _check_format(content, HISTORY_FORMAT, field, str(path))
    records = content.get("runs")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InvalidInput(field, str(path), "lacks a usable 'runs'", _ACCEPTED)
    return records


def _check_format(content: Mapping[str, Any], expected: str, field: str, source: str) -> None:
    if content.get("format") != expected:
        raise InvalidInput(field, source, "is of another format", f"{_ACCEPTED}, format {expected}")
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidInput(field, source, "states no version of its format", f"1 … {FORMAT_VERSION}")
    if version > FORMAT_VERSION:
        raise InvalidInput(
            field, source, f"is from a later powplasma (version {version} of its format)", f"1 … {FORMAT_VERSION}"
        )


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"no {kind.__name__}")
    # A file from elsewhere may not steer the terminal that it is shown on.
    if isinstance(value, str) and not (value.isprintable() and len(value) <= _LONGEST_TEXT):
        raise ValueError("not printable")
    return value


def _missing(error: Exception) -> str:
    return f"{error}" if isinstance(error, KeyError) else "figure"
