"""One search as the engine carries it: what is asked for, how long it may take, how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from powplasma.errors import KernelUnavailable, check_integer, check_seconds
from powplasma.work import (
    MAX_DIFFICULTY,
    U64,
    Work,
    counter_of_nonce,
    difficulty_of_prefix,
    nonce_of_counter,
    parse_hash,
    parse_nonce,
    prefix,
    threshold,
)

_RECENT_SECONDS = 3.0
"""The span over which a recent hashrate is taken."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Attributes:
        hashes: nonces judged so far, over all workers.
        seconds: wall time since the search was submitted.
        hashrate: hashes per second over the last seconds.
        difficulty: hashes that the search needs on average, however many it has done already.
    """

    hashes: int
    seconds: float
    hashrate: float
    difficulty: int


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request for one nonce.

    Attributes:
        data_hash: 32 bytes.
        difficulty: 1 … 2^64 - 1.
        start: first counter; None lets the engine choose at random.
        timeout: seconds from ``submitted`` on; None or infinity for no limit.
        max_hashes: nonces that may be judged; 2^64 if unlimited.
        threshold: least good prefix for the difficulty.
        submitted: ``time.perf_counter()`` of the request.
    """

    data_hash: bytes
    difficulty: int
    start: int | None
    timeout: float | None
    max_hashes: int
    threshold: int
    submitted: float = field(default_factory=time.perf_counter)

    @classmethod
    def checked(
        cls,
        data_hash: str | bytes,
        difficulty: int,
        timeout: float | None,
        max_hashes: int | None,
        start_nonce: str | bytes | None,
    ) -> Request:
        """A request from outside values.

        Raises:
            InvalidInput: names the value that is not usable.
        """
        difficulty = check_integer("difficulty", difficulty, 1, MAX_DIFFICULTY)
        return cls(
            data_hash=parse_hash(data_hash),
            difficulty=difficulty,
            start=None if start_nonce is None else counter_of_nonce(parse_nonce(start_nonce, "start_nonce")),
            timeout=None if timeout is None else check_seconds("timeout", timeout),
            max_hashes=U64 if max_hashes is None else check_integer("max_hashes", max_hashes, 1, U64),
            threshold=threshold(difficulty),
        )

    @property
    def deadline(self) -> float:
        """``time.perf_counter()`` at which the time is over; infinity without a timeout."""
        return float("inf") if self.timeout is None else self.submitted + self.timeout

    @property
    def seconds(self) -> float:
        """Wall time since the request was submitted."""
        return time.perf_counter() - self.submitted

    def is_good(self, counter: int) -> bool:
        """Whether a nonce is good, by hashlib."""
        return prefix(self.data_hash, nonce_of_counter(counter)) >= self.threshold

    def confirm(self, counter: int, hashes: int, began: float, kernel: str, workers: int) -> Work:
        """The finished work, after the nonce was hashed again by code no kernel shares.

        ``began`` is the ``time.perf_counter()`` at which the first nonce was given out.

        Raises:
            KernelUnavailable: the kernel reported a nonce that is not good.
        """
        nonce = nonce_of_counter(counter)
        found = prefix(self.data_hash, nonce) if kernel != "python" else _prefix_without_hashlib(self.data_hash, nonce)
        if found < self.threshold:
            raise KernelUnavailable(kernel, f"it reported the nonce {nonce.hex()}, which is not good")
        return Work(
            data_hash=self.data_hash,
            nonce=nonce,
            difficulty=self.difficulty,
            achieved_difficulty=difficulty_of_prefix(found),
            hashes=hashes,
            seconds=time.perf_counter() - began,
            kernel=kernel,
            workers=workers,
        )


class Meter:
    """Turns counts into ``Progress`` and calls the listener with it.

    Args:
        request: the search that is followed.
        listener: called in the thread that waits for the search.
    """

    def __init__(self, request: Request, listener: Callable[[Progress], None]) -> None:
        self._request = request
        self._listener = listener
        self._samples: deque[tuple[float, int]] = deque([(0.0, 0)])

    def update(self, hashes: int) -> None:
        """Passes on that ``hashes`` nonces have been judged by now."""
        seconds = self._request.seconds
        self._samples.append((seconds, hashes))
        while len(self._samples) > 2 and seconds - self._samples[1][0] >= _RECENT_SECONDS:
            self._samples.popleft()
        then, hashes_then = self._samples[0]
        rate = (hashes - hashes_then) / (seconds - then) if seconds > then else 0.0
        self._listener(Progress(hashes, seconds, rate, self._request.difficulty))


def _prefix_without_hashlib(data_hash: bytes, nonce: bytes) -> int:
    """``work.prefix`` by pycryptodome: the python kernel is hashlib, which cannot vouch for itself."""
    from Crypto.Hash import SHA3_256  # noqa: PLC0415

    return int.from_bytes(SHA3_256.new(nonce + data_hash).digest()[:8], "little")
