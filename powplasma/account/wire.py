"""Reading the JSON of a node or of a file: every value is of the type that the node writes, or is refused by name.

Source: go-zenon ``rpc/api/ledger.go``, ``chain/nom/account_block.go``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, TypeVar

from powplasma.address import parse_address, parse_token_standard
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX
from powplasma.work import parse_hash, parse_nonce

T = TypeVar("T")

_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,77})\Z", re.ASCII)
"""78 digits are those of 2^256; more would only cost time."""


class Record:
    """A JSON object whose values are taken out one by one.

    Every method takes the key, and ``missing``: what to give where the key is not there or null;
    without it the value has to be there.

    Raises:
        InvalidInput: field ``where``; it is no object. In methods: the key, and why its value is not usable.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise InvalidInput(where, value, "is no object", "a JSON object")
        self._values: dict[str, Any] = value

    def integer(self, key: str, missing: int | None = None) -> int:
        """An unsigned 64-bit integer, a JSON number without fraction."""
        return self._take(key, missing, _integer)

    def amount(self, key: str, missing: int | None = None) -> int:
        """A non-negative integer as decimal text."""
        return self._take(key, missing, _amount)

    def hash(self, key: str, missing: bytes | None = None) -> bytes:
        """32 bytes as 64 hex digits."""
        return self._take(key, missing, lambda key, value: parse_hash(_text(key, value, "64 hex digits"), key))

    def nonce(self, key: str, missing: bytes | None = None) -> bytes:
        """8 bytes as 16 hex digits."""
        return self._take(key, missing, lambda key, value: parse_nonce(_text(key, value, "16 hex digits"), key))

    def address(self, key: str, missing: bytes | None = None) -> bytes:
        """20 bytes as the text of an address."""
        return self._take(key, missing, lambda key, value: _renamed(key, parse_address, value, "z1…"))

    def token_standard(self, key: str, missing: bytes | None = None) -> bytes:
        """10 bytes as the text of a token standard."""
        return self._take(key, missing, lambda key, value: _renamed(key, parse_token_standard, value, "zts1…"))

    def text(self, key: str, missing: str | None = None) -> str:
        """Any text."""
        return self._take(key, missing, lambda key, value: _text(key, value, "text"))

    def has(self, key: str) -> bool:
        """Whether the key is there, and not null."""
        return self._values.get(key) is not None

    def base64(self, key: str, missing: bytes | None = None) -> bytes:
        """Bytes as base64 with padding."""
        return self._take(key, missing, _base64)

    def truth(self, key: str) -> bool:
        """A JSON true or false."""
        return self._take(key, None, _truth)

    def optional_record(self, key: str) -> Record | None:
        """A JSON object, None where the key is missing or null."""
        return None if self._values.get(key) is None else self.record(key)

    def get(self, key: str) -> object:
        """The value as it is, None where there is none."""
        return self._values.get(key)

    def items(self) -> list[tuple[str, Any]]:
        """Every key with its value as it is."""
        return [*self._values.items()]

    def list(self, key: str, missing: list[Any] | None = None) -> list[Any]:
        """A JSON list."""
        return self._take(key, missing, _list)

    def record(self, key: str) -> Record:
        """A JSON object."""
        return self._take(key, None, lambda key, value: Record(value, key))

    def _take(self, key: str, missing: T | None, read: Callable[[str, Any], T]) -> T:
        value = self._values.get(key)
        if value is not None:
            return read(key, value)
        if missing is None:
            raise InvalidInput(key, value, "is null" if key in self._values else "is missing", "a value")
        return missing


def to_base64(data: bytes) -> str:
    """The text that the node writes for bytes."""
    return base64.b64encode(data).decode("ascii")


def _integer(key: str, value: object) -> int:
    return check_integer(key, value, 0, U64_MAX)


def _amount(key: str, value: object) -> int:
    accepted = "a whole number of base units, as text"
    if not _DECIMAL.match(_text(key, value, accepted)):
        raise InvalidInput(key, value, "is no amount", accepted)
    return int(str(value))


def _text(key: str, value: object, accepted: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(key, value, "is not text", accepted)
    return value


def _truth(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(key, value, "is neither true nor false", "true or false")
    return value


def _renamed(key: str, parse: Callable[[str], bytes], value: object, accepted: str) -> bytes:
    text = _text(key, value, accepted)
    try:
        return parse(text)
    except InvalidInput as refused:
        raise InvalidInput(key, refused.value, refused.problem, refused.accepted) from None


def _base64(key: str, value: object) -> bytes:
    text = _text(key, value, "base64 with padding")
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        data = None
    # The node reads other texts of the same bytes too; one block has one text here.
    if data is None or to_base64(data) != text:
        raise InvalidInput(key, value, "is not base64", "base64 with padding")
    return data


def _list(key: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(key, value, "is no list", "a JSON list")
    return value
