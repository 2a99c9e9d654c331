"""The description of the server for programs: OpenAPI 3.1, served as ``/openapi.json``."""

from __future__ import annotations

from typing import Any

from powplasma import __version__
from powplasma.plasma import RULE_SETS
from powplasma.serve.faults import Kind
from powplasma.serve.messages import MAX_BATCH
from powplasma.serve.requests import LONGEST_TIMEOUT_MS, LONGEST_WAIT_MS, MOST_PRIORITY
from powplasma.work import MAX_DIFFICULTY

Schema = dict[str, Any]

_HASH: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}
_NONCE: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{16}$"}
_DECIMAL: Schema = {"type": "string", "pattern": "^[0-9]{1,20}$"}
_ID: Schema = {"type": ["string", "number", "null"]}


def _whole(least: int, most: int) -> Schema:
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, _DECIMAL]}


_U64 = _whole(0, MAX_DIFFICULTY)
_BLOCK: Schema = {
    "data_hash": _HASH,
    "hash": {**_HASH, "description": "The same as data_hash."},
    "address": {"type": "string", "description": "Of the account, z1…; with previous_hash."},
    "account": {"type": "string", "description": "The same as address."},
    "previous_hash": _HASH,
}
_KIND: Schema = {
    "block": {"type": "string", "description": "send, receive or Contract.Method."},
    "data_bytes": _U64,
    "fused": _U64,
}
_PRICES: Schema = {
    "rules": {"enum": list(RULE_SETS)},
    "state": {"type": "object", "additionalProperties": _U64},
}
_DIFFICULTY: Schema = {"difficulty": _whole(1, MAX_DIFFICULTY), "plasma": _whole(1, MAX_DIFFICULTY), **_KIND, **_PRICES}
_TICKET: Schema = {"ticket": {"type": "string"}}
_GENERATE: Schema = {
    **_BLOCK,
    **_DIFFICULTY,
    "priority": {"type": "integer", "minimum": -MOST_PRIORITY, "maximum": MOST_PRIORITY},
    "timeout_ms": _whole(1, LONGEST_TIMEOUT_MS),
    "use_cache": {"type": "boolean"},
    "expect_frontier": _HASH,
}

FIELDS: dict[str, Schema] = {
    "work_generate": _GENERATE,
    "work_submit": _GENERATE,
    "work_poll": {**_TICKET, "wait_ms": _whole(0, LONGEST_WAIT_MS)},
    "work_cancel": {**_BLOCK, **_TICKET},
    "work_validate": {**_BLOCK, **_DIFFICULTY, "nonce": _NONCE, "work": {**_NONCE, "description": "The nonce."}},
    "work_estimate": _DIFFICULTY,
    "rules": {**_KIND, **_PRICES},
    "status": {},
}
"""Schema of each field of each action."""


def _object(properties: Schema, required: list[str] | None = None, *, closed: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        **({"additionalProperties": False} if closed else {}),
    }


def _nullable(fields: Schema) -> Schema:
    """A field that is null counts as left out."""
    return {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in fields.items()}


def _bare(action: str, fields: Schema) -> Schema:
    return _object({"action": {"const": action}, "id": _ID, **_nullable(fields)}, ["action"], closed=True)


def _rpc(action: str, fields: Schema) -> Schema:
    call = {"jsonrpc": {"const": "2.0"}, "method": {"const": action}, "id": _ID}
    return _object({**call, "params": _object(_nullable(fields), closed=True)}, ["jsonrpc", "method"])


_REQUEST: Schema = {
    "oneOf": [
        *(_bare(action, fields) for action, fields in FIELDS.items()),
        *(_rpc(action, fields) for action, fields in FIELDS.items()),
        {
            "type": "array",
            "description": "A batch of JSON-RPC; each call has its own answer, an error too.",
            "minItems": 1,
            "maxItems": MAX_BATCH,
        },
    ]
}

_FAULT: Schema = {
    "anyOf": [
        _object({"error": {"type": "string"}, "kind": {"enum": [kind.name.lower() for kind in Kind]}}, ["error"]),
        _object(
            {
                "jsonrpc": {"const": "2.0"},
                "id": _ID,
                "error": _object({"code": {"type": "integer"}, "message": {"type": "string"}}, ["code", "message"]),
            },
            ["jsonrpc", "id", "error"],
        ),
    ]
}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _page(summary: str, kind: str, *statuses: int) -> Schema:
    answers = {str(status): {"description": summary, "content": {kind: {}}} for status in statuses}
    return {"get": {"summary": summary, "responses": {**answers, "403": _json("This page may not call.", _FAULT)}}}


def _statuses() -> dict[str, Schema]:
    by_status: dict[int, list[str]] = {403: ["host or origin"], 408: ["too slow"], 413: ["too long"]}
    for kind in Kind:
        by_status.setdefault(kind.status, []).append(kind.name.lower())
    return {str(status): _json(", ".join(kinds), _FAULT) for status, kinds in sorted(by_status.items())}


OPENAPI: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "powplasma serve",
        "version": __version__,
        "description": "Searches proof of work for the Zenon Network: JSON-RPC 2.0, or one object with an action.",
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/": {
            "post": {
                "summary": "One message, or a batch of JSON-RPC.",
                "security": [{}, {"token": []}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": _REQUEST}}},
                "responses": {
                    "200": _json("The answer; of a batch, a list of them.", {"type": ["object", "array"]}),
                    "204": {"description": "A call without an id has no answer."},
                    **_statuses(),
                },
            },
            **_page("The queue and the hashrate, for the eye.", "text/html", 200),
        },
        "/health": _page("Whether the process answers.", "application/json", 200),
        "/ready": _page("Whether new searches are taken.", "application/json", 200, 503),
        "/metrics": _page("Figures for Prometheus.", "text/plain", 200),
        "/openapi.json": _page("This description.", "application/json", 200),
    },
}
"""The whole description."""
