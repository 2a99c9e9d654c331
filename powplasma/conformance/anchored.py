"""Judging anchored_work.json: data hashes of anchored work, its nonces, its anchors and what age leaves of it."""

from __future__ import annotations

from powplasma import work
from powplasma.conformance.model import Format, Section, Values, read_rows
from powplasma.plasma.freshness import parse_freshness
from powplasma.validation.expiry import Anchor, Expiry, anchored_data_hash


def _data_hash(given: Values) -> Values:
    return {"dataHash": anchored_data_hash(given["address"], given["previousHash"], given["momentumHash"]).hex()}


def _check(given: Values) -> Values:
    data_hash = anchored_data_hash(given["address"], given["previousHash"], given["momentumHash"])
    nonce = work.parse_nonce(given["nonce"])
    return {
        "dataHash": data_hash.hex(),
        "prefix": work.prefix(data_hash, nonce),
        "valid": work.check(data_hash, nonce, int(given["difficulty"])),
    }


def _credit(given: Values) -> Values:
    return {"credited": parse_freshness(given["policy"]).credit(int(given["plasma"]), int(given["age"]))}


def _anchor(given: Values) -> Values:
    """The verdict on an anchor, by a chain of which one hash is known."""
    height = given["anchorHeight"]
    on_chain = given["hashOnChain"]
    known = {} if height is None or on_chain is None else {int(height): bytes.fromhex(on_chain)}
    expiry = Expiry(parse_freshness(given["policy"]), int(given["frontierHeight"]), known.get)
    refused = expiry.refuse(None if height is None else Anchor(given["anchorHash"], int(height)))
    return {"refused": None if refused is None else refused[0].name.lower()}


ANCHORED_WORK = Format(
    "anchored_work",
    {
        "dataHashes": Section(read_rows(("address", "previousHash", "momentumHash"), ("dataHash",)), _data_hash),
        "works": Section(
            read_rows(
                ("address", "previousHash", "momentumHash", "difficulty", "nonce"), ("dataHash", "prefix", "valid")
            ),
            _check,
        ),
        "credits": Section(read_rows(("policy", "plasma", "age"), ("credited",)), _credit),
        "anchors": Section(
            read_rows(("policy", "frontierHeight", "anchorHeight", "anchorHash", "hashOnChain"), ("refused",)), _anchor
        ),
    },
)
"""Files of the kind ``powplasma-vectors/anchored_work``."""
