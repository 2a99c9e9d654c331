"""How fast the PyPI package znn-sdk generates a nonce, and how fast the drop-in for it does.

    python -m benchmarks.znn_sdk [--repetitions N] [--json]

Needs the extra ``peers`` (Python 3.12 or newer). Every run searches from a random nonce on, in
counting order, so the position of what it finds is the number of hashes that it took; rates are
hashes per second of wall time. Both runs of a repetition are in one process, in random order. The
difficulties differ, because what takes one of them long enough to be measured takes the other hours.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

from benchmarks.common import Contender, measure, report, show
from powplasma.cores import usable_workers
from powplasma.integrations import znn_sdk

SDK_DIFFICULTY = 200_000
"""Takes the SDK half a second."""

OUR_DIFFICULTY = 31_500_000
"""That of a plain send."""

Generate = Callable[[str, int, bytes], str]


def contender(name: str, generate: Generate, difficulty: int, searches: int) -> Contender:
    def run() -> int:
        hashes = 0
        for _ in range(searches):
            start = os.urandom(8)
            found = bytes.fromhex(generate(os.urandom(32).hex(), difficulty, start))
            hashes += (int.from_bytes(found, "little") - int.from_bytes(start, "little")) % 2**64 + 1
        return hashes

    return Contender(name, run)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        from znn.pow import generate  # noqa: PLC0415 - an optional package
    except ImportError:
        parser.error("znn-sdk is not installed: pip install 'powplasma[peers]' with Python 3.12 or newer")
    samples = measure(
        [
            contender("znn.pow.generate", generate, SDK_DIFFICULTY, 2),
            contender("powplasma drop-in", znn_sdk.generate, OUR_DIFFICULTY, 3),
        ],
        options.repetitions,
        timer=time.perf_counter,
    )
    settings = {
        "repetitions": options.repetitions,
        "difficulty of znn-sdk": SDK_DIFFICULTY,
        "difficulty of powplasma": OUR_DIFFICULTY,
        "workers": usable_workers(),
    }
    result = report("generate, wall time", settings, samples, "znn.pow.generate", 1e6)
    show(result, options.json, "million hashes/s")


if __name__ == "__main__":
    main()
