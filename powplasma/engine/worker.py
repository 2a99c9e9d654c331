"""The child process: takes orders from its pipe, searches them, reports, until the pipe closes."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from dataclasses import dataclass
from typing import Any

from powplasma.engine.board import Board
from powplasma.errors import KernelUnavailable
from powplasma.kernels import kernel as choose_kernel

EXIT_NO_KERNEL = 69
"""Exit code of a worker that cannot use the kernel which its parent could."""


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
    """What became of the oldest order not reported yet: the last of its ``hashes`` nonces is good if ``found``."""

    hashes: int
    found: bool

    def pack(self) -> bytes:
        """Fixed-width bytes for the pipe."""
        return _REPORT.pack(self.hashes, self.found)

    @classmethod
    def unpack(cls, message: bytes) -> Report:
        """The inverse of ``pack``."""
        return cls(*_REPORT.unpack(message))


_ORDER = struct.Struct("=QQ32sQQQ")
_REPORT = struct.Struct("=Q?")


def run(connection: Any, words: ctypes.Array[ctypes.c_uint64], index: int, kernel_name: str, nice: int | None) -> None:
    """Main function of a worker process.

    It ends when the parent closes its end of the pipe, which also happens if the parent is killed.

    Args:
        connection: this worker's end of a duplex pipe.
        words: the shared words of the engine's board.
        index: this worker's line on the board.
        kernel_name: the kernel to search with.
        nice: how much to lower the priority by, or None.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if nice:
        os.nice(nice)
    board = Board(words)
    try:
        kernel = choose_kernel(kernel_name)
    except KernelUnavailable:
        sys.exit(EXIT_NO_KERNEL)
    try:
        while True:
            order = Order.unpack(connection.recv_bytes())
            watch = board.begin(index, order.job, order.offset)
            result = kernel.search(order.data_hash, order.start, order.count, order.threshold, watch)
            connection.send_bytes(Report(result.hashes, result.counter is not None).pack())
    except (EOFError, OSError):
        return
