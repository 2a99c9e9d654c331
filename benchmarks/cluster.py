"""Searches on a cluster of two worker processes beside the engine with two, and what the cluster costs.

    python -m benchmarks.cluster [--searches 200] [--seconds 20] [--repetitions 3] [--wide 100] [--json]

1. A batch of searches, on the cluster and in the engine's own processes by turns. Both begin each search
   at the same nonce, so that they have the same to find, and the ratio is one of speed, not of luck. Beside it,
   what a machine shared with others does not change: hashes by second of the processor, and how busy workers were.
2. Searches one at a time: how long, in time of the whole cluster, it went on after the nonce was found.
3. How many tasks a second scheduler and client pass on, and how long it takes to tell workers something.
4. The same scheduler with leases that sleep instead of searching, for as many threads as ``--wide`` says:
   the share of the time that they were busy, beside what ``benchmarks.cluster_model`` expects.

The workers have the settings that docs/scale.md advises; ``--plain`` leaves those of Dask. It takes
about three minutes where nothing else runs.
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
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import sha3_256
from typing import Any

import psutil

from benchmarks.cluster_model import Measured, expect, lines
from benchmarks.common import Spread
from powplasma import Engine
from powplasma.cluster import Tasks, connected
from powplasma.engine import cluster_pool, job
from powplasma.engine.cluster_worker import Answer, Errand
from powplasma.errors import SearchTimeout
from powplasma.kernels import kernel

NEVER = (1 << 64) - 1

LEAN = {
    "WORKER__PROFILE__ENABLED": "False",
    "ADMIN__TICK__INTERVAL": "1s",
    "WORKER__MEMORY__TARGET": "False",
    "WORKER__MEMORY__SPILL": "False",
    "WORKER__MEMORY__PAUSE": "False",
    "WORKER__MEMORY__TERMINATE": "False",
}
"""What docs/scale.md sets for workers that search: nothing wakes them that a search has no use for."""


def say(text: str) -> None:
    """How far it is, to standard error."""
    print(text, file=sys.stderr, flush=True)


def subjects(count: int, salt: str) -> list[bytes]:
    return [sha3_256(f"{salt}/{index}".encode()).digest() for index in range(count)]


def same_starts(seed: str) -> None:
    """Lets the next searches begin where those after the last call with this seed began."""
    draw = random.Random(seed)
    job.random_start = lambda: draw.randrange(1 << 49) * job.BLOCK


@dataclass(slots=True)
class Spent:
    """What a batch took.

    Attributes:
        seconds: of wall time.
        hashes: nonces that lie between each start and what was found.
        cpu: seconds of the processor, of the workers alone.
        client: the same of this process, in which the cluster's scheduler runs too.
    """

    seconds: float
    hashes: int
    cpu: float
    client: float


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def watched(engine: Engine, workers: list[psutil.Process], count: int, difficulty: int, seed: str) -> Spent:
    """A batch, and what the processor did meanwhile."""
    own = time.process_time()
    before = cpu_seconds(workers)
    seconds, hashes = batch(engine, count, difficulty, seed)
    return Spent(seconds, hashes, cpu_seconds(workers) - before, time.process_time() - own)


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


def sleeping_lease(errand: Errand) -> list[Answer]:
    """A lease as long as any other, that leaves the processor to the scheduler."""
    begun = time.time()
    time.sleep(errand.most_seconds / 2)
    return [Answer("sleep", 1, False, begun, time.time())]


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
    plain, taken = cluster_pool.search_leases, cluster_pool.ClusterPool._take_in  # noqa: SLF001 - leases that sleep

    def take_in(pool: Any, member: Any, search: Any, answer: Answer) -> None:
        nonlocal slept
        if begun <= answer.began and answer.ended <= begun + seconds:
            slept += answer.ended - answer.began
        search.leases.cut(1 << 63)
        del pool, member

    cluster_pool.search_leases, cluster_pool.ClusterPool._take_in = sleeping_lease, take_in  # noqa: SLF001
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
        cluster_pool.search_leases, cluster_pool.ClusterPool._take_in = plain, taken  # noqa: SLF001
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


def child_workers() -> list[psutil.Process]:
    """The cluster's workers, before there are any of an engine; what looks after them is a part of this process."""
    return [each for each in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(each.cmdline())]


def idle_share(workers: list[psutil.Process], seconds: float) -> float:
    """Of a core, that a worker takes with nothing to do."""
    before, begun = cpu_seconds(workers), time.perf_counter()
    time.sleep(seconds)
    return (cpu_seconds(workers) - before) / (time.perf_counter() - begun) / len(workers)


def beside(address: str, options: argparse.Namespace) -> dict[str, Any]:
    far_workers = child_workers()
    idle = idle_share(far_workers, 5)
    with Engine(2) as near, Engine(cluster=address) as far:
        try:
            near.submit(os.urandom(32), NEVER, timeout=2).result()
        except SearchTimeout as end:
            difficulty = max(100_000, int(end.hashes / end.seconds * options.seconds / options.searches))
        for engine in (near, far):
            batch(engine, 4, difficulty, "warm")
        near_workers = [psutil.Process(pid) for pid in near.worker_pids]
        contenders = [("processes", near, near_workers), ("cluster", far, far_workers)]
        spent: dict[str, list[Spent]] = {name: [] for name, _, _ in contenders}
        for repetition in range(options.repetitions):
            for name, engine, workers in contenders if repetition % 2 else reversed(contenders):
                spent[name].append(watched(engine, workers, options.searches, difficulty, f"batch {repetition}"))
            near_seconds, far_seconds = (spent[name][-1].seconds for name in spent)
            say(f"batch {repetition + 1}: {near_seconds:.1f} s in processes, {far_seconds:.1f} s on the cluster")
        pairs = list(zip(*spent.values(), strict=True))
        wasted = one_at_a_time(far, options.alone, difficulty)
        say("searches one at a time: done")
    rate, first, each = asyncio.run(overheads(address, 1_000))
    return {
        "kernel": kernel().name,
        "idle": idle,
        "difficulty": difficulty,
        "searches": options.searches,
        "spent": {name: [asdict(each) for each in batches] for name, batches in spent.items()},
        "ratio": [here.seconds / there.seconds for here, there in pairs],
        "ratio_by_cpu": [here.cpu / here.hashes * there.hashes / there.cpu for here, there in pairs],
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
    parser.add_argument("--alone", type=int, default=5, help="searches one at a time")
    parser.add_argument("--plain", action="store_true", help="workers with Dask's own settings")
    parser.add_argument("--wide", default="100", help="numbers of threads that sleep, comma-separated")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not options.plain:
        # Workers read them when they start, and this process, which is the scheduler, when it loads Dask.
        os.environ.update({f"DASK_DISTRIBUTED__{name}": value for name, value in LEAN.items()})
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
    for name, batches in result["spent"].items():
        wall, cpu, client = (Spread.of([each[key] for each in batches]) for key in ("seconds", "cpu", "client"))
        workers, here = cpu.text(1), client.text(1)
        print(f"  {name:10} {wall.text(1)} s; processor: {workers} s in two workers, {here} s beside them")
    print(f"  cluster's throughput / engine's: {Spread.of(result['ratio']).text(3)}")
    print(f"  the same by processor time of the workers: {Spread.of(result['ratio_by_cpu']).text(3)}")
    print(f"a worker with nothing to do takes {result['idle']:.1%} of a core")
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
