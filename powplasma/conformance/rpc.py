"""Judging rpc_samples.json: recorded answers of a node, read by the client as it reads them from a socket.

An answer is read into values and written again, with all that can be recomputed recomputed: the
hashes of blocks and momentums, base plasma and required difficulty.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

from powplasma.account.wire import Record
from powplasma.conformance.model import NOTE_FIELDS, Case, Format, Section, Values, check_keys
from powplasma.node import (
    AccountInfo,
    BlockPage,
    FusionPage,
    HttpRefusal,
    Momentum,
    MomentumPage,
    NodeBlock,
    PlasmaInfo,
    RequiredPow,
    RpcError,
    kind_of_block,
)
from powplasma.node.message import check_status, read_message, result_of
from powplasma.plasma import AlphanetRules

_RULES = AlphanetRules()
_FIELDS = {"contentType", "host", "request", "requestText", "response", "responseText", "status"}
_NODE = "recorded"


def _read_exchanges(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, {*_FIELDS, *NOTE_FIELDS}, {"contentType", "host", "status"})
        request = row.get("request")
        asked = {
            "requests": request if isinstance(request, list) else [request],
            "status": row["status"],
            "content": row["responseText"] if "responseText" in row else json.dumps(row["response"]),
        }
        answers = row.get("response", {"status": row["status"], "text": row.get("responseText", "").strip()})
        expected = {"answers": answers if isinstance(answers, list) else [answers]}
        yield Case(section, f"{section}/{position}", asked, expected)


def _answers(given: Values) -> Values:
    try:
        check_status(_NODE, "", given["status"], given["content"].encode())
    except HttpRefusal as refused:
        return {"answers": [{"status": refused.status, "text": refused.text}]}
    content = read_message(_NODE, "", given["content"])
    messages = content if isinstance(content, list) else [content]
    return {
        "answers": [_answer(request, message) for request, message in zip(given["requests"], messages, strict=True)]
    }


def _answer(request: Values | None, message: object) -> Values:
    """The answer to one request, read and written again; ``request`` is None where the node could not read it."""
    method, request_id = (request["method"], request["id"]) if request else ("", None)
    envelope = {"jsonrpc": "2.0", "id": request_id}
    try:
        result = result_of(_NODE, method, request_id, message)
    except RpcError as error:
        return envelope | {"error": {"code": error.code, "message": error.message}}
    return envelope | {"result": None if result is None else _written(request or {}, result)}


def _written(request: Values, result: object) -> Values:
    writer = _WRITERS.get(request["method"])
    if writer is None:
        raise ValueError(f"an answer to {request['method']}")
    return writer(request, result)


def _momentum(momentum: Momentum) -> Momentum:
    return dataclasses.replace(momentum, hash=momentum.compute_hash())


def _block(found: NodeBlock) -> NodeBlock:
    return dataclasses.replace(found, block=dataclasses.replace(found.block, hash=found.block.compute_hash()))


def _required(request: Values, answer: RequiredPow) -> RequiredPow:
    """The requirement by the rules; only the available plasma is the node's word."""
    fields = Record(request["params"][0], "param")
    to_address = bytes(20) if fields.get("toAddress") is None else fields.address("toAddress")
    kind = kind_of_block(fields.integer("blockType"), to_address, fields.base64("data", b""))
    difficulty = _RULES.required_difficulty(kind, fused=min(answer.available_plasma, kind.base_plasma))
    return RequiredPow(answer.available_plasma, kind.base_plasma, difficulty)


def _momentums(page: MomentumPage) -> MomentumPage:
    return dataclasses.replace(page, momentums=tuple(map(_momentum, page.momentums)))


def _blocks(page: BlockPage) -> BlockPage:
    return dataclasses.replace(page, blocks=tuple(map(_block, page.blocks)))


_WRITERS: dict[str, Callable[[Values, object], Values]] = {
    "ledger.getFrontierMomentum": lambda _, result: _momentum(Momentum.from_json(result)).to_json(),
    "ledger.getMomentumsByHeight": lambda _, result: _momentums(MomentumPage.from_json(result)).to_json(),
    "ledger.getFrontierAccountBlock": lambda _, result: _block(NodeBlock.from_json(result)).to_json(),
    "ledger.getUnconfirmedBlocksByAddress": lambda _, result: _blocks(BlockPage.from_json(result)).to_json(),
    "ledger.getUnreceivedBlocksByAddress": lambda _, result: _blocks(BlockPage.from_json(result)).to_json(),
    "ledger.getAccountInfoByAddress": lambda _, result: AccountInfo.from_json(result).to_json(),
    "embedded.plasma.get": lambda _, result: PlasmaInfo.from_json(result).to_json(),
    "embedded.plasma.getEntriesByAddress": lambda _, result: FusionPage.from_json(result).to_json(),
    "embedded.plasma.getRequiredPoWForAccountBlock": lambda request, result: _required(
        request, RequiredPow.from_json(result)
    ).to_json(),
}
"""An answer to each method, read, recomputed and written."""


RPC_SAMPLES = Format("rpc_samples", {"exchanges": Section(_read_exchanges, _answers)})
"""Files of the kind ``powplasma-vectors/rpc_samples``."""
