"""Answers of a devnode that are errors: JSON-RPC's codes, with the node's words."""

from __future__ import annotations

from typing import Any

UNREADABLE, NO_REQUEST, UNKNOWN_METHOD, BAD_PARAMETERS, REFUSED = -32700, -32600, -32601, -32602, -32000
TOO_LARGE = -32003
"""Code of an answer that would be too large."""


class RpcFault(Exception):
    """An answer that is an error.

    Attributes:
        code: JSON-RPC's code.
        message: the node's words.
    """

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


def error_message(request_id: object, fault: RpcFault) -> dict[str, Any]:
    """An answer that is an error."""
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": fault.code, "message": fault.message}}
