"""How fast trajectories are: one, its series, and a sweep's many, beside radCAD; and how much memory a year takes.

    python -m benchmarks.trajectories --radcad PYTHON [--momentums N] [--cells N] [--repetitions N] [--year] [--json]

PYTHON is an interpreter of an environment with radCAD, which cannot share one with powplasma's numpy:
``python3 -m venv X; X/bin/pip install radcad typing_extensions``. Without it, radCAD is left out. Everything is
counted in momentums per second of CPU time, one process, one core: that of powplasma's process and of radCAD's
together, of which one waits while the other works.

What is compared: the base price of the forum proposal, driven by the same repeated pattern of fullness, the price
changing in nearly every momentum. radCAD computes this price alone; powplasma also the difficulty per plasma, the
recharge rate and the peak of each. Before anything is timed, the last prices of both are compared.

``one`` is a run's summary, what ``simulate`` prints without ``--csv``, made 100 times over, for one takes less time
than a look at the clocks; ``series`` has a row for every momentum besides, what ``--csv`` and charts take. In a sweep,
runs differ in how full the fullest momentums are: for radCAD a sweep of its parameter, for powplasma the function that
the workers of ``simulate --sweep`` call. What is measured depends on the installation: with the native library, it
follows each trajectory; without it (installed with ``POWPLASMA_NATIVE=no``), numpy those of a sweep, plain Python one.

The bars, with the library: at least 20 times radCAD, one or in a sweep, and 5,000,000 momentums/s. With ``--year``, a
year (3,153,600 momentums) is summarised and written as CSV by the installed command, and the greatest resident memory
of both is told.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sysconfig
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.common import Contender, Spread, measure, present, ratio, report
from powplasma.plasma import RuleSet, ruleset
from powplasma.simulation import Scenario
from powplasma.simulation.batch import simulate, simulate_batch
from powplasma.simulation.plans import TrajectoryPlan
from powplasma.simulation.trajectory import Phase

BARS = {"momentums_per_second": 5_000_000, "times_radcad": 20}
_YEAR = 3_153_600
_PEER_RUNS = 32
_ONES = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--radcad", metavar="PYTHON")
    parser.add_argument(
        "--momentums", type=int, default=1_000, help="of each run; those of the single one are ten times as many"
    )
    parser.add_argument("--cells", type=int, default=4_096)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--year", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    momentums, cells = options.momentums, options.cells

    contenders = [
        *(Contender(f"one, {name}", _one(name, 10 * momentums)) for name in ("forum", "dynamic")),
        *(Contender(f"series, {name}", _series(name, 10 * momentums)) for name in ("forum", "dynamic")),
        *(Contender(f"sweep, {name}", _sweep(name, cells, momentums)) for name in ("forum", "dynamic")),
    ]
    timer: Callable[[], float] = time.thread_time
    if options.radcad:
        peer = Peer(options.radcad)
        _compare(peer, momentums)
        contenders += [
            Contender("one, radCAD", lambda: peer.run([0], 10 * momentums)),
            Contender("sweep, radCAD", lambda: peer.run(list(range(_PEER_RUNS)), momentums)),
        ]
        timer = lambda: time.thread_time() + peer.clock()  # noqa: E731
    samples = measure(contenders, options.repetitions, timer=timer)
    settings = {"momentums": momentums, "cells": cells, "radcad_runs": _PEER_RUNS, "repetitions": options.repetitions}
    base = "radCAD" if options.radcad else "forum"
    result = report("trajectories, one core", settings, samples, contenders[0].name, 1.0) | {"bars": BARS}
    rows = []
    for name, each in result["results"].items():
        against = f"{'sweep' if name.startswith('sweep') else 'one'}, {base}"
        each["times_base"] = asdict(ratio(samples, name, against))
        rows.append([name, Spread(**each["rate"]).text(0), Spread(**each["times_base"]).text(1)])
    result["base"] = f"one or sweep of {base}"
    if options.year:
        result["settings"] |= _year()
    present(result, options.json, ["contender", "momentums/s", f"times {base}"], rows)


def _full_percent(cell: int) -> int:
    return 90 + cell % 11


def _phases(cell: int) -> tuple[Phase, ...]:
    return Phase(2, _full_percent(cell), 20), Phase(1, 50, 40), Phase(7, 10, 5)


def _scenario(name: str, cell: int, momentums: int) -> Scenario:
    rules: RuleSet[Any] = ruleset(name)
    return Scenario(
        name, name, None, rules, rules.initial_state, TrajectoryPlan(_phases(cell), momentums // 10, None), ""
    )


def _one(name: str, momentums: int) -> Callable[[], int]:
    scenario = _scenario(name, 0, momentums)

    def run() -> int:
        return sum(int(str(simulate(scenario, 0)["momentums"])) for _ in range(_ONES))

    return run


def _series(name: str, momentums: int) -> Callable[[], int]:
    scenario = _scenario(name, 0, momentums)

    def run() -> int:
        deque(scenario.plan.run(scenario.rules, scenario.state, 0).series(), maxlen=0)
        return momentums

    return run


def _sweep(name: str, cells: int, momentums: int) -> Callable[[], int]:
    jobs = [(_scenario(name, cell, momentums), 0) for cell in range(cells)]

    def run() -> int:
        return sum(int(str(summary["momentums"])) for summary in simulate_batch(jobs))

    return run


class Peer:
    """The process of ``radcad_peer``."""

    def __init__(self, python: str) -> None:
        program = Path(__file__).with_name("radcad_peer.py")
        self._process = subprocess.Popen([python, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def clock(self) -> float:
        """CPU seconds that it has used."""
        return float(self._ask("clock"))

    def last_prices(self, cells: list[int], momentums: int) -> list[int]:
        """The base price of each cell after so many momentums."""
        patterns = [
            [42_000 * phase.full_percent for phase in _phases(cell) for _ in range(phase.momentums)] for cell in cells
        ]
        prices: list[int] = self._ask("run", patterns, momentums)
        return prices

    def run(self, cells: list[int], momentums: int) -> int:
        """The same; how many momentums that were."""
        return len(self.last_prices(cells, momentums)) * momentums

    def _ask(self, *request: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _compare(peer: Peer, momentums: int) -> None:
    """Both compute the same."""
    cells = list(range(_PEER_RUNS))
    ours: list[Any] = simulate_batch([(_scenario("forum", cell, momentums), 0) for cell in cells])
    assert [summary["last_state"]["base_price"] for summary in ours] == peer.last_prices(cells, momentums)


def _year() -> dict[str, float]:
    """Seconds and MiB of a year, one that alternates so that the prices go on changing."""
    program = Path(sysconfig.get_path("scripts")) / "powplasma"
    lines = ['kind = "trajectory"', 'rules.name = "forum"', f"repeat = {_YEAR // 10}"]
    for phase in _phases(0):
        lines += ["[[phases]]", *(f"{key} = {value}" for key, value in asdict(phase).items())]
    seconds = {}
    for name, options in {"year_summary_seconds": [], "year_csv_seconds": ["--csv"]}.items():
        begin = time.perf_counter()
        command = [program, "simulate", "/dev/stdin", *options]
        subprocess.run(command, input="\n".join(lines).encode(), stdout=subprocess.DEVNULL, check=True)
        seconds[name] = round(time.perf_counter() - begin, 1)
    return seconds | {"year_mebibytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}


if __name__ == "__main__":
    main()
