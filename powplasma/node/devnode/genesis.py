"""What a devnode's chain begins with: balances, fused QSR, and sends that wait to be received."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha3_256

from powplasma.account import QSR, ZNN, KeyPair
from powplasma.address import ADDRESS_BYTES
from powplasma.errors import InvalidInput, check_integer
from powplasma.node.accounts import Token
from powplasma.plasma.checks import U64_MAX

DEV_CHAIN = 100
"""Chain identifier of a devnode by default: that of go-zenon's own tests, never the main network's."""

MAX_AMOUNT = 10**17
"""Largest amount, in base units, that the beginning gives one account: 10^9 coins."""

GIVER_FUSED_AMOUNT = 5_000 * 10**8
"""QSR fused for the account that sends what waits to be received."""

_DECIMALS = 8


def producer_key() -> KeyPair:
    """The key that signs a devnode's momentums; anybody can compute it."""
    return KeyPair(sha3_256(b"powplasma devnode producer").digest())


def giver_key() -> KeyPair:
    """The key of the account that sends what waits to be received; anybody can compute it."""
    return KeyPair(sha3_256(b"powplasma devnode giver").digest())


@dataclass(frozen=True, slots=True)
class Grant:
    """An amount of a token for an account.

    Attributes:
        address: 20 bytes.
        amount: in base units.
        token_standard: 10 bytes; ZNN or QSR.
    """

    address: bytes
    amount: int
    token_standard: bytes = ZNN

    def __post_init__(self) -> None:
        if not isinstance(self.address, bytes) or len(self.address) != ADDRESS_BYTES:
            raise InvalidInput("address", self.address, "is no address", f"{ADDRESS_BYTES} bytes")
        check_integer("amount", self.amount, 1, MAX_AMOUNT, "base units")
        if self.token_standard not in (ZNN, QSR):
            raise InvalidInput("token_standard", self.token_standard, "is unknown to a devnode", "ZNN or QSR")


@dataclass(frozen=True, slots=True)
class Genesis:
    """The beginning of a chain.

    Attributes:
        chain_identifier: the network.
        funds: balances that accounts begin with.
        fused: QSR in base units that is fused for accounts, by address (20 bytes).
        unreceived: amounts that a send to the account makes in the first momentums, for it to receive.
    """

    chain_identifier: int = DEV_CHAIN
    funds: tuple[Grant, ...] = ()
    fused: dict[bytes, int] = field(default_factory=dict)
    unreceived: tuple[Grant, ...] = ()

    def __post_init__(self) -> None:
        check_integer("chain_identifier", self.chain_identifier, 1, U64_MAX)
        for amount in self.fused.values():
            check_integer("fused", amount, 1, MAX_AMOUNT, "base units")

    def balances(self) -> dict[bytes, dict[bytes, int]]:
        """Balance by address and token standard, the giver's included."""
        found: dict[bytes, dict[bytes, int]] = {}
        gifts = (Grant(giver_key().address, grant.amount, grant.token_standard) for grant in self.unreceived)
        for grant in (*self.funds, *gifts):
            account = found.setdefault(grant.address, {})
            account[grant.token_standard] = account.get(grant.token_standard, 0) + grant.amount
        return found

    def fused_amounts(self) -> dict[bytes, int]:
        """Fused QSR by address, the giver's included."""
        return {giver_key().address: GIVER_FUSED_AMOUNT, **self.fused}


def tokens() -> dict[bytes, Token]:
    """The two tokens that a devnode knows."""
    return {ZNN: _token(ZNN, "Zenon Coin", "ZNN"), QSR: _token(QSR, "QuasarCoin", "QSR")}


def _token(token_standard: bytes, name: str, symbol: str) -> Token:
    return Token(
        token_standard=token_standard,
        name=name,
        symbol=symbol,
        domain="zenon.network",
        decimals=_DECIMALS,
        owner=producer_key().address,
        total_supply=MAX_AMOUNT,
        max_supply=(1 << 63) - 1,
        burnable=True,
        mintable=True,
        utility=True,
    )
