"""What a nonce is for: the data hash, stated or made from an account's address and previous hash."""

from __future__ import annotations

from powplasma.errors import InvalidInput
from powplasma.fields import Missing, text
from powplasma.validation import Anchor, anchored_data_hash
from powplasma.work import data_hash as make_data_hash
from powplasma.work import parse_hash


def data_hash_of(data_hash: object, address: object, previous_hash: object, anchor: Anchor | None = None) -> bytes:
    """The 32 bytes that are meant; where both ways are given, they have to agree.

    Args:
        data_hash: 64 hex digits, or None.
        address: text of an address, or None; then ``previous_hash`` is needed.
        previous_hash: 64 hex digits, or None; then ``address`` is needed.
        anchor: of the work; ``address`` and ``previous_hash`` are needed with one.

    Raises:
        InvalidInput: names the value that is missing or not usable.
    """
    stated = None if data_hash is None else parse_hash(text("data_hash", data_hash))
    if address is None and previous_hash is None and anchor is None:
        if stated is None:
            raise Missing("data_hash", "64 hex digits, or address and previous hash")
        return stated
    if address is None:
        raise Missing("address", "the account of the previous hash, z1…")
    if previous_hash is None:
        raise Missing("previous_hash", "64 hex digits; all zero for an account's first block")
    place = text("address", address), text("previous_hash", previous_hash)
    made = make_data_hash(*place) if anchor is None else anchored_data_hash(*place, anchor.hash)
    if stated not in (None, made):
        accepted = f"{made.hex()}, or leave it out"
        raise InvalidInput("data_hash", stated, f"is not that of {_made_of(anchor)}", accepted)
    return made


def _made_of(anchor: Anchor | None) -> str:
    return "the address and the previous hash" + (", anchored" if anchor else "")
