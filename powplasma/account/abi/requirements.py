"""What a contract takes: checked before any work is done for a call that the node would refuse.

Source: go-zenon ``vm/embedded/implementation/``, the ``ValidateSendBlock`` of each method; docs/specification.md,
section 11.
"""

from __future__ import annotations

from dataclasses import dataclass

from powplasma.account.abi.arguments import RULES, check_together
from powplasma.account.abi.call import Call, decode_call, encode_call
from powplasma.account.block import MAX_AMOUNT, QSR, ZNN, AccountBlock
from powplasma.address import format_token_standard, parse_address
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.costs import embedded_method

_COIN = 10**8
_NAMES = {ZNN: "ZNN", QSR: "QSR"}


@dataclass(frozen=True, slots=True)
class AmountRule:
    """What a method takes along.

    Attributes:
        least: smallest amount, in base units.
        most: largest amount.
        multiple_of: what the amount is a multiple of.
        token: the one token; None for any.
    """

    least: int = 0
    most: int = MAX_AMOUNT
    multiple_of: int = 1
    token: bytes | None = None

    @property
    def words(self) -> str:
        """The rule for a person to read."""
        if not self.most:
            return "nothing"
        name = "any token" if self.token is None else _NAMES[self.token]
        if self.least < _COIN:
            return f"more than 0 of {name}"
        least = f"{self.least // _COIN} {name}"
        if self.least == self.most:
            return f"exactly {least}"
        return f"at least {least}" + (f", in whole {name}" if self.multiple_of == _COIN else "")

    def check(self, amount: int, token_standard: bytes) -> None:
        """Refuses another amount or token.

        Raises:
            InvalidInput: field ``amount``.
        """
        if not self.least <= amount <= self.most or amount % self.multiple_of:
            raise InvalidInput("amount", _text(amount, token_standard), "is not what the contract takes", self.words)
        if amount and self.token is not None and token_standard != self.token:
            raise InvalidInput("amount", _text(amount, token_standard), "is of another token", self.words)


def _text(amount: int, token_standard: bytes) -> str:
    """An amount in words, for an error."""
    if not amount:
        return "nothing"
    if token_standard not in _NAMES:
        return f"{amount} base units of {format_token_standard(token_standard)}"
    digits = f"{amount // _COIN}.{amount % _COIN:08}".rstrip("0").rstrip(".")
    return f"{digits} {_NAMES[token_standard]}"


NOTHING = AmountRule(most=0)
SOMETHING = AmountRule(least=1)
ANYTHING = AmountRule()


def _exactly(coins: int) -> AmountRule:
    return AmountRule(coins * _COIN, coins * _COIN, token=ZNN)


_AMOUNTS = {
    "Plasma.Fuse": AmountRule(10 * _COIN, multiple_of=_COIN, token=QSR),
    "Pillar.DepositQsr": AmountRule(1, token=QSR),
    "Sentinel.DepositQsr": AmountRule(1, token=QSR),
    "Pillar.Register": _exactly(15_000),
    "Pillar.RegisterLegacy": _exactly(15_000),
    "Sentinel.Register": _exactly(5_000),
    "Stake.Stake": AmountRule(_COIN, token=ZNN),
    "Token.IssueToken": _exactly(1),
    "Token.Burn": SOMETHING,
    "Accelerator.CreateProject": _exactly(1),
    "Accelerator.Donate": SOMETHING,
    "Liquidity.Donate": SOMETHING,
    "Liquidity.LiquidityStake": SOMETHING,
    "Bridge.WrapToken": SOMETHING,
    "Htlc.Create": SOMETHING,
}
"""What methods take along that take anything."""

_UNCHECKED = (
    "Accelerator.AddPhase",
    "Accelerator.UpdatePhase",
    "Liquidity.LiquidityStake",
    "Liquidity.Fund",
    "Liquidity.BurnZnn",
)
"""Methods whose amount the node does not look at: what is sent along can be lost."""

COMMUNITY_SPORK_ADDRESS = parse_address("z1qqvwzz2xq7q5gwk6uhcddgrpxlfcyzc8rsu82s")
"""May call Spork beside the address that the network's genesis names."""

_SPORK_ONLY = ("Liquidity.Fund", "Liquidity.BurnZnn")


def amount_rule(method: str) -> AmountRule:
    """What a method takes along.

    Args:
        method: contract and method, such as ``Plasma.Fuse``.

    Raises:
        InvalidInput: field ``contract`` or ``method``; unknown.
    """
    contract, _, name = method.partition(".")
    embedded_method(contract, name)
    return _AMOUNTS.get(method, NOTHING)


def check_call(
    call: Call,
    sender: str | bytes,
    amount: int = 0,
    token_standard: bytes = ZNN,
    *,
    spork_address: bytes | None = None,
    as_the_node: bool = False,
) -> None:
    """Refuses a call that the node would refuse when it is published.

    What only the contract's state can tell, such as whether a pillar exists, is not known here: such a call is taken
    and fails.

    Args:
        call: the method and its arguments.
        sender: the account that calls, text or 20 bytes.
        amount: that is sent along, in base units.
        token_standard: of the amount.
        spork_address: the address that the network's genesis allows to call some methods; None leaves that open.
        as_the_node: whether to take any amount where the node does not look at it.

    Raises:
        InvalidInput: a parameter's name, ``amount`` or ``sender``.
    """
    owner, name = parse_address(sender), call.name
    for parameter, check in RULES.get(name, {}).items():
        check(parameter, call.arguments[parameter])
    check_together(name, call.arguments, owner)
    rule = ANYTHING if as_the_node and name in _UNCHECKED else amount_rule(name)
    rule.check(check_integer("amount", amount, 0, MAX_AMOUNT, "base units"), token_standard)
    if spork_address is not None:
        allowed = (spork_address, *([COMMUNITY_SPORK_ADDRESS] if call.contract == "Spork" else []))
        if (call.contract == "Spork" or name in _SPORK_ONLY) and owner not in allowed:
            raise InvalidInput("sender", sender, "may not call this method", "the network's spork address")


def call_block(
    address: str | bytes,
    method: str,
    arguments: dict[str, object] | None = None,
    amount: int = 0,
    token_standard: str | bytes = ZNN,
) -> AccountBlock:
    """The block that calls a contract's method, without its place in the chain and without plasma.

    Args:
        address: the account that calls.
        method: contract and method, such as ``Plasma.Fuse``.
        arguments: as for ``encode_call``.
        amount: that is sent along, in base units.
        token_standard: of the amount.

    Raises:
        InvalidInput: as ``encode_call`` and ``check_call``.
    """
    data = encode_call(method, arguments)
    contract, _, name = method.partition(".")
    block = AccountBlock.send(address, embedded_method(contract, name).address, amount, token_standard, data)
    check_block(block)
    return block


def check_block(block: AccountBlock) -> None:
    """Refuses a send to a contract that the node would refuse, as ``decode_call`` and ``check_call``."""
    check_call(decode_call(block.to_address, block.data), block.address, block.amount, block.token_standard)
