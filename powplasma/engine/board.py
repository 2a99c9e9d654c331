"""The shared-memory block of an engine: one job number, and one cache line per worker.

Only the parent writes the job number; a worker stops as soon as it no longer matches. It is a
number and not a stop flag, because resetting a flag would race with the next job. Each worker
writes to its own cache line alone, so that a live hashrate needs neither messages nor locks.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import weakref
from typing import Any

from powplasma.kernels.interface import Watch

_LINE_WORDS = 8
"""A cache line of 64 bytes, as 64-bit words."""

NO_JOB = 0
"""The job number while there is nothing to search; jobs count from 1."""


class _Memory:
    """Zeroed 64-bit words that need neither ``/dev/shm`` nor a folder for temporary files.

    Args:
        descriptor: of a file in memory, which this object owns.
        count: how many words.
    """

    def __init__(self, descriptor: int, count: int) -> None:
        self._descriptor = descriptor
        self._count = count
        self.words = (ctypes.c_uint64 * count).from_buffer(mmap.mmap(descriptor, 8 * count))
        weakref.finalize(self, os.close, descriptor)

    @classmethod
    def new(cls, count: int) -> _Memory:
        descriptor = os.memfd_create("powplasma")
        os.ftruncate(descriptor, 8 * count)
        return cls(descriptor, count)

    def __reduce__(self) -> tuple[object, tuple[object, int]]:
        from multiprocess.reduction import DupFd  # noqa: PLC0415 - whoever starts a process has it

        return _received, (DupFd(self._descriptor), self._count)


def _received(descriptor: Any, count: int) -> _Memory:
    return _Memory(descriptor.detach(), count)


class Board:
    """Typed view of the shared words.

    Args:
        memory: at least ``Board.size(workers)`` shared words, as they travel to a process that is being started.
    """

    def __init__(self, memory: ctypes.Array[ctypes.c_uint64] | _Memory) -> None:
        self._memory = memory
        self._words = memory.words if isinstance(memory, _Memory) else memory
        # Allocators align to 8 bytes only; the address modulo 64 is the same in every process.
        self._first = -ctypes.addressof(self._words) % 64

    @staticmethod
    def size(workers: int) -> int:
        """How many words a board for so many workers needs."""
        return _LINE_WORDS * (workers + 2)

    @classmethod
    def shared(cls, context: Any, workers: int) -> Board:
        """A board in anonymous shared memory, which vanishes with the last process that maps it.

        Raises:
            OSError: the system has none: neither memory without a file nor a folder for one.
        """
        count = cls.size(workers)
        try:
            return cls(_Memory.new(count))
        except (AttributeError, OSError):  # not Linux, or not allowed there
            return cls(context.RawArray(ctypes.c_uint64, count))

    def __reduce__(self) -> tuple[type[Board], tuple[object]]:
        return Board, (self._memory,)

    @property
    def job(self) -> int:
        """Number of the job that is being searched."""
        return self._word(0, 0).value

    @job.setter
    def job(self, number: int) -> None:
        self._word(0, 0).value = number

    def begin(self, worker: int, job: int, offset: int) -> Watch:
        """Called by a worker as it begins a lease; the watch follows and stops it."""
        line_job, line_offset, hashes = (self._word(worker + 1, i) for i in range(3))
        line_job.value = NO_JOB
        hashes.value = 0
        line_offset.value = offset
        line_job.value = job
        return Watch(self._word(0, 0), job, hashes)

    def hashes(self, worker: int, job: int, offset: int) -> int:
        """Nonces that a worker has judged so far of this very lease; 0 if it has not begun it."""
        if self._word(worker + 1, 0).value != job or self._word(worker + 1, 1).value != offset:
            return 0
        return self._word(worker + 1, 2).value

    def _word(self, line: int, word: int) -> ctypes.c_uint64:
        return ctypes.c_uint64.from_buffer(self._words, self._first + 8 * (line * _LINE_WORDS + word))
