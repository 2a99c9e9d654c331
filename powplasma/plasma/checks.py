"""How the plasma rules refuse a value: one line with its name, itself and what would be accepted."""

from __future__ import annotations

from powplasma.errors import InvalidInput

U64_MAX = (1 << 64) - 1
"""Largest value of the protocol's unsigned 64-bit integers."""


def check_integer(field: str, value: object, least: int, most: int, unit: str) -> None:
    """Refuses what is not an integer from ``least`` to ``most``.

    Raises:
        InvalidInput: ``field``; the value is no ``int``, or out of range.
    """
    accepted = f"{least} … {most} {unit}".rstrip()
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(field, value, "is not an integer", accepted)
    if not least <= value <= most:
        raise InvalidInput(field, value, "is out of range", accepted)


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
