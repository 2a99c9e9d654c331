"""How fast the rules run in plain Python: next states, and blocks judged with their nonces in batch.

    python -m benchmarks.rules [--operations N] [--repetitions N] [--json]

Trajectories: momentum after momentum, in which every value changes, so that nothing can be reused; making
each momentum out of the state before it is part of the measured work. Next states: the same momentums,
made beforehand, so that the rules alone are measured. Blocks: sends with data of different length, each with
a nonce of its own that is good for its difficulty (4, found beforehand), judged by the best kernel.
The bar is a lower bound that the rules are held to, per core.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha3_256
from typing import Any

from benchmarks.common import Contender, measure, report, show
from powplasma.kernels import kernel
from powplasma.plasma import DynamicState, ForumState, RuleSet, Usage, ruleset
from powplasma.validation import JudgedBlock, validate_many
from powplasma.work import check, data_hash, nonce_of_counter

BARS = {"next state, forum": 400_000, "next state, dynamic": 400_000, "validate": 100_000}
_DIFFICULTY = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    operations: int = options.operations
    blocks = [_block() for _ in range(operations)]
    contenders = [
        Contender("hashlib alone, one SHA3-256", lambda: _hashes(operations)),
        Contender("next state, forum", _next_states("forum", _forum_momentums(operations))),
        Contender("next state, dynamic", _next_states("dynamic", _dynamic_momentums(operations))),
        Contender("trajectory, forum", lambda: sum(1 for _ in _forum_momentums(operations))),
        Contender("trajectory, dynamic", lambda: sum(1 for _ in _dynamic_momentums(operations))),
        *(Contender(f"validate, {name}", _judge(blocks, name, state)) for name, state in _states().items()),
    ]
    samples = measure(contenders, options.repetitions)
    settings = {"operations": operations, "repetitions": options.repetitions, "kernel": kernel().name}
    result = report("the rules of plasma, one thread", settings, samples, contenders[0].name, 1e3)
    result["bars"] = BARS
    show(result, options.json, "thousand/s")
    if not options.json:
        for bar, rate in BARS.items():
            least = min(min(each.rates) for name, each in samples.items() if name.startswith(bar))
            print(f"{bar}: slowest repetition {least / rate:.2f} times the bar of {rate}/s")


def _states() -> dict[str, Any]:
    return {
        "alphanet": ruleset("alphanet").initial_state,
        "forum": ForumState(1_100, 1_000, 2_100),
        "dynamic": DynamicState(1_100, 1_050),
    }


def _hashes(count: int) -> int:
    data = bytes(52)
    for _ in range(count):
        sha3_256(data).digest()
    return count


def _forum_momentums(count: int) -> Iterator[tuple[ForumState, Usage]]:
    rules = ruleset("forum")
    state = rules.initial_state
    base_plasma, step = 0, 1_234_567
    for _ in range(count):
        base_plasma = (base_plasma + step) % 4_200_001
        usage = Usage(base_plasma, 0, base_plasma + 5, base_plasma * 300)
        yield state, usage
        state = rules.next_state(state, usage)


def _dynamic_momentums(count: int) -> Iterator[tuple[DynamicState, Usage]]:
    rules = ruleset("dynamic")
    state = rules.initial_state
    fused, step = 0, 1_234_567
    for _ in range(count):
        fused = (fused + step) % 2_100_001
        usage = Usage(fused, 2_100_000 - fused)
        yield state, usage
        state = rules.next_state(state, usage)


def _next_states(name: str, momentums: Iterable[tuple[Any, Usage]]) -> Callable[[], int]:
    rules: Any = ruleset(name)
    next_state: Callable[[Any, Usage], Any] = rules.next_state
    prepared = list(momentums)

    def run() -> int:
        for state, usage in prepared:
            next_state(state, usage)
        return len(prepared)

    return run


def _block() -> JudgedBlock:
    address, previous_hash = bytes(1) + os.urandom(19), os.urandom(32)
    hashed, counter = data_hash(address, previous_hash), 0
    while not check(hashed, nonce_of_counter(counter), _DIFFICULTY):
        counter += 1
    return JudgedBlock(
        block_type=2,
        address=address,
        previous_hash=previous_hash,
        data=bytes(random.randrange(40)),
        fused_plasma=30_000,
        difficulty=_DIFFICULTY,
        nonce=nonce_of_counter(counter),
    )


def _judge(blocks: list[JudgedBlock], name: str, state: Any) -> Callable[[], int]:
    rules: RuleSet[Any] = ruleset(name)
    available = [30_000] * len(blocks)

    def run() -> int:
        verdicts = validate_many(blocks, rules=rules, state=state, available_plasma=available)
        assert all(verdict.accepted for verdict in verdicts)
        return len(blocks)

    return run


if __name__ == "__main__":
    main()
