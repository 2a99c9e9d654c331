"""The queue: searches in slices, in fair turns, each for all who wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from powplasma.engine import Engine
from powplasma.errors import PowPlasmaError, SearchTimeout
from powplasma.serve.expectation import Expectation
from powplasma.serve.faults import Fault, Kind, cancelled
from powplasma.serve.jobs import Job, Waiter
from powplasma.serve.shares import Shares
from powplasma.serve.watching import LOG
from powplasma.work import Work

SLICE_SECONDS = 0.25
"""How long one job is searched before the next one has its turn. No hash is lost: each nonce is a new draw."""

LONE_SECONDS = 10.0
"""The same while no other job waits; one that comes then cuts the slice off."""

FAR_SLICE_SECONDS = 10.0
"""The same on a cluster, which searches many jobs at a time and takes a while to be told of one."""

LEAST_CHANCE = 0.5
"""A deadline is accepted if it is met more likely than not."""


LONGEST_RETRY = 3600
"""Seconds after which it is worth to ask again in any case."""


class Scheduler:
    """Searches what it is asked for until it is closed.

    Args:
        engine: what searches.
        expectation: how fast it is.
        most: places in the queue. A client may have as many as are still free, so one alone has at most half of
            them, and there is always room for another client.
        found: called with every work that was found.
        spent: called with a client's name and hashes that were spent for it.
    """

    def __init__(
        self,
        engine: Engine,
        expectation: Expectation,
        most: int,
        found: Callable[[Work], None],
        spent: Callable[[str, int], None],
    ) -> None:
        self.expectation = expectation
        self.most = most
        self.draining = False
        self._engine = engine
        self._found = found
        self._spent = spent
        self._jobs: dict[bytes, Job] = {}
        self._places: Counter[str] = Counter()
        self._shares = Shares()
        self._slice_seconds = SLICE_SECONDS if engine.queue_depth == 1 else FAR_SLICE_SECONDS
        self._lone: dict[Job, float] = {}
        self._slices: set[asyncio.Task[None]] = set()
        self._all_done = asyncio.Event()
        self._all_done.set()

    @property
    def depth(self) -> int:
        """Searches that wait or are under way."""
        return len(self._jobs)

    @property
    def waiters(self) -> int:
        """How many wait for them."""
        return self._places.total()

    def wait_seconds(self, client: str, difficulty: int) -> float:
        """How long a new search of a client is expected to wait for others, all its turns together."""
        return self.expectation.seconds(self._shares.work_ahead(client, difficulty))

    def owed(self, client: str) -> int:
        """Hashes that the searches of a client are expected to take."""
        return self._shares.of(client).owed

    async def outcome(self, waiter: Waiter, timeout: float | None) -> Work:
        """The work that a waiter is given; cancelling this gives the place up.

        Raises:
            Fault: no nonce in time, cancelled, or nothing to search with.
        """
        try:
            async with asyncio.timeout(timeout):
                return await waiter.outcome
        except TimeoutError:
            seconds = time.perf_counter() - waiter.since
            why = f"no nonce found in {seconds:.3f} s"
            raise Fault(Kind.TIMEOUT, why, hashes=self.hashes_of(waiter.job), seconds=seconds) from None
        finally:
            self.leave(waiter)

    def join(
        self,
        data_hash: bytes,
        need: int,
        client: str,
        *,
        priority: int,
        timeout: float | None,
        forced: bool = False,
    ) -> Waiter:
        """Takes a place in the queue; the search ends when its last waiter has left.

        Args:
            data_hash: 32 bytes.
            need: difficulty that the nonce has to reach.
            client: whose share it is searched with.
            priority: among the client's own.
            timeout: seconds in which it has to end, or None.
            forced: whether it is to be taken even if the queue is full, or the time too short.

        Raises:
            Fault: overloaded.
        """
        job = self._jobs.get(data_hash)
        if not forced:
            self._admit(client, need, timeout)
        joined = job is not None
        if job is None:
            job = self._jobs[data_hash] = Job(data_hash)
        # Due at its arrival plus what it takes: a short one overtakes a long one, and none waits for ever.
        key = self._shares.key(priority, time.monotonic() + self.expectation.seconds(need))
        waiter = Waiter(job, client, need, key, asyncio.get_running_loop().create_future(), joined)
        job.waiters[waiter] = None
        job.clients[client] += 1
        self._places[client] += 1
        self._shares.of(client).owe(need)
        if job.running is None:
            self._shares.push(client, key, job)
        elif need < job.goal:
            job.running.cancel()  # it goes on with what this one needs
        self._all_done.clear()
        self._fill()
        self._cut_lone()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Gives a place up, or takes notice that it is over."""
        job = waiter.job
        if waiter not in job.waiters:
            return
        del job.waiters[waiter]
        waiter.outcome.cancel()
        share = self._shares.of(waiter.client)
        share.owe(-waiter.need)
        self._places[waiter.client] -= 1
        if not self._places[waiter.client]:
            del self._places[waiter.client]
        job.clients[waiter.client] -= 1
        if not job.clients[waiter.client]:
            del job.clients[waiter.client]
            share.drop(job)
        if not job.waiters:
            del self._jobs[job.data_hash]
            if job.running is not None:
                job.running.cancel()
            if not self._jobs:
                self._all_done.set()

    def hashes_of(self, job: Job) -> int:
        """Hashes that were spent for a job so far; of a turn that is under way about how many."""
        under_way = 0.0 if job.running is None else time.perf_counter() - job.began
        return job.hashes + self.expectation.hashes(under_way)

    def place_of(self, waiter: Waiter) -> int:
        """How many jobs of the same client come before; 0 if the search is under way."""
        return self._shares.of(waiter.client).before(waiter.job)

    def cancel(self, data_hash: bytes, client: str) -> int:
        """Ends the waiting of a client for this hash, and says how many of its waiters there were."""
        job = self._jobs.get(data_hash)
        own = [waiter for waiter in job.waiters if waiter.client == client] if job is not None else []
        for waiter in own:
            assert job is not None
            _end(waiter, cancelled())
            self.leave(waiter)
        return len(own)

    async def drain(self, seconds: float) -> None:
        """Takes nothing more, and returns when all is done or the time is over."""
        self.draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_done.wait()

    async def close(self) -> None:
        """Ends all searches; who still waits is told that they are cancelled."""
        self.draining = True
        for job in [*self._jobs.values()]:
            self._fail(job, cancelled())
        await asyncio.gather(*self._slices, return_exceptions=True)

    def _admit(self, client: str, need: int, timeout: float | None) -> None:
        if self.draining:
            raise self._overloaded("the server is being shut down", client, need, helps=False)
        own, all_places = self._places[client], self._places.total()
        if own >= self.most - all_places:
            why = f"{all_places} of {self.most} places in the queue are taken, {own} of them by this client"
            raise self._overloaded(why, client, need, helps=True)
        if timeout is not None:
            chance = self.expectation.chance(need, timeout - self.wait_seconds(client, need))
            if chance < LEAST_CHANCE:
                why = f"a deadline in {timeout:g} s would be missed more likely than met"
                raise self._overloaded(why, client, need, helps=self.expectation.chance(need, timeout) >= LEAST_CHANCE)

    def _overloaded(self, why: str, client: str, need: int, *, helps: bool) -> Fault:
        """A refusal with an estimate, and when it is worth to come back, if waiting helps."""
        wait = self.wait_seconds(client, need)
        return Fault(
            Kind.OVERLOADED,
            why,
            retry_after=max(1, round(min(wait, LONGEST_RETRY))) if helps else None,
            queue_seconds=wait,
            expected_seconds=wait + self.expectation.seconds(need),
        )

    def _fill(self) -> None:
        while len(self._slices) < self._engine.queue_depth:
            turn = self._shares.next()
            if turn is None:
                return
            client, job = turn
            if job.running is not None:
                continue  # it is back in this client's queue when the slice ends
            job.running = asyncio.get_running_loop().create_future()
            job.began = time.perf_counter()
            task = asyncio.create_task(self._search(client, job))
            self._slices.add(task)

    async def _search(self, client: str, job: Job) -> None:
        """One slice of a job."""
        placeholder = job.running
        assert placeholder is not None
        try:
            if job.waiters and not placeholder.cancelled():
                job.goal = job.need
                search = self._engine.submit(job.data_hash, job.goal, timeout=self._slice_of(job))
                job.running = asyncio.wrap_future(search)
                work = await job.running
                self._count(client, job, work)
                self._deliver(job, work)
        except SearchTimeout as end:
            self._count(client, job, end)
        except (PowPlasmaError, OSError) as failure:
            self._fail(job, Fault(Kind.NO_DEVICE, str(failure)))
        except asyncio.CancelledError:
            # The last waiter has gone, or another job has come. What was spent is known about, and is paid for.
            seconds = time.perf_counter() - job.began
            self._note(client, job, self.expectation.hashes(seconds), seconds)
        except Exception:  # noqa: BLE001 - whoever waits is told, and the others go on
            LOG.exception("a defect of powplasma, please report it")
            self._fail(job, Fault(Kind.DEFECT, "a defect of powplasma; the server's log says more"))
        finally:
            job.running = None
            self._lone.pop(job, None)
            for each, key in job.keys.items():
                self._shares.push(each, key, job)
            task = asyncio.current_task()
            assert task is not None
            self._slices.discard(task)
            self._fill()

    def _fail(self, job: Job, fault: Fault) -> None:
        for waiter in [*job.waiters]:
            _end(waiter, fault)
            self.leave(waiter)

    def _count(self, client: str, job: Job, end: Work | SearchTimeout) -> None:
        seconds = time.perf_counter() - job.began
        self.expectation.learn(end.hashes, seconds)
        self._note(client, job, end.hashes, seconds)

    def _note(self, client: str, job: Job, hashes: int, seconds: float) -> None:
        job.hashes += hashes
        job.seconds += seconds
        self._shares.charge(client, hashes)
        self._spent(client, hashes)

    def _slice_of(self, job: Job) -> float:
        """How long a job that begins now is searched before the next one has its turn."""
        if self._slice_seconds == SLICE_SECONDS and len(self._jobs) == 1:
            self._lone[job] = time.monotonic()
            return LONE_SECONDS
        return self._slice_seconds

    def _cut_lone(self) -> None:
        """Lets a job that was alone have no more than its turn, now that it is not."""
        for job, began in self._lone.items():
            if job.running is not None and len(self._jobs) > 1:
                rest = began + SLICE_SECONDS - time.monotonic()
                asyncio.get_running_loop().call_later(max(0.0, rest), job.running.cancel)
        if len(self._jobs) > 1:
            self._lone.clear()

    def _deliver(self, job: Job, work: Work) -> None:
        self._found(job.whole(work))
        for waiter in [*job.waiters]:
            if waiter.need <= work.achieved_difficulty:
                if not waiter.outcome.done():
                    waiter.outcome.set_result(replace(job.whole(work), difficulty=waiter.need))
                self.leave(waiter)


def _end(waiter: Waiter, fault: Fault) -> None:
    if not waiter.outcome.done():
        waiter.outcome.set_exception(fault)
        waiter.outcome.exception()  # it may have gone, and then nobody reads it
