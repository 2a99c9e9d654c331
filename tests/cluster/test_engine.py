"""Searches on a cluster: every nonce good, none lost and none doubled, whatever dies."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from powplasma.cluster import ClusterFailed, Tasks, connection, own_version
from powplasma.engine import Engine, cluster_pool, cluster_worker
from powplasma.engine.cluster_leases import Member, Queue, lease_seconds
from powplasma.engine.cluster_worker import Answer, Errand, search_leases, stop
from powplasma.engine.job import BLOCK, Job
from powplasma.engine.search import Progress, Request
from powplasma.engine.worker import Order
from powplasma.errors import InvalidInput, KernelUnavailable, SearchCancelled, SearchTimeout
from powplasma.work import Work
from tests.cli.conftest import PROGRAM, ZERO_HASH, Run, data_hashes, is_good, write_lines
from tests.cluster.local import Local
from tests.waiting import PATIENCE, wait_for_lines, wait_until

HARD = 2**64 - 1
EASY = 200_000


def good(work: Work, data_hash: str) -> bool:
    assert work.data_hash.hex() == data_hash
    return is_good(data_hash, work.nonce.hex(), work.difficulty)


def batch(engine: Engine, count: int, difficulty: int = EASY) -> list[Work]:
    subjects = data_hashes(count)
    futures = [engine.submit(subject, difficulty) for subject in subjects]
    works = [future.result(PATIENCE) for future in futures]
    assert all(good(work, subject) for work, subject in zip(works, subjects, strict=True))
    return works


def test_a_batch_and_a_search_in_counting_order(cluster: str) -> None:
    with Engine(1) as near, Engine(cluster=cluster) as far:
        assert far.workers == 0
        assert {work.workers for work in batch(far, 20)} == {2}
        assert far.workers == 2
        here = near.search(ZERO_HASH, 10 * EASY, start_nonce="00" * 8)
        there = far.search(ZERO_HASH, 10 * EASY, start_nonce="00" * 8)
        assert (here.nonce, here.hashes) == (there.nonce, there.hashes)
        assert far.worker_pids == []


def test_limits_and_what_was_covered(cluster: str) -> None:
    with Engine(cluster=cluster) as engine:
        most = 12 * BLOCK + 5
        with pytest.raises(SearchTimeout) as end:
            engine.search(ZERO_HASH, HARD, max_hashes=most, start_nonce="05" + "00" * 7)
        assert (end.value.limit, end.value.hashes, end.value.covered) == ("max_hashes", most, ((5, most),))
        began = time.perf_counter()
        with pytest.raises(SearchTimeout) as end:
            engine.search(ZERO_HASH, HARD, timeout=2)
        assert end.value.limit == "timeout"
        assert time.perf_counter() - began >= 2
        assert end.value.hashes == sum(count for _, count in end.value.covered)

        def listen(progress: Progress) -> None:
            if progress.hashes:
                raise LookupError("seen")

        with pytest.raises(LookupError, match="seen"):
            engine.search(ZERO_HASH, HARD, progress=listen)
        future = engine.submit(ZERO_HASH, HARD)
        assert future.cancel()
        assert batch(engine, 2)


def test_closing_ends_what_is_under_way(cluster: str) -> None:
    engine = Engine(cluster=cluster)
    future = engine.submit(ZERO_HASH, HARD)
    wait_until(lambda: engine.busy_workers)
    engine.close()
    with pytest.raises(SearchCancelled):
        future.result(0)
    with pytest.raises(SearchCancelled):
        engine.search(ZERO_HASH, HARD)


def test_workers_that_die_and_a_scheduler_that_restarts_and_at_last_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = data_hashes(8)

    def works_despite(trouble: Callable[[], None]) -> bool:
        hard = engine.submit(ZERO_HASH, HARD)  # always under way
        futures = [engine.submit(subject, 5 * EASY) for subject in subjects]
        futures[0].result(PATIENCE)
        trouble()
        works = [future.result(PATIENCE) for future in futures]
        return hard.cancel() and all(good(work, subject) for work, subject in zip(works, subjects, strict=True))

    def restart() -> None:
        local.kill()
        local.start()

    with Local() as local, Engine(cluster=local.address) as engine:
        assert works_despite(lambda: os.kill(local.worker_pids()[0], signal.SIGKILL))
        restart()
        assert len(batch(engine, 3)) == 3
        assert works_despite(restart)
        monkeypatch.setattr(cluster_pool, "RECONNECT_SECONDS", 1.0)
        monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
        future = engine.submit(ZERO_HASH, HARD)
        wait_until(lambda: engine.busy_workers)
        local.kill()
        with pytest.raises(ClusterFailed, match=local.address):
            future.result(PATIENCE)


def fake_workers(monkeypatch: pytest.MonkeyPatch, answers: Callable[[Errand], Any]) -> None:
    """Lets each lease be answered by a function instead of a worker."""
    plain = Tasks.result

    async def result(self: Tasks, function: Callable[..., Any], *arguments: Any, worker: str | None = None) -> Any:
        answer = answers(arguments[0])
        if answer == "never":
            await asyncio.Event().wait()
        return await plain(self, function, *arguments, worker=worker) if answer is None else answer

    monkeypatch.setattr(Tasks, "result", result)


def test_a_lying_worker_is_found_out(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_workers(monkeypatch, lambda errand: [Answer("avx512", 7, True, 0.0, 0.1)])
    with Engine(cluster=cluster) as engine, pytest.raises(KernelUnavailable, match=r"worker tcp://.* is not good"):
        engine.search(ZERO_HASH, HARD)


def test_a_lease_that_never_comes_back_is_searched_by_another(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_pool, "_LATE_SECONDS", 1.0)
    offsets: list[int] = []

    def first_never(errand: Errand) -> str | None:
        offsets.append(Order.unpack(errand.orders[0][0]).offset)
        return "never" if len(offsets) == 1 else None

    fake_workers(monkeypatch, first_never)
    with Engine(cluster=cluster) as engine:
        work = engine.search(ZERO_HASH, 10 * EASY, start_nonce="00" * 8)
    assert good(work, ZERO_HASH)
    assert offsets.count(0) >= 2  # more where a lease that does come back takes as long


def searched(*orders: Order, seconds: float = 100, version: str | None = None) -> list[Answer]:
    packed = tuple((order.pack(), True) for order in orders)
    return search_leases(Errand(own_version() if version is None else version, None, "test", packed, seconds))


def test_what_a_worker_does_with_a_lease() -> None:
    (whole,) = searched(Order(1, 0, bytes(32), 0, 3 * BLOCK, 2**64 - 1))
    assert (whole.hashes, whole.found) == (3 * BLOCK, False)
    with pytest.MonkeyPatch.context() as patch:
        clock = SimpleNamespace(time=time.time, perf_counter=itertools.count().__next__)
        patch.setattr(cluster_worker, "time", clock)
        part, left = searched(*(Order(1, 0, bytes(32), 0, 2**40, 2**64 - 1) for _ in range(2)), seconds=3.5)
    assert 0 < part.hashes < 2**40
    assert (left.hashes, left.found) == (0, False)  # the time is for both
    found, none, other = searched(
        Order(2, 0, bytes(32), 0, BLOCK, 0), Order(2, 0, bytes(32), 0, BLOCK, 0), Order(3, 0, bytes(32), 0, BLOCK, 0)
    )
    assert [(each.hashes, each.found) for each in (found, none, other)] == [(1, True), (0, False), (1, True)]
    with pytest.raises(ClusterFailed, match="both have to be the same"):
        searched(Order(3, 0, bytes(32), 0, BLOCK, 0), version="0.0")
    answers: list[Answer] = []
    lease = Order(4, 0, bytes(32), 0, 2**50, 2**64 - 1)
    thread = threading.Thread(target=lambda: answers.extend(searched(lease)))
    thread.start()
    wait_until(lambda: ("test", 4) in cluster_worker._running)
    stop("test", 4)
    thread.join(PATIENCE)
    assert answers[0].hashes < 2**50


def test_leases_are_disjoint_and_searches_share_the_workers() -> None:
    assert [lease_seconds(threads) for threads in (1, 100, 400, 1_000, 10_000)] == [0.25, 0.25, 0.5, 1.0, 1.0]
    queue, member = Queue(), Member("x", 1, 4e6)
    jobs = [Job(number, Request.checked(bytes(32), HARD, None, None, None)) for number in (1, 2, 3)]
    for job in jobs[:2]:
        queue.add(job)
    given = [*queue.give(member, 2), *queue.give(member, 2)]
    assert [job.number for job, _ in given] == [1, 2]  # so hard that a task has but one
    given += [*queue.give(member, 2), *queue.give(member, 2)]
    assert [job.number for job, _ in given] == [1, 2, 1, 2]
    assert given[2][1].offset == given[0][1].end
    assert [round(lease.count / 4e6, 1) for _, lease in given] == [1.0, 1.0, 0.2, 0.2]  # nobody waits any more
    queue.add(jobs[2])
    assert queue.give(member, 2)[0][0].number == 3
    for part in (given[0], given[2]):
        queue.settle(*part)
    assert queue.give(member, 2)[0][0].number == 1
    jobs[0].future.cancel()
    queue.drop(1)
    assert queue.give(member, 2)[0][0].number == 3


def test_a_task_has_as_many_easy_searches_as_fit_its_time() -> None:
    queue, member = Queue(), Member("x", 1, 4e6)
    jobs = [Job(number, Request.checked(bytes(32), EASY, None, None, None)) for number in range(1, 101)]
    for job in jobs:
        queue.add(job)
    jobs[1].future.cancel()
    # 100 searches of 1/20 second for two threads: at first a quarter of a thread's part, at the end the shortest.
    numbers, sizes = [], []
    while queue.task_seconds(member, 2) > 0.25 or not sizes:
        given = queue.give(member, 2)
        sizes.append(len(given))
        numbers += [job.number for job, _ in given]
    assert sizes[0] in {11, 12, 13}
    assert sizes == sorted(sizes, reverse=True)
    assert len(queue.give(member, 2)) == 5
    assert numbers == [number for number in range(1, len(numbers) + 2) if number != 2]
    for job in jobs:
        job.future.cancel()
        if job.number in queue.active:
            queue.drop(job.number)
    assert queue.empty
    assert queue.task_seconds(member, 2) == 0.25


def test_one_search_from_the_command_line(program: Run, cluster: str) -> None:
    record = program(
        "generate", "--data-hash", ZERO_HASH, "--difficulty", 10 * EASY, "--cluster", cluster, "--json"
    ).record
    assert record["workers"] == 2
    assert is_good(ZERO_HASH, record["nonce"], 10 * EASY)


def test_a_killed_client_loses_and_doubles_nothing(program: Run, cluster: str, tmp_path: Path) -> None:
    subjects = data_hashes(24)
    lines = [{"data_hash": subject, "difficulty": 5 * EASY} for subject in subjects]
    source, output = write_lines(tmp_path / "in.jsonl", *lines), tmp_path / "out.jsonl"
    command = [PROGRAM, "generate", "--input", source, "--output", output, "--cluster", cluster]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_for_lines(output, 3, process)
        process.kill()
    kept = output.read_bytes()
    done = program(*command[1:], "--resume")
    assert done.code == 0
    assert output.read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["data_hash"] for record in records] == subjects
    assert all(is_good(record["data_hash"], record["nonce"], 5 * EASY) for record in records)


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["--cluster", "x"], 2, "--cluster: x is no address (tcp://HOST:PORT or tls://HOST:PORT)"),
        (["--cluster", "tcp://x:1", "--workers", "2"], 2, "--workers: 2 is for workers of this machine"),
        (["--cluster", "tcp://127.0.0.1:1"], 3, "cluster tcp://127.0.0.1:1: "),
    ],
)
def test_what_is_refused(
    arguments: list[str], code: int, problem: str, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
    done = call("generate", "--data-hash", ZERO_HASH, "--difficulty", "100000000", *arguments)
    assert done.code == code
    assert problem in done.problem


def test_without_the_extra(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    done = call("generate", "--data-hash", ZERO_HASH, "--difficulty", "100000000", "--cluster", "tcp://x:1")
    assert (done.code, "powplasma[cluster]" in done.problem) == (3, True)
    with Engine(cluster="tcp://x:1") as engine, pytest.raises(Exception, match=r"powplasma\[cluster\]"):
        engine.search(ZERO_HASH, HARD)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nice": 3}, "nice: 3 is for workers of this machine (nothing with a cluster)"),
        ({"workers": 2}, "workers: 2 is for workers of this machine (nothing with a cluster)"),
        ({"intensity": 5}, "intensity: 5 is for workers of this machine (nothing with a cluster)"),
        ({"devices": ["cpu", "x"]}, "device: ['cpu', 'x'] is of this machine (nothing with a cluster)"),
        ({"devices": "cpu"}, "device: cpu is no list of devices (cpu or names of OpenCL devices)"),
        ({"devices": []}, "device: [] is no list of devices (cpu or names of OpenCL devices)"),
    ],
)
def test_what_a_cluster_has_no_use_for(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Engine(cluster="tcp://x:1", **arguments)
    assert str(caught.value) == message
