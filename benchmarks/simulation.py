"""How fast the simulator is in plain Python, one process.

    python -m benchmarks.simulation [--repetitions N] [--json]

The attack of the forum proposal with 20,000 addresses, counted in attacks. Individuals: 2,000 arriving
blocks per momentum at a steady overload, counted in arriving blocks. ``benchmarks.trajectories`` has the
aggregate level.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from hashlib import sha3_256
from typing import Any

from benchmarks.common import Contender, measure, report, show
from powplasma.simulation import load_scenario

_ARRIVALS = 2_000
_CROWD: dict[str, object] = {
    "momentums": 10,
    "lanes.workers.participants": 20_000,
    "lanes.fused.participants": 20_000,
    "lanes.workers.rate": 0.05,
    "lanes.fused.rate": 0.05,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    contenders = [
        Contender("hashlib alone, one SHA3-256", lambda: _hashes(50_000)),
        Contender("attack, 20,000 addresses", _attack),
        *(Contender(f"individuals, {name}", _crowd(name)) for name in ("alphanet", "forum", "dynamic")),
    ]
    samples = measure(contenders, options.repetitions)
    settings = {"repetitions": options.repetitions, "arrivals": _ARRIVALS}
    result = report("the simulator, one thread", settings, samples, contenders[0].name, 1.0)
    show(result, options.json, "/s")


def _hashes(count: int) -> int:
    for _ in range(count):
        sha3_256(b"40 bytes of a nonce and of a data hash..").digest()
    return count


def _attack() -> int:
    scenario = load_scenario("forum-scenario-1")
    assert scenario.plan.run(scenario.rules, scenario.state, 0).summary()["momentums"] == 176
    return 1


def _crowd(name: str) -> Callable[[], int]:
    def run() -> int:
        scenario = load_scenario("overload", rules=name, settings=_CROWD)
        lanes: Any = scenario.plan.run(scenario.rules, scenario.state, 0).summary()["lanes"]
        wished: int = sum(lane["wished"] for lane in lanes)
        assert abs(wished / 10 - _ARRIVALS) < 200
        return wished

    return run


if __name__ == "__main__":
    main()
