"""What the engine promises its callers."""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import powplasma as pp
from powplasma.engine.search import Progress
from powplasma.work import counter_of_nonce, nonce_of_counter
from tests.engine.conftest import HARD
from tests.waiting import A_MOMENT, PATIENCE, until, wait_until

DATA_HASH = bytes(range(32))
POOLED = 2_000_000
"""A difficulty that goes to the pool with any kernel, and still ends soon with the python kernel."""


@pytest.mark.parametrize("difficulty", [1, 2, 1_000, 50_000, POOLED])
def test_a_found_nonce_is_good(engine: pp.Engine, difficulty: int) -> None:
    work = engine.search(DATA_HASH, difficulty)
    assert pp.check(DATA_HASH, work.nonce, difficulty)
    assert work.achieved_difficulty == pp.achieved_difficulty(DATA_HASH, work.nonce) >= difficulty
    assert (work.data_hash, work.difficulty, work.kernel) == (DATA_HASH, difficulty, engine.kernel)
    assert work.hashes >= 1
    assert work.seconds > 0
    assert work.workers in (0, 2)


def test_hex_and_bytes_are_the_same_data_hash(engine: pp.Engine) -> None:
    by_text = engine.search(DATA_HASH.hex(), 5_000, start_nonce="0000000000000000")
    by_bytes = engine.search(DATA_HASH, 5_000, start_nonce=bytes(8))
    assert by_text.nonce == by_bytes.nonce


@settings(max_examples=15, deadline=None)
@given(
    start=st.integers(0, 2**64 - 1) | st.integers(2**64 - 40_000, 2**64 - 1),
    data_hash=st.binary(min_size=32, max_size=32),
)
def test_a_start_nonce_gives_the_first_good_nonce_in_counting_order(
    engine: pp.Engine, start: int, data_hash: bytes
) -> None:
    work = engine.search(data_hash, 700, start_nonce=nonce_of_counter(start))
    counter = start
    while not pp.check(data_hash, nonce_of_counter(counter), 700):
        counter = (counter + 1) % 2**64
    assert work.nonce == nonce_of_counter(counter)
    assert work.hashes == (counter - start) % 2**64 + 1


def test_a_start_nonce_gives_the_same_nonce_from_one_worker_two_workers_and_none(engine: pp.Engine) -> None:
    by_two = [engine.submit(DATA_HASH, POOLED, start_nonce=nonce_of_counter(77)) for _ in range(3)]
    with pp.Engine(workers=1) as single:
        by_one = single.submit(DATA_HASH, POOLED, start_nonce=nonce_of_counter(77)).result()
    assert by_one.workers == 1
    for work in (future.result() for future in by_two):
        assert work.workers == 2
        assert (work.nonce, work.hashes) == (by_one.nonce, by_one.hashes)
        assert work.hashes == counter_of_nonce(work.nonce) - 77 + 1


def test_timeout_ends_the_search_and_tells_what_was_covered(engine: pp.Engine) -> None:
    for timeout in (0.3, 3, 30):  # where a short time is over before the workers begin, a longer one
        began = time.perf_counter()
        with pytest.raises(pp.SearchTimeout) as failure:
            engine.search(DATA_HASH, HARD, timeout=timeout, start_nonce=nonce_of_counter(5))
        assert time.perf_counter() - began >= timeout
        assert failure.value.limit == "timeout"
        assert failure.value.hashes == sum(count for _, count in failure.value.covered)
        if failure.value.covered:
            break
    assert failure.value.covered[0][0] == 5


def test_time_in_the_queue_is_not_taken_for_searching(engine: pp.Engine) -> None:
    blocker = engine.submit(DATA_HASH, HARD)
    queued = engine.submit(DATA_HASH, POOLED)
    time.sleep(0.5)
    began = time.perf_counter()
    blocker.cancel()
    work = queued.result(PATIENCE)
    assert 0 < work.seconds <= time.perf_counter() - began + 0.01


def test_time_in_the_queue_counts_towards_the_timeout(engine: pp.Engine) -> None:
    blocker = engine.submit(DATA_HASH, HARD)
    waiting = engine.submit(DATA_HASH, HARD, timeout=0.2)
    with pytest.raises(pp.SearchTimeout):
        waiting.result(PATIENCE)
    assert blocker.cancel()


@pytest.mark.parametrize("max_hashes", [1, 1_000, 32_769, 400_000])
def test_max_hashes_judges_exactly_so_many(engine: pp.Engine, max_hashes: int) -> None:
    with pytest.raises(pp.SearchTimeout) as failure:
        engine.submit(DATA_HASH, HARD, max_hashes=max_hashes, start_nonce=nonce_of_counter(2**64 - 20)).result()
    assert failure.value.limit == "max_hashes"
    assert failure.value.hashes == max_hashes
    assert failure.value.covered == ((2**64 - 20, max_hashes),)


def test_cancel_frees_the_workers_at_once(engine: pp.Engine) -> None:
    future = engine.submit(DATA_HASH, HARD)
    wait_until(lambda: engine.busy_workers)
    assert future.cancel()
    assert future.cancelled()
    done, _ = concurrent.futures.wait([future], timeout=PATIENCE)
    assert done == {future}
    assert engine.submit(DATA_HASH, POOLED).result(PATIENCE).difficulty == POOLED


def test_a_cancelled_search_keeps_no_worker_busy(engine: pp.Engine) -> None:
    future = engine.submit(DATA_HASH, HARD)
    wait_until(lambda: engine.busy_workers == 2)
    future.cancel()
    wait_until(lambda: engine.busy_workers == 0)


def test_trivial_searches_never_wake_the_workers() -> None:
    with pp.Engine(workers=1, kernel="python") as engine:
        for _ in range(2_000):
            engine.search(DATA_HASH, 64)
        assert engine.worker_pids == []
        for _ in range(20):
            engine.search(DATA_HASH, 20_000)
        assert len(engine.worker_pids) == 1


def test_a_cancelled_search_in_the_queue_is_skipped(engine: pp.Engine) -> None:
    first, second, third = (engine.submit(DATA_HASH, d) for d in (HARD, HARD, POOLED))
    assert second.cancel()
    assert not third.done()
    assert first.cancel()
    assert third.result(PATIENCE).difficulty == POOLED


def test_searches_from_many_threads_all_end(engine: pp.Engine) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        hashes = [bytes([i]) * 32 for i in range(40)]
        works = list(threads.map(lambda h: engine.search(h, 60_000), hashes))
    assert [work.data_hash for work in works] == hashes
    assert all(pp.check(work.data_hash, work.nonce, 60_000) for work in works)


def test_asearch_finds_and_cancelling_its_task_cancels_the_search(engine: pp.Engine) -> None:
    async def both() -> pp.Work:
        hopeless = asyncio.create_task(engine.asearch(DATA_HASH, HARD))
        await until(lambda: engine.busy_workers)
        hopeless.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hopeless
        return await engine.asearch(DATA_HASH, POOLED)

    assert asyncio.run(both()).difficulty == POOLED


def test_progress_is_called_with_growing_counts_in_the_calling_thread(engine: pp.Engine) -> None:
    class Enough(Exception):
        pass

    seen: list[tuple[Progress, threading.Thread]] = []

    def listen(progress: Progress) -> None:
        seen.append((progress, threading.current_thread()))
        if len(seen) >= 3 and progress.hashes:
            raise Enough

    with pytest.raises(Enough):
        engine.search(DATA_HASH, HARD, progress=listen)
    assert {thread for _, thread in seen} == {threading.current_thread()}
    assert all(a.hashes <= b.hashes and a.seconds < b.seconds for (a, _), (b, _) in pairwise(seen))
    last = seen[-1][0]
    assert last.hashrate > 0
    assert last.difficulty == HARD


def test_an_error_in_the_progress_listener_ends_the_search(engine: pp.Engine) -> None:
    def broken(progress: Progress) -> None:
        raise LookupError("listener")

    with pytest.raises(LookupError, match="listener"):
        engine.search(DATA_HASH, HARD, progress=broken)
    assert engine.submit(DATA_HASH, POOLED).result(PATIENCE).difficulty == POOLED


def test_closing_ends_searches_and_refuses_new_ones() -> None:
    engine = pp.Engine(workers=1)
    future = engine.submit(DATA_HASH, HARD)
    engine.close()
    with pytest.raises(pp.SearchCancelled):
        future.result(PATIENCE)
    with pytest.raises(pp.SearchCancelled, match="closed"):
        engine.submit(DATA_HASH, HARD)
    with pytest.raises(pp.SearchCancelled, match="closed"):
        engine.submit(DATA_HASH, 1)
    with pytest.raises(pp.SearchCancelled, match="closed"):
        engine.search(DATA_HASH, 1)
    engine.close()


def call_back_from(engine: pp.Engine, callback: Callable[[Any], None]) -> concurrent.futures.Future[pp.Work]:
    """Lets the engine's own thread call back; a search that still waits then.

    The search that is called back for waits behind another: it cannot be over before its callback is there.
    """
    blocker = engine.submit(DATA_HASH, HARD)
    engine.submit(DATA_HASH, POOLED).add_done_callback(callback)
    waiting = engine.submit(DATA_HASH, HARD)
    blocker.cancel()
    return waiting


def test_a_callback_can_close_the_engine(caplog: pytest.LogCaptureFixture) -> None:
    engine = pp.Engine(workers=1)
    closed = threading.Event()

    def close(_: object) -> None:
        engine.close()
        closed.set()

    future = call_back_from(engine, close)
    assert closed.wait(PATIENCE)
    with pytest.raises(pp.SearchCancelled):
        future.result(PATIENCE)
    assert not caplog.records


def test_a_callback_that_would_wait_for_itself_is_told(engine: pp.Engine) -> None:
    refused: concurrent.futures.Future[pp.SearchCancelled] = concurrent.futures.Future()

    def search(_: object) -> None:
        try:
            engine.search(DATA_HASH, POOLED)
        except pp.SearchCancelled as error:
            refused.set_result(error)

    waiting = call_back_from(engine, search)
    assert "submit it" in str(refused.result(PATIENCE))
    waiting.cancel()
    assert engine.search(DATA_HASH, POOLED).difficulty == POOLED


class Gate:
    """The writer of a pool's wake pipe, whose first sender is held up until the gate is opened."""

    def __init__(self, writer: Any) -> None:
        self.writer, self.closed = writer, False
        self.entered, self.opened = threading.Event(), threading.Event()

    def send_bytes(self, message: bytes) -> None:
        if not self.entered.is_set():
            self.entered.set()
            self.opened.wait(PATIENCE)
        self.writer.send_bytes(message)

    def close(self) -> None:
        self.closed = True
        self.writer.close()


def test_the_wake_pipe_is_not_closed_under_a_thread_that_writes_to_it() -> None:
    """Its number could be another file's by then."""
    engine = pp.Engine(workers=1)
    engine.submit(DATA_HASH, HARD)
    (pool,) = engine._pools
    gate = pool._wake_writer = Gate(pool._wake_writer)
    submitting = threading.Thread(target=engine.submit, args=(DATA_HASH, HARD))
    submitting.start()
    assert gate.entered.wait(PATIENCE)
    closing = threading.Thread(target=engine.close)
    closing.start()
    closing.join(A_MOMENT)
    assert not gate.closed
    gate.opened.set()
    submitting.join(PATIENCE)
    closing.join(PATIENCE)
    assert gate.closed


def test_generate_shares_one_engine_between_calls() -> None:
    works = [pp.generate(DATA_HASH, 1_000) for _ in range(3)]
    assert all(pp.check(DATA_HASH, work.nonce, 1_000) for work in works)
    assert pp.generate(DATA_HASH, 1_000, workers=1, kernel="python").kernel == "python"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"difficulty": 0}, "difficulty"),
        ({"difficulty": -1}, "difficulty"),
        ({"difficulty": 2**64}, "difficulty"),
        ({"difficulty": 1.5}, "difficulty"),
        ({"difficulty": True}, "difficulty"),
        ({"data_hash": "00" * 31 + "0"}, "data_hash"),
        ({"data_hash": "zz" * 32}, "data_hash"),
        ({"data_hash": bytes(31)}, "data_hash"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": "1"}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"max_hashes": True}, "max_hashes"),
        ({"max_hashes": 0}, "max_hashes"),
        ({"max_hashes": 2.0}, "max_hashes"),
        ({"start_nonce": "00" * 7 + "0"}, "start_nonce"),
    ],
)
def test_bad_arguments_are_named(engine: pp.Engine, arguments: dict[str, object], field: str) -> None:
    with pytest.raises(pp.InvalidInput) as failure:
        engine.search(**{"data_hash": DATA_HASH, "difficulty": 1, **arguments})  # type: ignore[arg-type]
    assert failure.value.field == field
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("workers", [0, -1, 1025, 1.0, True])
def test_bad_numbers_of_workers_are_refused(workers: int) -> None:
    with pytest.raises(pp.InvalidInput, match=r"workers: .* \(1 … 1024\)"):
        pp.Engine(workers=workers)


@pytest.mark.parametrize("nice", [-1, 20, "5"])
def test_bad_nice_values_are_refused(nice: int) -> None:
    with pytest.raises(pp.InvalidInput, match=r"nice: .* \(0 … 19\)"):
        pp.Engine(nice=nice)
