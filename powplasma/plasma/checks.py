"""How the plasma rules refuse a value: one line with its name, itself and what would be accepted."""

from __future__ import annotations

from powplasma.errors import InvalidInput, check_integer

U64_MAX = (1 << 64) - 1
"""Largest value of the protocol's unsigned 64-bit integers."""


def check_plasma(**amounts: object) -> None:
    """Refuses amounts of plasma that are no ``int`` from 0 to 2^64 - 1: products of other integers may wrap.

    Raises:
        InvalidInput: field as the argument is named.
    """
    for field, amount in amounts.items():
        check_integer(field, amount, 0, U64_MAX, "plasma")


def check_type(field: str, value: object, accepted: type) -> None:
    """Refuses what is no instance of ``accepted``, such as the state of another rule set.

    Raises:
        InvalidInput: ``field``.
    """
    if not isinstance(value, accepted):
        raise InvalidInput(field, value, f"is of type {type(value).__name__}", accepted.__name__)
