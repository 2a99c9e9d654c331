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

from Crypto.Hash import SHA3_256

from benchmarks.common import Contender, core_clock, measure, report, show
from powplasma.kernels import Kernel, kernel, statuses

NEVER = (1 << 64) - 1


def hashlib_loop(data_hash: bytes, count: int) -> int:
    """A search as fast as a loop over hashlib was found to be: nearly always one byte decides."""
    sha3_256, top = hashlib.sha3_256, NEVER >> 56
    for i in range(count):
        digest = sha3_256(i.to_bytes(8, "little") + data_hash).digest()
        if digest[7] >= top and int.from_bytes(digest[:8], "little") >= NEVER:
            return i + 1
    return count


def pycryptodome_loop(data_hash: bytes, count: int) -> int:
    new, top = SHA3_256.new, NEVER >> 56
    for i in range(count):
        digest = new(i.to_bytes(8, "little") + data_hash).digest()
        if digest[7] >= top and int.from_bytes(digest[:8], "little") >= NEVER:
            return i + 1
    return count


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
        sized("pycryptodome loop", pycryptodome_loop, options.seconds),
        sized("hashlib loop", hashlib_loop, options.seconds),
        sized("hashlib, not compared", hashlib_bare, options.seconds),
        *(sized(f"kernel {each.name}", searcher(each), options.seconds) for each in reversed(ready)),
    ]
    samples = measure(contenders, options.repetitions, core_clock())
    settings = {"repetitions": options.repetitions, "seconds": options.seconds}
    result = report("search, one thread", settings, samples, "hashlib loop", 1e6)
    show(result, options.json, "million hashes/s")


if __name__ == "__main__":
    main()
