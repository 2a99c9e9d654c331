"""The engine: finds nonces with worker processes, or in the caller's thread when that is sooner."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Self

from powplasma.cores import usable_workers
from powplasma.engine.alone import search_alone
from powplasma.engine.choices import CPU, check_cluster, check_devices, check_own, check_server
from powplasma.engine.pool import Dropped, Pool
from powplasma.engine.search import Meter, Progress, Request
from powplasma.engine.worker import Post
from powplasma.errors import (
    InvalidInput,
    KernelUnavailable,
    PowPlasmaError,
    SearchCancelled,
    WorkerLost,
    check_asyncio,
    check_integer,
)
from powplasma.kernels import ENVIRONMENT
from powplasma.kernels import kernel as choose_kernel
from powplasma.kernels.opencl import PREFIX, check_intensity
from powplasma.work import Work

if TYPE_CHECKING:
    from powplasma.engine.cluster_pool import ClusterPool
    from powplasma.engine.server_pool import ServerPool

MAX_WORKERS = 1024
"""More worker processes than this are taken for a mistake."""

MAX_NICE = 19
"""The lowest priority that POSIX systems know."""

_HASHRATE_PER_LANE = 3e6
"""What one lane of a native kernel makes at least on a desktop core; only plans depend on it."""

_PYTHON_HASHRATE = 1e6
"""The same for the python kernel."""

_AWAKE_SECONDS = 0.0005
"""About what it costs to hand a search to a pool that is running."""

_ASLEEP_SECONDS = 0.08
"""About what it costs to start a pool."""

_FAR_SECONDS = 0.005
"""About what it costs to hand a search to a cluster."""

SERVER_DEPTH = 64
"""Searches that a work server is asked for at a time, by one who has many."""

_PROGRESS_SECONDS = 0.1
"""Time between two calls of a progress listener."""


class Engine:
    """Finds nonces as fast as the machine's cores allow.

    Worker processes start with the first search that is worth them, serve all that follow, and
    end with ``close`` (or the ``with`` block, or the program). Searches from several threads or
    tasks are queued, and each is searched by all workers. A worker that dies is replaced and
    what it was searching is searched again.

    Args:
        workers: number of worker processes, 1 … 1024; by default one per core that this process may use by its
            affinity and its container's CPU quota, as far as the container's memory has room for them.
        kernel: name of the kernel; by default ``POWPLASMA_KERNEL`` or the fastest that runs here.
        nice: how much the workers lower their priority by, 0 … 19 (POSIX only).
        devices: what searches: names of OpenCL devices as ``powplasma info`` lists them, and ``cpu``
            for the processor, all of which search each job together; by default the processor alone.
        intensity: milliseconds of one launch on a device, at most, 1 … 2000; 50 by default.
        cluster: address of a Dask scheduler, whose workers then search instead of processes of
            this machine; ``kernel`` is the one that they use. Every nonce is checked here.
        server: URL of a work server (``powplasma serve``), which then searches instead of processes of this
            machine, but for what ends before a message would arrive. Every nonce is checked here.
        token: that the work server asks for.

    Raises:
        InvalidInput: field ``workers``, ``kernel``, ``nice``, ``device``, ``intensity``, ``cluster``, ``server`` or
            ``token``.
        KernelUnavailable: a kernel or device asked for cannot run here.
    """

    def __init__(
        self,
        workers: int | None = None,
        kernel: str | None = None,
        nice: int | None = None,
        *,
        devices: Sequence[str] = (CPU,),
        intensity: int | None = None,
        cluster: str | None = None,
        server: str | None = None,
        token: str | None = None,
    ) -> None:
        if server is not None or token is not None:
            check_server(server, token, cluster)
            check_own(workers, nice, devices, intensity, "a work server")
        if cluster is not None:
            check_cluster(cluster, workers, nice, devices, intensity)
        if workers is not None:
            workers = check_integer("workers", workers, 1, MAX_WORKERS)
        if nice is not None:
            nice = check_integer("nice", nice, 0, MAX_NICE)
            if not hasattr(os, "nice"):
                raise InvalidInput("nice", nice, "is not supported on this system", "leave it out")
        if intensity is not None:
            check_intensity(intensity)
        check_devices(devices, workers)
        self._nice = nice
        asked = os.environ.get(ENVIRONMENT, "") if kernel is None else kernel
        if isinstance(asked, str) and asked.startswith(PREFIX):
            raise InvalidInput("kernel", asked, "is a device", "a kernel; a device is chosen as such")
        self._cluster = cluster
        self._server = server
        self._token = token
        self._kernel_asked = kernel
        self._kernel = choose_kernel(kernel)
        size = usable_workers() if workers is None else workers
        self._posts: list[Post] = []
        for name in devices:
            self._posts += [Post(self._kernel.name)] * size if name == CPU else [Post(name, intensity)]
        self._dropped: list[Dropped] = []
        self._hashrate = _PYTHON_HASHRATE if self._kernel.name == "python" else _HASHRATE_PER_LANE * self._kernel.lanes
        self._alone_seconds = 0.0
        self._lock = threading.Lock()
        self._pools: list[Pool | ClusterPool | ServerPool] = []
        self._pid = os.getpid()
        self._finalizer = weakref.finalize(self, _close_all, self._pools)

    @property
    def workers(self) -> int:
        """Worker processes, running or not yet, one for each device; of a cluster or server those known so far."""
        if self._is_far:
            with self._lock:
                return sum(pool.workers for pool in self._pools)
        return len(self._posts)

    @property
    def queue_depth(self) -> int:
        """How many searches have to be submitted at a time to keep all workers busy."""
        if self._server is not None:
            return SERVER_DEPTH
        return 1 if self._cluster is None else 16 * self.workers

    @property
    def kernel(self) -> str:
        """Name of the kernel; of several kernels and devices, all their names with ``+`` between them."""
        return "+".join(dict.fromkeys(post.kernel for post in self._posts))

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """Devices that search no more, because they failed or gave a wrong answer, in the order of that."""
        return tuple(self._dropped)

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers that are running."""
        with self._lock:
            return [pid for pool in self._pools if not pool.failed for pid in pool.pids]

    @property
    def busy_workers(self) -> int:
        """How many workers are searching at this moment."""
        with self._lock:
            return sum(pool.busy for pool in self._pools)

    def search(
        self,
        data_hash: str | bytes,
        difficulty: int,
        *,
        timeout: float | None = None,
        max_hashes: int | None = None,
        start_nonce: str | bytes | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Work:
        """Finds a nonce, and returns when it is found and checked.

        Args:
            data_hash: 32 bytes or 64 hex digits.
            difficulty: 1 … 2^64 - 1; hashes needed on average. What a rule set credits is less:
                see its ``max_difficulty``.
            timeout: seconds from this call on; by default no limit.
            max_hashes: how many nonces may be judged; by default no limit.
            start_nonce: 8 bytes or 16 hex digits. Makes the search deterministic: the result is
                the first good nonce in counting order from this one, whatever kernel and workers.
                By default the start is random, and the result is the first that any worker finds.
            progress: called about ten times a second, in this thread.

        Raises:
            InvalidInput: names the argument that is not usable.
            SearchTimeout: ``timeout`` or ``max_hashes`` was reached.
            SearchCancelled: the engine is closed, or was meanwhile; or a future's callback calls
                this, which would wait for itself: it can ``submit``.
            WorkerLost: workers died faster than they could be replaced.
            ClusterUnavailable: the extra ``cluster`` is not installed.
            ClusterFailed: the cluster cannot be reached, or was lost for longer than half a minute.
            KernelUnavailable: a kernel reported a wrong nonce, or stopped working.
        """
        request = self._request(data_hash, difficulty, timeout, max_hashes, start_nonce)
        meter = None if progress is None else Meter(request, progress)
        with self._lock:
            # Searches alone may cost as much in all as starting a pool does, but no more.
            if self._is_far:
                worth_alone = _FAR_SECONDS
            else:
                worth_alone = _AWAKE_SECONDS if self._is_awake() else _ASLEEP_SECONDS - self._alone_seconds
        if self._seconds_alone(request) <= max(worth_alone, _AWAKE_SECONDS):
            try:
                return search_alone(self._kernel, request, meter)
            finally:
                self._alone_seconds += request.seconds
        pool = self._awake_pool()
        if pool.dispatches_here:
            raise SearchCancelled("a callback of a future cannot wait for a search: it would never begin; submit it")
        job = pool.submit(request)
        try:
            while meter is not None:
                try:
                    return job.future.result(_PROGRESS_SECONDS)
                except TimeoutError:
                    meter.update(pool.hashes(job))
            return job.future.result()
        finally:
            # Gives the search up if it is not over: Ctrl-C, or an error of the listener.
            job.future.cancel()

    def submit(
        self,
        data_hash: str | bytes,
        difficulty: int,
        *,
        timeout: float | None = None,
        max_hashes: int | None = None,
        start_nonce: str | bytes | None = None,
    ) -> Future[Work]:
        """Queues a search and returns at once; arguments as for ``search``.

        The future's ``cancel()`` always works until the nonce is found; ``timeout`` counts from
        now, so that waiting in the queue uses it up too. The future raises what ``search`` does.

        Raises:
            InvalidInput: names the argument that is not usable.
            SearchCancelled: the engine is closed.
            WorkerLost: the pool cannot be started.
        """
        request = self._request(data_hash, difficulty, timeout, max_hashes, start_nonce)
        if self._seconds_alone(request) <= _AWAKE_SECONDS:
            future: Future[Work] = Future()
            try:
                future.set_result(search_alone(self._kernel, request, None))
            except PowPlasmaError as failure:
                future.set_exception(failure)
            return future
        return self._awake_pool().submit(request).future

    async def asearch(
        self,
        data_hash: str | bytes,
        difficulty: int,
        *,
        timeout: float | None = None,
        max_hashes: int | None = None,
        start_nonce: str | bytes | None = None,
    ) -> Work:
        """Finds a nonce without blocking the event loop; cancelling the task cancels the search.

        Arguments and errors as for ``search``.

        Raises:
            AsyncioMissing: no event loop of asyncio is running; nothing was begun.
        """
        import asyncio  # noqa: PLC0415 - it would double the time that a program, and a worker, needs to start

        check_asyncio("Engine.asearch", "run Engine.search in a thread instead, as by trio.to_thread.run_sync")
        future = self.submit(data_hash, difficulty, timeout=timeout, max_hashes=max_hashes, start_nonce=start_nonce)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Ends all workers; searches still under way, and later ones, end with ``SearchCancelled``. Idempotent."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _is_far(self) -> bool:
        """Whether others search than this machine's own processes."""
        return self._cluster is not None or self._server is not None

    def _request(
        self,
        data_hash: str | bytes,
        difficulty: int,
        timeout: float | None,
        max_hashes: int | None,
        start_nonce: str | bytes | None,
    ) -> Request:
        request = Request.checked(data_hash, difficulty, timeout, max_hashes, start_nonce)
        self._check_open()
        for field, value in (("max_hashes", max_hashes), ("start_nonce", start_nonce)):
            if self._server is not None and value is not None:
                raise InvalidInput(field, value, "cannot be asked of a work server", "nothing with a server")
        return request

    def _seconds_alone(self, request: Request) -> float:
        """How long the caller's thread would search on average; forever if the processor is not to search."""
        if all(post.is_device for post in self._posts):
            return float("inf")
        return min(request.difficulty, request.max_hashes) / self._hashrate

    def _is_awake(self) -> bool:
        return bool(self._pools) and not self._pools[-1].failed

    def _check_open(self) -> None:
        if os.getpid() != self._pid:
            raise SearchCancelled("the engine belongs to the process that this one was forked from")
        if not self._finalizer.alive:
            raise SearchCancelled("the engine is closed")

    def _awake_pool(self) -> Pool | ClusterPool | ServerPool:
        with self._lock:
            self._check_open()
            if not self._is_awake():
                gone = {each.device: each.why for each in self._dropped}
                posts = [post for post in self._posts if post.kernel not in gone]
                if not posts:
                    raise KernelUnavailable(*gone.popitem())
                try:
                    self._pools[:] = [self._new_pool(posts)]
                except OSError as error:
                    raise WorkerLost(0, None, str(error)) from error
            return self._pools[-1]

    def _new_pool(self, posts: Sequence[Post]) -> Pool | ClusterPool | ServerPool:
        if self._server is not None:
            from powplasma.engine.server_pool import ServerPool  # noqa: PLC0415 - as below

            return ServerPool(self._server, self._token)
        if self._cluster is not None:
            # Its event loop would double the time that a program, and a worker, needs to start.
            from powplasma.engine.cluster_pool import ClusterPool  # noqa: PLC0415

            return ClusterPool(self._cluster, self._kernel_asked, self._hashrate)
        return Pool(posts, self._nice, self._hashrate, self._dropped)


def _close_all(pools: list[Pool | ClusterPool | ServerPool]) -> None:
    for pool in pools:
        pool.close()
