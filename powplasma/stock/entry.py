"""A work with the place that it is for, and its row in the store."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha3_256
from typing import Any

from powplasma.address import ADDRESS_BYTES, parse_address
from powplasma.validation.expiry import Anchor, data_hash_at
from powplasma.work import HASH_BYTES, NONCE_BYTES, difficulty_of_prefix, parse_hash, parse_nonce, prefix

Row = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""Address, previous hash, anchor hash, anchor height, nonce, seal; without an anchor its two are empty."""

_HEIGHT_BYTES = 8
_SEAL_BYTES = 8
_LENGTHS: set[tuple[int, ...]] = {
    (ADDRESS_BYTES, HASH_BYTES, anchor, height, NONCE_BYTES, _SEAL_BYTES)
    for anchor, height in ((0, 0), (HASH_BYTES, _HEIGHT_BYTES))
}


@dataclass(frozen=True, slots=True)
class StoredWork:
    """A nonce for the block at one place of an account's chain.

    What the nonce is good for is never stored: it is worked out from the other fields.

    Attributes:
        address: 20 bytes: the account; text is accepted too.
        previous_hash: 32 bytes: hash of the block that it is to follow; 64 hex digits are accepted too.
        nonce: 8 bytes in the order they are hashed; 16 hex digits are accepted too.
        anchor: of anchored work.

    Raises:
        InvalidInput: field ``address``, ``previous_hash`` or ``nonce``.
    """

    address: bytes
    previous_hash: bytes
    nonce: bytes
    anchor: Anchor | None = None

    def __post_init__(self) -> None:
        if _are_bytes(self.address, self.previous_hash, self.nonce):
            return  # as they come from a row: by far the most are
        object.__setattr__(self, "address", parse_address(self.address))
        object.__setattr__(self, "previous_hash", parse_hash(self.previous_hash, "previous_hash"))
        object.__setattr__(self, "nonce", parse_nonce(self.nonce))

    @property
    def data_hash(self) -> bytes:
        """The 32 bytes that the nonce was searched for."""
        return data_hash_at(self.address, self.previous_hash, self.anchor.hash if self.anchor else b"")

    @property
    def achieved_difficulty(self) -> int:
        """The largest difficulty that the nonce satisfies, at least 1."""
        return difficulty_of_prefix(prefix(self.data_hash, self.nonce))

    def row(self) -> Row:
        """The row of this work."""
        anchor_hash, height = b"", b""
        if self.anchor is not None:
            anchor_hash, height = self.anchor.hash, self.anchor.height.to_bytes(_HEIGHT_BYTES, "big")
        fields = (self.address, self.previous_hash, anchor_hash, height, self.nonce)
        return (*fields, _seal(fields))


def work_of_row(row: tuple[Any, ...]) -> StoredWork | None:
    """The work of a row; None if the row is not as it was written.

    A seal over all fields says so: the nonce alone would not, since every nonce is good for some
    difficulty, and the height of an anchor takes no part in the hashing.
    """
    try:
        sound = tuple(map(len, row)) in _LENGTHS and _seal(row[:-1]) == row[-1]
    except TypeError:  # a number, or nothing, where bytes were written
        return None
    if not sound:
        return None
    address, previous_hash, anchor_hash, height, nonce, _ = row
    anchor = Anchor(anchor_hash, int.from_bytes(height, "big")) if anchor_hash else None
    return StoredWork(address, previous_hash, nonce, anchor)


def _are_bytes(address: object, previous_hash: object, nonce: object) -> bool:
    """Whether these need no reading."""
    return (
        type(address) is type(previous_hash) is type(nonce) is bytes
        and len(address) == ADDRESS_BYTES
        and len(previous_hash) == HASH_BYTES
        and len(nonce) == NONCE_BYTES
    )


def _seal(fields: tuple[bytes, ...]) -> bytes:
    """Eight bytes that chance does not repeat; of known lengths only, so that no two rows hash the same bytes."""
    return sha3_256(b"powplasma work store" + b"".join(fields)).digest()[:_SEAL_BYTES]
