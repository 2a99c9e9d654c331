"""A search in the caller's own thread, for jobs that end before a pool would be awake."""

from __future__ import annotations

import time

from powplasma.engine.job import BLOCK, random_start
from powplasma.engine.search import Meter, Request
from powplasma.errors import SearchTimeout
from powplasma.kernels.interface import Kernel
from powplasma.work import U64, Work


def search_alone(kernel: Kernel, request: Request, meter: Meter | None) -> Work:
    """Searches in short slices, in counting order, looking at the clock between them.

    Raises:
        SearchTimeout: as for ``Engine.search``.
        KernelUnavailable: the kernel reported a nonce that is not good.
    """
    start = random_start() if request.start is None else request.start
    # The python kernel needs some 30 ms for a block that takes a vector kernel under 2 ms.
    size = BLOCK if kernel.name != "python" else BLOCK // 8
    hashes = 0
    while hashes < request.max_hashes:
        count = min(size, request.max_hashes - hashes)
        result = kernel.search(request.data_hash, (start + hashes) % U64, count, request.threshold)
        hashes += result.hashes
        if result.counter is not None:
            return request.confirm(result.counter, hashes, request.submitted, kernel.name, workers=0)
        if time.perf_counter() >= request.deadline:
            raise SearchTimeout("timeout", hashes, request.seconds, ((start, hashes),))
        if meter is not None:
            meter.update(hashes)
    raise SearchTimeout("max_hashes", hashes, request.seconds, ((start, hashes),))
