"""Amounts of a coin as people write them, in exact integers."""

from __future__ import annotations

import re

from powplasma.account.block import MAX_AMOUNT, MAX_DECIMALS
from powplasma.errors import InvalidInput, check_integer

COIN_DECIMALS = 8
"""Decimal places of ZNN and QSR."""

_NUMBER = re.compile(r"([0-9]{1,80})(?:\.([0-9]{1,80}))?\Z", re.ASCII)


def coins(text: str, decimals: int = COIN_DECIMALS) -> int:
    """Base units of an amount in decimal notation: 150000000 of ``"1.5"``.

    Args:
        text: digits, with a point if need be. Text, because a float cannot hold most amounts.
        decimals: places of the token; ZNN and QSR have 8.

    Raises:
        InvalidInput: field ``amount``; no such number, more places than the token has, or too large. Field
            ``decimals``; not 0 … 18.
    """
    check_integer("decimals", decimals, 0, MAX_DECIMALS)
    places = f"at most {decimals} decimal places" if decimals else "a whole number"
    accepted = f"digits with {places}, as text"
    match = _NUMBER.match(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput("amount", text, "is no amount", accepted)
    whole, fraction = match[1], match[2] or ""
    if len(fraction.rstrip("0")) > decimals:
        raise InvalidInput("amount", text, "has more decimal places than the token", accepted)
    scale: int = 10**decimals
    amount = int(whole) * scale + int(fraction[:decimals].ljust(decimals, "0") or 0)
    check_integer("amount", amount, 0, MAX_AMOUNT, "base units")
    return amount


def in_coins(amount: int, decimals: int = COIN_DECIMALS) -> str:
    """An amount of base units in decimal notation, without zeros at the end; ``coins`` gives it back."""
    if not decimals:
        return str(amount)
    digits = str(amount).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
