"""Judging account_block.json: preimage, hash, signature and JSON of account blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from powplasma.account import AccountBlock, KeyPair, SealFlaw
from powplasma.account.keys import signature_good
from powplasma.conformance.model import NOTE_FIELDS, Case, Format, Section, Values, check_keys, read_rows

_EXPECTED = ("preimage", "hash", "publicKeyHex", "signatureHex", "signatureValid", "powDataHash")

_NODE_ERRORS = {
    SealFlaw.HASH_WRONG: "account-block hash is different than the one computed",
    SealFlaw.SIGNATURE_WRONG: "account-block signature is invalid",
    SealFlaw.PUBLIC_KEY_WRONG_ADDRESS: "account-block publicKey doesn't correspond to the address",
}


def _reader(inputs: set[str], expected: tuple[str, ...]) -> Callable[[str, Any], Iterator[Case]]:
    """Cases whose expectations stand in an object of their own."""

    def read(section: str, rows: Any) -> Iterator[Case]:
        for position, row in enumerate(rows):
            where = f"{section}[{position}]"
            check_keys(where, row, {*inputs, "expected", *NOTE_FIELDS}, {*inputs, "expected"})
            check_keys(f"{where}.expected", row["expected"], {*expected}, {*expected})
            yield Case(section, f"{section}/{position}", {key: row[key] for key in sorted(inputs)}, row["expected"])

    return read


def _block(given: Values) -> Values:
    """Signs anew where there is a private key, so that the signature is one of powplasma's."""
    block = AccountBlock.from_json(given["block"])
    if "privateKey" in given:
        block = block.signed(KeyPair(bytes.fromhex(given["privateKey"])))
    digest = block.compute_hash()
    signed = bool(block.signature)
    return {
        "preimage": block.preimage().hex(),
        "hash": digest.hex(),
        "publicKeyHex": block.public_key.hex() if signed else None,
        "signatureHex": block.signature.hex() if signed else None,
        "signatureValid": signature_good(block.public_key, digest, block.signature) if signed else None,
        "powDataHash": block.data_hash.hex(),
    }


def _node_json(given: Values) -> Values:
    return {"nodeOutput": AccountBlock.from_json(given["input"]).to_json()}


def _negative(given: Values) -> Values:
    block = AccountBlock.from_json(given["block"])
    digest = block.compute_hash()
    flaw = block.seal_flaw()
    return {
        "recomputedHash": digest.hex(),
        "hashMatches": digest == block.hash,
        "signatureValidForRecomputedHash": signature_good(block.public_key, digest, block.signature),
        "nodeError": _NODE_ERRORS.get(flaw) if flaw else None,
    }


ACCOUNT_BLOCK = Format(
    "account_block",
    {
        **{name: Section(_reader({"block"}, _EXPECTED), _block) for name in ("sdkFixtures", "nodeMock", "mainnet")},
        "generated": Section(_reader({"block", "privateKey"}, _EXPECTED), _block),
        "nodeJson": Section(read_rows(("input",), ("nodeOutput",)), _node_json),
        "negative": Section(
            _reader(
                {"block", "changedField"},
                ("recomputedHash", "hashMatches", "signatureValidForRecomputedHash", "nodeError"),
            ),
            _negative,
        ),
    },
)
"""Files of the kind ``powplasma-vectors/account_block``."""
