"""What the kernels are compared with: hashlib, one nonce at a time."""

from __future__ import annotations

import hashlib

from powplasma.kernels import SearchResult

U64 = 1 << 64


def prefix(data_hash: bytes, counter: int) -> int:
    """The prefix of the nonce that counter stands for (modulo 2^64)."""
    digest = hashlib.sha3_256((counter % U64).to_bytes(8, "little") + data_hash).digest()
    return int.from_bytes(digest[:8], "little")


def first_good(data_hash: bytes, start: int, count: int, threshold: int) -> SearchResult:
    """What a kernel has to answer."""
    for done in range(count):
        if prefix(data_hash, start + done) >= threshold:
            return SearchResult((start + done) % U64, done + 1)
    return SearchResult(None, count)


def threshold(difficulty: int) -> int:
    """Least good prefix."""
    return U64 - U64 // difficulty if difficulty else 0
