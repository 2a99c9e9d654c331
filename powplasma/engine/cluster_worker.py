"""What a worker of a Dask cluster does: short leases of searches one after the other, each of which can be stopped."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from powplasma.cluster import check_version
from powplasma.engine.board import NO_JOB
from powplasma.engine.job import BLOCK
from powplasma.engine.worker import Order
from powplasma.kernels import kernel as choose_kernel
from powplasma.kernels.interface import Kernel, Watch
from powplasma.work import U64

_SLICE = BLOCK * 64
"""Nonces between two looks at the clock: some 50 ms of a native kernel."""

_PYTHON_SLICE = BLOCK // 4
"""The same of the python kernel."""

_REMEMBERED = 4_096
"""Searches whose end is remembered; a lease that still waits when more have ended is searched in vain."""

_Search = tuple[str, int]
"""A pool's name and the number of its job."""

_lock = threading.Lock()
_running: dict[_Search, list[ctypes.c_uint64]] = {}
_over: OrderedDict[_Search, None] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a lease.

    Attributes:
        kernel: that searched it.
        hashes: nonces judged, from its start without a gap; the last is good if ``found``.
        found: whether a good one is among them.
        began, ended: by the worker's clock (seconds since 1970).
    """

    kernel: str
    hashes: int
    found: bool
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Errand:
    """What a client asks of a worker.

    Attributes:
        version: powplasma's in the client.
        kernel: name of the kernel to use; None for the best that runs there.
        pool: name of the client's pool.
        orders: each an ``Order``, packed, and whether its search is over with any good nonce.
        most_seconds: for all of them, after which the rest is left for other leases.
    """

    version: str
    kernel: str | None
    pool: str
    orders: tuple[tuple[bytes, bool], ...]
    most_seconds: float


def search_leases(errand: Errand) -> list[Answer]:
    """Searches leases one after the other, or as much of them as their time allows; an answer for each.

    Raises:
        ClusterFailed: the client is another version of powplasma.
        KernelUnavailable: the kernel cannot run here.
    """
    check_version(errand.version)
    kernel = choose_kernel(errand.kernel)
    end = time.perf_counter() + errand.most_seconds
    return [
        _search_lease(kernel, errand.pool, Order.unpack(packed), end, any_will_do=any_will_do)
        for packed, any_will_do in errand.orders
    ]


def _search_lease(kernel: Kernel, pool: str, order: Order, end: float, *, any_will_do: bool) -> Answer:
    search = (pool, order.job)
    word = ctypes.c_uint64(order.job)
    began, clock = time.time(), time.perf_counter()
    with _lock:
        if search in _over:
            return Answer(kernel.name, 0, False, began, began)
        _running.setdefault(search, []).append(word)
    watch = Watch(word, order.job, ctypes.c_uint64(0))
    size = _PYTHON_SLICE if kernel.name == "python" else _SLICE
    hashes, found, stopped = 0, False, False
    try:
        while hashes < order.count and not (found or stopped) and time.perf_counter() < end:
            start, count = (order.start + hashes) % U64, min(size, order.count - hashes)
            result = kernel.search(order.data_hash, start, count, order.threshold, watch)
            hashes += result.hashes
            found, stopped = result.counter is not None, result.stopped
    finally:
        with _lock:
            _running[search].remove(word)
            if not _running[search]:
                del _running[search]
    if found and any_will_do:
        stop(*search)  # of the leases that wait here; the client tells all others
    return Answer(kernel.name, hashes, found, began, began + time.perf_counter() - clock)


def stop(pool: str, job: int) -> None:
    """Ends the leases of a search in this process, those that wait included."""
    with _lock:
        _over[pool, job] = None
        while len(_over) > _REMEMBERED:
            _over.popitem(last=False)
        for word in _running.get((pool, job), ()):
            word.value = NO_JOB
