"""The dispatcher: one thread that leases nonce ranges of queued searches to the crew."""

from __future__ import annotations

import atexit
import contextlib
import heapq
import itertools
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import Literal

from powplasma.deadline import LONGEST_WAIT
from powplasma.engine.board import NO_JOB
from powplasma.engine.crew import Crew, Member
from powplasma.engine.job import Job
from powplasma.engine.leases import Lease
from powplasma.engine.search import Request
from powplasma.engine.worker import EXIT_NO_KERNEL, Post, Report
from powplasma.errors import KernelUnavailable, PowPlasmaError, SearchCancelled, SearchTimeout, WorkerLost
from powplasma.work import U64, Work

_DEATHS_PER_WORKER = 3
"""Deaths in a row, per worker and without a single finished lease, after which the pool gives up."""

_LEASES_HELD = 2
"""One that a worker searches and one in its pipe, so that it never waits for the dispatcher."""

_NEW_RATE_WEIGHT = 0.3
"""Weight of the newest lease in the running hashrate of a worker."""

_LOOK_SECONDS = 1.0
"""Time between two looks at whether workers are stuck. Of a longer pause only so much counts: all may have slept."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A device that searches no more, while others go on.

    Attributes:
        device: its name.
        why: the reason, in words.
    """

    device: str
    why: str


class Pool:
    """Searches queued jobs one after the other, each with the whole crew.

    The dispatching thread starts the crew's processes at once; they and it end with ``close``.

    Args:
        posts: what each worker process searches with.
        nice: how much they lower their priority by, or None.
        hashrate: hashes per second that one worker is first taken to make; a device says it itself.
        dropped: where devices are entered that had to be dropped.
    """

    def __init__(self, posts: Sequence[Post], nice: int | None, hashrate: float, dropped: list[Dropped]) -> None:
        self._workers = len(posts)
        self._rates = [hashrate] * len(posts)
        self._dropped = dropped
        self._lock = threading.Lock()
        self._numbers = itertools.count(NO_JOB + 1)
        self._queue: deque[Job] = deque()
        self._deadlines: list[tuple[float, int, Job]] = []
        self._deaths = 0
        self._deaths_of: Counter[int] = Counter()
        self._failure: PowPlasmaError | None = None
        self._crew = Crew(posts, nice)
        self._looked = time.monotonic()
        self._wake_reader, self._wake_writer = self._crew.wake_pipe()
        # Reentrant, because a signal handler may cancel a search while its own thread wakes the pool.
        self._wake_lock = threading.RLock()
        self._started = threading.Event()
        self._owner = os.getpid()
        # At exit this comes before multiprocess ends the children itself, to see them replaced.
        atexit.register(self.close)
        self._thread = threading.Thread(target=self._run, name="powplasma-dispatcher", daemon=True)
        self._thread.start()

    @property
    def workers(self) -> int:
        """Number of worker processes."""
        return self._workers

    @property
    def failed(self) -> bool:
        """Whether the pool has given up and takes no more searches."""
        return self._failure is not None

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers, once they are started."""
        self._started.wait()
        return [member.process.pid for member in self._crew.members]

    @property
    def dispatches_here(self) -> bool:
        """Whether the calling thread is the dispatching one, as in a future's callback."""
        return threading.current_thread() is self._thread

    @property
    def busy(self) -> int:
        """How many workers are searching."""
        return sum(bool(member.leases) for member in self._crew.members)

    def submit(self, request: Request) -> Job:
        """Queues a search. Cancelling the job's future gives it up at any time."""
        job = Job(next(self._numbers), request)
        job.future.add_done_callback(self._when_done)
        with self._lock:
            failure = self._failure
            if failure is None:
                self._queue.append(job)
                if request.timeout is not None:
                    heapq.heappush(self._deadlines, (request.deadline, job.number, job))
        if failure is not None:
            reject(job.future, failure)
        self._wake()
        return job

    def hashes(self, job: Job) -> int:
        """Nonces of a job that were judged so far."""
        with self._lock:
            return sum(count for _, count in self._covered(job))

    def close(self) -> None:
        """Gives up all searches and ends all processes; returns when they have ended.

        Called by a callback of a future, which runs in the dispatching thread, it returns before.
        Does nothing in a forked child: the workers are its parent's.
        """
        if os.getpid() == self._owner:
            self._fail(SearchCancelled("the engine was closed"))
            if not self.dispatches_here:
                self._thread.join()

    # All below runs in the dispatching thread, but for _fail, _when_done and _wake.

    def _run(self) -> None:
        try:
            try:
                self._crew.start(lambda: self._failure is None)
            except OSError as error:
                self._fail(WorkerLost(0, None, str(error)))
            self._started.set()
            while self._failure is None:
                self._step()
        finally:
            self._fail(SearchCancelled("the dispatching thread ended"))
            self._started.set()
            self._crew.stop()
            atexit.unregister(self.close)
            # First the reader: whoever waits for room in the pipe while holding the lock then gives up.
            self._wake_reader.close()
            with self._wake_lock:
                self._wake_writer.close()

    def _step(self) -> None:
        with self._lock:
            self._give_leases()
            timeout = self._until_next_deadline()
            watched = bool(self._queue)
        ready = self._crew.wait([self._wake_reader], min(timeout, _LOOK_SECONDS) if watched else timeout)
        if self._wake_reader in ready:
            while self._wake_reader.poll():
                self._wake_reader.recv_bytes()
        for member in list(self._crew.members):
            if member.connection in ready or member.process.sentinel in ready:
                report = member.report()
                if report is None:
                    self._bury(member)
                else:
                    self._take_in(member, report)
        self._expire()
        self._replace_stuck(watched)

    def _replace_stuck(self, watched: bool) -> None:
        """Replaces workers that were watched and did nothing for too long."""
        now = time.monotonic()
        seconds = min(now - self._looked, _LOOK_SECONDS)
        if seconds < _LOOK_SECONDS / 2 and watched:
            return
        self._looked = now
        if watched:
            for member in list(self._crew.members):
                if member.is_stuck(self._crew.board, seconds):
                    member.process.kill()
                    self._bury(member)

    def _give_leases(self) -> None:
        while self._queue and self._queue[0].future.done():
            self._queue.popleft()
        job = self._queue[0] if self._queue else None
        self._crew.board.job = NO_JOB if job is None else job.number
        if job is None:
            return
        # First one for every member, then another, which waits in the pipe until the first is done.
        ready = [member for member in self._crew.members if member.ready]
        together = sum(self._rates[member.index] for member in ready)
        for held in range(_LEASES_HELD):
            for member in ready:
                if len(member.leases) == held:
                    rate = self._rates[member.index]
                    lease = job.next_lease(rate, rate / together)
                    if lease is not None:
                        member.give(job.order(lease), lease)

    def _take_in(self, member: Member, report: Report) -> None:
        if report.failure:
            member.failure = report.failure
        elif report.ready:
            member.ready = True
            if member.post.is_device:
                self._rates[member.index] = float(report.hashes)
        else:
            self._take_in_lease(member, report)

    def _take_in_lease(self, member: Member, report: Report) -> None:
        with self._lock:
            number, lease, seconds = member.done()
            job = self._queue[0] if self._queue else None
            if job is None or job.number != number or job.future.done():
                return
            wrong = member.post.is_device and report.found and not job.is_good(lease, report.hashes)
            if wrong:
                job.settle(lease, 0, "")
            else:
                self._deaths = self._deaths_of[member.index] = 0
                if report.hashes == lease.count:
                    rate = self._rates[member.index]
                    self._rates[member.index] += _NEW_RATE_WEIGHT * (lease.count / seconds - rate)
                job.settle(lease, report.hashes, member.post.kernel if report.found else "")
                if member.post.is_device:
                    job.note_device(member.index, lease, report.hashes)
        if wrong:
            self._distrust(member, "it reported a nonce that is not good")
        elif job.found is not None and job.decided:
            self._conclude(job, job.found)
        elif job.leases.finished:
            self._give_up(job, "max_hashes")

    def _conclude(self, job: Job, offset: int) -> None:
        # In an ordered search every nonce before the good one was judged, and those alone count.
        hashes = offset + 1 if job.ordered else self.hashes(job)
        try:
            counter = (job.start + offset) % U64
            work = job.request.confirm(counter, hashes, job.began, job.finder, self._workers)
        except KernelUnavailable as wrong:
            self._fail(wrong)
        else:
            resolve(job.future, work)

    def _until_next_deadline(self) -> float:
        while self._deadlines and self._deadlines[0][2].future.done():
            heapq.heappop(self._deadlines)
        left = self._deadlines[0][0] - time.perf_counter() if self._deadlines else LONGEST_WAIT
        return min(max(0.0, left), LONGEST_WAIT)

    def _expire(self) -> None:
        now = time.perf_counter()
        while True:
            with self._lock:
                if not self._deadlines or self._deadlines[0][0] > now:
                    return
                job = heapq.heappop(self._deadlines)[2]
            if not job.future.done():
                self._give_up(job, "timeout")

    def _give_up(self, job: Job, limit: Literal["timeout", "max_hashes"]) -> None:
        with self._lock:
            covered = self._covered(job)
        ranges = tuple(((job.start + offset) % U64, count) for offset, count in covered)
        hashes = sum(count for _, count in covered)
        reject(job.future, SearchTimeout(limit, hashes, job.request.seconds, ranges))

    def _covered(self, job: Job) -> list[tuple[int, int]]:
        holders = {
            lease.offset: member.index
            for member in self._crew.members
            for number, lease in member.leases
            if number == job.number
        }
        board = self._crew.board

        def judged(lease: Lease) -> int:
            index = holders.get(lease.offset)
            return 0 if index is None else board.hashes(index, job.number, lease.offset)

        return job.leases.covered(judged)

    def _distrust(self, member: Member, why: str) -> None:
        """Drops a device that gave a wrong answer; all that it has judged of this search is judged again."""
        self._take_back_leases(member)
        with self._lock:
            if self._queue:
                self._queue[0].distrust(member.index)
        self._crew.dismiss(member)
        self._drop(member, why)

    def _drop(self, member: Member, why: str) -> None:
        """A member that is gone is not replaced; without any other, the pool gives up."""
        if member.post.is_device:
            self._dropped.append(Dropped(member.post.kernel, why))
        if not (member.post.is_device and self._crew.members):
            self._fail(KernelUnavailable(member.post.kernel, why))

    def _take_back_leases(self, member: Member) -> None:
        with self._lock:
            for number, lease in member.leases:
                if self._queue and self._queue[0].number == number:
                    self._queue[0].leases.settle(lease, 0)
            member.leases.clear()

    def _bury(self, member: Member) -> None:
        """Replaces a dead worker; its leases go back and are searched again."""
        self._take_back_leases(member)
        self._deaths += 1
        self._deaths_of[member.index] += 1
        exitcode = self._crew.clear_away(member)
        if exitcode == EXIT_NO_KERNEL:
            self._drop(member, member.failure or "a worker process could not use it")
            return
        deaths = self._deaths_of[member.index]
        others = bool(self._crew.members)
        if member.post.is_device and deaths > _DEATHS_PER_WORKER and (others or member.failure):
            self._drop(
                member, member.failure or f"its worker died {deaths} times in a row (last exit code: {exitcode})"
            )
            return
        if self._deaths > _DEATHS_PER_WORKER * self._workers:
            self._fail(WorkerLost(self._deaths, exitcode, member.failure))
            return
        try:
            self._crew.replace(member)
        except OSError as error:
            self._fail(WorkerLost(self._deaths, exitcode, str(error)))

    def _when_done(self, future: Future[Work]) -> None:
        if future.cancelled():
            # Only now do concurrent.futures.wait and as_completed see that it is over.
            future.set_running_or_notify_cancel()
            self._wake()

    def _wake(self) -> None:
        # The lock keeps the writer open meanwhile; its number may be another file's once it is closed.
        with self._wake_lock, contextlib.suppress(OSError):
            self._wake_writer.send_bytes(b"\0")

    def _fail(self, failure: PowPlasmaError) -> None:
        """Gives the pool up, for the first such reason: every queued search ends with it."""
        with self._lock:
            self._failure = self._failure or failure
            jobs, self._queue, self._deadlines = list(self._queue), deque(), []
            self._crew.board.job = NO_JOB
        for job in jobs:
            reject(job.future, self._failure)
        self._wake()


def resolve(future: Future[Work], work: Work) -> None:
    """Sets the result of a future, unless it has been cancelled."""
    # The future may be cancelled from another thread at any moment; it then stays cancelled.
    with contextlib.suppress(InvalidStateError):
        future.set_result(work)


def reject(future: Future[Work], failure: PowPlasmaError) -> None:
    """The same with an error."""
    with contextlib.suppress(InvalidStateError):
        future.set_exception(failure)
