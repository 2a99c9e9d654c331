"""How fast individuals are simulated, beside abm1559, an agent-based simulator of Ethereum's base fee.

    python -m benchmarks.individuals [--momentums N] [--repetitions N] [--json]

Counted are momentums, or blocks of abm1559, into which 2,000 participants arrive on average; one process, one
thread. abm1559 (pip install abm1559) runs its plain loop: users arrive, each decides once whether the base fee is
worth it (at its balance about half of them leave), the others enter the pool, up to 952 of them are in the block, the
base fee moves. Who is not in it stays in the pool, and is never asked again. Without it there is no base, and this
says so.

"newcomers" asks the same of us: 200,000 accounts, of which one in twenty at most has another block waiting; each bids
the price and lets the block wait as it is when that has become too little, or waits if it cannot pay, and is gone after
5 momentums (5 blocks is what a user of abm1559 expects to wait). "roomy" and "overload" ask for more: 40,000 accounts
that send one block after another, everybody waits for 60 momentums, and tries again as prices move. A momentum of
"overload" holds 200 blocks (100 under alphanet), one of the others what a block of abm1559 does. Everywhere, half of
the participants work and half have fused plasma.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from benchmarks.common import Contender, measure, report, show
from powplasma.simulation import load_scenario

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
_LANES = ("workers", "fused")


def _each(**values: object) -> dict[str, object]:
    return {f"lanes.{lane}.{key}": value for lane in _LANES for key, value in values.items()}


_CROWD = _each(participants=20_000, rate=0.05)
_ROOMY: dict[str, object] = {
    "rules.max_base_plasma_in_momentum": 20_000_000,
    "rules.fused_plasma_target": 5_000_000,
    "rules.pow_plasma_target": 5_000_000,
}
_NEWCOMERS = _ROOMY | _each(participants=100_000, rate=0.01, strategy="minimum", when_weak="wait", patience=5)
_BAR = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--momentums", type=int, default=1_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    momentums: int = options.momentums
    contenders = [
        *(Contender(f"overload, {name}", _crowd(name, momentums, {})) for name in ("alphanet", "forum", "dynamic")),
        Contender("roomy, dynamic", _crowd("dynamic", momentums, _ROOMY)),
        Contender("newcomers, dynamic", _crowd("dynamic", momentums, _NEWCOMERS)),
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


def _crowd(name: str, momentums: int, settings: dict[str, object]) -> Callable[[], int]:
    def run() -> int:
        scenario = load_scenario("overload", rules=name, settings=_CROWD | settings | {"momentums": momentums})
        lanes: Any = scenario.plan.run(scenario.rules, scenario.state, 0).summary()["lanes"]
        arrived = sum(lane["wished"] for lane in lanes)
        assert abs(arrived / momentums - _ARRIVALS) < _ARRIVALS / 50
        return momentums

    return run


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
