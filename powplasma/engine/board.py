"""The shared-memory block of an engine: one job number, and one cache line per worker.

Only the parent writes the job number; a worker stops as soon as it no longer matches. It is a
number and not a stop flag, because resetting a flag would race with the next job. Each worker
writes to its own cache line alone, so that a live hashrate needs neither messages nor locks.
"""

from __future__ import annotations

import ctypes
from typing import Any

from powplasma.kernels.interface import Watch

_LINE_WORDS = 8
"""A cache line of 64 bytes, as 64-bit words."""

NO_JOB = 0
"""The job number while there is nothing to search; jobs count from 1."""


class Board:
    """Typed view of the shared words.

    Args:
        words: shared array of unsigned 64-bit words, at least ``Board.size(workers)`` of them.
    """

    def __init__(self, words: ctypes.Array[ctypes.c_uint64]) -> None:
        self._words = words
        # Allocators align to 8 bytes only; the address modulo 64 is the same in every process.
        self._first = -ctypes.addressof(words) % 64

    @staticmethod
    def size(workers: int) -> int:
        """How many words a board for so many workers needs."""
        return _LINE_WORDS * (workers + 2)

    @classmethod
    def shared(cls, context: Any, workers: int) -> Board:
        """A board in anonymous shared memory, which vanishes with the last process that maps it."""
        return cls(context.RawArray(ctypes.c_uint64, cls.size(workers)))

    @property
    def words(self) -> ctypes.Array[ctypes.c_uint64]:
        """The shared array, to hand to a child process as it is spawned."""
        return self._words

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
