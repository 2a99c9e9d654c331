"""What accounts of a devnode begin with, from text: ``ADDRESS=AMOUNT``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from powplasma.account import QSR, ZNN
from powplasma.address import parse_address
from powplasma.errors import InvalidInput

COIN = 10**8
"""Base units in one ZNN and in one QSR."""

MAX_COINS = 10**9
"""Most coins that an account of a devnode begins with."""

_AMOUNT = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,8}))?(ZNN|QSR)?\Z", re.ASCII)
_TOKENS = {"ZNN": ZNN, "QSR": QSR}


def grants(field: str, texts: Iterable[str]) -> list[tuple[bytes, int, bytes]]:
    """Address, amount in base units and token standard of each ``ADDRESS=AMOUNT``; ZNN where no token is named.

    Raises:
        InvalidInput: ``field``; a text of another form.
    """
    return [_grant(field, text) for text in texts]


def fused(field: str, texts: Iterable[str]) -> dict[bytes, int]:
    """Base units of QSR by address; errors as ``grants``."""
    found: dict[bytes, int] = {}
    for text in texts:
        address, amount, token = _grant(field, text, "QSR")
        if token != QSR:
            raise InvalidInput(field, text, "is no amount of QSR", "ADDRESS=QSR, as in z1…=50")
        found[address] = found.get(address, 0) + amount
    return found


def _grant(field: str, text: str, token: str = "ZNN") -> tuple[bytes, int, bytes]:  # noqa: S107 - no password
    name, equals, amount = text.partition("=")
    read = _AMOUNT.match(amount)
    if not equals or read is None:
        accepted = "ADDRESS=AMOUNT, as in z1…=12.5 or z1…=12.5QSR"
        raise InvalidInput(field, text, "does not name an address and an amount", accepted)
    whole, fraction, named = read.groups()
    try:
        address = parse_address(name)
    except InvalidInput as refused:
        raise InvalidInput(field, text, f"names an address that {refused.problem}", refused.accepted) from None
    units = int(whole) * COIN + int((fraction or "").ljust(8, "0"))
    if not 0 < units <= MAX_COINS * COIN:
        raise InvalidInput(field, text, "is out of range", f"0.00000001 … {MAX_COINS} coins")
    return address, units, _TOKENS[named or token]
