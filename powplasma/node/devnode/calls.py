"""Calls of contracts, as far as a devnode judges them: their data, and what fusing QSR demands.

Source: go-zenon ``vm/embedded/implementation/plasma.go``.
"""

from __future__ import annotations

from powplasma.account import QSR, AccountBlock
from powplasma.account.abi.values import decode_values, encode_values, type_named
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.node.refusals import BlockRefusal
from powplasma.plasma.alphanet import MIN_FUSE_AMOUNT
from powplasma.plasma.costs import SELECTOR_BYTES, embedded_method_of_data
from powplasma.plasma.interface import FUSION_UNIT_AMOUNT


def call_refusal(block: AccountBlock) -> BlockRefusal | None:
    """Why a contract does not take a call, before its hash is looked at; None if it does, or if that is not known here.

    Args:
        block: a send to a contract's address, whose data selects a method.
    """
    method = embedded_method_of_data(format_address(block.to_address), block.data)
    try:
        _decoded(block)
    except InvalidInput:
        return BlockRefusal.CALL_DATA
    if not method.parameters and len(block.data) > SELECTOR_BYTES:
        return BlockRefusal.CALL_DATA
    amounts = {
        "Plasma.Fuse": block.token_standard == QSR
        and block.amount >= MIN_FUSE_AMOUNT
        and not block.amount % FUSION_UNIT_AMOUNT,
        "Plasma.CancelFuse": not block.amount,
    }
    good = amounts.get(f"{method.contract}.{method.name}", True)
    return None if good else BlockRefusal.CALL_TOKEN_OR_AMOUNT


def is_canonical(block: AccountBlock) -> bool:
    """Whether the data of a call is what the contract makes of it again; the node hashes that."""
    return _decoded(block) == block.data


def _decoded(block: AccountBlock) -> bytes:
    """The call's arguments, read as leniently as by a node, as data again."""
    method = embedded_method_of_data(format_address(block.to_address), block.data)
    types = [(each.name, type_named(each.type)) for each in method.parameters]
    values, _ = decode_values(types, block.data, SELECTOR_BYTES)
    encoded = encode_values([(name, kind, value) for (name, kind), value in zip(types, values, strict=True)])
    return block.data[:SELECTOR_BYTES] + encoded
