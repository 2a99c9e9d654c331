"""How the plasma rules refuse a value: one line with its name, itself and what would be accepted."""

from __future__ import annotations

from powplasma.errors import InvalidInput, check_integer

U64_BITS = 64
"""Width of the protocol's integers."""

U64_MAX = (1 << U64_BITS) - 1
"""Largest value of the protocol's unsigned 64-bit integers."""

MOST_BITS = 4_096
"""Widest integers that a rule set computes with. Python prints their products, too; it refuses above 4,300 digits."""


def check_bits(bits: object) -> None:
    """Refuses a width of integers that is less than the protocol's, or beyond all reason.

    Raises:
        InvalidInput: field ``bits``.
    """
    check_integer("bits", bits, U64_BITS, MOST_BITS)


def too_wide(field: str, value: int, bits: int) -> InvalidInput:
    """What a rule set raises where its next value does not fit into its integers."""
    most = f"at most {U64_MAX}" if bits == U64_BITS else f"at most 2^{bits} - 1"
    return InvalidInput(field, value, f"does not fit into {bits} bits after this momentum", most)


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
