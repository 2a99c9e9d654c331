"""Judging rpc_samples.json and rpc_account_view.json: a node's recorded answers, read as they come from a socket.

An answer is read into values and written again, with all that can be recomputed recomputed: the
hashes of blocks and momentums, base plasma and required difficulty.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

from powplasma.account import AccountBlock
from powplasma.account.wire import Record
from powplasma.conformance.model import NOTE_FIELDS, Case, Format, Section, Values, check_keys
from powplasma.conformance.shapes import SHAPES, in_shape
from powplasma.node import (
    AccountInfo,
    BlockPage,
    Delegation,
    FusionPage,
    HttpRefusal,
    Momentum,
    MomentumPage,
    NodeBlock,
    PlasmaInfo,
    RequiredPow,
    Reward,
    RpcError,
    StakePage,
    SyncInfo,
    Token,
    kind_of_block,
)
from powplasma.node.message import check_status, read_message, result_of
from powplasma.plasma import AlphanetRules

_RULES = AlphanetRules()
_FIELDS = {"contentType", "host", "request", "requestText", "response", "responseText", "status"}
_NODE = "recorded"


def read_exchanges(section: str, rows: Any) -> Iterator[Case]:
    """A case for each recorded exchange."""
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


def answers(given: Values) -> Values:
    """The answers of an exchange, read and written again."""
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


def _written(request: Values, result: object) -> object:
    method = request["method"]
    if method in SHAPES:
        return in_shape(SHAPES[method], result)
    writer = _WRITERS.get(method)
    if writer is None:
        raise ValueError(f"an answer to {method}")
    return writer(request, result)


def _momentum(momentum: Momentum) -> Momentum:
    return dataclasses.replace(momentum, hash=momentum.compute_hash())


def _block(found: NodeBlock) -> NodeBlock:
    """The block, its paired block and what they contain with the hashes of their fields."""
    paired = None if found.paired is None else _block(found.paired)
    return dataclasses.replace(found, block=_hashed(found.block), paired=paired)


def _hashed(block: AccountBlock) -> AccountBlock:
    block = dataclasses.replace(block, descendant_blocks=tuple(map(_hashed, block.descendant_blocks)))
    return dataclasses.replace(block, hash=block.compute_hash())


def _detailed(result: object) -> Values:
    """Momentums, each with the blocks that it contains."""
    page, momentums = Record(result, "page"), []
    for item in page.list("list"):
        each = Record(item, "item")
        blocks = [_block(NodeBlock.from_json(block)).to_json() for block in each.list("blocks")]
        momentums.append({"blocks": blocks, "momentum": _momentum(Momentum.from_json(each.get("momentum"))).to_json()})
    return {"list": momentums, "count": page.integer("count")}


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


_Writer = Callable[[Values, object], Values]


def _each(writer: _Writer, *methods: str) -> dict[str, _Writer]:
    return dict.fromkeys(methods, writer)


_WRITERS: dict[str, _Writer] = {
    **_each(
        lambda _, result: _momentum(Momentum.from_json(result)).to_json(),
        "ledger.getFrontierMomentum",
        "ledger.getMomentumByHash",
        "ledger.getMomentumBeforeTime",
    ),
    **_each(
        lambda _, result: _momentums(MomentumPage.from_json(result)).to_json(),
        "ledger.getMomentumsByHeight",
        "ledger.getMomentumsByPage",
    ),
    **_each(
        lambda _, result: _block(NodeBlock.from_json(result)).to_json(),
        "ledger.getFrontierAccountBlock",
        "ledger.getAccountBlockByHash",
    ),
    **_each(
        lambda _, result: _blocks(BlockPage.from_json(result)).to_json(),
        "ledger.getUnconfirmedBlocksByAddress",
        "ledger.getUnreceivedBlocksByAddress",
        "ledger.getAccountBlocksByHeight",
        "ledger.getAccountBlocksByPage",
    ),
    **_each(
        lambda _, result: Reward.from_json(result).to_json(),
        *(f"embedded.{name}.getUncollectedReward" for name in ("pillar", "sentinel", "stake", "liquidity")),
    ),
    "ledger.getDetailedMomentumsByHeight": lambda _, result: _detailed(result),
    "stats.syncInfo": lambda _, result: SyncInfo.from_json(result).to_json(),
    "embedded.token.getByZts": lambda _, result: Token.from_json(Record(result, "token")).to_json(),
    "embedded.stake.getEntriesByAddress": lambda _, result: StakePage.from_json(result).to_json(),
    "embedded.pillar.getDelegatedPillar": lambda _, result: Delegation.from_json(result).to_json(),
    "ledger.getAccountInfoByAddress": lambda _, result: AccountInfo.from_json(result).to_json(),
    "embedded.plasma.get": lambda _, result: PlasmaInfo.from_json(result).to_json(),
    "embedded.plasma.getEntriesByAddress": lambda _, result: FusionPage.from_json(result).to_json(),
    "embedded.plasma.getRequiredPoWForAccountBlock": lambda request, result: _required(
        request, RequiredPow.from_json(result)
    ).to_json(),
}
"""An answer to each method that the client asks, read, recomputed and written."""


RPC_SAMPLES = Format("rpc_samples", {"exchanges": Section(read_exchanges, answers)})
"""Files of the kind ``powplasma-vectors/rpc_samples``."""

RPC_ACCOUNT_VIEW = Format(
    "rpc_account_view",
    {"exchanges": Section(read_exchanges, answers)},
    frozenset({"format", "source", "description"}),
)
"""Files of the kind ``powplasma-vectors/rpc_account_view``."""
