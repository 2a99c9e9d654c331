"""What every kernel offers: ``search`` over a range of nonces and ``check_many`` over many works."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Watch:
    """Shared words that let another thread or process follow and stop a search.

    A search stops when ``job_word`` no longer holds ``job``. It is compared every few ten
    thousand nonces, and at least every few milliseconds, by a device before each launch; ``hashes``
    is set then to the number of nonces judged so far. Both words live in memory that the searching
    process shares with others.
    """

    job_word: ctypes.c_uint64
    job: int
    hashes: ctypes.c_uint64


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What became of one range of nonces.

    Attributes:
        counter: the first good nonce in counting order, as a little-endian integer, or None.
        hashes: how many nonces of the range were judged, from its start without a gap; the last
            of them is the good one if there is one.
        stopped: the range was given up because the watch asked for it.
    """

    counter: int | None
    hashes: int
    stopped: bool = False


class Kernel(Protocol):
    """One maker of hashes. All kernels give the same answers; they differ in speed alone."""

    @property
    def name(self) -> str:
        """The name by which it is chosen."""

    @property
    def lanes(self) -> int:
        """Nonces hashed side by side by one instruction stream."""

    def search(
        self, data_hash: bytes, start: int, count: int, threshold: int, watch: Watch | None = None
    ) -> SearchResult:
        """The first nonce with prefix >= threshold among the counters start … start + count - 1.

        Counters are taken modulo 2^64, so a range may run past the end and on from 0.

        Args:
            data_hash: 32 bytes.
            start: first counter, 0 … 2^64 - 1.
            count: length of the range, 1 … 2^64 - 1.
            threshold: least good prefix, 0 … 2^64 - 1.
            watch: how the search is followed and stopped.
        """

    def check_many(self, data_hashes: memoryview, nonces: memoryview, difficulties: memoryview) -> bytes:
        """One byte per work, 1 if its nonce is good for its difficulty, else 0.

        Args:
            data_hashes: n times 32 contiguous bytes.
            nonces: n times 8 contiguous bytes, each in the order they are hashed.
            difficulties: n unsigned 64-bit integers in the machine's byte order (format ``Q``).
        """
