"""Base plasma: what every kind of account block costs before any price.

Base plasma is a measure of a block's size and of the work it makes for the network. It is the
same under every rule set; the rule sets differ in what must be committed for it. Source: go-zenon
``vm/plasma.go``, ``vm/constants/plasma.go``; docs/specification.md, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import hold_plain_integers
from powplasma.plasma.methods import METHODS, EmbeddedMethod, Stage

ACCOUNT_BLOCK_BASE_PLASMA = 21_000
"""Plasma of a receive, and of a send without data. go-zenon ``AccountBlockBasePlasma``."""

DATA_BYTE_PLASMA = 68
"""Plasma of each byte of data in a send to a user. go-zenon ``ABByteDataPlasma``."""

MAX_DATA_BYTES = 16_384
"""Most data bytes of a send to a user. go-zenon ``MaxDataLength``."""

SELECTOR_BYTES = 4
"""A call's data begins with this many bytes of the SHA3-256 of the method's signature."""

CONTRACT_ADDRESSES: dict[str, str] = {method.contract: method.address for method in METHODS}
"""Address text of every embedded contract, by name."""

_BY_NAME = {f"{method.contract}.{method.name}": method for method in METHODS}
_BY_SELECTOR = {(method.address, method.selector): method for method in METHODS}
_NAME_OF_ADDRESS = {address: name for name, address in CONTRACT_ADDRESSES.items()}


@dataclass(frozen=True, slots=True)
class BlockKind:
    """A kind of account block, as far as plasma is concerned.

    Attributes:
        name: ``send``, ``receive``, ``contract`` or ``Contract.Method``.
        base_plasma: what it costs before any price; 0 for a contract's own block.
        data_bytes: length of the data of a send to a user, else 0.
    """

    name: str
    base_plasma: int
    data_bytes: int = 0

    def __post_init__(self) -> None:
        if not type(self.base_plasma) is type(self.data_bytes) is int:
            hold_plain_integers(self)


RECEIVE = BlockKind("receive", ACCOUNT_BLOCK_BASE_PLASMA)
"""A user's receive."""

CONTRACT_BLOCK = BlockKind("contract", 0)
"""A block of an embedded contract: needs no plasma, and must state difficulty 0."""


def send(data_bytes: int = 0) -> BlockKind:
    """A user's send to a user, with so many bytes of data.

    Raises:
        InvalidInput: field ``data_bytes``; not 0 … 16,384.
    """
    data_bytes = check_integer("data_bytes", data_bytes, 0, MAX_DATA_BYTES, "bytes in a send to a user")
    return BlockKind("send", ACCOUNT_BLOCK_BASE_PLASMA + DATA_BYTE_PLASMA * data_bytes, data_bytes)


def call(contract: str, method: str, stage: Stage = Stage.HTLC) -> BlockKind:
    """A user's call of a contract's method, while the sporks of ``stage`` are active.

    Raises:
        InvalidInput: field ``contract`` or ``method``; unknown (the nearest name is suggested), or
            the method does not exist yet at that stage.
    """
    return _call(embedded_method(contract, method), stage)


def embedded_method(contract: str, method: str) -> EmbeddedMethod:
    """The method of that name, whichever sporks it needs.

    Raises:
        InvalidInput: field ``contract`` or ``method``; unknown (the nearest name is suggested).
    """
    if contract not in CONTRACT_ADDRESSES:
        raise InvalidInput("contract", contract, "is unknown", _suggestion(contract, CONTRACT_ADDRESSES))
    found = _BY_NAME.get(f"{contract}.{method}")
    if found is None:
        names = [known.name for known in METHODS if known.contract == contract]
        raise InvalidInput("method", method, f"is not a method of {contract}", _suggestion(method, names))
    return found


def call_of_data(address: str, data: bytes, stage: Stage = Stage.HTLC) -> BlockKind:
    """The call that a send with ``data`` to the contract at ``address`` (text) is.

    The length of the data does not matter; its first 4 bytes select the method.

    Raises:
        InvalidInput: field ``to_address`` (no embedded contract) or ``data`` (no such method).
    """
    return _call(embedded_method_of_data(address, data), stage)


def embedded_method_of_data(address: str, data: bytes) -> EmbeddedMethod:
    """The method that a send with ``data`` to the contract at ``address`` (text) calls, by the first 4 bytes.

    Raises:
        InvalidInput: field ``to_address`` (no embedded contract) or ``data`` (no such method).
    """
    if address not in _NAME_OF_ADDRESS:
        raise InvalidInput("to_address", address, "is no embedded contract", "one of the 11 contract addresses")
    found = _BY_SELECTOR.get((address, bytes(data[:SELECTOR_BYTES])))
    if found is None:
        contract = _NAME_OF_ADDRESS[address]
        raise InvalidInput(
            "data", bytes(data[:SELECTOR_BYTES]), f"selects no method of {contract}", "the 4-byte selector of a method"
        )
    return found


def parse_block_kind(text: str, data_bytes: int | None = None, stage: Stage = Stage.HTLC) -> BlockKind:
    """A block kind from its text: ``send``, ``receive`` or ``Contract.Method``.

    Args:
        text: the kind.
        data_bytes: length of the data; only a send to a user may have it.
        stage: the active sporks.

    Raises:
        InvalidInput: field ``block``, ``contract``, ``method`` or ``data_bytes``.
    """
    if text == "send":
        return send(0 if data_bytes is None else data_bytes)
    if data_bytes is not None:
        raise InvalidInput("data_bytes", data_bytes, f"has no effect on {text}", "only with a send")
    if text == "receive":
        return RECEIVE
    contract, dot, method = text.partition(".")
    if not dot:
        names = ["send", "receive", *_BY_NAME]
        raise InvalidInput("block", text, "is unknown", _suggestion(text, names))
    return call(contract, method, stage)


def _call(method: EmbeddedMethod, stage: Stage) -> BlockKind:
    if stage < method.since:
        raise InvalidInput(
            "method",
            f"{method.contract}.{method.name}",
            f"does not exist while the sporks of {stage.name} are the last active ones",
            f"from {method.since.name} on",
        )
    return BlockKind(f"{method.contract}.{method.name}", method.plasma_at(stage))


def _suggestion(text: str, known: list[str] | dict[str, str]) -> str:
    """The nearest known names, or all of them where there are few and none is near."""
    folded = {name.casefold(): name for name in known}
    near = [folded[name] for name in get_close_matches(text.casefold(), folded, n=3, cutoff=0.6)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"one of {', '.join(known)}" if len(known) <= 20 else "send, receive or Contract.Method"
