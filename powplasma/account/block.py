"""An account block: its fields, its 306-byte preimage, its hash, its signature, and its JSON in the node's form.

The hash of a block is SHA3-256 over its preimage, the signature plain Ed25519 over the 32 bytes
of the hash. An ``AccountBlock`` is what ``powplasma.validate`` takes. Source: go-zenon
``chain/nom/account_block.go``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha3_256
from typing import Any, Self

from powplasma.account.keys import (
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    KeyPair,
    address_of_public_key,
    signature_good,
)
from powplasma.account.wire import Record, to_base64
from powplasma.address import (
    ADDRESS_BYTES,
    TOKEN_STANDARD_BYTES,
    format_address,
    format_token_standard,
    parse_address,
    parse_token_standard,
)
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX, check_type
from powplasma.validation import BlockType
from powplasma.work import HASH_BYTES, NONCE_BYTES, ZERO_HASH, data_hash, parse_hash

PREIMAGE_BYTES = 306
"""Length of what is hashed."""

MAX_AMOUNT = (1 << 255) - 1
"""Largest amount that a block can state. go-zenon ``verifier/account_block.go``."""

ZERO_ADDRESS = bytes(ADDRESS_BYTES)
"""Receiver of a block that has none."""

ZERO_TOKEN_STANDARD = bytes(TOKEN_STANDARD_BYTES)
"""Token standard of a block that moves nothing."""

ZNN = parse_token_standard("zts1znnxxxxxxxxxxxxx9z4ulx")
"""Token standard of the coin ZNN."""

QSR = parse_token_standard("zts1qsrxxxxxxxxxxxxxmrhjll")
"""Token standard of the coin QSR."""

MAINNET = 1
"""Chain identifier of the main network."""

MAX_DECIMALS = 18
"""Most decimal places of any token. go-zenon ``TokenMaxDecimals``."""


def _check_bytes(field: str, value: object, size: int) -> None:
    if not isinstance(value, bytes):
        raise InvalidInput(field, value, "is not bytes", f"{size} bytes")
    if len(value) != size:
        raise InvalidInput(field, value, f"has {len(value)} bytes", f"{size} bytes")


class SealFlaw(StrEnum):
    """What can be wrong with hash and signature of a block, in the order in which the node looks."""

    HASH_MISSING = "the block has no hash"
    HASH_WRONG = "the hash is not that of the block"
    SIGNATURE_MISSING = "the block has no signature"
    PUBLIC_KEY_MISSING = "the block has no public key"
    SIGNATURE_WRONG = "the signature is not that of the hash by the public key"
    PUBLIC_KEY_WRONG_ADDRESS = "the public key does not own the address"


@dataclass(frozen=True, slots=True)
class MomentumReference:
    """Names a momentum.

    Attributes:
        hash: 32 bytes.
        height: from 1 on; 0 with a zero hash stands for none.
    """

    hash: bytes
    height: int

    def __post_init__(self) -> None:
        _check_bytes("momentum_acknowledged.hash", self.hash, HASH_BYTES)
        height = check_integer("momentum_acknowledged.height", self.height, 0, U64_MAX)
        object.__setattr__(self, "height", height)


NO_MOMENTUM = MomentumReference(ZERO_HASH, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBlock:
    """One block of an account's chain. Only the shape of its fields is checked here, not the rules.

    Attributes:
        version: 1.
        chain_identifier: the network; 1 is the main one.
        block_type: see ``BlockType``.
        hash: 32 bytes as stated; zero if not stated. ``compute_hash`` says what it has to be.
        previous_hash: 32 bytes: hash of the account's previous block, zero for the first.
        height: of the block in its account's chain, from 1 on.
        momentum_acknowledged: the momentum whose state the block builds on.
        address: 20 bytes: the account.
        to_address: 20 bytes: receiver of a send, else zero.
        amount: in base units of the token, 0 … 2^255 - 1.
        token_standard: 10 bytes.
        from_block_hash: 32 bytes: the send that a receive receives, else zero.
        descendant_blocks: sends that a contract's receive makes; none for users.
        data: any bytes.
        fused_plasma: fused plasma that the block commits.
        difficulty: difficulty that its nonce is good for; 0 without proof of work.
        nonce: 8 bytes in the order they are hashed.
        base_plasma: as the node states it. Not part of the hash.
        used_plasma: the same.
        changes_hash: 32 bytes, the same.
        public_key: 32 bytes, or none.
        signature: 64 bytes, or none.

    Raises:
        InvalidInput: a field of the wrong type, length or range.
    """

    version: int = 1
    chain_identifier: int = MAINNET
    block_type: int
    hash: bytes = ZERO_HASH
    previous_hash: bytes = ZERO_HASH
    height: int = 1
    momentum_acknowledged: MomentumReference = NO_MOMENTUM
    address: bytes
    to_address: bytes = ZERO_ADDRESS
    amount: int = 0
    token_standard: bytes = ZERO_TOKEN_STANDARD
    from_block_hash: bytes = ZERO_HASH
    descendant_blocks: tuple[AccountBlock, ...] = ()
    data: bytes = b""
    fused_plasma: int = 0
    difficulty: int = 0
    nonce: bytes = bytes(NONCE_BYTES)
    base_plasma: int = 0
    used_plasma: int = 0
    changes_hash: bytes = ZERO_HASH
    public_key: bytes = b""
    signature: bytes = b""

    def __post_init__(self) -> None:
        for field in _INTEGERS:
            object.__setattr__(self, field, check_integer(field, getattr(self, field), 0, U64_MAX))
        object.__setattr__(self, "amount", check_integer("amount", self.amount, 0, MAX_AMOUNT))
        for field, size in _SIZES.items():
            _check_bytes(field, getattr(self, field), size)
        if not isinstance(self.data, bytes):
            raise InvalidInput("data", self.data, "is not bytes", "bytes")
        for field, size in _OPTIONAL_SIZES.items():
            if getattr(self, field) != b"":
                _check_bytes(field, getattr(self, field), size)
        check_type("momentum_acknowledged", self.momentum_acknowledged, MomentumReference)
        check_type("descendant_blocks", self.descendant_blocks, tuple)
        for block in self.descendant_blocks:
            check_type("descendant_blocks", block, AccountBlock)

    @classmethod
    def send(
        cls,
        address: str | bytes,
        to_address: str | bytes,
        amount: int = 0,
        token_standard: str | bytes = ZNN,
        data: bytes = b"",
        **fields: Any,
    ) -> Self:
        """A send that states no plasma yet; ``fields`` are other fields of the block.

        Raises:
            InvalidInput: an argument that is not usable.
        """
        token = parse_token_standard(token_standard)
        amount = check_integer("amount", amount, 0, MAX_AMOUNT)
        return cls(
            block_type=BlockType.USER_SEND.value,
            address=parse_address(address),
            to_address=_named("to_address", to_address),
            amount=amount,
            # A send of nothing has no token, so that one block has one form.
            token_standard=token if amount else ZERO_TOKEN_STANDARD,
            data=data,
            **fields,
        )

    @classmethod
    def receive(cls, address: str | bytes, from_block_hash: str | bytes, **fields: Any) -> Self:
        """A receive of the send with this hash that states no plasma yet; errors as ``send``."""
        return cls(
            block_type=BlockType.USER_RECEIVE.value,
            address=parse_address(address),
            from_block_hash=parse_hash(from_block_hash, "from_block_hash"),
            **fields,
        )

    @property
    def data_hash(self) -> bytes:
        """The 32 bytes that the block's proof of work commits to."""
        return data_hash(self.address, self.previous_hash)

    def preimage(self) -> bytes:
        """The 306 bytes that are hashed; every integer big-endian."""
        momentum = self.momentum_acknowledged
        descendants = b"".join(block.hash for block in self.descendant_blocks)
        return b"".join(
            (
                self.version.to_bytes(8),
                self.chain_identifier.to_bytes(8),
                self.block_type.to_bytes(8),
                self.previous_hash,
                self.height.to_bytes(8),
                momentum.hash,
                momentum.height.to_bytes(8),
                self.address,
                self.to_address,
                self.amount.to_bytes(32),
                self.token_standard,
                self.from_block_hash,
                sha3_256(descendants).digest(),
                sha3_256(self.data).digest(),
                self.fused_plasma.to_bytes(8),
                self.difficulty.to_bytes(8),
                self.nonce,
            )
        )

    def compute_hash(self) -> bytes:
        """The 32 bytes that ``hash`` has to be."""
        return sha3_256(self.preimage()).digest()

    def signed(self, key_pair: KeyPair) -> Self:
        """The same block with its hash and a signature.

        Raises:
            InvalidInput: field ``address``; the key pair does not own it.
        """
        if key_pair.address != self.address:
            accepted = f"{format_address(key_pair.address)}, the key's own"
            raise InvalidInput("address", format_address(self.address), "is not the address of the key", accepted)
        digest = self.compute_hash()
        return dataclasses.replace(self, hash=digest, public_key=key_pair.public_key, signature=key_pair.sign(digest))

    def verify_signature(self) -> bool:
        """Whether hash, signature and public key are those of this block and of its address."""
        return self.seal_flaw() is None

    def seal_flaw(self) -> SealFlaw | None:
        """What is wrong with hash and signature, in the node's order; None if nothing is."""
        flaw = None
        if self.hash == ZERO_HASH:
            flaw = SealFlaw.HASH_MISSING
        elif self.hash != self.compute_hash():
            flaw = SealFlaw.HASH_WRONG
        elif not self.signature:
            flaw = SealFlaw.SIGNATURE_MISSING
        elif not self.public_key:
            flaw = SealFlaw.PUBLIC_KEY_MISSING
        elif not signature_good(self.public_key, self.hash, self.signature):
            flaw = SealFlaw.SIGNATURE_WRONG
        elif address_of_public_key(self.public_key) != self.address:
            flaw = SealFlaw.PUBLIC_KEY_WRONG_ADDRESS
        return flaw

    def to_json(self) -> dict[str, Any]:
        """The block as the node writes and reads it.

        Integers are numbers, which may exceed 2^53, the amount is decimal text, hashes and nonce
        are hexadecimal, data, key and signature base64, both of these null where there is none.
        """
        momentum = self.momentum_acknowledged
        return {
            "version": self.version,
            "chainIdentifier": self.chain_identifier,
            "blockType": self.block_type,
            "hash": self.hash.hex(),
            "previousHash": self.previous_hash.hex(),
            "height": self.height,
            "momentumAcknowledged": {"hash": momentum.hash.hex(), "height": momentum.height},
            "address": format_address(self.address),
            "toAddress": format_address(self.to_address),
            "amount": str(self.amount),
            "tokenStandard": format_token_standard(self.token_standard),
            "fromBlockHash": self.from_block_hash.hex(),
            "descendantBlocks": [block.to_json() for block in self.descendant_blocks],
            "data": to_base64(self.data),
            "fusedPlasma": self.fused_plasma,
            "difficulty": self.difficulty,
            "nonce": self.nonce.hex(),
            "basePlasma": self.base_plasma,
            "usedPlasma": self.used_plasma,
            "changesHash": self.changes_hash.hex(),
            "publicKey": to_base64(self.public_key) if self.public_key else None,
            "signature": to_base64(self.signature) if self.signature else None,
        }

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The block of a JSON object in the node's form.

        Fields that are not part of a block, such as ``token`` and ``confirmationDetail`` in the
        node's answers, are passed over. What the node leaves to a publisher may be missing: hash,
        data, descendant blocks, base and used plasma, changes hash, public key and signature.

        Raises:
            InvalidInput: a field by its name in JSON, missing or not usable.
        """
        fields = Record(record, "block")
        momentum = fields.record("momentumAcknowledged")
        try:
            return cls(
                version=fields.integer("version"),
                chain_identifier=fields.integer("chainIdentifier"),
                block_type=fields.integer("blockType"),
                hash=fields.hash("hash", ZERO_HASH),
                previous_hash=fields.hash("previousHash"),
                height=fields.integer("height"),
                momentum_acknowledged=MomentumReference(momentum.hash("hash"), momentum.integer("height")),
                address=fields.address("address"),
                to_address=fields.address("toAddress"),
                amount=fields.amount("amount"),
                token_standard=fields.token_standard("tokenStandard"),
                from_block_hash=fields.hash("fromBlockHash"),
                descendant_blocks=tuple(map(AccountBlock.from_json, fields.list("descendantBlocks", []))),
                data=fields.base64("data", b""),
                fused_plasma=fields.integer("fusedPlasma"),
                difficulty=fields.integer("difficulty"),
                nonce=fields.nonce("nonce"),
                base_plasma=fields.integer("basePlasma", 0),
                used_plasma=fields.integer("usedPlasma", 0),
                changes_hash=fields.hash("changesHash", ZERO_HASH),
                public_key=fields.base64("publicKey", b""),
                signature=fields.base64("signature", b""),
            )
        except RecursionError:
            raise InvalidInput(
                "descendantBlocks", "they", "are nested too deeply", "blocks without descendants"
            ) from None


_INTEGERS = (
    "version",
    "chain_identifier",
    "block_type",
    "height",
    "fused_plasma",
    "difficulty",
    "base_plasma",
    "used_plasma",
)
_SIZES = {
    "hash": HASH_BYTES,
    "previous_hash": HASH_BYTES,
    "address": ADDRESS_BYTES,
    "to_address": ADDRESS_BYTES,
    "token_standard": TOKEN_STANDARD_BYTES,
    "from_block_hash": HASH_BYTES,
    "nonce": NONCE_BYTES,
    "changes_hash": HASH_BYTES,
}
_OPTIONAL_SIZES = {"public_key": PUBLIC_KEY_BYTES, "signature": SIGNATURE_BYTES}


def _named(field: str, address: str | bytes) -> bytes:
    """An address whose error names ``field``."""
    try:
        return parse_address(address)
    except InvalidInput as refused:
        raise InvalidInput(field, refused.value, refused.problem, refused.accepted) from None
