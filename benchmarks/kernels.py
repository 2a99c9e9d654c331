"""How fast one thread searches: plain loops over hashlib and pycryptodome, and every kernel ready here.

    python -m benchmarks.kernels [--repetitions N] [--seconds S] [--json]

All of them hash nonce || data hash for consecutive nonces and compare the prefix with a threshold that
none reaches. Pin it to a quiet core (``taskset -c 1``) for figures worth keeping.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable

from benchmarks.common import Contender, core_clock, measure, report, show
from powplasma.kernels import Kernel, kernel, statuses
from powplasma.measure.peers import PEERS

NEVER = (1 << 64) - 1


def peer(name: str) -> Callable[[bytes, int], int]:
    """The loop that ``bench --against`` measures, too."""

    def run(data_hash: bytes, count: int) -> int:
        assert not PEERS[name](data_hash, 0, count, NEVER)
        return count

    return run


def hashlib_bare(data_hash: bytes, count: int) -> int:
    """No search, for it looks at no digest: the least that hashing in Python takes."""
    sha3_256 = hashlib.sha3_256
    for i in range(count):
        sha3_256(i.to_bytes(8, "little") + data_hash).digest()
    return count


def searcher(chosen: Kernel) -> Callable[[bytes, int], int]:
    def run(data_hash: bytes, count: int) -> int:
        # A start inside a block: the usual case for a lease that begins anywhere.
        result = chosen.search(data_hash, 0x0123456789ABCDEF, count, NEVER)
        assert result.counter is None
        return result.hashes

    return run


def sized(name: str, run: Callable[[bytes, int], int], seconds: float) -> Contender:
    """``run`` with as many nonces as take about ``seconds``, and a data hash of its own each time."""
    count, elapsed = 1024, 0.0
    while elapsed < 0.05:
        count *= 2
        begin = time.thread_time()
        run(bytes(32), count)
        elapsed = time.thread_time() - begin
    count = max(1, int(count * seconds / elapsed))
    return Contender(name, lambda: run(os.urandom(32), count))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each run of each contender")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    ready = [kernel(status.name) for status in statuses() if status.ready]
    contenders = [
        sized("pycryptodome loop", peer("pycryptodome"), options.seconds),
        sized("hashlib loop", peer("hashlib"), options.seconds),
        sized("hashlib, not compared", hashlib_bare, options.seconds),
        *(sized(f"kernel {each.name}", searcher(each), options.seconds) for each in reversed(ready)),
    ]
    samples = measure(contenders, options.repetitions, core_clock())
    settings = {"repetitions": options.repetitions, "seconds": options.seconds}
    result = report("search, one thread", settings, samples, "hashlib loop", 1e6)
    show(result, options.json, "million hashes/s")


if __name__ == "__main__":
    main()
