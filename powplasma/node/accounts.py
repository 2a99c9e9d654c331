"""Accounts, their blocks and tokens as a node writes them: read strictly, and written in its form.

Every reader raises ``InvalidInput`` that names the field by its key in JSON. Source: go-zenon
``rpc/api/ledger_types.go``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from powplasma.account import AccountBlock, MomentumReference
from powplasma.account.block import MAX_DECIMALS
from powplasma.account.wire import Record
from powplasma.address import format_address, format_token_standard, parse_token_standard
from powplasma.errors import check_integer
from powplasma.validation import BlockType


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Where a block stands in the chain of momentums.

    Attributes:
        confirmations: momentums from the one that contains the block to the newest, both counted.
        momentum: the one that contains the block.
        timestamp: of it, Unix seconds.
    """

    confirmations: int
    momentum: MomentumReference
    timestamp: int

    @classmethod
    def from_json(cls, fields: Record) -> Self:
        """The confirmation of a JSON object."""
        momentum = MomentumReference(fields.hash("momentumHash"), fields.integer("momentumHeight"))
        return cls(fields.integer("numConfirmations"), momentum, fields.integer("momentumTimestamp"))

    def to_json(self) -> dict[str, Any]:
        """The confirmation in the node's form."""
        return {
            "numConfirmations": self.confirmations,
            "momentumHeight": self.momentum.height,
            "momentumHash": self.momentum.hash.hex(),
            "momentumTimestamp": self.timestamp,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token standard stands for.

    Attributes:
        token_standard: 10 bytes.
        name: ``Zenon Coin``.
        symbol: ``ZNN``.
        domain: of its issuer.
        decimals: digits after the point.
        owner: 20 bytes.
        total_supply: in base units.
        max_supply: in base units.
        burnable: whether anybody may burn it.
        mintable: whether its owner may make more.
        utility: whether it is one.
    """

    token_standard: bytes
    name: str
    symbol: str
    domain: str
    decimals: int
    owner: bytes
    total_supply: int
    max_supply: int
    burnable: bool
    mintable: bool
    utility: bool

    @classmethod
    def from_json(cls, fields: Record) -> Self:
        """The token of a JSON object."""
        return cls(
            token_standard=fields.token_standard("tokenStandard"),
            name=fields.text("name"),
            symbol=fields.text("symbol"),
            domain=fields.text("domain"),
            decimals=check_integer("decimals", fields.integer("decimals"), 0, MAX_DECIMALS),
            owner=fields.address("owner"),
            total_supply=fields.amount("totalSupply"),
            max_supply=fields.amount("maxSupply"),
            burnable=fields.truth("isBurnable"),
            mintable=fields.truth("isMintable"),
            utility=fields.truth("isUtility"),
        )

    def to_json(self) -> dict[str, Any]:
        """The token in the node's form."""
        return {
            "name": self.name,
            "symbol": self.symbol,
            "domain": self.domain,
            "totalSupply": str(self.total_supply),
            "decimals": self.decimals,
            "owner": format_address(self.owner),
            "tokenStandard": format_token_standard(self.token_standard),
            "maxSupply": str(self.max_supply),
            "isBurnable": self.burnable,
            "isMintable": self.mintable,
            "isUtility": self.utility,
        }


@dataclass(frozen=True, slots=True)
class NodeBlock:
    """A block as a node has it.

    Attributes:
        block: the block.
        confirmation: where it stands; None while no momentum contains it.
        token: of its amount; None where it moves nothing.
        paired: the receive of a send, the send of a receive; None if there is none yet.
    """

    block: AccountBlock
    confirmation: Confirmation | None = None
    token: Token | None = None
    paired: NodeBlock | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The block of a JSON object in the node's form.

        What stands as the other side of a genesis block is a filler, and left out.
        """
        fields = Record(value, "block")
        block = cls._alone(value)
        paired = fields.get("pairedAccountBlock")
        if paired is None or block.block.block_type == BlockType.GENESIS_RECEIVE:
            return block
        return replace(block, paired=cls._alone(paired))

    @classmethod
    def _alone(cls, value: object) -> Self:
        """A block without its other side."""
        fields = Record(value, "block")
        confirmation, token = fields.optional_record("confirmationDetail"), fields.optional_record("token")
        return cls(
            AccountBlock.from_json(value),
            None if confirmation is None else Confirmation.from_json(confirmation),
            None if token is None else Token.from_json(token),
        )

    @property
    def genuine(self) -> bool:
        """Whether the block's hash is that of its fields, and so is the hash of each block that it contains."""
        return all(_hash_is_own(block) for block in (self.block, *self.block.descendant_blocks))

    def to_json(self) -> dict[str, Any]:
        """The block in the node's form."""
        paired = self.paired and self.paired.to_json()
        if self.block.block_type == BlockType.GENESIS_RECEIVE:
            filler = AccountBlock(
                version=0, chain_identifier=0, block_type=BlockType.CONTRACT_SEND.value, height=0, address=bytes(20)
            )
            paired = NodeBlock(filler, self.confirmation).to_json() | {"data": None}
        return {
            **self.block.to_json(),
            "token": self.token and self.token.to_json(),
            "confirmationDetail": self.confirmation and self.confirmation.to_json(),
            "pairedAccountBlock": paired,
        }


def _hash_is_own(block: AccountBlock) -> bool:
    return block.compute_hash() == block.hash


@dataclass(frozen=True, slots=True)
class BlockPage:
    """Some of the blocks of a list.

    Attributes:
        blocks: those of the page.
        count: how many the list has, as far as the node looked.
        more: whether the list is longer than the node looked.
    """

    blocks: tuple[NodeBlock, ...]
    count: int
    more: bool = False

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The page of a JSON object."""
        fields = Record(value, "blocks")
        return cls(tuple(map(NodeBlock.from_json, fields.list("list"))), fields.integer("count"), fields.truth("more"))

    def to_json(self) -> dict[str, Any]:
        """The page in the node's form."""
        return {"list": [block.to_json() for block in self.blocks], "count": self.count, "more": self.more}


@dataclass(frozen=True, slots=True)
class Balance:
    """How much of a token an account has.

    Attributes:
        token: the token.
        amount: in its base units.
    """

    token: Token
    amount: int


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account.

    Attributes:
        address: 20 bytes.
        height: number of its blocks, with those that no momentum contains yet.
        balances: by token standard (10 bytes).
    """

    address: bytes
    height: int
    balances: dict[bytes, Balance]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The account of a JSON object."""
        fields = Record(value, "account")
        balances = {}
        for text, entry in fields.record("balanceInfoMap").items():
            record = Record(entry, text)
            token = Token.from_json(record.record("token"))
            balances[parse_token_standard(text)] = Balance(token, record.amount("balance"))
        return cls(fields.address("address"), fields.integer("accountHeight"), balances)

    def to_json(self) -> dict[str, Any]:
        """The account in the node's form."""
        return {
            "address": format_address(self.address),
            "accountHeight": self.height,
            "balanceInfoMap": {
                format_token_standard(token): {"token": balance.token.to_json(), "balance": str(balance.amount)}
                for token, balance in self.balances.items()
            },
        }
