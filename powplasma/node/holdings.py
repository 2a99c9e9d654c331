"""What contracts keep for an account, as a node writes it: stakes, the delegation, rewards.

Every reader raises ``InvalidInput`` that names the field by its key in JSON. Source: go-zenon
``rpc/api/embedded/stake.go``, ``rpc/api/embedded/pillar.go``, ``vm/embedded/definition/common.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from powplasma.account.wire import Record
from powplasma.address import format_address


@dataclass(frozen=True, slots=True)
class Stake:
    """ZNN that an account has staked.

    Attributes:
        amount: in base units.
        weighted_amount: what it counts for in rewards, which grows with its duration.
        start: Unix seconds.
        expiration: Unix seconds from which on it can be cancelled.
        address: 20 bytes: the account that staked it.
        id: 32 bytes; names it when it is cancelled.
    """

    amount: int
    weighted_amount: int
    start: int
    expiration: int
    address: bytes
    id: bytes

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The stake of a JSON object."""
        fields = Record(value, "stake")
        return cls(
            fields.amount("amount"),
            fields.amount("weightedAmount"),
            fields.integer("startTimestamp"),
            fields.integer("expirationTimestamp"),
            fields.address("address"),
            fields.hash("id"),
        )

    def to_json(self) -> dict[str, Any]:
        """The stake in the node's form."""
        return {
            "amount": str(self.amount),
            "weightedAmount": str(self.weighted_amount),
            "startTimestamp": self.start,
            "expirationTimestamp": self.expiration,
            "address": format_address(self.address),
            "id": self.id.hex(),
        }


@dataclass(frozen=True, slots=True)
class StakePage:
    """Some of the stakes of an account.

    Attributes:
        stakes: those of the page.
        count: how many there are.
        amount: of all of them, in base units.
        weighted_amount: of all of them.
    """

    stakes: tuple[Stake, ...]
    count: int
    amount: int
    weighted_amount: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The page of a JSON object."""
        fields = Record(value, "stakes")
        stakes = tuple(map(Stake.from_json, fields.list("list")))
        return cls(stakes, fields.integer("count"), fields.amount("totalAmount"), fields.amount("totalWeightedAmount"))

    def to_json(self) -> dict[str, Any]:
        """The page in the node's form."""
        return {
            "totalAmount": str(self.amount),
            "totalWeightedAmount": str(self.weighted_amount),
            "count": self.count,
            "list": [stake.to_json() for stake in self.stakes],
        }


@dataclass(frozen=True, slots=True)
class Delegation:
    """The pillar that an account delegates to.

    Attributes:
        name: of the pillar.
        status: 1 for an active pillar, 2 for one that was revoked.
        weight: the account's ZNN, in base units.
    """

    name: str
    status: int
    weight: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The delegation of a JSON object."""
        fields = Record(value, "delegation")
        return cls(fields.text("name"), fields.integer("status"), fields.amount("weight"))

    def to_json(self) -> dict[str, Any]:
        """The delegation in the node's form."""
        return {"name": self.name, "status": self.status, "weight": str(self.weight)}


@dataclass(frozen=True, slots=True)
class Reward:
    """What an account can collect from one contract, in base units.

    Attributes:
        address: 20 bytes.
        znn_amount: ZNN.
        qsr_amount: QSR.
    """

    address: bytes
    znn_amount: int
    qsr_amount: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The reward of a JSON object."""
        fields = Record(value, "reward")
        return cls(fields.address("address"), fields.amount("znnAmount"), fields.amount("qsrAmount"))

    def to_json(self) -> dict[str, Any]:
        """The reward in the node's form."""
        return {
            "address": format_address(self.address),
            "znnAmount": str(self.znn_amount),
            "qsrAmount": str(self.qsr_amount),
        }
