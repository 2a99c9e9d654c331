"""JSON-RPC 2.0 as the node speaks it: a request as text, and a result or an error from an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

from powplasma.node.errors import (
    AnswerInvalid,
    BlockRefused,
    CallRefused,
    HttpRefusal,
    MethodUnknown,
    ParametersInvalid,
    RpcError,
)
from powplasma.node.hints import http_hint

PUBLISH = "ledger.publishRawTransaction"
"""The one method that changes something: never called twice for one request of a user."""

_SHOWN = 200
"""Most characters of a strange answer that a message shows."""

_MOST_WORDS = 1_000
"""Most characters of an error's text that are kept; the node's own are far shorter."""

_ERRORS = {-32601: MethodUnknown, -32602: ParametersInvalid, -32000: CallRefused}


def request_text(request_id: int, method: str, params: Sequence[object]) -> str:
    """One request, as JSON."""
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": list(params)})


def check_status(node: str, method: str, status: int, content: bytes, location: str | None = None) -> None:
    """Refuses every HTTP answer but one with status 200.

    Args:
        node: the node's URL, for errors and for what may be wrong with it.
        method: the method that was called.
        status: of the answer.
        content: of the answer.
        location: where the answer points to, as it says.

    Raises:
        HttpRefusal: a status other than 200.
    """
    if status != 200:
        text = content[: 4 * _SHOWN].decode("utf-8", "backslashreplace").strip()[:_SHOWN]
        raise HttpRefusal(node, method, status, text, http_hint(node, status, text, location))


def read_message(node: str, method: str, content: str | bytes) -> object:
    """The JSON value that an answer is; integers of any size stay exact.

    Raises:
        AnswerInvalid: no JSON in UTF-8, or nested too deeply.
    """
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as unreadable:
        raise AnswerInvalid(node, method, f"no JSON ({unreadable})") from None


def result_of(node: str, method: str, request_id: int | None, message: object) -> object:
    """The result that an answer carries.

    Args:
        node: the node's URL, for errors.
        method: the method that was called.
        request_id: of the request; None where the node could not read it.
        message: the answer.

    Raises:
        RpcError: the answer is an error; a child that says of what kind.
        AnswerInvalid: the answer is to another request, or none.
    """
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise AnswerInvalid(node, method, f"no JSON-RPC 2.0 ({_shown(message)})")
    error = message.get("error")
    answered = message.get("id")
    # A node that could not read a request cannot know its id: then, and only then, the id is null.
    if (answered != request_id or isinstance(answered, bool)) and not (answered is None and error is not None):
        raise AnswerInvalid(node, method, f"an answer to request {_shown(answered)} instead of {request_id}")
    if error is not None:
        _raise_error(node, method, error)
    if "result" not in message:
        raise AnswerInvalid(node, method, "neither a result nor an error")
    result: object = message["result"]
    return result


def _raise_error(node: str, method: str, error: object) -> NoReturn:
    code = error.get("code") if isinstance(error, dict) else None
    text = error.get("message") if isinstance(error, dict) else None
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(text, str):
        raise AnswerInvalid(node, method, f"an error without code and message ({_shown(error)})")
    if len(text) > _MOST_WORDS:
        text = f"{text[:_MOST_WORDS]}…"
    kind = _ERRORS.get(code, RpcError)
    if kind is CallRefused and method == PUBLISH:
        kind = BlockRefused
    raise kind(node, method, code, text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
