"""What every benchmark shares: fair repetitions, statistics, the machine, text tables and JSON.

A measurement runs all contenders once per repetition, in a new random order each time, so that a
clock that drifts or a neighbour that interferes meets all of them alike. Rates are per second of the
thread's own CPU time, or of wall time where other processes do the work. Ratios are taken within each
repetition and summarised as such.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of some repetitions."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        """``median [low - high]``."""
        return f"{self.median:.{digits}f} [{self.low:.{digits}f} - {self.high:.{digits}f}]"


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to be timed.

    Attributes:
        name: as the tables show it.
        run: does the work once; returns how many operations that was.
    """

    name: str
    run: Callable[[], int]


@dataclass(slots=True)
class Samples:
    """What one contender did, one entry per repetition, in the order of the repetitions."""

    rates: list[float] = field(default_factory=list)
    cycles: list[float] = field(default_factory=list)


def measure(
    contenders: Sequence[Contender],
    repetitions: int,
    clock: Callable[[], float] | None = None,
    timer: Callable[[], float] = time.thread_time,
) -> dict[str, Samples]:
    """Times every contender ``repetitions`` times, interleaved in random order.

    Args:
        contenders: names are distinct.
        repetitions: at least 1; one more run of each, not counted, warms up.
        clock: cycles per second right now, asked after every run; None leaves cycles empty.
        timer: seconds; the thread's own CPU time, or ``time.perf_counter`` where others do the work.
    """
    samples = {contender.name: Samples() for contender in contenders}
    for contender in contenders:
        contender.run()
    for _ in range(repetitions):
        for contender in random.sample(contenders, len(contenders)):
            begin = timer()
            operations = contender.run()
            rate = operations / (timer() - begin)
            samples[contender.name].rates.append(rate)
            if clock is not None:
                samples[contender.name].cycles.append(clock() / rate)
    return samples


def ratio(samples: dict[str, Samples], name: str, base: str) -> Spread:
    """How many times as fast ``name`` is as ``base``, repetition by repetition."""
    return Spread.of([a / b for a, b in zip(samples[name].rates, samples[base].rates, strict=True)])


def core_clock() -> Callable[[], float] | None:
    """A function that measures the core's clock in cycles per second; None without a C compiler."""
    ziglang = importlib.util.find_spec("ziglang") is not None
    compiler = [found] if (found := shutil.which("cc") or shutil.which("gcc")) else []
    compiler = compiler or ([sys.executable, "-m", "ziglang", "cc"] if ziglang else [])
    if not compiler or platform.machine().lower() not in {"x86_64", "amd64", "aarch64", "arm64"}:
        return None
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "clock.so"
        source = Path(__file__).with_name("clock.c")
        command = [*compiler, "-O2", "-shared", "-fPIC", "-o", str(built), str(source)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        function = ctypes.CDLL(str(built)).cycles_per_second
    function.restype = ctypes.c_double
    return lambda: float(function())


def machine() -> dict[str, str]:
    """Processor, system and versions: what a figure is worthless without."""
    versions = {}
    for package in ("powplasma", "pycryptodome", "numpy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION if hashlib.sha3_256.__module__ == "_hashlib" else "not used by hashlib",
        **versions,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    facts: dict[str, str] = {}
    for line in info.read_text().split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        facts[key.strip()] = value.strip()
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table; the first column is left-aligned, the others right-aligned."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def report(title: str, settings: dict[str, Any], samples: dict[str, Samples], base: str, unit: float) -> dict[str, Any]:
    """The measurement as plain data: settings, machine, and per contender its spreads and ratio to ``base``.

    ``rate`` is in ``unit`` operations per second, ``times_base`` a plain number.
    """
    return {
        "benchmark": title,
        "settings": settings,
        "machine": machine(),
        "base": base,
        "results": {
            name: {
                "rate": asdict(Spread.of([rate / unit for rate in each.rates])),
                "cycles": asdict(Spread.of(each.cycles)) if each.cycles else None,
                "times_base": asdict(ratio(samples, name, base)),
            }
            for name, each in samples.items()
        },
    }


def show(result: dict[str, Any], as_json: bool, unit: str) -> None:
    """Prints a ``report`` as one JSON object or as text."""
    rows = [
        [
            name,
            Spread(**each["rate"]).text(3),
            Spread(**each["cycles"]).text(1) if each["cycles"] else "-",
            Spread(**each["times_base"]).text(2),
        ]
        for name, each in result["results"].items()
    ]
    present(result, as_json, ["contender", unit, "cycles each", f"times {result['base']}"], rows)


def present(result: dict[str, Any], as_json: bool, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a result as one JSON object, or its title, settings and machine over a table of its rows."""
    if as_json:
        print(json.dumps(result))
        return
    facts = [f"{name} {value}" for name, value in (result["settings"] | result["machine"]).items()]
    print(result["benchmark"], *facts, sep="\n  ", end="\n\n")
    print(table(header, rows))
