"""Event loops and blocking calls in threads whose end nobody has to wait for.

A deadline does not reach a call that blocks inside the system, such as the resolution of a name. Such a call runs in
a daemon thread: when its time is over it is left behind, and the end of the program does not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from powplasma.deadline import Deadline
from powplasma.errors import PowPlasmaError

T = TypeVar("T")

END_SECONDS = 1.3
"""How long what was cancelled may still take to end in order. A program that is told to end does so in two seconds."""

_STUCK_SECONDS = 0.2
"""The same for what did not end in that time."""

_SIGNAL_SECONDS = 0.2
"""How long a signal may go unnoticed."""


class DaemonExecutor(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own, and never waits for one.

    As the default executor of an event loop it resolves names, so that neither the loop nor the interpreter has to
    wait for a name server that does not answer.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)

    def submit(self, call: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        """Starts a call in a thread."""
        outcome: Future[T] = Future()

        def run() -> None:
            if outcome.set_running_or_notify_cancel():
                try:
                    outcome.set_result(call(*arguments, **named))
                except BaseException as error:  # noqa: BLE001 - all of it is the caller's
                    outcome.set_exception(error)

        threading.Thread(target=run, name="powplasma-call", daemon=True).start()
        return outcome

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Does nothing: what still runs ends with the program."""


class LoopThread:
    """An event loop in a daemon thread, for callers without asyncio. Several threads may use it.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(DaemonExecutor())
        self._stuck = False
        self._closed = False
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether ``close`` has been called."""
        return self._closed

    @property
    def is_here(self) -> bool:
        """Whether the calling thread is the loop's."""
        return threading.current_thread() is self._thread

    def begin(self, call: Coroutine[Any, Any, T]) -> Future[T]:
        """Begins a coroutine in the loop and returns at once; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(call, self._loop)

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine in the loop.

        An interruption of the caller, as by Ctrl-C, cancels the coroutine and waits for its end, but no longer than
        ``END_SECONDS``. If it ends with an error of powplasma, which says what had already happened, that is the
        interruption's ``__cause__``.
        """
        if self._closed:
            call.close()
            raise RuntimeError("the event loop is closed")
        running = _Call(call, self._loop)
        try:
            self._loop.call_soon_threadsafe(running.start)
            return _outcome(running.ended)
        except BaseException as interruption:
            if running.ended.done():
                raise
            self._loop.call_soon_threadsafe(running.cancel)
            try:
                error = running.ended.exception(END_SECONDS)
            except TimeoutError:
                self._stuck = True
                error = None
            if isinstance(error, PowPlasmaError):
                raise interruption from error
            raise

    def close(self, last: Coroutine[Any, Any, None] | None = None) -> None:
        """Cancels what still runs and ends the thread. What does not end in time is left behind.

        Args:
            last: to be run before that, in the same time. What it raises is the caller's.
        """
        if self._closed:
            if last is not None:
                last.close()
            return
        self._closed = True
        seconds = _STUCK_SECONDS if self._stuck else END_SECONDS
        deadline = Deadline(seconds + _STUCK_SECONDS)
        ending = asyncio.run_coroutine_threadsafe(_end(seconds, last), self._loop)
        ended = True
        try:
            ended = ending.result(deadline.left)
        except TimeoutError:
            ended = False
        finally:
            if ended:  # what cannot be ended goes on in its thread
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(max(deadline.left, _STUCK_SECONDS))
            if not self._thread.is_alive():
                self._loop.close()


class _Call(Generic[T]):
    """A coroutine that a thread hands over to an event loop, where all methods run.

    Attributes:
        ended: its outcome, for the thread.
    """

    def __init__(self, call: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self.ended: Future[T] = Future()
        self._call = call
        self._loop = loop
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        """Starts it."""
        self._task = self._loop.create_task(self._call)
        self._task.add_done_callback(self._settle)

    def cancel(self) -> None:
        """Cancels it, also if the interruption came before it was handed over."""
        if self._task is not None:
            self._task.cancel()
        else:
            self._call.close()
            self.ended.set_exception(asyncio.CancelledError())

    def _settle(self, task: asyncio.Task[T]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self.ended.set_result(task.result())
        else:
            self.ended.set_exception(error)


def _outcome(ended: Future[T]) -> T:
    """Waits in slices: in CPython a signal that comes just before a lock is waited for does not end that wait."""
    while True:
        with contextlib.suppress(TimeoutError):
            return ended.result(_SIGNAL_SECONDS)
        if ended.done():  # it is the call's own TimeoutError
            return ended.result()


async def within(seconds: float, call: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that is given so many seconds, whether or not it then ends when it is cancelled.

    Raises:
        TimeoutError: the time is over.
    """
    task = asyncio.ensure_future(call)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            return task.result()
        task.cancel()
        await asyncio.wait({task}, timeout=_STUCK_SECONDS)
        raise TimeoutError
    finally:
        task.cancel()
        task.add_done_callback(_heard)


async def _end(seconds: float, last: Coroutine[Any, Any, None] | None) -> bool:
    """Runs ``last``, then ends every task of the loop, both in this time; whether all ended in time."""
    deadline = Deadline(seconds)
    try:
        if last is not None:
            with contextlib.suppress(TimeoutError):
                await within(seconds, last)
    finally:
        ended = await end_all(max(deadline.left, _STUCK_SECONDS))
    return ended


async def end_all(seconds: float = END_SECONDS) -> bool:
    """Ends every other task of the loop, as ``asyncio.run`` does before it returns; whether all ended in time."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        _, others = await asyncio.wait(others, timeout=seconds)
    for task in others:
        task.add_done_callback(_heard)
    if not others:
        await asyncio.get_running_loop().shutdown_asyncgens()
    return not others


def _heard(task: asyncio.Task[Any]) -> None:
    """Takes note of how a task ended that nobody asks any more."""
    if not task.cancelled():
        task.exception()
