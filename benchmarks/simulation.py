"""How fast the simulator is in plain Python, one process.

    python -m benchmarks.simulation [--momentums N] [--repetitions N] [--json]

Trajectories: momentums in which every price changes, counted in momentums. The attack of the forum
proposal with 20,000 addresses, counted in attacks. Individuals have a measurement of their own
(``benchmarks.individuals``).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from hashlib import sha3_256
from typing import Any

from benchmarks.common import Contender, measure, report, show
from powplasma.plasma import ruleset
from powplasma.simulation import load_scenario
from powplasma.simulation.trajectory import Phase, trajectory

_PHASES = [Phase(2, 100, 20), Phase(1, 50, 40), Phase(7, 10, 5)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--momentums", type=int, default=50_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    momentums: int = options.momentums
    contenders = [
        Contender("hashlib alone, one SHA3-256", lambda: _hashes(momentums)),
        *(Contender(f"trajectory, {name}", _trajectory(name, momentums)) for name in ("forum", "dynamic")),
        Contender("attack, 20,000 addresses", _attack),
    ]
    samples = measure(contenders, options.repetitions)
    settings = {"momentums": momentums, "repetitions": options.repetitions}
    result = report("the simulator, one thread", settings, samples, contenders[0].name, 1.0)
    show(result, options.json, "/s")


def _hashes(count: int) -> int:
    for _ in range(count):
        sha3_256(b"40 bytes of a nonce and of a data hash..").digest()
    return count


def _trajectory(name: str, momentums: int) -> Callable[[], int]:
    def run() -> int:
        rules: Any = ruleset(name)
        return sum(1 for _ in trajectory(rules, rules.initial_state, _PHASES, momentums // 10))

    return run


def _attack() -> int:
    scenario = load_scenario("forum-scenario-1")
    assert scenario.plan.run(scenario.rules, scenario.state, 0).summary()["momentums"] == 176
    return 1


if __name__ == "__main__":
    main()
