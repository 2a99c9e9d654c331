"""Answers of a node to what the client does not ask: every value read strictly by its type, and written again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from powplasma.account.wire import Record
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.node import Token

Shape: TypeAlias = "str | tuple[Shape, ...] | dict[str, Shape]"
"""A type by its name in ``_SCALARS``, a list of one shape as a tuple of it, or an object by its keys."""

_SCALARS: dict[str, Callable[[Record, str], Any]] = {
    "amount": lambda fields, key: str(fields.amount(key)),
    "integer": lambda fields, key: fields.integer(key),
    "text": lambda fields, key: fields.text(key),
    "truth": lambda fields, key: fields.truth(key),
    "hash": lambda fields, key: fields.hash(key).hex(),
    "address": lambda fields, key: format_address(fields.address(key)),
    "token": lambda fields, key: Token.from_json(fields.record(key)).to_json(),
}


def in_shape(shape: Shape, value: object) -> object:
    """The value, read as a shape and written again.

    Raises:
        InvalidInput: it has another shape; names the key.
    """
    return _read(shape, Record({"result": value}, "answer"), "result")


def _read(shape: Shape, fields: Record, key: str) -> object:
    if isinstance(shape, str):
        return _SCALARS[shape](fields, key)
    if isinstance(shape, tuple):
        return [in_shape(shape[0], each) for each in fields.list(key)]
    inner = fields.record(key)
    for known, found in inner.items():
        if known not in shape:
            raise InvalidInput(known, found, "is unknown", ", ".join(shape))
    return {name: _read(each, inner, name) for name, each in shape.items()}


def _page(shape: Shape) -> Shape:
    return {"count": "integer", "list": (shape,)}


_PILLAR: Shape = {
    "name": "text",
    "rank": "integer",
    "type": "integer",
    "ownerAddress": "address",
    "producerAddress": "address",
    "withdrawAddress": "address",
    "isRevocable": "truth",
    "revokeCooldown": "integer",
    "revokeTimestamp": "integer",
    "giveMomentumRewardPercentage": "integer",
    "giveDelegateRewardPercentage": "integer",
    "currentStats": {"producedMomentums": "integer", "expectedMomentums": "integer"},
    "weight": "amount",
}

_REWARD_OF_EPOCH: Shape = {"epoch": "integer", "znnAmount": "amount", "qsrAmount": "amount"}
_SPORK: Shape = {
    "id": "hash",
    "name": "text",
    "description": "text",
    "activated": "truth",
    "enforcementHeight": "integer",
}
_PEER: Shape = {"publicKey": "text", "ip": "text", "name": "text"}

SHAPES: dict[str, Shape] = {
    "embedded.token.getByOwner": _page("token"),
    "embedded.token.getAll": _page("token"),
    "embedded.pillar.getDepositedQsr": "amount",
    "embedded.sentinel.getDepositedQsr": "amount",
    "embedded.pillar.getQsrRegistrationCost": "amount",
    "embedded.pillar.checkNameAvailability": "truth",
    "embedded.pillar.getByName": _PILLAR,
    "embedded.pillar.getByOwner": (_PILLAR,),
    "embedded.pillar.getAll": _page(_PILLAR),
    "embedded.pillar.getFrontierRewardByPage": _page(_REWARD_OF_EPOCH),
    "embedded.stake.getFrontierRewardByPage": _page(_REWARD_OF_EPOCH),
    "embedded.spork.getAll": _page(_SPORK),
    "stats.networkInfo": {"numPeers": "integer", "peers": (_PEER,), "self": _PEER},
}
"""What a node answers to methods that the client does not ask."""
