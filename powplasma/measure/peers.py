"""Other makers of SHA3-256, as a plain loop in Python would use them: what a kernel is compared with."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha3_256

from powplasma.errors import InvalidInput
from powplasma.work import U64

_SLICE = 512
"""Nonces between two looks at the clock: about a millisecond."""

_MASK = U64 - 1


def hash_with_hashlib(data_hash: bytes, start: int, count: int, threshold: int) -> int:
    """How many of ``count`` nonces from ``start`` on reach ``threshold``, by the standard library.

    The fastest such loop that was found: nearly always one byte of the digest decides.
    """
    good, top = 0, threshold >> 56
    for counter in range(start, start + count):
        digest = sha3_256((counter & _MASK).to_bytes(8, "little") + data_hash).digest()
        if digest[7] >= top and int.from_bytes(digest[:8], "little") >= threshold:
            good += 1
    return good


def hash_with_pycryptodome(data_hash: bytes, start: int, count: int, threshold: int) -> int:
    """The same by pycryptodome."""
    from Crypto.Hash import SHA3_256  # noqa: PLC0415 - only when it is asked for

    good, top, new = 0, threshold >> 56, SHA3_256.new
    for counter in range(start, start + count):
        digest = new((counter & _MASK).to_bytes(8, "little") + data_hash).digest()
        if digest[7] >= top and int.from_bytes(digest[:8], "little") >= threshold:
            good += 1
    return good


PEERS: dict[str, Callable[[bytes, int, int, int], int]] = {
    "hashlib": hash_with_hashlib,
    "pycryptodome": hash_with_pycryptodome,
}
"""What can be measured beside the kernels, by name."""


def check_peers(names: tuple[str, ...]) -> None:
    """Refuses an unknown name.

    Raises:
        InvalidInput: field ``against``.
    """
    for name in names:
        if name not in PEERS:
            raise InvalidInput("against", name, "is unknown", f"{' or '.join(PEERS)}, or both with a comma")


def peer_hashrate(name: str, data_hash: bytes, start: int, seconds: float) -> float:
    """Hashes per second of one thread over about so many seconds."""
    search = PEERS[name]
    search(data_hash, start, _SLICE, _MASK)
    begun = time.perf_counter()
    hashes = 0
    while True:
        search(data_hash, start + hashes, _SLICE, _MASK)
        hashes += _SLICE
        elapsed = time.perf_counter() - begun
        if elapsed >= seconds:
            return hashes / elapsed
