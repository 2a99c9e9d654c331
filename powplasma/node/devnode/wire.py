"""JSON as the node's decoder reads it: what is missing or null is zero, and what cannot be read is told in its words.

Source: Go's ``encoding/json``; go-zenon ``common/types/``, ``chain/nom/account_block.go``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from powplasma.account.block import ZERO_ADDRESS, ZERO_TOKEN_STANDARD
from powplasma.address import parse_address, parse_token_standard
from powplasma.errors import InvalidInput
from powplasma.node.devnode.faults import BAD_PARAMETERS, NO_REQUEST, UNREADABLE, RpcFault
from powplasma.work import HASH_BYTES, NONCE_BYTES, ZERO_HASH

MAX_COMMAS = 100_000
"""Most commas of a message, which bound its values and so the time that reading it takes.

A batch of 1,000 blocks has about 25,000.
"""

_MOST_DIGITS = 100
"""Digits of an amount beyond which it is too big, whatever they are."""

_BECH32_SHORTEST, _BECH32_LONGEST = 8, 90
_AMOUNT = re.compile(r"[+-]?[0-9]+\Z", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]", re.ASCII)


class Unreadable(Exception):
    """A value cannot be read; the text is the node's."""


class Number(str):
    """A number with a fraction or an exponent, as it is written. No type of the node takes one.

    Text, because a request may have millions of them.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of the node.

    Attributes:
        name: as Go has it.
        takes: the Python type of the JSON values that it takes.
        zero: its value where there is none.
        read: the value of a JSON value of the right type; raises ``Unreadable``.
    """

    name: str
    takes: type
    zero: Any
    read: Callable[[Any], Any]

    def value(self, given: object, field: str = "") -> Any:
        """The value of any JSON value.

        Args:
            given: the JSON value.
            field: name of the Go struct and field that it is for, with a point between them; empty for a parameter.

        Raises:
            Unreadable: it is of another type, or cannot be read.
        """
        if given is None:
            return self.zero
        if type(given) is not self.takes:
            raise self._of_other_type(name_of(given), field)
        try:
            return self.read(given)
        except OverflowError:
            raise self._of_other_type(f"number {given}", field) from None

    def _of_other_type(self, what: str, field: str) -> Unreadable:
        where = f"struct field {field}" if field else "value"
        return Unreadable(f"json: cannot unmarshal {what} into Go {where} of type {self.name}")


def name_of(value: object) -> str:
    """What the node's decoder calls a JSON value."""
    names = {bool: "bool", str: "string", list: "array", dict: "object"}
    return names.get(type(value)) or (f"number {value}" if isinstance(value, Number) else "number")


def _integer(bits: int, *, signed: bool = False) -> Callable[[int], int]:
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def read(value: int) -> int:
        if not least <= value <= most:
            raise OverflowError
        return value

    return read


def _hash(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) != 2 * HASH_BYTES:
        raise Unreadable(f"error hex hash size {len(data)}")
    wrong = next((byte for byte in data if chr(byte) not in "0123456789abcdefABCDEF"), None)
    if wrong is not None:
        shown = f" '{chr(wrong)}'" if chr(wrong).isprintable() else ""
        raise Unreadable(f"encoding/hex: invalid byte: U+{wrong:04X}{shown}")
    return bytes.fromhex(text)


def _bech32(parse: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def read(text: str) -> bytes:
        if not _BECH32_SHORTEST <= len(text) <= _BECH32_LONGEST:
            raise Unreadable(f"invalid bech32 string length {len(text)}")
        try:
            return parse(text.lower() if text.isupper() else text)
        except InvalidInput as wrong:
            raise Unreadable(str(wrong)) from wrong

    return read


def _bytes(text: str) -> bytes:
    """Base64 with padding; the decoder passes over line ends, and minds no bits that belong to no byte."""
    data = text.replace("\r", "").replace("\n", "")
    body = data.rstrip("=") if len(data) % 4 == 0 else data
    wrong = next((position for position, each in enumerate(body) if not _BASE64.match(each)), None)
    if wrong is None and (len(data) % 4 or len(data) - len(body) > 2):
        wrong = len(data)
    if wrong is not None:
        raise Unreadable(f"illegal base64 data at input byte {wrong}")
    return base64.b64decode(data)


def _amount(text: str) -> int:
    """Any integer; what is none is 0, as the node has it."""
    if not _AMOUNT.match(text):
        return 0
    digits = text.lstrip("+-").lstrip("0")
    size = int(digits or 0) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
    return -size if text.startswith("-") else size


def _nonce(text: str) -> bytes:
    """8 bytes; what is none is zero, as the node has it."""
    try:
        nonce = bytes.fromhex(text) if text.isalnum() else b""
    except ValueError:
        nonce = b""
    return nonce if len(nonce) == NONCE_BYTES else bytes(NONCE_BYTES)


UINT64 = Kind("uint64", int, 0, _integer(64))
UINT32 = Kind("uint32", int, 0, _integer(32))
INT64 = Kind("int64", int, 0, _integer(64, signed=True))
HASH = Kind("types.Hash", str, ZERO_HASH, _hash)
ADDRESS = Kind("types.Address", str, ZERO_ADDRESS, _bech32(parse_address))
TOKEN_STANDARD = Kind("types.ZenonTokenStandard", str, ZERO_TOKEN_STANDARD, _bech32(parse_token_standard))
DATA = Kind("[]uint8", str, b"", _bytes)
PUBLIC_KEY = Kind("ed25519.PublicKey", str, b"", _bytes)
AMOUNT = Kind("string", str, 0, _amount)
NONCE = Kind("string", str, bytes(NONCE_BYTES), _nonce)


def fields(given: object, struct: str, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The fields of a JSON object, in the order in which it has them; zero for those that it has not.

    Args:
        given: the JSON value.
        struct: name of the Go struct.
        kinds: kind of each field by its key.

    Raises:
        Unreadable: it is no object, or a field cannot be read.
    """
    if type(given) is not dict:
        raise Unreadable(f"json: cannot unmarshal {name_of(given)} into Go value of type {struct}")
    found = {key: kind.zero for key, kind in kinds.items()}
    name = struct.rpartition(".")[2]
    for key, value in given.items():
        if key in kinds:
            found[key] = kinds[key].value(value, f"{name}.{key}")
    return found


def read_parameters(params: object, kinds: Sequence[Kind], *, optional: bool = False) -> list[Any]:
    """The values of positional parameters.

    Args:
        params: the JSON value; null or missing for none.
        kinds: of each.
        optional: whether those that are missing are zero.

    Raises:
        RpcFault: they are no list, too many, too few, or one cannot be read.
    """
    if params is not None and not isinstance(params, list):
        raise RpcFault(BAD_PARAMETERS, "non-array args")
    values: list[Any] = []
    for position, given in enumerate(params or []):
        if position >= len(kinds):
            raise RpcFault(BAD_PARAMETERS, f"too many arguments, want at most {len(kinds)}")
        try:
            values.append(kinds[position].value(given))
        except Unreadable as wrong:
            raise RpcFault(BAD_PARAMETERS, f"invalid argument {position}: {wrong}") from wrong
    missing = kinds[len(values) :]
    if missing and not optional:
        raise RpcFault(BAD_PARAMETERS, f"missing value for required argument {len(values)}")
    return [*values, *(kind.zero for kind in missing)]


def read_json(text: str) -> object:
    """The JSON value of a text.

    Raises:
        RpcFault: it is not JSON, or has too many values.
    """
    if text.count(",") > MAX_COMMAS:
        raise RpcFault(NO_REQUEST, "too many values")

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(text, parse_float=Number, parse_constant=refuse)
    except (ValueError, RecursionError) as unreadable:
        raise RpcFault(UNREADABLE, "parse error") from unreadable
