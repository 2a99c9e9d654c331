"""How the engine scales over workers, and processes against threads.

    python -m benchmarks.scaling [--workers 1,2] [--repetitions N] [--seconds S] [--json]

A search that never ends runs for some seconds of wall time; its exact hash count is what is compared.
The threads call the kernel on disjoint ranges themselves, without the engine: what is left of their
lead or lag is the price of leases, pipes and processes.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from benchmarks.common import Contender, measure, report, show
from powplasma import Engine, SearchTimeout
from powplasma.cores import usable_workers
from powplasma.kernels import kernel

NEVER = (1 << 64) - 1
SLICE = 1 << 20


def engine_search(engine: Engine, seconds: float) -> Callable[[], int]:
    def run() -> int:
        end = engine.submit(os.urandom(32), NEVER, timeout=seconds).exception()
        assert isinstance(end, SearchTimeout)
        return end.hashes

    return run


def thread_search(workers: int, seconds: float) -> Callable[[], int]:
    chosen = kernel()

    def one(index: int, data_hash: bytes, end: float) -> int:
        hashes = 0
        while time.perf_counter() < end:
            hashes += chosen.search(data_hash, (index << 56) + hashes, SLICE, NEVER).hashes
        return hashes

    def run() -> int:
        data_hash, end = os.urandom(32), time.perf_counter() + seconds
        with ThreadPoolExecutor(workers) as threads:
            return sum(threads.map(lambda index: one(index, data_hash, end), range(workers)))

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--workers", default=f"1,{usable_workers()}", help="numbers of workers, comma-separated")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run of each contender")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    counts = sorted({int(count) for count in options.workers.split(",")})
    with ExitStack() as stack:
        contenders = []
        for count in counts:
            engine = stack.enter_context(Engine(workers=count))
            contenders.append(Contender(f"{count} processes", engine_search(engine, options.seconds)))
            contenders.append(Contender(f"{count} threads", thread_search(count, options.seconds)))
        samples = measure(contenders, options.repetitions, timer=time.perf_counter)
    settings = {"kernel": kernel().name, "repetitions": options.repetitions, "seconds": options.seconds}
    result = report("engine, scaling over workers", settings, samples, f"{counts[0]} processes", 1e6)
    show(result, options.json, "million hashes/s")


if __name__ == "__main__":
    main()
