"""Arguments as people write them: every text read by the type of its parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping

from powplasma.account.abi.values import Array, Dynamic, Fixed, Integer, Octets, Static, Text, Truth, type_named
from powplasma.account.block import QSR, ZNN
from powplasma.address import parse_token_standard
from powplasma.errors import InvalidInput
from powplasma.plasma.costs import embedded_method

_COINS = {"ZNN": ZNN, "QSR": QSR}
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_MOST_DIGITS = 80


def read_arguments(method: str, texts: Mapping[str, str]) -> dict[str, object]:
    """The arguments of a call from their texts, as ``encode_call`` takes them.

    Integers are decimal digits, truth values ``true`` or ``false``, bytes hexadecimal, addresses, token standards and
    hashes their text, ZNN and QSR by name. A list is its elements with commas between them, or a JSON list.

    Args:
        method: contract and method, such as ``Plasma.Fuse``.
        texts: by the name of the parameter. Names that the method lacks are left for ``encode_call`` to refuse.

    Raises:
        InvalidInput: field ``contract`` or ``method``: unknown. A parameter's name: its text is no such value.
    """
    contract, _, name = method.partition(".")
    kinds = {each.name: type_named(each.type) for each in embedded_method(contract, name).parameters}
    return {name: _read(name, kinds[name], text) if name in kinds else text for name, text in texts.items()}


def _read(field: str, kind: Static | Dynamic, text: str) -> object:
    if isinstance(kind, Integer):
        return _integer(field, text)
    if isinstance(kind, Truth):
        if text.lower() not in _TRUTHS:
            raise InvalidInput(field, text, "is neither true nor false", "true or false")
        return _TRUTHS[text.lower()]
    if isinstance(kind, Fixed):
        return _COINS.get(text, text) if kind.parse is parse_token_standard else text
    if isinstance(kind, Array):
        return [_read(f"{field}[{place}]", kind.element, each) for place, each in enumerate(_elements(field, text))]
    if isinstance(kind, Octets) and not isinstance(kind, Text):
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise InvalidInput(field, text, "is not hexadecimal", "pairs of hex digits") from None
    return text


def _integer(field: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise InvalidInput(field, text, "is no whole number", "decimal digits")
    return int(text)


def _elements(field: str, text: str) -> list[str]:
    if not text.startswith("["):
        return text.split(",") if text else []
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(each, str | int) for each in listed):
        raise InvalidInput(field, text, "is no list", "elements with commas between them, or a JSON list")
    return [each if isinstance(each, str) else json.dumps(each) for each in listed]
