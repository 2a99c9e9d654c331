"""A sweep on a cluster: its runs in tasks of about a second, and their figures in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from powplasma.background import LoopThread
from powplasma.cluster import Tasks, check_version, connected, own_version
from powplasma.simulation.batch import Job, batches, simulate_batch
from powplasma.simulation.figures import Summary

_TASK_SECONDS = 1.0
"""Aim for the length of a task: a scheduler hands out some hundred in a second, to all workers together."""

_TASKS_PER_THREAD = 2
"""One that runs and one that waits in the worker."""

_LEAD = 8
"""Tasks per thread that may be finished, but wait for one before them."""

_MOST_SHARES = 1_000
"""In a task, however short each is: they travel and are held together."""

_LOOK_SECONDS = 1.0


def simulate_on_cluster(jobs: Sequence[Job], address: str) -> Iterator[Summary]:
    """The figures of each job in their order, as ``simulate_all`` gives them.

    What a worker that dies had begun is begun again by another.

    Args:
        jobs: scenario and seed of each.
        address: of a Dask scheduler.

    Raises:
        InvalidInput: field ``cluster``.
        ClusterUnavailable: the extra is not installed.
        ClusterFailed: the cluster cannot be reached, is lost, or has no workers any more.
    """
    # In a thread of its own, so that an interruption reaches the caller whatever the cluster does.
    loop, stack = LoopThread("powplasma-sweep"), AsyncExitStack()
    try:
        client = loop.run(stack.enter_async_context(connected(address)))
        sharing = _Sharing(client, address, jobs)
        stack.push_async_callback(sharing.end)
        loop.run(sharing.begin())
        while (summaries := loop.run(sharing.next())) is not None:
            yield from summaries
    finally:
        try:
            loop.run(stack.aclose())
        finally:
            loop.close()


def run_shares(version: str, shares: Sequence[Sequence[Job]]) -> tuple[list[Summary], float]:
    """What a worker does: the figures of all jobs, and the seconds that they took."""
    check_version(version)
    begun = time.perf_counter()
    return [summary for share in shares for summary in simulate_batch(share)], time.perf_counter() - begun


class _Sharing:
    """Hands out the shares of a sweep, a window of them at a time."""

    def __init__(self, client: Any, address: str, jobs: Sequence[Job]) -> None:
        self._tasks = Tasks(client, address)
        self._threads = 1
        self._jobs = jobs
        self._left: deque[Sequence[Job]] = deque()
        self._open: deque[asyncio.Task[tuple[list[Summary], float, int]]] = deque()
        self._seconds = 0.0
        self._finished = 0

    async def begin(self) -> None:
        """Cuts the jobs into shares for the cluster as it is now."""
        self._threads = sum((await self._tasks.threads()).values()) or 1
        self._left.extend(batches(self._jobs, self._threads))

    async def next(self) -> list[Summary] | None:
        """The figures of the next task; None after the last."""
        self._hand_out()
        if not self._open:
            return None
        while not self._open[0].done():
            await asyncio.wait(self._open, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            self._threads = sum((await self._tasks.threads()).values()) or self._threads
            self._hand_out()
        summaries, seconds, shares = self._open.popleft().result()
        self._seconds += seconds
        self._finished += shares
        return summaries

    def _hand_out(self) -> None:
        waiting = sum(not task.done() for task in self._open)
        while self._left and waiting < _TASKS_PER_THREAD * self._threads and len(self._open) < _LEAD * self._threads:
            each = self._seconds / self._finished if self._finished else _TASK_SECONDS
            # As many as take their time, but with enough tasks left at the end for everybody.
            size = min(_MOST_SHARES, int(_TASK_SECONDS / max(each, 1e-9)), len(self._left) // (2 * self._threads))
            shares = [self._left.popleft() for _ in range(max(1, size))]
            self._open.append(asyncio.create_task(self._one(shares)))
            waiting += 1

    async def _one(self, shares: Sequence[Sequence[Job]]) -> tuple[list[Summary], float, int]:
        summaries, seconds = await self._tasks.result(run_shares, own_version(), shares)
        return summaries, seconds, len(shares)

    async def end(self) -> None:
        """Leaves nothing under way here; what runs on a worker ends with its task."""
        self._left.clear()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
