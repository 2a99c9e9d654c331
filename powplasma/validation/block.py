"""The fields of an account block that its proof of work and its plasma depend on."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from powplasma.errors import InvalidInput, plain_integer
from powplasma.validation.expiry import Anchor
from powplasma.work import ZERO_HASH

CONTRACT_ADDRESS_KIND = 1
"""First byte of the address of an embedded contract; a user's is 0. go-zenon ``common/types/address.go``."""


class BlockType(IntEnum):
    """What an account block is. go-zenon ``chain/nom/account_block.go``."""

    GENESIS_RECEIVE = 1
    USER_SEND = 2
    USER_RECEIVE = 3
    CONTRACT_SEND = 4
    CONTRACT_RECEIVE = 5


class AccountBlockFields(Protocol):
    """What the validator reads from a block; any object with these will do.

    Base plasma, used plasma and data hash are not among them: they are recomputed. A block with
    anchored work also has ``anchor``, an ``Anchor``; one that has no such field, or None, has none.
    """

    @property
    def block_type(self) -> int:
        """1 … 5, see ``BlockType``."""

    @property
    def address(self) -> bytes:
        """20 bytes: the account that sends the block."""

    @property
    def previous_hash(self) -> bytes:
        """32 bytes: hash of the account's previous block, zero for the first."""

    @property
    def to_address(self) -> bytes:
        """20 bytes: receiver of a send."""

    @property
    def data(self) -> bytes:
        """Data of the block."""

    @property
    def fused_plasma(self) -> int:
        """Fused plasma that the block commits."""

    @property
    def difficulty(self) -> int:
        """Difficulty that its nonce is said to be good for."""

    @property
    def nonce(self) -> bytes:
        """8 bytes, in the order they are hashed."""


@dataclass(frozen=True, slots=True)
class JudgedBlock:
    """A block for the validator alone, where no whole account block is at hand; see ``AccountBlockFields``."""

    block_type: int
    address: bytes
    previous_hash: bytes = ZERO_HASH
    to_address: bytes = bytes(20)
    data: bytes = b""
    fused_plasma: int = 0
    difficulty: int = 0
    nonce: bytes = bytes(8)
    anchor: Anchor | None = None


def with_plain_integers(block: AccountBlockFields) -> AccountBlockFields:
    """The block itself, or a copy of its fields in which integers of other kinds, such as numpy's, are plain ones.

    What is no integer is left as it is, for the verdict to name.
    """
    if type(block.fused_plasma) is type(block.difficulty) is int and isinstance(block.block_type, int):
        return block
    return JudgedBlock(
        _plain(block.block_type),
        block.address,
        block.previous_hash,
        block.to_address,
        block.data,
        _plain(block.fused_plasma),
        _plain(block.difficulty),
        block.nonce,
        anchor_of(block),
    )


def anchor_of(block: AccountBlockFields) -> Anchor | None:
    """The anchor that a block names, if it names one."""
    return getattr(block, "anchor", None)


def _plain(value: int) -> int:
    with contextlib.suppress(InvalidInput):
        return plain_integer("", value)
    return value
