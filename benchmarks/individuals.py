"""How fast individuals are simulated, beside abm1559, an agent-based simulator of Ethereum's base fee.

    python -m benchmarks.individuals [--momentums N] [--repetitions N] [--json]

Counted are momentums, or blocks of abm1559, into which 2,000 participants arrive on average; one process, one
thread. abm1559 (pip install abm1559) runs its plain loop: users arrive, each decides once whether the base fee is
worth it (at its balance about half of them leave), the others enter the pool, up to 952 of them are in the block, the
base fee moves. Who is not in it stays in the pool, and is never asked again. Without it there is no base, and this
says so.

"newcomers" asks the same of us, of participants of one sort, as the peer has them: 100,000 accounts, of which one in
ten at most has another block waiting; each bids the price and lets the block wait as it is when that has become too
little, or waits if it cannot pay, and is gone after 5 momentums (5 blocks is what a user of abm1559 expects to wait).
They pay with fused plasma, or work, which the peer's users need not. "roomy" and "overload" ask for more: 20,000
accounts of either sort that send one block after another, everybody waits for 60 momentums, and tries again as prices
move. A momentum of "overload" holds 200 blocks, one of the others what a block of abm1559 does; under alphanet it is
always 100.

What is measured depends on the installation: the native library takes the most frequent steps; without it (installed
with ``POWPLASMA_NATIVE=no``) numpy takes all.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from tempfile import NamedTemporaryFile
from typing import Any

from benchmarks.common import Contender, measure, report, show
from powplasma.simulation import Scenario, load_scenario

try:
    from abm1559.chain import Block1559, Chain
    from abm1559.simulator import decide_transactions, spawn_poisson_demand, update_basefee
    from abm1559.txpool import TxPool
    from abm1559.users import User1559
    from abm1559.utils import constants
except ImportError:
    HAS_PEER = False
else:
    HAS_PEER = True

_PEER = "abm1559"
_ARRIVALS = 2_000
_PEER_BLOCKS = 20
_RULES = ("alphanet", "forum", "dynamic")
_BAR = 100.0

_NEWCOMERS = """
kind = "network"
[[lanes]]
name = "all"
participants = 100_000
rate = 0.02
when_weak = "wait"
patience = 5
"""
_MEANS = {"fused": "fused_qsr = 50", "workers": "hashrate = 5e6"}
_LANES = ("workers", "fused")
_CROWD: dict[str, object] = {
    f"lanes.{lane}.{key}": value for lane in _LANES for key, value in {"participants": 20_000, "rate": 0.05}.items()
}
_ROOM: dict[str, dict[str, object]] = {
    "alphanet": {},
    "forum": {"rules.max_base_plasma": 20_000_000, "rules.target_base_plasma": 10_000_000},
    "dynamic": {
        "rules.max_base_plasma_in_momentum": 20_000_000,
        "rules.fused_plasma_target": 5_000_000,
        "rules.pow_plasma_target": 5_000_000,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--momentums", type=int, default=3_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    momentums: int = options.momentums
    contenders = [
        *(
            Contender(f"newcomers {means}, {name}", _newcomers(name, momentums, means))
            for means in _MEANS
            for name in _RULES
        ),
        *(Contender(f"overload, {name}", _crowd(name, momentums, {})) for name in _RULES),
        *(Contender(f"roomy, {name}", _crowd(name, momentums, _ROOM[name])) for name in _RULES[1:]),
    ]
    if HAS_PEER:
        contenders.insert(0, Contender(_PEER, _peer))
    samples = measure(contenders, options.repetitions)
    settings = {"momentums": momentums, "repetitions": options.repetitions, "arrivals": _ARRIVALS}
    result = report("individuals, one thread", settings, samples, contenders[0].name, 1.0)
    result["bars"] = {f"times {_PEER}": _BAR} if HAS_PEER else {}
    show(result, options.json, "momentums/s")
    if not HAS_PEER and not options.json:
        print(f"{_PEER} is not installed: nothing is compared with it")


def _newcomers(name: str, momentums: int, means: str) -> Callable[[], int]:
    settings = _ROOM[name] | {"momentums": momentums}

    def run() -> int:
        with NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(_NEWCOMERS + _MEANS[means])
            file.flush()
            return _momentums(load_scenario(file.name, rules=name, settings=settings), momentums)

    return run


def _crowd(name: str, momentums: int, settings: dict[str, object]) -> Callable[[], int]:
    def run() -> int:
        values = _CROWD | settings | {"momentums": momentums}
        return _momentums(load_scenario("overload", rules=name, settings=values), momentums)

    return run


def _momentums(scenario: Scenario, momentums: int) -> int:
    lanes: Any = scenario.plan.run(scenario.rules, scenario.state, 0).summary()["lanes"]
    arrived = sum(lane["wished"] for lane in lanes)
    assert abs(arrived / momentums - _ARRIVALS) < _ARRIVALS / 50
    return momentums


def _peer() -> int:
    pool, chain, base_fee = TxPool(), Chain(), constants["INITIAL_BASEFEE"]
    for height in range(_PEER_BLOCKS):
        now = {"basefee": base_fee, "current_block": height}
        pool.add_txs(decide_transactions(spawn_poisson_demand(height, _ARRIVALS, User1559), now))
        chosen = pool.select_transactions(now)
        pool.remove_txs([transaction.tx_hash for transaction in chosen])
        block = Block1559(txs=chosen, parent_hash=chain.current_head, height=height, basefee=base_fee)
        chain.add_block(block)
        base_fee = update_basefee(block, base_fee)
    return _PEER_BLOCKS


if __name__ == "__main__":
    main()
