"""How fast many independent works are judged: a loop over hashlib, and check_many with every kernel.

    python -m benchmarks.check_many [--works N] [--repetitions N] [--json]

Every work has its own random data hash, nonce and difficulty, in flat buffers; before any timing all
contenders have to give the same verdicts. The hashlib loop has the thresholds worked out in advance.
"""

from __future__ import annotations

import argparse
import os
import random
from array import array
from collections.abc import Callable
from hashlib import sha3_256

from benchmarks.common import Contender, core_clock, measure, report, show
from powplasma.kernels import check_many, statuses
from powplasma.work import threshold


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--works", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    works: int = options.works
    data_hashes, nonces = os.urandom(32 * works), os.urandom(8 * works)
    difficulties = array("Q", [random.choice((2, 3, 1000, 31_500_000)) for _ in range(works)])
    thresholds = [threshold(difficulty) for difficulty in difficulties]

    def hashlib_loop() -> list[bool]:
        return [
            int.from_bytes(
                sha3_256(nonces[8 * i : 8 * i + 8] + data_hashes[32 * i : 32 * i + 32]).digest()[:8], "little"
            )
            >= thresholds[i]
            for i in range(works)
        ]

    def contender(name: str, judge: Callable[[], object]) -> Contender:
        def run() -> int:
            judge()
            return works

        assert judge() == expected
        return Contender(name, run)

    def judge_with(name: str) -> Callable[[], object]:
        return lambda: check_many(data_hashes, nonces, difficulties, kernel=name)

    expected = hashlib_loop()
    ready = [status.name for status in statuses() if status.ready]
    contenders = [
        contender("hashlib loop", hashlib_loop),
        *(contender(f"check_many {name}", judge_with(name)) for name in reversed(ready)),
    ]
    samples = measure(contenders, options.repetitions, core_clock())
    settings = {"works": works, "repetitions": options.repetitions}
    result = report("judging independent works, one thread", settings, samples, "hashlib loop", 1e6)
    show(result, options.json, "million works/s")


if __name__ == "__main__":
    main()
