"""Searches on a Dask cluster: one thread with an event loop leases nonce ranges to its workers."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import heapq
import itertools
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import uuid4

from powplasma.background import END_SECONDS, DaemonExecutor, end_all, within
from powplasma.cluster import ClusterFailed, TaskKilled, Tasks, connected, own_version
from powplasma.deadline import LONGEST_WAIT
from powplasma.engine.board import NO_JOB
from powplasma.engine.cluster_leases import (
    LEASES_PER_THREAD,
    Member,
    Queue,
    threads_of,
)
from powplasma.engine.cluster_worker import Answer, Errand, search_leases, stop
from powplasma.engine.job import Job
from powplasma.engine.leases import Lease
from powplasma.engine.pool import reject, resolve
from powplasma.engine.search import Request
from powplasma.errors import KernelUnavailable, PowPlasmaError, SearchCancelled, SearchTimeout
from powplasma.work import U64

T = TypeVar("T")

RECONNECT_SECONDS = 30.0
"""How long a scheduler that was lost during a search is waited for."""

_LATE_SECONDS = 20.0
"""After which a lease is given to somebody else too: its worker's host may have vanished without a word."""

_LOOK_SECONDS = 1.0
"""Time between two looks at which workers there are."""

_RETRY_SECONDS = 0.25
_ENDS_KEPT = 4_096
"""Searches whose end is remembered, for as long as a lease of theirs may still come back."""

_MOST_DEATHS = 3
"""Leases in a row that took their workers down, after which the cluster is given up."""


@dataclass(slots=True, eq=False)
class _Open:
    """A task that a worker has.

    Attributes:
        member: the worker.
        parts: searches, and the nonces of each.
        placed: whether it has a place of the worker's; it loses that when all its searches are over.
    """

    member: Member
    parts: list[tuple[Job, Lease]]
    placed: bool = True

    def free(self) -> None:
        """Gives the place to another task."""
        if self.placed:
            self.member.open -= 1
            self.placed = False


class ClusterPool:
    """Searches queued jobs on all workers of a cluster; those who come later take part.

    It has the face of ``Pool``. The connection is made by the first search, and again after the
    scheduler was lost: what was under way then is searched again.

    Args:
        address: of a Dask scheduler.
        kernel_name: the kernel that workers use; None lets each choose its best.
        hashrate: hashes per second that a thread is first taken to make.

    Attributes:
        wasted_seconds: of all threads together, spent on searches that were over; by the workers'
            clocks, so it means something only where these agree.
    """

    def __init__(self, address: str, kernel_name: str | None, hashrate: float) -> None:
        self._address = address
        self._kernel_name = kernel_name
        self._first_hashrate = hashrate
        self._name = uuid4().hex
        self._lock = threading.Lock()
        self._numbers = itertools.count(NO_JOB + 1)
        self._new: deque[Job] = deque()
        self._queue = Queue()
        self._members: dict[str, Member] = {}
        self._deadlines: list[tuple[float, int, Job]] = []
        self._judged: dict[int, int] = {}
        self._deaths = 0
        self._failure: PowPlasmaError | None = None
        self._lost_at: float | None = None
        self._leases: dict[asyncio.Task[None], _Open] = {}
        self._messages: set[asyncio.Task[Any]] = set()
        self._over_at: OrderedDict[int, float] = OrderedDict()
        self.wasted_seconds = 0.0
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(DaemonExecutor())
        self._serving: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._owner = os.getpid()
        atexit.register(self.close)
        self._thread = threading.Thread(target=self._run, name="powplasma-cluster", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the pool has given up and takes no more searches."""
        return self._failure is not None

    @property
    def pids(self) -> list[int]:
        """None here: the workers are the cluster's."""
        return []

    @property
    def workers(self) -> int:
        """Threads of all workers that are known; 0 before the first search."""
        return sum(member.threads for member in list(self._members.values()))

    @property
    def busy(self) -> int:
        """How many threads of workers have a lease."""
        return sum(min(member.open, member.threads) for member in list(self._members.values()))

    @property
    def dispatches_here(self) -> bool:
        """Whether the calling thread is the dispatching one, as in a future's callback."""
        return threading.current_thread() is self._thread

    def submit(self, request: Request) -> Job:
        """Queues a search. Cancelling the job's future gives it up at any time."""
        job = Job(next(self._numbers), request)
        job.future.add_done_callback(lambda future: future.cancelled() and future.set_running_or_notify_cancel())
        job.future.add_done_callback(lambda _: self._notify())
        with self._lock:
            failure = self._failure
            if failure is None:
                self._new.append(job)
        if failure is not None:
            reject(job.future, failure)
        self._notify()
        return job

    def hashes(self, job: Job) -> int:
        """Nonces of a job in the leases that have come back."""
        return self._judged.get(job.number, 0)

    def close(self) -> None:
        """Gives up all searches and lets go of the cluster, whatever it does.

        A task that runs on a worker ends by itself within two seconds.
        """
        if os.getpid() == self._owner:
            self._fail(SearchCancelled("the engine was closed"))
            self._call(self._stop)
            if not self.dispatches_here:
                self._thread.join(END_SECONDS)

    def _notify(self) -> None:
        self._call(self._wake.set)
        self._call(self._news.set)

    def _call(self, function: Callable[[], object]) -> None:
        """Lets the dispatching thread call a function."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)

    def _fail(self, failure: PowPlasmaError) -> None:
        """Gives the pool up, for the first such reason: every queued search ends with it."""
        with self._lock:
            self._failure = self._failure or failure
            jobs = [*self._queue.jobs, *self._new]
            self._new.clear()
        for job in jobs:
            reject(job.future, self._failure)
        self._notify()

    # All below runs in the dispatching thread.

    def _run(self) -> None:
        try:
            self._serving = self._loop.create_task(self._serve())
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._serving)
            if self._loop.run_until_complete(end_all()):
                self._loop.close()
        finally:
            self._fail(SearchCancelled("the dispatching thread ended"))
            atexit.unregister(self.close)

    def _stop(self) -> None:
        if self._serving is not None:
            self._serving.cancel()

    async def _serve(self) -> None:
        """Connects whenever there is something to search, until the pool is given up."""
        expiring = self._loop.create_task(self._expire_in_time())
        try:
            while self._failure is None:
                self._take_new()
                if self._queue.empty:
                    await self._pause(None)
                    continue
                try:
                    async with connected(self._address) as client:
                        try:
                            await self._dispatch(client, Tasks(client, self._address))
                        finally:
                            await self._let_go()
                except ClusterFailed as failure:
                    await self._when_lost(failure)
                except PowPlasmaError as failure:
                    self._fail(failure)
        finally:
            expiring.cancel()

    async def _expire_in_time(self) -> None:
        """Gives up searches whose time is over, whatever the cluster does meanwhile."""
        while True:
            seconds = LONGEST_WAIT
            if self._deadlines:
                seconds = min(seconds, max(0.0, self._deadlines[0][0] - time.perf_counter()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)
            self._news.clear()
            self._take_new()
            self._expire()

    async def _when_lost(self, failure: ClusterFailed) -> None:
        """Waits before the next attempt to connect, or gives up: at once if there never was a connection."""
        now = time.perf_counter()
        if self._lost_at is None or now - self._lost_at > RECONNECT_SECONDS or self._deaths > _MOST_DEATHS:
            self._fail(failure)
            return
        await self._pause(_RETRY_SECONDS)

    async def _dispatch(self, client: Any, tasks: Tasks) -> None:
        """Keeps every worker busy as long as the connection lasts.

        Raises:
            ClusterFailed: it was lost.
            KernelUnavailable: a worker has not the kernel, or reported a wrong nonce.
        """
        looked = 0.0
        look: asyncio.Task[dict[str, int]] | None = None
        while self._failure is None:
            self._take_new()
            self._stop_finished(client)
            self._lost_at = time.perf_counter()
            if client.status != "running":
                raise ClusterFailed(self._address, "the connection to the scheduler was lost")
            if look is None and not self._queue.empty and time.perf_counter() - looked > _LOOK_SECONDS:
                look = self._in_background(tasks.threads())
            if look is not None and look.done():
                self._learn_members(look.result())
                look, looked = None, time.perf_counter()
            self._give_leases(tasks)
            await self._pause(None if self._queue.empty else _LOOK_SECONDS)
            for lease in [lease for lease in self._leases if lease.done()]:
                del self._leases[lease]
                lease.result()

    async def _let_go(self) -> None:
        """Takes back every lease: who searches the job next searches them again."""
        await asyncio.sleep(0)  # a task that is cancelled before it has begun would keep its leases
        for task in (*self._leases, *self._messages):
            task.cancel()
        await asyncio.gather(*self._leases, *self._messages, return_exceptions=True)
        self._leases.clear()
        self._members.clear()

    async def _pause(self, seconds: float | None) -> None:
        """Until something has happened, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    def _take_new(self) -> None:
        with self._lock:
            while self._new:
                job = self._new.popleft()
                self._queue.add(job)
                self._judged[job.number] = 0
                if job.request.timeout is not None:
                    heapq.heappush(self._deadlines, (job.request.deadline, job.number, job))

    def _learn_members(self, threads: dict[str, int]) -> None:
        for address in self._members.keys() - threads.keys():
            del self._members[address]
        rates = [member.hashrate for member in self._members.values()]
        for address, count in threads.items():
            if address not in self._members:
                first = sum(rates) / len(rates) if rates else self._first_hashrate
                self._members[address] = Member(address, count, first)
            self._members[address].threads = count

    def _give_leases(self, tasks: Tasks) -> None:
        threads = threads_of(self._members)
        # First one for every thread, then another, which waits in the worker until the first is done.
        for held in range(1, LEASES_PER_THREAD + 1):
            for member in self._members.values():
                while member.open < member.threads * held:
                    most_seconds = 2 * self._queue.task_seconds(member, threads)
                    parts = self._queue.give(member, threads)
                    if not parts:
                        break
                    self._start(tasks, _Open(member, parts), most_seconds)

    def _start(self, tasks: Tasks, held: _Open, most_seconds: float) -> None:
        held.member.open += 1
        task = self._loop.create_task(self._search(tasks, held, most_seconds))
        task.add_done_callback(lambda _: self._wake.set())
        self._leases[task] = held

    async def _search(self, tasks: Tasks, held: _Open, most_seconds: float) -> None:
        """One task, from the order to what its answers mean."""
        orders = tuple((job.order(lease).pack(), not job.ordered) for job, lease in held.parts)
        errand = Errand(own_version(), self._kernel_name, self._name, orders, most_seconds)
        answers: list[Answer] = []
        try:
            async with asyncio.timeout(_LATE_SECONDS):
                answers = await tasks.result(search_leases, errand, worker=held.member.address)
        except TimeoutError:
            pass
        except TaskKilled:
            self._deaths += 1
            if self._deaths > _MOST_DEATHS:
                raise
        finally:
            held.free()
            for (job, lease), answer in itertools.zip_longest(held.parts, answers):
                self._queue.settle(job, lease)
                job.settle(lease, answer.hashes if answer else 0, answer.kernel if answer and answer.found else "")
        for (job, _), answer in zip(held.parts, answers, strict=False):
            self._take_in(held.member, job, answer)

    def _take_in(self, member: Member, job: Job, answer: Answer) -> None:
        seconds = answer.ended - answer.began
        self._deaths = 0
        if job.future.done():
            self.wasted_seconds += max(0.0, answer.ended - max(answer.began, self._over_at.get(job.number, 0.0)))
            return
        member.learn(answer.hashes, seconds)
        self._judged[job.number] += answer.hashes
        if job.found is not None and job.decided:
            self._over_at[job.number] = answer.ended
            if len(self._over_at) > _ENDS_KEPT:
                self._over_at.popitem(last=False)
            self._conclude(member, job, job.found)
        elif job.leases.finished:
            self._give_up(job, "max_hashes")

    def _conclude(self, member: Member, job: Job, offset: int) -> None:
        # In an ordered search every nonce before the good one was judged, and those alone count.
        hashes = offset + 1 if job.ordered else self._judged[job.number]
        counter = (job.start + offset) % U64
        try:
            work = job.request.confirm(counter, hashes, job.began, job.finder, self.workers)
        except KernelUnavailable as wrong:
            raise KernelUnavailable(job.finder, f"worker {member.address}: {wrong.why}") from None
        resolve(job.future, work)

    def _stop_finished(self, client: Any) -> None:
        """Tells the workers which searches are over; what does not hear it ends with its lease."""
        for number in [number for number, job in self._queue.active.items() if job.future.done()]:
            self._queue.drop(number)
            self._judged.pop(number, None)
            held = [task for task in self._leases.values() if any(job.number == number for job, _ in task.parts)]
            for task in held:
                if all(job.future.done() for job, _ in task.parts):
                    task.free()
            if held:
                where = {task.member.address for task in held}
                self._tell(client.run(stop, self._name, number, workers=list(where), on_error="ignore"))

    def _tell(self, message: Coroutine[Any, Any, object]) -> None:
        async def told() -> None:
            with contextlib.suppress(Exception):  # nothing depends on it
                await within(_LATE_SECONDS, message)

        self._in_background(told())

    def _in_background(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Lets a call run beside the dispatching, which is woken when it is done; ``_let_go`` ends it."""
        task = self._loop.create_task(call)
        task.add_done_callback(lambda _: self._wake.set())
        task.add_done_callback(self._messages.discard)
        self._messages.add(task)
        return task

    def _expire(self) -> None:
        while self._deadlines and (self._deadlines[0][0] <= time.perf_counter() or self._deadlines[0][2].future.done()):
            job = heapq.heappop(self._deadlines)[2]
            if not job.future.done():
                self._give_up(job, "timeout")

    def _give_up(self, job: Job, limit: Literal["timeout", "max_hashes"]) -> None:
        covered = job.leases.covered(lambda _: 0)
        ranges = tuple(((job.start + offset) % U64, count) for offset, count in covered)
        hashes = sum(count for _, count in covered)
        reject(job.future, SearchTimeout(limit, hashes, job.request.seconds, ranges))
