"""Loops and calls in threads: an interruption ends them in time, and what hangs holds nobody up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from powplasma.background import END_SECONDS, DaemonExecutor, LoopThread
from tests.waiting import PATIENCE


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
