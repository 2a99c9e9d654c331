"""The types that parameters of contract methods have: each value as Python has it, in a call's data, and as text.

Data is made of words of 32 bytes. A *static* value fills one word. A *dynamic* value (text, bytes, a list) has its
offset there, and follows after the last word. Source: go-zenon ``vm/abi/``, which has Ethereum's layout;
docs/specification.md, section 11.

Decoding reads a word as the node does and ignores what it ignores. Whoever decodes has to encode again and compare:
a node does so too.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from powplasma.account.block import QSR, ZNN
from powplasma.address import (
    ADDRESS_BYTES,
    TOKEN_STANDARD_BYTES,
    format_address,
    format_token_standard,
    parse_address,
    parse_token_standard,
)
from powplasma.errors import InvalidInput, check_integer, printable
from powplasma.work import HASH_BYTES, parse_hash

WORD_BYTES = 32
"""Length of a word of a call's data."""

Value: TypeAlias = "int | bytes | str | tuple[Value, ...]"
"""An argument: integers and truth values, bytes, text, and lists as tuples."""

_COINS = {ZNN: "ZNN", QSR: "QSR"}


class Static(ABC):
    """A type whose values fill one word."""

    @abstractmethod
    def encode(self, field: str, value: object) -> bytes:
        """The word of a value; what is not one is refused as ``field``."""

    @abstractmethod
    def decode(self, word: bytes) -> Value:
        """The value of a word; bits that belong to none are ignored."""

    def text(self, value: Value) -> str:
        """The value for a person to read."""
        return str(value)


class Dynamic(ABC):
    """A type whose values have any length and stand behind the words of the static ones."""

    @abstractmethod
    def encode(self, field: str, value: object) -> bytes:
        """The value with its length, in whole words; what is not one is refused as ``field``."""

    @abstractmethod
    def decode(self, field: str, data: bytes, start: int) -> tuple[Value, int]:
        """The value that begins at byte ``start`` of ``data``, and where it ends, padding included."""


@dataclass(frozen=True, slots=True)
class Integer(Static):
    """``uint8`` … ``uint256`` and ``int64``: an ``int``."""

    bits: int
    signed: bool = False

    def encode(self, field: str, value: object) -> bytes:
        """The word of an integer, sign-extended; takes what ``check_integer`` takes."""
        least, most = (-1 << self.bits - 1, (1 << self.bits - 1) - 1) if self.signed else (0, (1 << self.bits) - 1)
        return check_integer(field, value, least, most).to_bytes(WORD_BYTES, "big", signed=self.signed)

    def decode(self, word: bytes) -> int:
        """The integer in the last bytes of a word."""
        return int.from_bytes(word[-self.bits // 8 :], "big", signed=self.signed)


@dataclass(frozen=True, slots=True)
class Truth(Static):
    """``bool``: a ``bool``."""

    def encode(self, field: str, value: object) -> bytes:
        """The word 0 or 1; takes nothing but True and False."""
        if not isinstance(value, bool):
            raise InvalidInput(field, value, "is neither true nor false", "true or false")
        return int(value).to_bytes(WORD_BYTES, "big")

    def decode(self, word: bytes) -> bool:
        """Whether any bit is set."""
        return any(word)

    def text(self, value: Value) -> str:
        """Yes or no."""
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Fixed(Static):
    """``address``, ``tokenStandard`` and ``hash``: bytes of one length, or the text of them."""

    size: int
    parse: Callable[[str | bytes], bytes]
    format: Callable[[bytes], str]

    def encode(self, field: str, value: object) -> bytes:
        """The word that ends with these bytes; takes them, or their text."""
        try:
            data = self.parse(value)  # type: ignore[arg-type]  # it refuses what is neither
        except InvalidInput as refused:
            raise InvalidInput(field, refused.value, refused.problem, refused.accepted) from None
        return data.rjust(WORD_BYTES, b"\0")

    def decode(self, word: bytes) -> bytes:
        """The last bytes of a word."""
        return word[-self.size :]

    def text(self, value: Value) -> str:
        """The one text that these bytes have."""
        assert isinstance(value, bytes)
        return self.format(value)


@dataclass(frozen=True, slots=True)
class Octets(Dynamic):
    """``bytes``: ``bytes``."""

    def encode(self, field: str, value: object) -> bytes:
        """Length, bytes, zeros up to a whole word."""
        data = self._bytes(field, value)
        return len(data).to_bytes(WORD_BYTES, "big") + data + bytes(-len(data) % WORD_BYTES)

    def decode(self, field: str, data: bytes, start: int) -> tuple[Value, int]:
        """So many bytes as the length says, if they are there."""
        length, start = read_word(field, data, start)
        if length > len(data) - start:
            raise refusal(data, f"claims {length} bytes of {field}, and {len(data) - start} follow")
        return self._value(data[start : start + length]), start + length + -length % WORD_BYTES

    def text(self, value: Value) -> str:
        """Hexadecimal digits."""
        assert isinstance(value, bytes)
        return value.hex() or "nothing"

    def _bytes(self, field: str, value: object) -> bytes:
        if not isinstance(value, bytes | bytearray | memoryview):
            raise InvalidInput(field, value, "is not bytes", "bytes")
        return bytes(value)

    def _value(self, data: bytes) -> Value:
        return data


@dataclass(frozen=True, slots=True)
class Text(Octets):
    """``string``: a ``str``; ``bytes`` where it is not UTF-8, which a node does not ask for."""

    def text(self, value: Value) -> str:
        """The text in quotation marks, so that it has a beginning and an end, escaped where it could mislead."""
        if isinstance(value, bytes):
            return f"{value.hex()} (not UTF-8)"
        assert isinstance(value, str)
        return printable(json.dumps(value, ensure_ascii=False))

    def _bytes(self, field: str, value: object) -> bytes:
        if not isinstance(value, str):
            if isinstance(value, bytes):
                return value
            raise InvalidInput(field, value, "is not text", "text")
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(field, value, "has half a surrogate pair", "text that UTF-8 can encode") from None

    def _value(self, data: bytes) -> Value:
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data


@dataclass(frozen=True, slots=True)
class Array(Dynamic):
    """``T[]``: a list or tuple of values of one type; a tuple when decoded."""

    element: Static | Dynamic

    def encode(self, field: str, value: object) -> bytes:
        """The number of elements, and the elements."""
        if not isinstance(value, list | tuple):
            raise InvalidInput(field, value, "is not a list", "a list or tuple")
        elements = [(f"{field}[{position}]", self.element, each) for position, each in enumerate(value)]
        return len(elements).to_bytes(WORD_BYTES, "big") + encode_values(elements)

    def decode(self, field: str, data: bytes, start: int) -> tuple[Value, int]:
        """So many elements as the number says, if they can be there."""
        count, start = read_word(field, data, start)
        if count > (len(data) - start) // WORD_BYTES:
            raise refusal(data, f"claims {count} elements of {field}, and {len(data) - start} bytes follow")
        return decode_values([(f"{field}[{position}]", self.element) for position in range(count)], data, start)


_SCALARS: dict[str, Static | Dynamic] = {
    **{f"uint{bits}": Integer(bits) for bits in (8, 32, 64, 256)},
    "int64": Integer(64, signed=True),
    "bool": Truth(),
    "address": Fixed(ADDRESS_BYTES, parse_address, format_address),
    "tokenStandard": Fixed(
        TOKEN_STANDARD_BYTES, parse_token_standard, lambda data: _COINS.get(data) or format_token_standard(data)
    ),
    "hash": Fixed(HASH_BYTES, parse_hash, bytes.hex),
    "string": Text(),
    "bytes": Octets(),
}


def type_named(name: str) -> Static | Dynamic:
    """The type that the ABI of the contracts calls ``name``, such as ``uint256`` or ``address[]``."""
    return Array(type_named(name[:-2])) if name.endswith("[]") else _SCALARS[name]


def encode_values(named: Sequence[tuple[str, Static | Dynamic, object]]) -> bytes:
    """Values one after another: a word for each, then what did not fit into one, in the same order.

    Args:
        named: field, type and value of each.

    Raises:
        InvalidInput: that field; its value is not one of its type.
    """
    words, tails, end = [], [], WORD_BYTES * len(named)
    for field, kind, value in named:
        encoded = kind.encode(field, value)
        if isinstance(kind, Static):
            words.append(encoded)
        else:
            words.append(end.to_bytes(WORD_BYTES, "big"))
            tails.append(encoded)
            end += len(encoded)
    return b"".join((*words, *tails))


def decode_values(
    named: Sequence[tuple[str, Static | Dynamic]], data: bytes, start: int
) -> tuple[tuple[Value, ...], int]:
    """The values that ``encode_values`` put at byte ``start`` of ``data``, and where they end.

    Offsets must be those that encoding gives, so no byte is read twice and no claim is believed beyond the data.

    Args:
        named: field and type of each.
        data: a whole call.
        start: where the values begin, and what their offsets count from.

    Raises:
        InvalidInput: field ``data``; it ends too early, or its values lie where they do not belong.
    """
    values: list[Value] = []
    end = start + WORD_BYTES * len(named)
    for position, (field, kind) in enumerate(named):
        at = start + WORD_BYTES * position
        offset, after = read_word(field, data, at)
        if isinstance(kind, Static):
            values.append(kind.decode(data[at:after]))
            continue
        if offset != end - start:
            raise refusal(data, f"has {field} at the offset {offset} and not at {end - start}, where it belongs")
        value, end = kind.decode(field, data, end)
        values.append(value)
    return tuple(values), end


def read_word(field: str, data: bytes, at: int) -> tuple[int, int]:
    """The word at byte ``at`` of ``data`` as an integer, and where it ends."""
    if len(data) < at + WORD_BYTES:
        raise refusal(data, f"ends within {field}, after {len(data)} bytes")
    return int.from_bytes(data[at : at + WORD_BYTES], "big"), at + WORD_BYTES


def refusal(data: bytes, problem: str) -> InvalidInput:
    """The error for data of a call that a node does not take."""
    return InvalidInput("data", data, problem, "the one encoding of a call that a node takes")
