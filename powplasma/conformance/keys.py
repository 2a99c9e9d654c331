"""Judging address_keys.json and keystore.json: words, derivation, addresses, signatures and key files.

The node takes texts of an address with 39 characters too, and key files whose base address is missing or
another's. There powplasma is stricter, which is what is judged; tests/vectors/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from powplasma.account import KeyFile, KeyPair, Wallet
from powplasma.account.derivation import account_path, derive
from powplasma.account.keyfile import NETWORK_COSTS, derive_key
from powplasma.account.mnemonic import entropy_of_words, seed_of_entropy
from powplasma.address import format_address, format_token_standard, parse_address, parse_token_standard
from powplasma.conformance.model import NOTE_FIELDS, Case, Format, Section, Values, check_keys, read_rows
from powplasma.errors import InvalidInput
from powplasma.validation.block import CONTRACT_ADDRESS_KIND

_ACCOUNT = {"index", "path", "privateKey", "publicKey", "address", "addressBytes"}


def _read_mnemonics(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        where, keys = f"{section}[{position}]", {"mnemonic", "entropy", "seed", "accounts"}
        check_keys(where, row, {*keys, *NOTE_FIELDS}, keys)
        for place, account in enumerate(row["accounts"]):
            check_keys(f"{where}.accounts[{place}]", account, _ACCOUNT, _ACCOUNT)
        indices = [account["index"] for account in row["accounts"]]
        asked = {"mnemonic": row["mnemonic"], "indices": indices}
        yield Case(section, f"{section}/{position}", asked, {key: row[key] for key in ("entropy", "seed", "accounts")})


def _mnemonic(given: Values) -> Values:
    entropy = entropy_of_words(given["mnemonic"])
    wallet = Wallet(entropy)
    accounts = [
        {"index": index, "path": account_path(index), **_owned(wallet.key_pair(index))} for index in given["indices"]
    ]
    return {"entropy": entropy.hex(), "seed": seed_of_entropy(entropy).hex(), "accounts": accounts}


def _owned(key_pair: KeyPair) -> Values:
    return {
        "privateKey": key_pair.export_private_key().hex(),
        "publicKey": key_pair.public_key.hex(),
        "address": format_address(key_pair.address),
        "addressBytes": key_pair.address.hex(),
    }


def _derived(given: Values) -> Values:
    private_key, chain_code = derive(bytes.fromhex(given["seed"]), given["path"])
    owned = _owned(KeyPair(private_key))
    return {
        **owned,
        "private_key": owned["privateKey"],
        "public_key": owned["publicKey"],
        "chain_code": chain_code.hex(),
    }


def _key(given: Values) -> Values:
    return _owned(KeyPair(bytes.fromhex(given["privateKey"])))


def _signature(given: Values) -> Values:
    key_pair = KeyPair(bytes.fromhex(given["privateKey"]))
    return {**_owned(key_pair), "signature": key_pair.sign(bytes.fromhex(given["message"])).hex()}


def _address_bytes(given: Values) -> Values:
    data = parse_address(given["address"])
    return {"bytes": data.hex()} if format_address(data) == given["address"] else {}


def _token_standard(given: Values) -> Values:
    data = parse_token_standard(given["zts"])
    return {"bytes": data.hex()} if format_token_standard(data) == given["zts"] else {}


def _read_texts(section: str, rows: Any) -> Iterator[Case]:
    """A text of another length has to be refused, though the node takes it."""
    for position, row in enumerate(rows):
        known = {"text", "ok", "bytes", "canonical", "embedded", "nodeError"}
        check_keys(f"{section}[{position}]", row, known, {"text", "ok"})
        accepted = row["ok"] and row["canonical"] == row["text"].lower()
        expected = {key: row[key] for key in ("bytes", "embedded") if accepted}
        yield Case(section, f"{section}/{position}", {"text": row["text"]}, {"ok": accepted, **expected})


def _text(given: Values) -> Values:
    try:
        data = parse_address(given["text"])
    except InvalidInput:
        return {"ok": False}
    return {"ok": True, "bytes": data.hex(), "embedded": data[0] == CONTRACT_ADDRESS_KIND}


ADDRESS_KEYS = Format(
    "address_keys",
    {
        "mnemonics": Section(_read_mnemonics, _mnemonic),
        "goZenonMockWallets": Section(read_rows(("seed", "path"), ("privateKey", "publicKey", "address")), _derived),
        "signatures": Section(read_rows(("privateKey", "message"), ("publicKey", "address", "signature")), _signature),
        "slip10": Section(read_rows(("seed", "path"), ("chain_code", "private_key", "public_key")), _derived),
        "embeddedAddresses": Section(read_rows(("address",), ("bytes",)), _address_bytes),
        "tokenStandards": Section(read_rows(("zts",), ("bytes",)), _token_standard),
        "addressParsing": Section(_read_texts, _text),
        "randomKeys": Section(read_rows(("privateKey",), ("publicKey", "address", "addressBytes")), _key),
    },
)
"""Files of the kind ``powplasma-vectors/address_keys``."""


def _read_key_files(section: str, rows: Any) -> Iterator[Case]:
    keys = {"entropy", "mnemonic", "seed", "baseAddress", "argon2Key"}
    for position, row in enumerate(rows):
        where = f"{section}[{position}]"
        named = {"file", "password", "expected", "nodeDecrypts"}
        check_keys(where, row, {*named, *NOTE_FIELDS}, named)
        check_keys(f"{where}.expected", row["expected"], keys, keys)
        asked = {"file": row["file"], "password": row["password"]}
        yield Case(section, f"{section}/{position}", asked, {**row["expected"], "nodeDecrypts": row["nodeDecrypts"]})


def _key_file(given: Values) -> Values:
    file = KeyFile.from_json(given["file"])
    wallet = file.decrypt(given["password"])
    entropy = wallet.export_entropy()
    return {
        "entropy": entropy.hex(),
        "mnemonic": wallet.export_words(),
        "seed": seed_of_entropy(entropy).hex(),
        "baseAddress": format_address(wallet.base_address),
        "argon2Key": derive_key(given["password"], file.salt, file.costs).hex(),
        "nodeDecrypts": file.costs == NETWORK_COSTS,
    }


def _read_bad_key_files(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        keys = {"file", "password", "nodeError", "nodeEntropy"}
        check_keys(f"{section}[{position}]", row, {*keys, *NOTE_FIELDS}, keys)
        asked = {"file": row["file"], "password": row["password"]}
        yield Case(section, f"{section}/{position}", asked, {"refused": True, "nodeEntropy": row["nodeEntropy"]})


def _bad_key_file(given: Values) -> Values:
    entropy = _entropy(given, any_address=True)
    # What is refused whatever its address need not be tried twice: deriving a key is slow on purpose.
    return {"refused": entropy is None or _entropy(given, any_address=False) is None, "nodeEntropy": entropy}


def _entropy(given: Values, *, any_address: bool) -> str | None:
    try:
        wallet = KeyFile.from_json(given["file"]).decrypt(given["password"], any_address=any_address)
    except InvalidInput:
        return None
    return wallet.export_entropy().hex()


KEYSTORE = Format(
    "keystore",
    {
        "cases": Section(_read_key_files, _key_file),
        "negative": Section(_read_bad_key_files, _bad_key_file),
    },
)
"""Files of the kind ``powplasma-vectors/keystore``."""
