"""Searches on a cluster of two worker processes beside the engine with two, and what the cluster costs.

    python -m benchmarks.cluster [--searches 200] [--seconds 20] [--repetitions 3] [--wide 100,1000] [--json]

1. A batch of searches, on the cluster and in the engine's own processes by turns. Both begin each search
   at the same nonce, so that they have the same to find, and the ratio is one of speed, not of luck.
2. Searches one at a time: how long, in time of the whole cluster, it went on after the nonce was found.
3. How many tasks a second scheduler and client pass on, and how long it takes to tell workers something.
4. The same scheduler with leases that sleep instead of searching, for as many threads as ``--wide`` says:
   the share of the time that they were busy, beside what ``benchmarks.cluster_model`` expects.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import time
from collections.abc import Callable
from hashlib import sha3_256
from typing import Any

from benchmarks.cluster_model import Measured, expect, lines
from benchmarks.common import Spread
from powplasma import Engine
from powplasma.cluster import Tasks, connected
from powplasma.engine import cluster_pool, job
from powplasma.engine.cluster_worker import Answer, Errand
from powplasma.errors import SearchTimeout
from powplasma.kernels import kernel

NEVER = (1 << 64) - 1


def say(text: str) -> None:
    """How far it is, to standard error."""
    print(text, file=sys.stderr, flush=True)


def subjects(count: int, salt: str) -> list[bytes]:
    return [sha3_256(f"{salt}/{index}".encode()).digest() for index in range(count)]


def same_starts(seed: str) -> None:
    """Lets the next searches begin where those after the last call with this seed began."""
    draw = random.Random(seed)
    job.random_start = lambda: draw.randrange(1 << 49) * job.BLOCK


def batch(engine: Engine, count: int, difficulty: int, seed: str) -> tuple[float, int]:
    """Seconds of a batch, and the nonces that lie between each start and what was found."""
    same_starts(seed)
    begun = time.perf_counter()
    works = [future.result() for future in [engine.submit(each, difficulty) for each in subjects(count, seed)]]
    return time.perf_counter() - begun, sum(work.hashes for work in works)


def one_at_a_time(engine: Engine, count: int, difficulty: int) -> list[float]:
    """For each search, the seconds of the whole cluster that went on after it was over."""
    (pool,) = engine._pools  # noqa: SLF001 - the public face has no need of its waste
    wasted = []
    for subject in subjects(count, "alone"):
        before = pool.wasted_seconds
        engine.submit(subject, difficulty).result()
        time.sleep(1.5)  # until what was under way has come back
        wasted.append((pool.wasted_seconds - before) / engine.workers)
    return wasted


def nothing(_: object) -> None:
    """A task that costs what every task costs."""


def sleeping_lease(errand: Errand) -> Answer:
    """A lease as long as any other, that leaves the processor to the scheduler."""
    begun = time.time()
    time.sleep(errand.most_seconds / 2)
    return Answer("sleep", 1, False, begun, time.time())


async def overheads(address: str, tasks_in_all: int) -> tuple[float, float, float]:
    """Tasks per second; seconds to tell one worker something, and each further one."""
    async with connected(address) as client:
        tasks = Tasks(client, address)
        left = tasks_in_all

        async def runner() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await tasks.result(nothing, None)

        begun = time.perf_counter()
        await asyncio.gather(*(runner() for _ in range(200)))
        rate = tasks_in_all / (time.perf_counter() - begun)
        workers = list(await tasks.threads())
        times = {}
        for count in (1, len(workers)):
            samples = []
            for _ in range(20):
                begun = time.perf_counter()
                await client.run(nothing, None, workers=workers[:count])
                samples.append(time.perf_counter() - begun)
            times[count] = sorted(samples)[len(samples) // 2]
        each = max(0.0, (times[len(workers)] - times[1]) / max(1, len(workers) - 1))
        return rate, times[1], each


def busy_share(address: str, seconds: float) -> float:
    """Of all threads of the cluster, with leases that sleep."""
    slept = 0.0
    plain, taken = cluster_pool.search_lease, cluster_pool.ClusterPool._take_in  # noqa: SLF001 - leases that sleep

    def take_in(pool: Any, member: Any, search: Any, answer: Answer) -> None:
        nonlocal slept
        if begun <= answer.began and answer.ended <= begun + seconds:
            slept += answer.ended - answer.began
        search.leases.cut(1 << 63)
        del pool, member

    cluster_pool.search_lease, cluster_pool.ClusterPool._take_in = sleeping_lease, take_in  # noqa: SLF001
    try:
        with Engine(cluster=address) as engine:
            future = engine.submit(os.urandom(32), NEVER)
            begun = float("inf")
            time.sleep(8)  # until all workers have their leases
            begun = time.time()
            time.sleep(seconds + 2)
            threads = engine.workers
            future.cancel()
    finally:
        cluster_pool.search_lease, cluster_pool.ClusterPool._take_in = plain, taken  # noqa: SLF001
    # A lease that ends after the span or began before it is not counted: on average, one in all for each thread.
    length = expect(threads, Measured(1, 0, 0)).lease
    return slept / threads / (seconds - length)


def with_cluster(processes: int, threads: int, act: Callable[[str], Any]) -> Any:
    from distributed import LocalCluster  # noqa: PLC0415 - an extra

    with LocalCluster(
        n_workers=processes, threads_per_worker=threads, processes=True, dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as cluster:  # fmt: skip
        return act(cluster.scheduler_address)


def beside(address: str, options: argparse.Namespace) -> dict[str, Any]:
    with Engine(2) as near, Engine(cluster=address) as far:
        try:
            near.submit(os.urandom(32), NEVER, timeout=2).result()
        except SearchTimeout as end:
            difficulty = max(100_000, int(end.hashes / end.seconds * options.seconds / options.searches))
        for engine in (near, far):
            batch(engine, 4, difficulty, "warm")
        ratios, spent = [], {"processes": [], "cluster": []}
        for repetition in range(options.repetitions):
            found: dict[str, tuple[float, int]] = {}
            contenders = [("processes", near), ("cluster", far)]
            for name, engine in contenders if repetition % 2 else reversed(contenders):
                found[name] = batch(engine, options.searches, difficulty, f"batch {repetition}")
                spent[name].append(found[name][0])
            ratios.append(found["processes"][0] / found["cluster"][0])
            near_seconds, far_seconds = found["processes"][0], found["cluster"][0]
            say(f"batch {repetition + 1}: {near_seconds:.1f} s in processes, {far_seconds:.1f} s on the cluster")
        wasted = one_at_a_time(far, 10, difficulty)
        say("searches one at a time: done")
    rate, first, each = asyncio.run(overheads(address, 3_000))
    return {
        "kernel": kernel().name,
        "difficulty": difficulty,
        "searches": options.searches,
        "seconds": spent,
        "ratio": ratios,
        "wasted_seconds": wasted,
        "tasks_per_second": rate,
        "seconds_to_tell_one": first,
        "seconds_to_tell_each": each,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20, help="of a batch, about")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--wide", default="100,1000", help="numbers of threads that sleep, comma-separated")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    result = with_cluster(2, 1, lambda address: beside(address, options))
    measured = Measured(result["tasks_per_second"], max(result["wasted_seconds"]), result["seconds_to_tell_each"])
    result["busy"] = {
        str(threads): with_cluster(2, threads // 2, lambda address: busy_share(address, 10))
        for threads in map(int, filter(None, options.wide.split(",")))
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['searches']} searches of difficulty {result['difficulty']:,}, kernel {result['kernel']}")
    for name, seconds in result["seconds"].items():
        print(f"  two {name:10} {Spread.of(seconds).text(1)} s")
    print(f"  cluster's throughput / engine's: {Spread.of(result['ratio']).text(3)}")
    print(f"cluster time after a nonce was found: {Spread.of(result['wasted_seconds']).text(3)} s")
    print(f"tasks passed on: {result['tasks_per_second']:,.0f} a second")
    one, each = 1_000 * result["seconds_to_tell_one"], 1_000 * result["seconds_to_tell_each"]
    print(f"to tell a worker: {one:.1f} ms, {each:.1f} more for each")
    for threads, share in result["busy"].items():
        expected = expect(int(threads), measured).busy
        print(f"{int(threads):,} sleeping threads busy: {share:.1%}, expected {expected:.0%}")
    print("\n".join(lines(measured)))


if __name__ == "__main__":
    main()
