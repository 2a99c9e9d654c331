"""The child process: takes orders from its pipe, searches them, reports, until the pipe closes.

A worker searches with a kernel of the processor, or it serves one OpenCL device, whose driver then
lives and dies with this process alone.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from dataclasses import dataclass
from typing import Any

from powplasma.engine.board import Board
from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.kernels import Kernel
from powplasma.kernels import kernel as choose_kernel
from powplasma.kernels.opencl import PREFIX, open_device

EXIT_NO_KERNEL = 69
"""Exit code of a worker that cannot use the kernel which its parent could."""

EXIT_DEVICE_FAILED = 70
"""Exit code of a worker whose device failed during a search."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker searches with.

    Attributes:
        kernel: name of a kernel or of a device.
        intensity: milliseconds of a device's launch, at most; None for the default.
    """

    kernel: str
    intensity: int | None = None

    @property
    def is_device(self) -> bool:
        """Whether it is an OpenCL device."""
        return self.kernel.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Order:
    """One lease to search, as it travels to a worker."""

    job: int
    offset: int
    data_hash: bytes
    start: int
    count: int
    threshold: int

    def pack(self) -> bytes:
        """Fixed-width bytes for the pipe."""
        return _ORDER.pack(self.job, self.offset, self.data_hash, self.start, self.count, self.threshold)

    @classmethod
    def unpack(cls, message: bytes) -> Order:
        """The inverse of ``pack``."""
        return cls(*_ORDER.unpack(message))


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the oldest order not reported yet: the last of its ``hashes`` nonces is good if ``found``.

    Before its first order a worker says once that it is ``ready``; ``hashes`` is a device's hashrate then, and
    otherwise 0. A worker that has to end says why: ``failure``.
    """

    hashes: int
    found: bool
    ready: bool = False
    failure: str = ""

    def pack(self) -> bytes:
        """Bytes for the pipe: of fixed width, but for the text."""
        return _REPORT.pack(self.hashes, self.found, self.ready) + self.failure.encode()

    @classmethod
    def unpack(cls, message: bytes) -> Report:
        """The inverse of ``pack``."""
        hashes, found, ready = _REPORT.unpack_from(message)
        return cls(hashes, found, ready, message[_REPORT.size :].decode(errors="replace"))


_ORDER = struct.Struct("=QQ32sQQQ")
_REPORT = struct.Struct("=Q??")


def run(connection: Any, board: Board, index: int, post: Post, nice: int | None) -> None:
    """Main function of a worker process.

    It ends when the parent closes its end of the pipe, which also happens if the parent is killed.

    Args:
        connection: this worker's end of a duplex pipe.
        board: the engine's board.
        index: this worker's line on the board.
        post: what to search with.
        nice: how much to lower the priority by, or None.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if nice:
        os.nice(nice)
    try:
        kernel = _opened(post, connection)
        while True:
            order = Order.unpack(connection.recv_bytes())
            watch = board.begin(index, order.job, order.offset)
            result = kernel.search(order.data_hash, order.start, order.count, order.threshold, watch)
            connection.send_bytes(Report(result.hashes, result.counter is not None).pack())
    except KernelUnavailable as error:
        connection.send_bytes(Report(0, found=False, failure=error.why).pack())
        sys.exit(EXIT_DEVICE_FAILED)
    except (EOFError, OSError):
        return


def _opened(post: Post, connection: Any) -> Kernel:
    """The kernel of a post; when it is ready, for which a device may take its time, the parent is told."""
    try:
        kernel: Kernel
        if post.is_device:
            device = open_device(post.kernel, post.intensity)
            kernel, hashrate = device, max(1, int(device.hashrate))
        else:
            kernel, hashrate = choose_kernel(post.kernel), 0
    except (KernelUnavailable, InvalidInput) as error:
        why = error.why if isinstance(error, KernelUnavailable) else str(error)
        connection.send_bytes(Report(0, found=False, failure=why).pack())
        sys.exit(EXIT_NO_KERNEL)
    connection.send_bytes(Report(hashrate, found=False, ready=True).pack())
    return kernel
