"""Blocks that are published, as the node's decoder reads them.

Source: go-zenon ``chain/nom/account_block.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.account import AccountBlock, MomentumReference
from powplasma.account.block import MAX_AMOUNT
from powplasma.account.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from powplasma.node.devnode.wire import (
    ADDRESS,
    AMOUNT,
    DATA,
    HASH,
    NONCE,
    PUBLIC_KEY,
    TOKEN_STANDARD,
    UINT64,
    Kind,
    Unreadable,
    fields,
    name_of,
)
from powplasma.work import ZERO_HASH

_MOST_DESCENDANTS = 16
"""How deeply descendant blocks may be nested; a node refuses any of a user."""


@dataclass(frozen=True, slots=True)
class Published:
    """A block that is to be published.

    Attributes:
        block: as it can be judged. A key or signature of a wrong length is replaced by one that is never good, an
            amount out of range by 0.
        amount: as it was given; any integer.
    """

    block: AccountBlock
    amount: int


def read_block(given: object) -> Published:
    """The block of a JSON value.

    Raises:
        Unreadable: in the words of the node's decoder.
    """
    return _read_block(given, _MOST_DESCENDANTS)


def _read_block(given: object, depth: int) -> Published:
    found = fields(given, "api.AccountBlockMarshal", _BLOCK)
    amount = found["amount"]
    descendants = _descendants(given, depth)
    sealed = {
        name: data if len(data) in (0, size) else bytes(size)
        for name, data, size in (
            ("public_key", found["publicKey"], PUBLIC_KEY_BYTES),
            ("signature", found["signature"], SIGNATURE_BYTES),
        )
    }
    block = AccountBlock(
        version=found["version"],
        chain_identifier=found["chainIdentifier"],
        block_type=found["blockType"],
        hash=found["hash"],
        previous_hash=found["previousHash"],
        height=found["height"],
        momentum_acknowledged=found["momentumAcknowledged"],
        address=found["address"],
        to_address=found["toAddress"],
        amount=amount if 0 <= amount <= MAX_AMOUNT else 0,
        token_standard=found["tokenStandard"],
        from_block_hash=found["fromBlockHash"],
        descendant_blocks=descendants,
        data=found["data"],
        fused_plasma=found["fusedPlasma"],
        difficulty=found["difficulty"],
        nonce=found["nonce"],
        base_plasma=found["basePlasma"],
        used_plasma=found["usedPlasma"],
        changes_hash=found["changesHash"],
        **sealed,
    )
    return Published(block, amount)


def _descendants(given: Any, depth: int) -> tuple[AccountBlock, ...]:
    listed = given.get("descendantBlocks")
    if listed is None:
        return ()
    if type(listed) is not list:
        where = "AccountBlockMarshal.descendantBlocks"
        raise Unreadable(
            f"json: cannot unmarshal {name_of(listed)} into Go struct field {where} of type []*nom.AccountBlock"
        )
    if listed and not depth:
        raise Unreadable("exceeded max depth")
    return tuple(_read_block(each, depth - 1).block for each in listed)


def _momentum_of(given: dict[str, object]) -> MomentumReference:
    found = fields(given, "HashHeight", {"hash": HASH, "height": UINT64})
    return MomentumReference(found["hash"], found["height"])


_BLOCK = {
    "version": UINT64,
    "chainIdentifier": UINT64,
    "blockType": UINT64,
    "hash": HASH,
    "previousHash": HASH,
    "height": UINT64,
    "momentumAcknowledged": Kind("types.HashHeight", dict, MomentumReference(ZERO_HASH, 0), _momentum_of),
    "address": ADDRESS,
    "toAddress": ADDRESS,
    "amount": AMOUNT,
    "tokenStandard": TOKEN_STANDARD,
    "fromBlockHash": HASH,
    "data": DATA,
    "fusedPlasma": UINT64,
    "difficulty": UINT64,
    "nonce": NONCE,
    "basePlasma": UINT64,
    "usedPlasma": UINT64,
    "changesHash": HASH,
    "publicKey": PUBLIC_KEY,
    "signature": DATA,
}
