"""Momentums as a node writes them: read strictly, and written in its form.

Every reader raises ``InvalidInput`` that names the field by its key in JSON. Source: go-zenon
``rpc/api/ledger_types.go``, ``chain/nom/momentum.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha3_256
from typing import Any, Self

from powplasma.account import MomentumReference
from powplasma.account.wire import Record, to_base64
from powplasma.address import format_address
from powplasma.plasma.pricing import DYNAMIC_MOMENTUM_VERSION


@dataclass(frozen=True, slots=True)
class ContentHeader:
    """Names a block that a momentum contains.

    Attributes:
        address: of its account, 20 bytes.
        hash: 32 bytes.
        height: in its account's chain.
    """

    address: bytes
    hash: bytes
    height: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The header of a JSON object."""
        fields = Record(value, "content")
        return cls(fields.address("address"), fields.hash("hash"), fields.integer("height"))

    def to_json(self) -> dict[str, Any]:
        """The header in the node's form."""
        return {"address": format_address(self.address), "hash": self.hash.hex(), "height": self.height}


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum:
    """A momentum.

    Attributes:
        version: 1, or 2 where Dynamic Plasma is active.
        chain_identifier: the network.
        hash: 32 bytes.
        previous_hash: 32 bytes.
        height: from 1 on.
        timestamp: Unix seconds.
        data: any bytes.
        content: the blocks that it confirms.
        changes_hash: 32 bytes.
        public_key: of its producer, 32 bytes; none in the first momentum.
        signature: 64 bytes; none in the first momentum.
        producer: 20 bytes.
        next_fusion_price: price of fused plasma for the blocks of the next momentum, in thousandths; 0 in version 1.
        next_work_price: the same of worked plasma.
    """

    version: int
    chain_identifier: int
    hash: bytes
    previous_hash: bytes
    height: int
    timestamp: int
    data: bytes
    content: tuple[ContentHeader, ...]
    changes_hash: bytes
    public_key: bytes
    signature: bytes
    producer: bytes
    next_fusion_price: int = 0
    next_work_price: int = 0

    @property
    def reference(self) -> MomentumReference:
        """What a block that acknowledges this momentum states."""
        return MomentumReference(self.hash, self.height)

    def compute_hash(self) -> bytes:
        """The 32 bytes that ``hash`` has to be: SHA3-256, every integer big-endian; prices from version 2 on."""
        content = b"".join(header.address + header.height.to_bytes(8) + header.hash for header in self.content)
        preimage = b"".join(
            (
                self.version.to_bytes(8),
                self.chain_identifier.to_bytes(8),
                self.previous_hash,
                self.height.to_bytes(8),
                self.timestamp.to_bytes(8),
                sha3_256(self.data).digest(),
                sha3_256(content).digest(),
                self.changes_hash,
            )
        )
        if self.version >= DYNAMIC_MOMENTUM_VERSION:
            preimage += self.next_fusion_price.to_bytes(8) + self.next_work_price.to_bytes(8)
        return sha3_256(preimage).digest()

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The momentum of a JSON object in the node's form."""
        fields = Record(value, "momentum")
        return cls(
            version=fields.integer("version"),
            chain_identifier=fields.integer("chainIdentifier"),
            hash=fields.hash("hash"),
            previous_hash=fields.hash("previousHash"),
            height=fields.integer("height"),
            timestamp=fields.integer("timestamp"),
            data=fields.base64("data", b""),
            content=tuple(map(ContentHeader.from_json, fields.list("content", []))),
            changes_hash=fields.hash("changesHash"),
            public_key=fields.base64("publicKey", b""),
            signature=fields.base64("signature", b""),
            producer=fields.address("producer"),
            next_fusion_price=fields.integer("nextFusionPrice", 0),
            next_work_price=fields.integer("nextWorkPrice", 0),
        )

    def to_json(self) -> dict[str, Any]:
        """The momentum in the node's form; prices only from version 2 on."""
        record: dict[str, Any] = {
            "version": self.version,
            "chainIdentifier": self.chain_identifier,
            "hash": self.hash.hex(),
            "previousHash": self.previous_hash.hex(),
            "height": self.height,
            "timestamp": self.timestamp,
            "data": to_base64(self.data),
            "content": [header.to_json() for header in self.content],
            "changesHash": self.changes_hash.hex(),
            "publicKey": to_base64(self.public_key) if self.public_key else None,
            "signature": to_base64(self.signature) if self.signature else None,
            "producer": format_address(self.producer),
        }
        if self.version >= DYNAMIC_MOMENTUM_VERSION:
            record |= {"nextFusionPrice": self.next_fusion_price, "nextWorkPrice": self.next_work_price}
        return record


@dataclass(frozen=True, slots=True)
class MomentumPage:
    """Some momentums, by ascending height.

    Attributes:
        momentums: those of the page.
        count: height of the newest momentum of the chain.
    """

    momentums: tuple[Momentum, ...]
    count: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The page of a JSON object."""
        fields = Record(value, "momentums")
        return cls(tuple(map(Momentum.from_json, fields.list("list"))), fields.integer("count"))

    def to_json(self) -> dict[str, Any]:
        """The page in the node's form."""
        return {"list": [momentum.to_json() for momentum in self.momentums], "count": self.count}
