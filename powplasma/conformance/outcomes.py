"""Judging contract_outcomes.json: what became of calls of contracts, and blocks that a node refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from powplasma.account.abi import check_call, decode_call
from powplasma.address import parse_token_standard
from powplasma.conformance.model import Case, Format, Section, Values, check_keys
from powplasma.conformance.rpc import answers, read_exchanges
from powplasma.errors import InvalidInput
from powplasma.node import CallState, NodeBlock, outcome_of

_REFUSED = {"what", "toAddress", "data", "amount", "tokenStandard", "error"}
_SENDER = "z1qqyltpm8a6nl3z4sgar583ajuz9flv5ngu6y2a"
"""The account of the recorded calls."""

_STATES = {"success": CallState.DONE, "failed": CallState.FAILED}
_STATED = re.compile(r"\b(success|failed)\b")
_NOT_THE_CONTRACTS = ("insufficient balance for transfer",)
"""Refusals for which the account is asked, and not the contract."""


def _read_constants(section: str, values: Any) -> Iterator[Case]:
    known = {"resultInvalid", "resultSuccess", "resultFail"}
    check_keys(section, values, {*known, "where"}, known)
    yield Case(section, section, {}, {key: values[key] for key in sorted(known)})


def _constants(_: Values) -> Values:
    return {
        "resultInvalid": CallState.WAITING.value,
        "resultSuccess": CallState.DONE.value,
        "resultFail": CallState.FAILED.value,
    }


def _read_outcomes(section: str, rows: Any) -> Iterator[Case]:
    """An exchange, and the outcome where the row says it in words."""
    for case, row in zip(read_exchanges(section, rows), rows, strict=True):
        stated = _STATED.search(row.get("note", ""))
        expected = {"state": _STATES[stated[1]].name.lower()} if stated else {}
        yield replace(case, expected=case.expected | expected)


def _outcome(given: Values) -> Values:
    answered = answers(given)
    result = answered["answers"][0].get("result")
    outcome = None if result is None else outcome_of(NodeBlock.from_json(result))
    return answered | {"state": None if outcome is None else outcome.state.name.lower()}


def _read_refused(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, _REFUSED, _REFUSED)
        given = {key: row[key] for key in ("toAddress", "data", "amount", "tokenStandard")}
        refused = row["error"]["message"] not in _NOT_THE_CONTRACTS
        yield Case(section, f"{section}/{position}", given, {"refused": refused})


def _refused(given: Values) -> Values:
    token = parse_token_standard(given["tokenStandard"])
    try:
        call = decode_call(given["toAddress"], bytes.fromhex(given["data"]))
        check_call(call, _SENDER, int(given["amount"]), token, as_the_node=True)
    except InvalidInput:
        return {"refused": True}
    return {"refused": False}


CONTRACT_OUTCOMES = Format(
    "contract_outcomes",
    {
        "constants": Section(_read_constants, _constants),
        "exchanges": Section(_read_outcomes, _outcome),
        "refused": Section(_read_refused, _refused),
    },
    frozenset({"format", "source", "description"}),
)
"""Files of the kind ``powplasma-vectors/contract_outcomes``."""
