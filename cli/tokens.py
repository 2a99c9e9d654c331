"""Amounts and tokens as options have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from powplasma.account import QSR, ZNN, AccountBlock
from powplasma.address import format_token_standard, parse_token_standard
from powplasma.errors import InvalidInput
from powplasma.node import Token
from powplasma.transfer.amounts import COIN_DECIMALS, coins, in_coins

from .parameters import whole

F = TypeVar("F", bound=Callable[..., Any])

COINS = {"ZNN": ZNN, "QSR": QSR}
"""The two coins by name; both have 8 decimal places."""

_NAMES = {token: name for name, token in COINS.items()}


def token_options(command: F) -> F:
    """``--token``, ``--decimals``, ``--data`` and ``--data-hex``."""
    for option in (
        click.option("--data-hex", metavar="HEX", help="Data of the block in hexadecimal."),
        click.option("--data", metavar="TEXT", help="Data of the block as text."),
        click.option(
            "--decimals",
            callback=whole,
            metavar="N",
            help="Decimal places in which the amount of another token is given.  [default: 0, base units]",
        ),
        click.option(
            "--token", metavar="TOKEN", default="ZNN", show_default=True, help="ZNN, QSR, or a token standard zts1…"
        ),
    ):
        command = option(command)
    return command


def token_and_amount(token: str, amount: str, decimals: int | None) -> tuple[bytes, int]:
    """The 10 bytes of a token and an amount in its base units.

    The decimal places of another token than the two coins are the caller's to say: a node that
    lied about them would change the amount.

    Raises:
        InvalidInput: field ``token``, ``decimals`` or ``amount``.
    """
    if token in COINS:
        if decimals not in (None, COIN_DECIMALS):
            raise InvalidInput("decimals", decimals, f"are not those of {token}", f"{COIN_DECIMALS}, or leave it out")
        return COINS[token], coins(amount)
    try:
        standard = parse_token_standard(token)
    except InvalidInput as refused:
        raise InvalidInput("token", token, refused.problem, f"ZNN, QSR, or {refused.accepted}") from None
    if standard in _NAMES and decimals is None:
        # 1 could be meant as one coin or as a hundred-millionth of it.
        name = _NAMES[standard]
        raise InvalidInput("token", token, f"is {name}, whose amounts are written in coins", f"{name}, or --decimals")
    return standard, coins(amount, decimals or 0)


def data_of(data: str | None, data_hex: str | None) -> bytes:
    """The data of a block.

    Raises:
        InvalidInput: field ``data_hex``; not hexadecimal, or given beside text.
    """
    if data_hex is None:
        return (data or "").encode("utf-8", "surrogateescape")
    if data is not None:
        raise InvalidInput("data_hex", data_hex, "is given beside --data", "one of the two")
    try:
        return bytes.fromhex(data_hex)
    except ValueError:
        raise InvalidInput("data_hex", data_hex, "is not hexadecimal", "pairs of hex digits") from None


def amount_text(block: AccountBlock, token: Token | None = None) -> str:
    """What a block moves, in words; ``token`` is what the node says about its token."""
    return coins_text(block.amount, block.token_standard, token) if block.amount else "nothing"


def coins_text(amount: int, token_standard: bytes, token: Token | None = None) -> str:
    """An amount in words: ``1.5 ZNN``.

    Only the two coins go by their name alone: anybody can issue another token with the same symbol.
    """
    name = _NAMES.get(token_standard)
    if name is not None:
        return f"{in_coins(amount)} {name}"
    standard = format_token_standard(token_standard)
    if token is None or token.token_standard != token_standard:
        return f"{amount} base units of {standard}"
    return f"{in_coins(amount, token.decimals)} {token.symbol} ({standard})"
