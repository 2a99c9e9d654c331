"""How long it takes until a cancelled search keeps no core busy, against the way a plain pool does it.

    python -m benchmarks.cancel [--repetitions N] [--json]

The engine's workers stop and stay; a ``multiprocess.Pool`` has to be terminated, and started again for
the next search.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict

from multiprocess import get_context

from benchmarks.common import Spread, machine, present
from powplasma import Engine
from powplasma.cores import usable_workers
from powplasma.kernels import kernel

NEVER = (1 << 64) - 1
BUSY_SECONDS = 0.05


def search_for_ever(start: int) -> None:
    kernel().search(bytes(32), start, NEVER, NEVER)


def engine_seconds(engine: Engine) -> float:
    future = engine.submit(bytes(32), NEVER)
    while engine.busy_workers < engine.workers:
        time.sleep(0.001)
    time.sleep(BUSY_SECONDS)
    begin = time.perf_counter()
    future.cancel()
    while engine.busy_workers:
        time.sleep(0)
    return time.perf_counter() - begin


def pool_seconds(workers: int) -> tuple[float, float]:
    """Seconds to end the search, and to end it and have workers again."""
    pool = get_context("spawn").Pool(workers)
    pool.map(abs, range(workers))
    pool.map_async(search_for_ever, [index << 56 for index in range(workers)])
    time.sleep(BUSY_SECONDS)
    begin = time.perf_counter()
    pool.terminate()
    pool.join()
    ended = time.perf_counter() - begin
    with get_context("spawn").Pool(workers) as again:
        again.map(abs, range(workers))
        return ended, time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    workers = usable_workers()
    times: dict[str, list[float]] = {"engine": [], "pool, ended": [], "pool, ended and started again": []}
    with Engine() as engine:
        engine_seconds(engine)
        for _ in range(options.repetitions):
            times["engine"].append(engine_seconds(engine))
            ended, again = pool_seconds(workers)
            times["pool, ended"].append(ended)
            times["pool, ended and started again"].append(again)
        settings = {"kernel": engine.kernel, "workers": workers, "repetitions": options.repetitions}
    results = {
        name: {
            "seconds": asdict(Spread.of(values)),
            "times_engine": asdict(Spread.of([b / a for a, b in zip(times["engine"], values, strict=True)])),
        }
        for name, values in times.items()
    }
    rows = [
        [name, Spread.of([1e3 * s for s in values]).text(2), Spread(**results[name]["times_engine"]).text(1)]
        for name, values in times.items()
    ]
    result = {"benchmark": "cancelling a search", "settings": settings, "machine": machine(), "results": results}
    present(result, options.json, ["way", "ms", "times engine"], rows)


if __name__ == "__main__":
    main()
