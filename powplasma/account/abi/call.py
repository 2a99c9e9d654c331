"""A call of a contract's method as data, and data as a call.

A node unpacks the data of a call, packs the arguments again, and refuses the block if the two differ. So one call has
one encoding, and any other data is refused here with the reason, though a node's own unpacking might read it.
Source: go-zenon ``vm/abi/abi.go``, ``vm/embedded/``; docs/specification.md, section 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from powplasma.account.abi.values import Value, decode_values, encode_values, refusal, type_named
from powplasma.address import format_address, parse_address
from powplasma.errors import InvalidInput
from powplasma.plasma.costs import SELECTOR_BYTES, embedded_method, embedded_method_of_data
from powplasma.plasma.methods import EmbeddedMethod


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a contract's method.

    Attributes:
        contract: name of the contract (``Plasma``).
        method: name of the method (``Fuse``).
        arguments: by the name of the parameter, in the method's order. Integers are ``int``, truth values ``bool``,
            addresses, token standards, hashes and bytes ``bytes``, texts ``str`` (``bytes`` where one is not UTF-8),
            lists ``tuple``.
    """

    contract: str
    method: str
    arguments: Mapping[str, Value]

    @property
    def name(self) -> str:
        """Contract and method, as ``encode_call`` takes them: ``Plasma.Fuse``."""
        return f"{self.contract}.{self.method}"


def encode_call(method: str, arguments: Mapping[str, object] | None = None) -> bytes:
    """The data of a call, for a send to the contract's address.

    Only types and ranges of types are checked. What the contract itself demands of arguments is not.

    Args:
        method: contract and method, such as ``Plasma.Fuse``.
        arguments: a value for every parameter of the method, by name. Types as in ``Call``; addresses, token standards
            and hashes may also be text, lists may also be ``list``.

    Raises:
        InvalidInput: field ``contract`` or ``method``: unknown. Field ``arguments``: one is missing or unknown.
            A parameter's name, or ``name[2]`` in a list: not a value of its type.
    """
    if not isinstance(method, str):
        raise InvalidInput("method", method, "is not text", "Contract.Method")
    contract, _, name = method.partition(".")
    found = embedded_method(contract, name)
    given = {} if arguments is None else arguments
    if not isinstance(given, Mapping):
        raise InvalidInput("arguments", given, "is no mapping of names to values", found.declaration)
    names = [parameter.name for parameter in found.parameters]
    for unknown in given:
        if unknown not in names:
            raise InvalidInput("arguments", unknown, "is unknown", found.declaration)
    for needed in names:
        if needed not in given:
            raise InvalidInput("arguments", needed, "is missing", found.declaration)
    return _encoded(found, given)


def decode_call(to_address: str | bytes, data: bytes) -> Call:
    """The call that a send with ``data`` to the contract at ``to_address`` is.

    ``encode_call(call.name, call.arguments)`` gives exactly ``data`` again.

    Args:
        to_address: the contract, as text or 20 bytes.
        data: of the block.

    Raises:
        InvalidInput: field ``to_address``: no contract. Field ``data``: not bytes, or not what a node takes as a call.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InvalidInput("data", data, "is not bytes", "bytes")
    data = bytes(data)
    method = embedded_method_of_data(_address_text(to_address), data)
    named = [(parameter.name, type_named(parameter.type)) for parameter in method.parameters]
    values, _ = decode_values(named, data, SELECTOR_BYTES)
    arguments = dict(zip((name for name, _ in named), values, strict=True))
    _check_canonical(data, _encoded(method, arguments))
    return Call(method.contract, method.name, arguments)


def _address_text(to_address: str | bytes) -> str:
    try:
        return format_address(parse_address(to_address))
    except InvalidInput as refused:
        raise InvalidInput("to_address", refused.value, refused.problem, refused.accepted) from None


def _encoded(method: EmbeddedMethod, arguments: Mapping[str, object]) -> bytes:
    named = [(each.name, type_named(each.type), arguments[each.name]) for each in method.parameters]
    return method.selector + encode_values(named)


def _check_canonical(data: bytes, canonical: bytes) -> None:
    if data == canonical:
        return
    same = min(len(data), len(canonical))
    at = next((position for position in range(same) if data[position] != canonical[position]), None)
    if at is not None:
        raise refusal(data, f"has {data[at]:02x} at byte {at}, where its arguments encode to {canonical[at]:02x}")
    if len(data) > same:
        raise refusal(data, f"goes on after its {same} bytes")
    raise refusal(data, f"has {same} bytes and lacks the last {len(canonical) - same}, which are padding")
