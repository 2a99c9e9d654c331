"""How the plasma rules refuse a value: one line with its name, itself and what would be accepted."""

from __future__ import annotations

import dataclasses
from typing import Any

from powplasma.errors import InvalidInput, check_integer, plain_integer

U64_BITS = 64
"""Width of the protocol's integers."""

U64_MAX = (1 << U64_BITS) - 1
"""Largest value of the protocol's unsigned 64-bit integers."""

MOST_BITS = 4_096
"""Widest integers that a rule set computes with. Python prints their products, too; it refuses above 4,300 digits."""


def check_bits(bits: object) -> int:
    """The width of integers; refuses one that is less than the protocol's, or beyond all reason.

    Raises:
        InvalidInput: field ``bits``.
    """
    return check_integer("bits", bits, U64_BITS, MOST_BITS)


def too_wide(field: str, value: int, bits: int) -> InvalidInput:
    """What a rule set raises where its next value does not fit into its integers."""
    most = f"at most {U64_MAX}" if bits == U64_BITS else f"at most 2^{bits} - 1"
    return InvalidInput(field, value, f"does not fit into {bits} bits after this momentum", most)


def check_plasma(**amounts: object) -> tuple[int, ...]:
    """Amounts of plasma from 0 to 2^64 - 1 as plain integers, in the order of the arguments.

    Raises:
        InvalidInput: field as the argument is named.
    """
    return tuple(check_integer(field, amount, 0, U64_MAX, "plasma") for field, amount in amounts.items())


def plain_integers(**values: object) -> tuple[int, ...]:
    """Integers of any size as plain ones, in the order of the arguments.

    Raises:
        InvalidInput: field as the argument is named.
    """
    return tuple(plain_integer(field, value) for field, value in values.items())


def hold_plain_integers(record: Any) -> None:
    """Has a frozen dataclass hold plain integers in the fields that are declared ``int``, whatever their range.

    Rules compute with the fields of a record at once, so that an integer of numpy's there would wrap.

    Raises:
        InvalidInput: the first field that holds no integer.
    """
    for field in dataclasses.fields(record):
        if field.type in ("int", int):
            object.__setattr__(record, field.name, plain_integer(field.name, getattr(record, field.name)))


def check_type(field: str, value: object, accepted: type) -> None:
    """Refuses what is no instance of ``accepted``, such as the state of another rule set.

    Raises:
        InvalidInput: ``field``.
    """
    if not isinstance(value, accepted):
        raise InvalidInput(field, value, f"is of type {type(value).__name__}", accepted.__name__)
