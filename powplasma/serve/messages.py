"""The two forms of a message: JSON-RPC 2.0, and the bare ``{"action": …}`` of Nano's work servers."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from powplasma.errors import shown
from powplasma.files import json_of
from powplasma.serve.clients import Client
from powplasma.serve.faults import Fault, Kind
from powplasma.serve.service import Answer, Service
from powplasma.serve.watching import LOG

MAX_BATCH = 100
"""Most requests of one batch."""

Reply = tuple[int, object | None]
"""HTTP status and JSON value of an answer; None for none."""


async def reply(body: bytes, service: Service, client: Client) -> Reply:
    """The answer to one message, which may be a batch of JSON-RPC."""
    try:
        message = json_of(body.decode())
    except (ValueError, RecursionError):
        fault = Fault(Kind.UNREADABLE, "this is not JSON, or it is nested too deep")
        return fault.kind.status, _rpc_error(None, fault)
    if isinstance(message, list):
        return await _batch(message, service, client)
    if isinstance(message, dict) and "action" in message and "jsonrpc" not in message:
        return await _bare(message, service, client)
    return await _rpc(message, service, client)


async def _bare(message: dict[str, Any], service: Service, client: Client) -> Reply:
    fields = {name: value for name, value in message.items() if name not in ("action", "id")}
    echo = {"id": _id_of(message)} if "id" in message else {}
    try:
        _check_id(message)
        answer = await _called(message["action"], fields, service, client)
    except Fault as fault:
        status = 200 if fault.kind is Kind.CANCELLED else fault.kind.status
        return status, {**_bare_error(fault), **echo}
    if message["action"] == "work_cancel":
        answer = {}
    elif message["action"] == "work_generate":
        answer = {"work": answer["nonce"], **answer}
    return 200, {**answer, **echo}


async def _rpc(message: object, service: Service, client: Client) -> Reply:
    try:
        method, params = _read_rpc(message)
        assert isinstance(message, dict)
        answer = await _called(method, params, service, client)
    except Fault as fault:
        if _wants_none(message, fault):
            return 204, None
        return fault.kind.status, _rpc_error(_id_of(message), fault)
    if "id" not in message:
        return 204, None
    return 200, {"jsonrpc": "2.0", "id": message["id"], "result": answer}


async def _batch(messages: list[object], service: Service, client: Client) -> Reply:
    if not 1 <= len(messages) <= MAX_BATCH:
        fault = Fault(Kind.INVALID_REQUEST, f"a batch has 1 … {MAX_BATCH} requests", field="batch")
        return fault.kind.status, _rpc_error(None, fault)
    replies = await asyncio.gather(*(_rpc(message, service, client) for message in messages))
    answers = [answer for _, answer in replies if answer is not None]
    return (200, answers) if answers else (204, None)


async def _called(action: object, fields: object, service: Service, client: Client) -> Answer:
    if not isinstance(action, str):
        raise Fault(Kind.INVALID_REQUEST, f"action: {shown(action)} is not text", field="action")
    if not isinstance(fields, dict):
        raise Fault(Kind.INVALID_REQUEST, "params: an object is accepted, with the fields by name", field="params")
    client.request()
    try:
        return await service.call(action, fields, client)
    except Fault:
        raise
    except Exception as defect:
        LOG.exception("a defect of powplasma, please report it")
        raise Fault(Kind.DEFECT, "a defect of powplasma; the server's log says more") from defect


def _read_rpc(message: object) -> tuple[str, object]:
    if not isinstance(message, dict):
        raise Fault(Kind.INVALID_REQUEST, "a request is an object with jsonrpc or action", field="jsonrpc")
    if message.get("jsonrpc") != "2.0":
        raise Fault(Kind.INVALID_REQUEST, "jsonrpc: 2.0 is accepted, or an action without it", field="jsonrpc")
    _check_id(message)
    if not isinstance(message.get("method"), str):
        raise Fault(Kind.INVALID_REQUEST, "method: text is accepted", field="method")
    return message["method"], message.get("params", {})


def _wants_none(message: object, fault: Fault) -> bool:
    return isinstance(message, dict) and "id" not in message and fault.kind is not Kind.INVALID_REQUEST


def _check_id(message: dict[str, Any]) -> None:
    if not _is_id(message.get("id")):
        raise Fault(Kind.INVALID_REQUEST, "id: text, a number or null is accepted", field="id")


def _is_id(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _id_of(message: object) -> object:
    value = message.get("id") if isinstance(message, dict) else None
    return value if _is_id(value) else None


def _bare_error(fault: Fault) -> dict[str, object]:
    return {"error": fault.message, "kind": fault.name, **fault.data}


def _rpc_error(request_id: object, fault: Fault) -> dict[str, object]:
    error = {"code": fault.kind.code, "message": fault.message, "data": {"kind": fault.name, **fault.data}}
    return {"jsonrpc": "2.0", "id": request_id, "error": error}


def as_bytes(value: object) -> bytes:
    """JSON in ASCII."""
    return json.dumps(value, allow_nan=False).encode()
