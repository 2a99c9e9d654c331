"""What a proof of work is: the exact rule, in plain Python integers.

This module is the specification. It is slow on purpose and shares no code with any kernel, so
that a bug in a kernel can never approve itself. Source of every rule: docs/specification.md; go-zenon
``pow/pow.go``.

- data hash = SHA3-256(address, 20 bytes || previous hash, 32 bytes)
- prefix = the first 8 bytes of SHA3-256(nonce, 8 bytes || data hash, 32 bytes), little-endian
- threshold(D) = 2^64 - floor(2^64 / D), and 0 for D = 0
- the nonce is good for D if and only if prefix >= threshold(D)

A nonce is 8 bytes in the order they are hashed; its text form is 16 hex digits in that order.
Searches count it as a little-endian integer, the *counter*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha3_256
from typing import Literal

from powplasma.address import parse_address
from powplasma.errors import InvalidInput, check_integer

HASH_BYTES = 32
"""Length of a data hash, a previous hash and a digest."""

NONCE_BYTES = 8
"""Length of a nonce."""

U64 = 1 << 64
"""Number of values of a prefix, of nonces, and one more than the largest difficulty."""

MAX_DIFFICULTY = U64 - 1
"""Largest difficulty that a block can state (unsigned 64 bit)."""

ZERO_HASH = bytes(HASH_BYTES)
"""Previous hash of the first block of an account."""

_HEX = re.compile(r"[0-9a-fA-F]*\Z")


@dataclass(frozen=True, slots=True)
class Work:
    """A proof of work: a nonce that is good for a difficulty, and what finding it took.

    Attributes:
        data_hash: 32 bytes.
        nonce: 8 bytes in the order they are hashed.
        difficulty: the difficulty that was asked for.
        achieved_difficulty: the largest difficulty that this nonce satisfies, at least ``difficulty``.
        hashes: nonces judged, over all workers.
        seconds: wall time from the start of the search, after any wait in the queue, to the checked nonce.
        kernel: name of the kernel that found it.
        workers: how many workers searched; 0 if the caller's own thread did.
    """

    data_hash: bytes
    nonce: bytes
    difficulty: int
    achieved_difficulty: int
    hashes: int
    seconds: float
    kernel: str
    workers: int


def data_hash(address: str | bytes, previous_hash: str | bytes) -> bytes:
    """The 32 bytes that a block's proof of work commits to.

    Args:
        address: of the account that sends the block; text (``z1…``) or 20 bytes.
        previous_hash: hash of the account's previous block, 64 hex digits or 32 bytes; all zero
            for the first block of an account.

    Raises:
        InvalidInput: field ``address`` or ``previous_hash``.
    """
    return sha3_256(parse_address(address) + parse_hash(previous_hash, "previous_hash")).digest()


def threshold(difficulty: int) -> int:
    """The least prefix that is good for ``difficulty``: 2^64 - floor(2^64 / difficulty), 0 for 0.

    Raises:
        InvalidInput: field ``difficulty``; not an integer from 0 to 2^64 - 1.
    """
    difficulty = check_difficulty(difficulty, least=0)
    return U64 - U64 // difficulty if difficulty else 0


def prefix(data_hash: bytes, nonce: bytes) -> int:
    """The first 8 digest bytes of SHA3-256(nonce || data hash) as a little-endian integer; checks no lengths."""
    return int.from_bytes(sha3_256(nonce + data_hash).digest()[:8], "little")


def check(data_hash: str | bytes, nonce: str | bytes, difficulty: int) -> bool:
    """Whether one nonce is good for ``difficulty``, by the exact rule.

    Difficulties 0 and 1 ask for nothing: every nonce is good for them.

    Args:
        data_hash: 32 bytes or 64 hex digits.
        nonce: 8 bytes or 16 hex digits.
        difficulty: 0 … 2^64 - 1.

    Raises:
        InvalidInput: field ``data_hash``, ``nonce`` or ``difficulty``.
    """
    return prefix(parse_hash(data_hash), parse_nonce(nonce)) >= threshold(difficulty)


def achieved_difficulty(data_hash: str | bytes, nonce: str | bytes) -> int:
    """The largest difficulty that this nonce satisfies: floor(2^64 / (2^64 - prefix)), at least 1.

    A prefix of 2^64 - 1 satisfies every difficulty; the result is then 2^64 - 1, the largest
    that a block can state.

    Raises:
        InvalidInput: field ``data_hash`` or ``nonce``.
    """
    return difficulty_of_prefix(prefix(parse_hash(data_hash), parse_nonce(nonce)))


def difficulty_of_prefix(prefix: int) -> int:
    """The largest difficulty whose threshold is at most ``prefix`` (0 … 2^64 - 1).

    Raises:
        InvalidInput: field ``prefix``.
    """
    return min(U64 // (U64 - check_integer("prefix", prefix, 0, U64 - 1)), MAX_DIFFICULTY)


def check_difficulty(difficulty: int, *, least: Literal[0, 1]) -> int:
    """The difficulty as a plain ``int``; refuses what is not an integer from ``least`` to 2^64 - 1.

    Raises:
        InvalidInput: field ``difficulty``.
    """
    return check_integer("difficulty", difficulty, least, MAX_DIFFICULTY)


def parse_hash(value: str | bytes, field: str = "data_hash") -> bytes:
    """32 bytes from bytes or from 64 hex digits; ``field`` names the value in an error."""
    return _fixed(value, HASH_BYTES, field)


def parse_nonce(value: str | bytes, field: str = "nonce") -> bytes:
    """8 bytes, in the order they are hashed, from bytes or 16 hex digits; ``field`` names the value in an error."""
    return _fixed(value, NONCE_BYTES, field)


def counter_of_nonce(nonce: bytes) -> int:
    """The little-endian integer that searches count a nonce (8 bytes) as."""
    return int.from_bytes(nonce, "little")


def nonce_of_counter(counter: int) -> bytes:
    """The 8 nonce bytes of a counter (0 … 2^64 - 1).

    Raises:
        InvalidInput: field ``counter``.
    """
    return check_integer("counter", counter, 0, U64 - 1).to_bytes(NONCE_BYTES, "little")


def _fixed(value: str | bytes, length: int, field: str) -> bytes:
    if isinstance(value, str):
        if len(value) != 2 * length:
            raise InvalidInput(field, value, f"has {len(value)} characters", f"{2 * length} hex digits")
        if not _HEX.match(value):
            raise InvalidInput(field, value, "is not hexadecimal", f"{2 * length} hex digits")
        return bytes.fromhex(value)
    if not isinstance(value, bytes | bytearray | memoryview):
        raise InvalidInput(field, value, "is neither text nor bytes", f"{length} bytes or {2 * length} hex digits")
    raw = bytes(value)
    if len(raw) != length:
        raise InvalidInput(field, raw, f"has {len(raw)} bytes", f"{length} bytes")
    return raw
