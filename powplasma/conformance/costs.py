"""Judging plasma_costs.json: base plasma, conversions and the node's answers of today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from powplasma.conformance.model import (
    Case,
    Format,
    Section,
    Values,
    check_keys,
    read_constants,
    read_rows,
)
from powplasma.errors import InvalidInput
from powplasma.plasma import alphanet, costs, interface, methods

_RULES = alphanet.AlphanetRules()
_STAGES = {
    "origin": methods.Stage.ORIGIN,
    "accelerator": methods.Stage.ACCELERATOR,
    "bridgeAndLiquidity": methods.Stage.BRIDGE_AND_LIQUIDITY,
    "htlc": methods.Stage.HTLC,
}
_CONSTANTS: Values = {
    "AccountBlockBasePlasma": costs.ACCOUNT_BLOCK_BASE_PLASMA,
    "ABByteDataPlasma": costs.DATA_BYTE_PLASMA,
    "EmbeddedSimple": methods.EMBEDDED_SIMPLE_PLASMA,
    "EmbeddedWithResponse": methods.EMBEDDED_WITH_RESPONSE_PLASMA,
    "EmbeddedWithDoubleResponse": methods.EMBEDDED_WITH_DOUBLE_RESPONSE_PLASMA,
    "NumFusionUnitsForBasePlasma": costs.ACCOUNT_BLOCK_BASE_PLASMA // interface.PLASMA_PER_FUSION_UNIT,
    "PlasmaPerFusionUnit": interface.PLASMA_PER_FUSION_UNIT,
    "CostPerFusionUnit": interface.FUSION_UNIT_AMOUNT,
    "PoWDifficultyPerPlasma": interface.DIFFICULTY_PER_PLASMA,
    "MaxDataLength": costs.MAX_DATA_BYTES,
    "MaxPoWPlasmaForAccountBlock": _RULES.max_pow_plasma,
    "MaxDifficultyForAccountBlock": _RULES.max_difficulty,
    "MaxFusionUnitsPerAccount": _RULES.max_fusion_units,
    "MaxFusionPlasmaForAccount": _RULES.max_fused_plasma,
    "MaxFusedAmountForAccount": _RULES.fused_of_plasma(_RULES.max_fused_plasma),
    "MaxPlasmaForAccountBlock": _RULES.max_block_plasma,
    "FuseMinAmount": alphanet.MIN_FUSE_AMOUNT,
    "FuseExpirationMomentums": alphanet.FUSE_LOCK_MOMENTUMS,
    "MomentumIntervalSeconds": alphanet.MOMENTUM_SECONDS,
    "MaxAccountBlocksInMomentum": alphanet.MAX_BLOCKS_IN_MOMENTUM,
}


def _constant(given: Values) -> Values:
    return {"value": _CONSTANTS[given["name"]]} if given["name"] in _CONSTANTS else {}


def _read_single(section: str, row: Any) -> Iterator[Case]:
    check_keys(section, row, {"basePlasma", "note"}, {"basePlasma"})
    yield Case(section, section, {}, {"basePlasma": row["basePlasma"]})


def _pow_only(kind: costs.BlockKind) -> int | None:
    """Difficulty that pays alone, None where proof of work cannot."""
    return _RULES.required_difficulty(kind) if kind.base_plasma <= _RULES.most_pow_plasma() else None


def _user_send(given: Values) -> Values:
    try:
        kind = costs.send(given["dataBytes"])
    except InvalidInput:
        return {"basePlasma": None, "powOnlyDifficulty": None, "error": "account-block data field is too big"}
    return {"basePlasma": kind.base_plasma, "powOnlyDifficulty": _pow_only(kind)}


def _method(given: Values) -> Values:
    """Costs of a call, found by name and again by the selector in its data."""
    by_stage = {}
    for text, stage in _STAGES.items():
        try:
            by_stage[text] = costs.call(given["contract"], given["method"], stage).base_plasma
        except InvalidInput:
            continue
    kind = costs.call(given["contract"], given["method"])
    address = costs.CONTRACT_ADDRESSES[given["contract"]]
    found = [known for known in methods.METHODS if f"{known.contract}.{known.name}" == kind.name]
    selector = found[0].selector
    by_data = costs.call_of_data(address, selector + b"any arguments")
    return {
        "address": address,
        "signature": found[0].signature,
        "selector": selector.hex(),
        "plasma": by_data.base_plasma,
        "powOnlyDifficulty": _pow_only(kind),
        "byStage": by_stage,
    }


def _without_implementation(given: Values) -> Values:
    try:
        costs.call_of_data(costs.CONTRACT_ADDRESSES[given["contract"]], bytes.fromhex(given["selector"]))
    except InvalidInput:
        return {"refused": True}
    return {"refused": False}


def _read_without_implementation(section: str, rows: Any) -> Iterator[Case]:
    for case in read_rows(("contract", "signature", "selector"), ())(section, rows):
        yield Case(case.section, case.name, case.input, {"refused": True})


def _plasma_to_difficulty(given: Values) -> Values:
    """The answer to a conversion of plasma, today's rules."""
    try:
        return {"difficulty": _RULES.difficulty_of_plasma(int(given["plasma"])), "error": None}
    except InvalidInput:
        return {"difficulty": None, "error": "forbidden parameter"}


_ASKED = re.compile(
    r"user(?P<user>[16]) (?P<what>receive|unknown method|empty data to contract|pillar register|send no toAddress"
    r"|send empty|send (?P<bytes>\d+) bytes)\Z"
)
_FUSED_FOR_USER = {"1": 10_000 * interface.FUSION_UNIT_AMOUNT, "6": 0}
_PILLAR = costs.CONTRACT_ADDRESSES["Pillar"]
_CALLS: dict[str, tuple[str | None, str]] = {
    "send no toAddress": (None, ""),
    "unknown method": (_PILLAR, "ffffffff"),
    "empty data to contract": (_PILLAR, ""),
    "pillar register": (_PILLAR, "644de927"),
}
"""Receiver and data of the requests that are no plain send."""


def _read_required(section: str, rows: Any) -> Iterator[Case]:
    """The file names each request in words; here they become what a client would send."""
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, {"case", "result", "error"}, {"case", "result", "error"})
        expected = {"result": row["result"], "error": row["error"]}
        request = _request(row["case"])
        unclear = None if request is not None else "the words of the request are not known"
        yield Case(section, f"{section}/{position} ({row['case']})", request or {}, expected, skip=unclear)


def _request(text: str) -> Values | None:
    if text == "contract as self":
        return {"contractItself": True}
    asked = _ASKED.match(text)
    if asked is None:
        return None
    request: Values = {"contractItself": False, "fusedAmount": str(_FUSED_FOR_USER[asked["user"]])}
    what = asked["what"]
    if what == "receive":
        return request | {"blockType": 3}
    to_address, data = _CALLS.get(what, ("a user", "00" * int(asked["bytes"] or 0)))
    return request | {"blockType": 2, "toAddress": to_address, "data": data}


def _required(given: Values) -> Values:
    if given["contractItself"]:
        kind, available = costs.CONTRACT_BLOCK, 0
    else:
        if given["blockType"] == 2 and given["toAddress"] is None:
            return {"result": None, "error": "toAddress is nil"}
        available = _RULES.available_plasma(int(given["fusedAmount"]), 0, 0)
        try:
            kind = _kind(given)
        except InvalidInput as refused:
            too_big = refused.field == "data_bytes"
            error = "account-block data field is too big" if too_big else "method not found in the abi"
            return {"result": None, "error": error}
    try:
        difficulty = _RULES.required_difficulty(kind, fused=available)
    except InvalidInput:
        return {"result": None, "error": "forbidden parameter"}
    result = {"availablePlasma": available, "basePlasma": kind.base_plasma, "requiredDifficulty": difficulty}
    return {"result": result, "error": None}


def _kind(given: Values) -> costs.BlockKind:
    if given["blockType"] == 3:
        return costs.RECEIVE
    data = bytes.fromhex(given["data"])
    if given["toAddress"] in costs.CONTRACT_ADDRESSES.values():
        return costs.call_of_data(given["toAddress"], data)
    return costs.send(len(data))


PLASMA_COSTS = Format(
    "plasma_costs",
    {
        "constants": Section(read_constants, _constant),
        "userReceive": Section(_read_single, lambda _: {"basePlasma": costs.RECEIVE.base_plasma}),
        "userSend": Section(
            read_rows(
                ("dataBytes",), ("basePlasma", "powOnlyDifficulty", "error"), optional=("powOnlyDifficulty", "error")
            ),
            _user_send,
        ),
        "contractBlocks": Section(_read_single, lambda _: {"basePlasma": costs.CONTRACT_BLOCK.base_plasma}),
        "methods": Section(
            read_rows(
                ("contract", "method"),
                ("address", "signature", "selector", "plasma", "powOnlyDifficulty", "byStage"),
                optional=("byStage",),
            ),
            _method,
        ),
        "abiMethodsWithoutImplementation": Section(_read_without_implementation, _without_implementation),
        "difficultyToPlasma": Section(
            read_rows(("difficulty",), ("plasma",)),
            lambda given: {"plasma": _RULES.plasma_of_difficulty(int(given["difficulty"]))},
        ),
        "difficultyForPlasma": Section(read_rows(("plasma",), ("difficulty", "error")), _plasma_to_difficulty),
        "fusedAmountToPlasma": Section(
            read_rows(("amount",), ("plasma",)),
            lambda given: {"plasma": _RULES.plasma_of_fused(int(given["amount"]))},
        ),
        "requiredPoW": Section(_read_required, _required),
    },
)
"""Files of the kind ``powplasma-vectors/plasma_costs``."""
