"""One search as the engine carries it: what is asked for, how long it may take, how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import UnionType

from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.work import (
    U64,
    Work,
    check_difficulty,
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
        timeout: seconds from ``submitted`` on, or None.
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
        check_difficulty(difficulty, least=1)
        if timeout is not None and not (_is_number(timeout, int | float) and 0 < timeout < float("inf")):
            raise InvalidInput("timeout", timeout, "is out of range", "seconds above 0")
        if max_hashes is not None and not (_is_number(max_hashes, int) and 1 <= max_hashes <= U64):
            raise InvalidInput("max_hashes", max_hashes, "is out of range", f"1 … {U64}")
        return cls(
            data_hash=parse_hash(data_hash),
            difficulty=difficulty,
            start=None if start_nonce is None else counter_of_nonce(parse_nonce(start_nonce, "start_nonce")),
            timeout=timeout,
            max_hashes=U64 if max_hashes is None else max_hashes,
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


def _is_number(value: object, kinds: type | UnionType) -> bool:
    """Whether it is a number of one of these kinds; truth values are none."""
    return isinstance(value, kinds) and not isinstance(value, bool)


def _prefix_without_hashlib(data_hash: bytes, nonce: bytes) -> int:
    """``work.prefix`` by pycryptodome: the python kernel is hashlib, which cannot vouch for itself."""
    from Crypto.Hash import SHA3_256  # noqa: PLC0415

    return int.from_bytes(SHA3_256.new(nonce + data_hash).digest()[:8], "little")
