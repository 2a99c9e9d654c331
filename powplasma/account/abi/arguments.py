"""What the contracts demand of arguments, beyond their types; the node refuses a call that breaks it.

Source: go-zenon ``vm/embedded/implementation/``, the ``ValidateSendBlock`` of each method.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256

from powplasma.account.abi.values import Value
from powplasma.account.block import MAX_AMOUNT, MAX_DECIMALS, QSR, ZERO_ADDRESS, ZERO_TOKEN_STANDARD, ZNN
from powplasma.account.secp256k1 import recovered_public_key
from powplasma.address import format_address, parse_token_standard
from powplasma.errors import InvalidInput, check_integer

Rule = Callable[[str, Value], None]
"""Refuses a value that breaks a rule; given the parameter's name and the value."""

STAKING_MONTH = 2_592_000
"""Seconds of the shortest staking period. go-zenon ``StakeTimeMinSec``."""

_MAX_MONTHS = 12
_MAX_PERCENT = 10_000
"""In hundredths of a percent."""

_LONG_NAME = 40
_LEAST_GUARDIANS = 5
_SIGNATURE_BYTES = 65
_OLD_SIGNATURE_HEADER = 31
_MAX_PHASE_ZNN, _MAX_PHASE_QSR = 5_000 * 10**8, 50_000 * 10**8

_NAME = re.compile(rb"[a-zA-Z0-9]+(?:[-._][a-zA-Z0-9]+)*\Z")
_SYMBOL = re.compile(rb"[A-Z0-9]+\Z")
_DOMAIN = re.compile(rb"(?:[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]\.)+[A-Za-z]{2,}\Z")
_URL = re.compile(rb"(?:[Hh][Tt][Tt][Pp][Ss]?://)?[a-zA-Z0-9]{2,60}\.[a-zA-Z]{1,6}[-a-zA-Z0-9()@:%_+.~#?&/=]{0,100}\Z")
_FOREIGN_ADDRESS = re.compile(rb"(?:0[xX])?[0-9a-fA-F]{40}\Z")


def _bytes(value: Value) -> bytes:
    assert isinstance(value, str | bytes)
    return value.encode() if isinstance(value, str) else value


def _text(least: int, most: int, pattern: re.Pattern[bytes] | None = None, form: str = "") -> Rule:
    accepted = f"{least} to {most} bytes" + (f", {form}" if form else "")

    def check(field: str, value: Value) -> None:
        data = _bytes(value)
        if not least <= len(data) <= most:
            raise InvalidInput(field, value, f"has {len(data)} bytes", accepted)
        if pattern is not None and data and not pattern.match(data):
            raise InvalidInput(field, value, "has another form", accepted)

    return check


def _number(least: int, most: int) -> Rule:
    def check(field: str, value: Value) -> None:
        check_integer(field, value, least, most)

    return check


def _not_zero_number(field: str, value: Value) -> None:
    if not value:
        raise InvalidInput(field, value, "is too small", "1 or more")


def _months(field: str, value: Value) -> None:
    seconds = check_integer(field, value, STAKING_MONTH, _MAX_MONTHS * STAKING_MONTH, "seconds")
    if seconds % STAKING_MONTH:
        raise InvalidInput(field, value, "is no whole number of months", f"a multiple of {STAKING_MONTH} (30 days)")


def _not_zero(zero: bytes, what: str) -> Rule:
    def check(field: str, value: Value) -> None:
        if value == zero:
            raise InvalidInput(field, value, "is zero", what)

    return check


def _guardians(field: str, value: Value) -> None:
    assert isinstance(value, tuple)
    if len(value) < _LEAST_GUARDIANS or ZERO_ADDRESS in value:
        raise InvalidInput(
            field, len(value), "guardians are not enough, or one is zero", "5 or more, none of them zero"
        )


def _json(field: str, value: Value) -> None:
    try:
        json.loads(_bytes(value), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidInput(field, value, "is not JSON", "JSON text") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _foreign_address(field: str, value: Value) -> None:
    if not _FOREIGN_ADDRESS.match(_bytes(value)):
        raise InvalidInput(field, value, "is no address of another network", "40 hex digits, with or without 0x")


def _base64(field: str, value: Value, size: int) -> bytes:
    accepted = f"base64 of {size} bytes"
    try:
        data = base64.b64decode(_bytes(value).translate(None, b"\r\n"), validate=True)
    except binascii.Error:
        raise InvalidInput(field, value, "is not base64", accepted) from None
    if len(data) != size:
        raise InvalidInput(field, value, f"is base64 of {len(data)} bytes", accepted)
    return data


def _compressed_key(field: str, value: Value) -> None:
    _base64(field, value, 33)


def _hash_lock(field: str, value: Value) -> None:
    if len(_bytes(value)) != 32:
        raise InvalidInput(field, value, f"has {len(_bytes(value))} bytes", "32 bytes")


_PERCENT = _number(0, 100)
_PILLAR_NAME = _text(1, _LONG_NAME, _NAME, "letters and digits, with single - . _ between them")
_ADDRESS = _not_zero(ZERO_ADDRESS, "an address that is not zero")
_PILLAR: dict[str, Rule] = {
    "name": _PILLAR_NAME,
    "giveBlockRewardPercentage": _PERCENT,
    "giveDelegateRewardPercentage": _PERCENT,
}
_PROJECT: dict[str, Rule] = {
    "name": _text(1, 30),
    "description": _text(1, 240),
    "url": _text(1, 240, _URL, "a URL"),
    "znnFundsNeeded": _number(0, _MAX_PHASE_ZNN),
    "qsrFundsNeeded": _number(0, _MAX_PHASE_QSR),
}

_GUARDED: dict[str, dict[str, Rule]] = {
    "ChangeAdministrator": {"administrator": _ADDRESS},
    "ProposeAdministrator": {"address": _ADDRESS},
    "NominateGuardians": {"guardians": _guardians},
}

RULES: dict[str, dict[str, Rule]] = {
    "Pillar.Delegate": {"name": _PILLAR_NAME},
    "Pillar.Revoke": {"name": _PILLAR_NAME},
    "Pillar.Register": _PILLAR,
    "Pillar.RegisterLegacy": _PILLAR,
    "Pillar.UpdatePillar": _PILLAR,
    "Stake.Stake": {"durationInSec": _months},
    "Token.IssueToken": {
        "tokenName": _text(1, _LONG_NAME, _NAME, "letters and digits, with single - . _ between them"),
        "tokenSymbol": _text(1, 10, _SYMBOL, "capitals and digits"),
        "tokenDomain": _text(0, 128, _DOMAIN, "a domain"),
        "decimals": _number(0, MAX_DECIMALS),
        "maxSupply": _number(1, MAX_AMOUNT),
    },
    "Token.Mint": {"amount": _not_zero_number},
    "Spork.CreateSpork": {"name": _text(5, 40), "description": _text(0, 400)},
    "Accelerator.AddPhase": _PROJECT,
    "Accelerator.UpdatePhase": _PROJECT,
    "Accelerator.CreateProject": _PROJECT,
    "Accelerator.VoteByName": {"vote": _number(0, 2)},
    "Accelerator.VoteByProdAddress": {"vote": _number(0, 2)},
    "Liquidity.LiquidityStake": {"durationInSec": _months},
    **{f"{contract}.{method}": rules for contract in ("Liquidity", "Bridge") for method, rules in _GUARDED.items()},
    "Bridge.ChangeTssECDSAPubKey": {"pubKey": _compressed_key},
    "Bridge.RemoveTokenPair": {"tokenAddress": _foreign_address},
    "Bridge.SetBridgeMetadata": {"metadata": _json},
    "Bridge.SetNetworkMetadata": {"metadata": _json},
    "Bridge.SetNetwork": {
        "networkClass": _not_zero_number,
        "chainId": _not_zero_number,
        "name": _text(3, 32),
        "contractAddress": _foreign_address,
        "metadata": _json,
    },
    "Bridge.SetOrchestratorInfo": dict.fromkeys(
        ("windowSize", "keyGenThreshold", "confirmationsToFinality", "estimatedMomentumTime"), _not_zero_number
    ),
    "Bridge.SetTokenPair": {
        "tokenStandard": _not_zero(ZERO_TOKEN_STANDARD, "a token standard that is not zero"),
        "tokenAddress": _foreign_address,
        "feePercentage": _number(0, _MAX_PERCENT),
        "redeemDelay": _not_zero_number,
        "metadata": _json,
    },
    "Bridge.UnwrapToken": {"tokenAddress": _foreign_address, "amount": _not_zero_number},
    "Bridge.WrapToken": {"toAddress": _foreign_address},
    "Htlc.Create": {"hashType": _number(0, 1), "hashLock": _hash_lock},
}
"""What a method demands of each of its arguments alone."""


def check_together(name: str, arguments: Mapping[str, Value], sender: bytes) -> None:
    """Refuses arguments that do not fit each other, or not the sender.

    Args:
        name: contract and method.
        arguments: as in ``Call``.
        sender: 20 bytes.

    Raises:
        InvalidInput: names the parameter.
    """
    together = _TOGETHER.get(name)
    if together is not None:
        together(arguments, sender)


def _issue(arguments: Mapping[str, Value], _: bytes) -> None:
    symbol, total, most = (arguments[name] for name in ("tokenSymbol", "totalSupply", "maxSupply"))
    assert isinstance(most, int)
    if symbol in ("ZNN", "QSR"):
        raise InvalidInput("tokenSymbol", symbol, "is taken", "neither ZNN nor QSR")
    check_integer("totalSupply", total, 0 if arguments["isMintable"] else most, most, "base units")


def _token_pair(arguments: Mapping[str, Value], _: bytes) -> None:
    if arguments["owned"] and arguments["tokenStandard"] in (ZNN, QSR):
        raise InvalidInput("owned", True, "is not possible for ZNN and QSR", "false")


def _token_tuple(arguments: Mapping[str, Value], _: bytes) -> None:
    tokens, *others = (arguments[name] for name in ("tokenStandards", "znnPercentages", "qsrPercentages", "minAmounts"))
    assert isinstance(tokens, tuple)
    if any(not isinstance(other, tuple) or len(other) != len(tokens) for other in others):
        raise InvalidInput(
            "tokenStandards", len(tokens), "elements are not as many as in the other lists", "four equal"
        )
    standards = []
    for place, text in enumerate(tokens):
        try:
            standards.append(parse_token_standard(text if isinstance(text, str) else ""))
        except InvalidInput as refused:
            raise InvalidInput(f"tokenStandards[{place}]", text, refused.problem, refused.accepted) from None
    if len(set(standards)) != len(standards) or ZERO_TOKEN_STANDARD in standards:
        raise InvalidInput("tokenStandards", len(tokens), "elements have one twice, or zero", "each once, none zero")
    for name in ("znnPercentages", "qsrPercentages"):
        shares = arguments[name]
        assert isinstance(shares, tuple)
        whole = sum(share for share in shares if isinstance(share, int)) % (1 << 32)  # as the node adds them
        if shares and whole != _MAX_PERCENT:
            raise InvalidInput(
                name, whole, "is not the whole", f"shares in hundredths of a percent, {_MAX_PERCENT} in sum"
            )


def _swap(message: str) -> Callable[[Mapping[str, Value], bytes], None]:
    """A signature by a legacy key over what it is used for, the key, and the sender's address."""

    def check(arguments: Mapping[str, Value], sender: bytes) -> None:
        public_key = _base64("publicKey", arguments["publicKey"], _SIGNATURE_BYTES)
        signature = _base64("signature", arguments["signature"], _SIGNATURE_BYTES)
        text = b" ".join((message.encode(), _bytes(arguments["publicKey"]), format_address(sender).encode()))
        parts = (b"Zenon secp256k1 signature:", text)
        digest = sha256(sha256(b"".join(bytes([len(part) % 256]) + part for part in parts)).digest()).digest()
        which = (signature[0] - _OLD_SIGNATURE_HEADER) % 256
        if recovered_public_key(digest, signature[1:] + bytes([which])) != public_key:
            accepted = "the key's signature over this use and the sender's address"
            raise InvalidInput("signature", arguments["signature"], "is not a signature by publicKey", accepted)

    return check


_TOGETHER: dict[str, Callable[[Mapping[str, Value], bytes], None]] = {
    "Token.IssueToken": _issue,
    "Bridge.SetTokenPair": _token_pair,
    "Liquidity.SetTokenTuple": _token_tuple,
    "Swap.RetrieveAssets": _swap("ZNN swap retrieve assets"),
    "Pillar.RegisterLegacy": _swap("ZNN swap retrieve legacy pillar"),
}
