"""Judging contract_calls.json: calls of the embedded contracts, encoded and decoded.

The node unpacks more than it accepts in a block: it packs the arguments again, and the block's hash covers the packed
data. What it unpacks and would not publish has to be refused here; tests/vectors/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from powplasma.account.abi import Call, check_call, decode_call, encode_call
from powplasma.address import format_address, format_token_standard, parse_address, parse_token_standard
from powplasma.conformance.model import Case, Format, Section, Values, check_keys
from powplasma.errors import InvalidInput
from powplasma.plasma.costs import call, embedded_method
from powplasma.plasma.methods import EmbeddedMethod

_FACTS = {"address", "signature", "selector", "inputs", "basePlasma"}
_EXAMPLE = {"what", "sender", "tokenStandard", "amount", "args", "data", "verdict"}
_SPORK_ADDRESS = parse_address("z1qqhj43mkwul9kx4qjulrkwderhg5w980dj5g7p")
"""That of the network whose verdicts the file has."""

_ROW = {"contract", "address", "what", "data", "method", "lookup", "unpack", "validate"}


def _read_methods(section: str, rows: Any) -> Iterator[Case]:
    """A method, and each of its calls twice: from arguments to data, and back."""
    for position, row in enumerate(rows):
        where, named = f"{section}[{position}]", {"contract", "method", *_FACTS, "abi", "cases", "requires"}
        check_keys(where, row, named, named)
        method = {"contract": row["contract"], "method": row["method"]}
        name = f"{section}/{row['contract']}.{row['method']}"
        yield Case(section, name, method, {key: row[key] for key in sorted(_FACTS)})
        for place, made in enumerate(row["cases"]):
            check_keys(f"{where}.cases[{place}]", made, {"args", "data", "kind"}, {"args", "data"})
        for place, made in enumerate(row["requires"]["examples"]):
            check_keys(f"{where}.requires.examples[{place}]", made, {*_EXAMPLE, "error"}, _EXAMPLE)
        for place, made in enumerate([*row["cases"], *row["requires"]["examples"]]):
            yield Case(section, f"{name}/{place} encoded", {**method, "args": made["args"]}, {"data": made["data"]})
            asked = {"address": row["address"], "data": made["data"]}
            yield Case(section, f"{name}/{place} decoded", asked, {"method": row["method"], "args": made["args"]})
        for place, made in enumerate(row["requires"]["examples"]):
            judged = {key: made[key] for key in ("args", "sender", "tokenStandard", "amount")}
            yield Case(section, f"{name}/{place} judged", {**method, **judged}, {"verdict": made["verdict"]})


def _read_decoded(section: str, rows: Any) -> Iterator[Case]:
    """Data that is odd, to be decoded or refused; and what the node unpacked, to be encoded to what it packs."""
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, {*_ROW, "args", "canonical", "isCanonical"}, _ROW)
        name, asked = f"{section}/{position}", {"address": row["address"], "data": row["data"]}
        found = row["lookup"] == "ok"
        if found and row["unpack"] == "ok" and row["isCanonical"]:
            yield Case(section, name, asked, {"refused": False, "method": row["method"], "args": row["args"]})
        else:
            yield Case(section, name, asked, {"refused": True})
        if found and "canonical" in row:
            method = {"contract": row["contract"], "method": row["method"], "args": row["args"]}
            yield Case(section, f"{name} encoded", method, {"data": row["canonical"]})


def _answer(given: Values) -> Values:
    if "data" in given:
        return _decoded(given)
    method = embedded_method(given["contract"], given["method"])
    if "sender" in given:
        return _judged(method, given)
    return _encoded(method, given["args"]) if "args" in given else _facts(method)


def _judged(method: EmbeddedMethod, given: Values) -> Values:
    """Whether the contract takes a call, as the node says when it is published."""
    data = bytes.fromhex(_encoded(method, given["args"])["data"])
    try:
        check_call(
            decode_call(method.address, data),
            given["sender"],
            int(given["amount"]),
            parse_token_standard(given["tokenStandard"]),
            spork_address=_SPORK_ADDRESS,
            as_the_node=True,
        )
    except InvalidInput:
        return {"verdict": "refused"}
    return {"verdict": "accepted"}


def _facts(method: EmbeddedMethod) -> Values:
    return {
        "address": method.address,
        "signature": method.signature,
        "selector": method.selector.hex(),
        "inputs": [{"name": each.name, "type": each.type} for each in method.parameters],
        "basePlasma": call(method.contract, method.name).base_plasma,
    }


def _encoded(method: EmbeddedMethod, args: Sequence[Any]) -> Values:
    pairs = zip(method.parameters, args, strict=True)
    arguments = {each.name: _from_json(each.type, value) for each, value in pairs}
    return {"data": encode_call(f"{method.contract}.{method.name}", arguments).hex()}


def _decoded(given: Values) -> Values:
    try:
        decoded = decode_call(given["address"], bytes.fromhex(given["data"]))
    except InvalidInput:
        return {"refused": True}
    return {"refused": False, "method": decoded.method, "args": _args(decoded)}


def _args(decoded: Call) -> list[Any]:
    parameters = embedded_method(decoded.contract, decoded.method).parameters
    return [_to_json(each.type, decoded.arguments[each.name]) for each in parameters]


def _from_json(kind: str, value: Any) -> Any:
    """An argument from its form in the file."""
    if kind.endswith("[]"):
        return [_from_json(kind[:-2], each) for each in value]
    if kind.startswith(("uint", "int")):
        return int(value)
    if kind == "bytes":
        return bytes.fromhex(value)
    return bytes.fromhex(value["bytes"]) if isinstance(value, dict) else value


def _to_json(kind: str, value: Any) -> Any:
    """An argument in the form of the file."""
    if kind.endswith("[]"):
        return [_to_json(kind[:-2], each) for each in value]
    if kind == "address":
        return format_address(value)
    if kind == "tokenStandard":
        return format_token_standard(value)
    if isinstance(value, bytes):
        return {"bytes": value.hex()} if kind == "string" else value.hex()
    return value


CONTRACT_CALLS = Format(
    "contract_calls",
    {
        "methods": Section(_read_methods, _answer),
        "decode": Section(_read_decoded, _answer),
    },
    frozenset({"format", "set", "source", "counts", "description", "sporkAddress"}),
)
"""Files of the kind ``powplasma-vectors/contract_calls``."""
