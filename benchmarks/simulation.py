"""How fast the simulator is in plain Python, one process.

    python -m benchmarks.simulation [--repetitions N] [--json]

The attack of the forum proposal with 20,000 addresses, counted in attacks. ``benchmarks.trajectories`` has
the aggregate level, ``benchmarks.individuals`` the individual one.
"""

from __future__ import annotations

import argparse
from hashlib import sha3_256

from benchmarks.common import Contender, measure, report, show
from powplasma.simulation import load_scenario


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    contenders = [
        Contender("hashlib alone, one SHA3-256", lambda: _hashes(50_000)),
        Contender("attack, 20,000 addresses", _attack),
    ]
    samples = measure(contenders, options.repetitions)
    settings = {"repetitions": options.repetitions}
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


if __name__ == "__main__":
    main()
