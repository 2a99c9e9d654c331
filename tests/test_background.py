"""Loops and calls in threads: an interruption ends them in time, and what hangs holds nobody up."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import threading

import pytest

from powplasma import background
from powplasma.background import END_SECONDS, DaemonExecutor, LoopThread
from tests.waiting import PATIENCE, wait_until


def test_results_errors_and_the_calls_own_timeout_are_the_callers() -> None:
    async def fails(error: BaseException) -> None:
        raise error

    loop = LoopThread("test")
    assert loop.run(asyncio.sleep(0, 5)) == 5
    for error in (ValueError("x"), TimeoutError("own")):
        with pytest.raises(type(error)) as raised:
            loop.run(fails(error))
        assert raised.value is error
    loop.close()
    loop.close()
    assert loop.closed
    with pytest.raises(RuntimeError, match="closed"):
        loop.run(asyncio.sleep(0))


def test_closing_ends_what_others_wait_for() -> None:
    loop, begun, outcomes = LoopThread("test"), threading.Event(), []

    async def waits() -> None:
        begun.set()
        await asyncio.Event().wait()

    def call() -> None:
        try:
            loop.run(waits())
        except BaseException as error:  # noqa: BLE001 - a cancellation
            outcomes.append(type(error))

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(PATIENCE)
    loop.close()
    thread.join(PATIENCE)
    assert [kind.__name__ for kind in outcomes] == ["CancelledError"]


def test_closing_runs_a_last_call_and_ends_one_that_does_not_end() -> None:
    done: list[str] = []

    async def last(*, ends: bool, error: Exception | None = None) -> None:
        done.append("begun")
        if not ends:
            await asyncio.Event().wait()
        if error is not None:
            raise error
        done.append("ended")

    LoopThread("test").close(last(ends=True))
    assert done == ["begun", "ended"]
    LoopThread("test").close(last(ends=False))
    assert done[2:] == ["begun"]
    loop = LoopThread("test")
    with pytest.raises(ValueError, match="own"):
        loop.close(last(ends=True, error=ValueError("own")))
    assert done[3:] == ["begun"]
    loop.close(last(ends=True))  # it is closed already
    assert done[4:] == []


def test_closing_does_not_wait_for_a_loop_that_is_busy() -> None:
    """The test ends, whatever the call in the loop does."""
    loop, busy, over = LoopThread("test"), threading.Event(), threading.Event()

    async def keeps_busy() -> None:
        busy.set()
        over.wait()

    caller = threading.Thread(target=lambda: loop.run(keeps_busy()))
    caller.start()
    assert busy.wait(PATIENCE)
    loop.close(asyncio.sleep(0))
    assert not over.is_set()
    over.set()
    caller.join(PATIENCE)


@pytest.mark.parametrize("handed_over", [True, False])
def test_a_call_that_is_interrupted_before_it_has_begun_is_closed(
    handed_over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing warns of a coroutine that was never awaited."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    loop, gate, call = LoopThread("test"), threading.Event(), asyncio.sleep(0)
    loop._loop.call_soon_threadsafe(gate.wait)  # what comes next comes in one turn of the loop
    with monkeypatch.context() as patch:
        if handed_over:
            patch.setattr(background, "_outcome", interrupted)
        else:
            ways = iter([interrupted, loop._loop.call_soon_threadsafe])

            def hand_over(*given: object) -> object:
                return next(ways)(*given)

            patch.setattr(loop._loop, "call_soon_threadsafe", hand_over)
        threading.Timer(0.1, gate.set).start()
        with pytest.raises(KeyboardInterrupt):
            loop.run(call)
    wait_until(lambda: inspect.getcoroutinestate(call) == inspect.CORO_CLOSED)
    loop.close()


INTERRUPTED = """
import asyncio, signal, sys, time
from powplasma.background import LoopThread
from powplasma.errors import PowPlasmaError

class Told(PowPlasmaError): pass

class Ended(BaseException): pass

def end(*_): raise Ended

signal.signal(signal.SIGTERM, end)

async def orderly():
    print("engaged", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        raise Told("what had happened")

async def stubborn():
    print("engaged", flush=True)
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def blocked():
    print("engaged", flush=True)
    time.sleep(3600)

async def in_a_thread():
    print("engaged", flush=True)
    await asyncio.to_thread(time.sleep, 3600)

loop = LoopThread("test")
try:
    loop.run(globals()[sys.argv[1]]())
except Ended as interruption:
    print(type(interruption.__cause__).__name__)
    loop.close()
    print("ended", flush=True)
"""


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("orderly", "Told"), ("stubborn", "NoneType"), ("blocked", "NoneType"), ("in_a_thread", "NoneType")],
)
def test_an_interruption_ends_the_program_whatever_the_call_does(kind: str, cause: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, kind], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "engaged\n"
            process.terminate()
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, f"{cause}\nended\n", "")


def test_the_budget_of_an_end() -> None:
    """A program that is told to end does so in two seconds; the engine and the interpreter need some of them."""
    assert END_SECONDS + 0.4 < 2


def test_an_executor_whose_calls_hang_holds_nothing_up() -> None:
    release = threading.Event()
    with DaemonExecutor() as executor:
        assert executor.submit(lambda: 5).result(PATIENCE) == 5
        with pytest.raises(ZeroDivisionError):
            executor.submit(lambda: 1 // 0).result(PATIENCE)
        hanging = executor.submit(release.wait, PATIENCE)
    assert not hanging.done()
    release.set()
    assert hanging.result(PATIENCE)
