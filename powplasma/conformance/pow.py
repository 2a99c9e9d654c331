"""Judging pow.json: the rule of a proof of work.

``nodeAccepts`` and ``thresholdNode`` record an older node, which left the rule for difficulties of
2^63 and more. They are judged below that, where they must agree with the rule, and noted above.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha3_256
from typing import Any

from powplasma import work
from powplasma.conformance.model import NOTE_FIELDS, Case, Format, Section, Values, check_keys, read_rows
from powplasma.plasma.alphanet import AlphanetRules

_INPUTS = ("address", "previousHash", "dataHash", "difficulty", "nonce")
_EXPECTED = ("digest", "prefix", "threshold", "valid", "plasma")
_OLD_NODE_LEAVES_THE_RULE = 1 << 63
_RULES = AlphanetRules()


def _read_cases(section: str, rows: Any) -> Iterator[Case]:
    old_node = {"nodeAccepts": "valid", "thresholdNode": "threshold"}
    for position, row in enumerate(rows):
        where = f"{section}[{position}]"
        check_keys(where, row, {*_INPUTS, *_EXPECTED, *NOTE_FIELDS, *old_node}, {*_INPUTS, *_EXPECTED, "id"})
        expected = {key: row[key] for key in _EXPECTED}
        asked = {key: row[key] for key in _INPUTS}
        if row["address"] is not None:
            expected["dataHash"] = asked.pop("dataHash")
        if int(row["difficulty"]) < _OLD_NODE_LEAVES_THE_RULE:
            expected |= {key: row[key] for key in old_node if key in row}
        yield Case(section, f"{section}/{row['id']}", asked, expected)


def _check(given: Values) -> Values:
    if given["address"] is None:
        data_hash = work.parse_hash(given["dataHash"])
    else:
        data_hash = work.data_hash(given["address"], given["previousHash"])
    difficulty = int(given["difficulty"])
    nonce = work.parse_nonce(given["nonce"])
    valid = work.check(data_hash, nonce, difficulty)
    threshold = work.threshold(difficulty)
    return {
        "dataHash": data_hash.hex(),
        "digest": sha3_256(nonce + data_hash).hexdigest(),
        "prefix": work.prefix(data_hash, nonce),
        "threshold": threshold,
        "valid": valid,
        "plasma": _RULES.plasma_of_difficulty(difficulty),
        "nodeAccepts": valid,
        "thresholdNode": threshold,
    }


def _read_thresholds(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        keys = {"difficulty", "threshold", "thresholdBytesLE", "thresholdNode"}
        check_keys(f"{section}[{position}]", row, keys, keys)
        expected = {"threshold": row["threshold"], "thresholdBytesLE": row["thresholdBytesLE"]}
        if int(row["difficulty"]) < _OLD_NODE_LEAVES_THE_RULE:
            expected["thresholdNode"] = row["thresholdNode"]
        yield Case(section, f"{section}/{position}", {"difficulty": row["difficulty"]}, expected)


def _threshold(given: Values) -> Values:
    threshold = work.threshold(int(given["difficulty"]))
    return {
        "threshold": threshold,
        "thresholdBytesLE": threshold.to_bytes(8, "little").hex(),
        "thresholdNode": threshold,
    }


def _compare(given: Values) -> Values:
    prefix = int.from_bytes(bytes.fromhex(given["prefixBytes"]), "little")
    threshold = int.from_bytes(bytes.fromhex(given["thresholdBytes"]), "little")
    return {"prefix": prefix, "threshold": threshold, "meets": prefix >= threshold}


POW = Format(
    "pow",
    {
        "cases": Section(_read_cases, _check),
        "thresholds": Section(_read_thresholds, _threshold),
        "comparisons": Section(
            read_rows(("prefixBytes", "thresholdBytes"), ("prefix", "threshold", "meets")), _compare
        ),
    },
)
"""Files of the kind ``powplasma-vectors/pow``."""
