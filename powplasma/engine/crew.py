"""The worker processes of an engine: started, given orders, watched, replaced when they die, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from powplasma.cores import processor_ticks
from powplasma.engine.board import Board
from powplasma.engine.leases import Lease
from powplasma.engine.worker import Order, Post, Report, run

_STOP_SECONDS = 1.0
"""How long a worker that was told to stop may take before it is terminated."""

STUCK_SECONDS = 20.0
"""How long a worker may be watched without judging a nonce, while others may run, before it is replaced.

A native kernel notes its nonces every few milliseconds, plain Python every few tens of them, and a device after each
launch, which takes two seconds at most."""

START_SECONDS = 120.0
"""The same before a worker has said that it is ready, where the system does not tell what processor time it uses."""

_STARTING = threading.RLock()
"""Held while a worker is started, or what that needs is imported; a fork waits for its end."""


class Member:
    """The parent's side of one worker process, and the leases it holds.

    Attributes:
        index: its line on the board.
        post: what it searches with.
        process: the process.
        connection: the parent's end of its pipe.
        leases: what it searches, and then what waits in its pipe: (job number, lease) in order.
        ready: whether it may be given leases; a device only once it has said so.
        answered: whether it has said anything yet.
        failure: why it ends, as far as is known; empty if nothing is.
    """

    def __init__(self, index: int, post: Post, process: Any, connection: Any) -> None:
        self.index = index
        self.post = post
        self.ready = not post.is_device
        self.answered = False
        self.failure = ""
        self.process = process
        self.connection = connection
        self.leases: deque[tuple[int, Lease]] = deque()
        self._since = 0.0
        self._progress: object = None
        self._still = 0.0
        _MEMBERS.add(self)

    def is_stuck(self, board: Board, seconds: float) -> bool:
        """Whether a worker that has something to do has been seen to do nothing for too long.

        It may be stopped, or wait for a driver that hangs. A worker that only gets little of the processor is not
        stuck: it notes what it has judged every few milliseconds of its own time.

        Args:
            board: where it notes that.
            seconds: that it has been watched since the last call.
        """
        if self.answered and not self.leases:
            self._still = 0.0
            return False
        done = 0
        if self.leases:
            number, lease = self.leases[0]
            done = board.hashes(self.index, number, lease.offset)
        # While it starts, or its device compiles a program, only its processor time tells that it does something.
        used = None if self.answered else processor_ticks(self.process.pid)
        progress = (self.answered, self._since, done, used)
        self._still = self._still + seconds if progress == self._progress else 0.0
        self._progress = progress
        limit = STUCK_SECONDS if self.answered or used is not None else START_SECONDS
        if self._still < limit:
            return False
        self.failure = f"it did nothing for {self._still:.0f} s"
        return True

    def give(self, order: Order, lease: Lease) -> None:
        """Sends an order; a worker that has died in the meantime is noticed by its sentinel."""
        if not self.leases:
            self._since = time.perf_counter()
        self.leases.append((order.job, lease))
        with contextlib.suppress(OSError):
            self.connection.send_bytes(order.pack())

    def report(self) -> Report | None:
        """The report that is waiting in the pipe; None if the pipe is closed instead."""
        try:
            report = Report.unpack(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        self.answered = True
        return report

    def done(self) -> tuple[int, Lease, float]:
        """Takes off the lease that was reported: its job's number, itself, and the seconds it took."""
        began, self._since = self._since, time.perf_counter()
        return *self.leases.popleft(), self._since - began


_MEMBERS: weakref.WeakSet[Member] = weakref.WeakSet()
"""Every member that this process still knows."""


class Crew:
    """All worker processes of one engine.

    Args:
        posts: what each of them searches with.
        nice: how much each lowers its priority by, or None.
    """

    def __init__(self, posts: Sequence[Post], nice: int | None) -> None:
        with _STARTING:
            # Imported as late as here, because a search in the caller's thread does without it.
            from powplasma import processes  # noqa: PLC0415

            self._processes = processes
            self._context = processes.spawn_context()
            self.board = Board.shared(self._context, len(posts))
        self._posts = posts
        self._nice = nice
        self.members: list[Member] = []

    def start(self, wanted: Callable[[], bool]) -> None:
        """Starts every process, as long as they are ``wanted``; returns before they are ready for work.

        Not for the main thread: a signal handler that raises there would leave a child that
        was told only half of what it needs.

        Raises:
            OSError: the system refuses a process, or this process may have none.
        """
        if self._context.current_process().daemon:
            raise OSError("this process is a daemon of multiprocess, which may have no processes of its own")
        for index in range(len(self._posts)):
            if wanted():
                self.members.append(self._start(index))

    def wake_pipe(self) -> tuple[Any, Any]:
        """A one-way pipe (reader, writer) that can be waited for together with the workers."""
        with _STARTING:
            reader, writer = self._context.Pipe(duplex=False)
        return reader, writer

    def wait(self, others: list[Any], timeout: float | None) -> list[Any]:
        """Waits for reports, deaths and ``others``; the objects that are ready."""
        from multiprocess.connection import wait  # noqa: PLC0415

        watched = [*others]
        for member in self.members:
            watched += (member.connection, member.process.sentinel)
        return list(wait(watched, timeout))

    def clear_away(self, member: Member) -> int:
        """Makes sure that a process whose pipe is closed has ended; its exit code."""
        self.members.remove(member)
        member.connection.close()
        # A dying process closes its pipe some moments before it can be waited for.
        member.process.join(_STOP_SECONDS)
        if member.process.exitcode is None:
            member.process.kill()
            member.process.join()
        exitcode: int = member.process.exitcode
        member.process.close()
        if not member.answered and not member.failure:
            interpreter = self._processes.executable()
            member.failure = f"{interpreter} ended with exit code {exitcode} before the worker could begin"
        return exitcode

    def dismiss(self, member: Member) -> None:
        """Ends one process at once, and for good."""
        member.process.kill()
        self.clear_away(member)

    def replace(self, member: Member) -> None:
        """Puts a new process in the place of one that was cleared away.

        Raises:
            OSError: the system refuses a process.
        """
        self.members.append(self._start(member.index))

    def stop(self) -> None:
        """Ends every process at once, for they have nothing to lose; returns when none is left."""
        for member in self.members:
            member.process.kill()
        for member in list(self.members):
            self.clear_away(member)

    def _start(self, index: int) -> Member:
        ours, theirs = self._context.Pipe(duplex=True)
        arguments = (theirs, self.board, index, self._posts[index], self._nice)
        try:
            with _STARTING, _sigint_blocked():
                process = self._processes.start_process(run, arguments, f"powplasma-worker-{index}")
                # Within the lock, so that a fork has either nothing of the worker or a member to disown.
                return Member(index, self._posts[index], process, ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Lets a child begin life with SIGINT blocked, until it has set up to ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _disown() -> None:
    """Lets go of the parent's workers in a forked child, whose copies of the pipes would outlive the parent."""
    try:
        for member in list(_MEMBERS):
            member.connection.close()
        _MEMBERS.clear()
    finally:
        _STARTING.release()


if hasattr(os, "register_at_fork"):
    # A child forked while another thread starts a worker would have half of a member, or half of multiprocess.
    os.register_at_fork(before=_STARTING.acquire, after_in_parent=_STARTING.release, after_in_child=_disown)
