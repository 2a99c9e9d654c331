"""Requests to a devnode: read as the node reads them, answered, or refused in its words.

Source: go-zenon ``rpc/server``, ``rpc/api/ledger.go``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from powplasma.node.devnode import pool, wire
from powplasma.node.devnode.faults import (
    BAD_PARAMETERS,
    NO_REQUEST,
    REFUSED,
    UNKNOWN_METHOD,
    UNREADABLE,
    RpcFault,
    error_message,
)
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.queries import Method, Queries
from powplasma.node.devnode.verification import Refused, verify
from powplasma.node.message import PUBLISH
from powplasma.node.refusals import BlockRefusal
from powplasma.plasma import AlphanetRules


class Rpc:
    """Answers to requests about one ledger.

    Args:
        ledger: the ledger.
        published: called after a block was taken.
    """

    def __init__(self, ledger: Ledger, published: Callable[[], None]) -> None:
        self._ledger = ledger
        self._published = published
        block = wire.Kind("api.AccountBlock", dict, None, wire.read_block)
        self._methods = {**Queries(ledger).methods, PUBLISH: Method(self._publish, (block,), optional=True)}

    def answer(self, message: object) -> dict[str, Any] | None:
        """The answer to one request; None for one that gets none.

        A request without an id is carried out and not answered; nor is an answer, which nobody has asked for here.

        Args:
            message: the request, a JSON value.
        """
        try:
            method, params = read_request(message)
        except RpcFault as fault:
            return None if _is_answer(message) else error_message(id_of(message), fault)
        try:
            answer = {"jsonrpc": "2.0", "id": id_of(message), "result": self._call(method, params)}
        except RpcFault as fault:
            answer = error_message(id_of(message), fault)
        return answer if is_asked(message) else None

    def _call(self, name: str, params: object) -> object:
        if name.endswith(".subscribe"):
            raise RpcFault(REFUSED, "notifications not supported")
        method = self._methods.get(name)
        if method is None:
            raise RpcFault(UNKNOWN_METHOD, f"the method {name} does not exist/is not available")
        return method.run(*read_parameters(params, method.kinds, optional=method.optional))

    def _publish(self, published: wire.Published | None) -> None:
        if published is None:
            raise RpcFault(REFUSED, BlockRefusal.BLOCK_MISSING.value)
        try:
            verified = verify(published.block, self._ledger, published.amount)
        except Refused as refused:
            raise RpcFault(REFUSED, refused.message) from refused
        try:
            pool.insert(verified, self._ledger)
        except Refused as refused:
            # Before Dynamic Plasma a node tells its log alone that the pool did not take a block.
            if not isinstance(self._ledger.rules, AlphanetRules):
                raise RpcFault(REFUSED, refused.message) from refused
            return
        self._published()


def read_request(message: object) -> tuple[str, object]:
    """Method and parameters of a request.

    Raises:
        RpcFault: it is none.
    """
    method = message.get("method") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(method, str) or not method or not _has_fit_id(message):
        raise RpcFault(NO_REQUEST, "invalid request")
    return method, message.get("params")


def is_asked(message: object) -> bool:
    """Whether a request wants an answer: one without an id does not. An id that is null is one."""
    return isinstance(message, dict) and "id" in message


def id_of(message: object) -> object:
    """The id that an answer has."""
    request_id = message.get("id") if isinstance(message, dict) and _has_fit_id(message) else None
    return None if isinstance(request_id, float) and not math.isfinite(request_id) else request_id


def _has_fit_id(message: dict[str, Any]) -> bool:
    return not isinstance(message.get("id"), dict | list)


def _is_answer(message: object) -> bool:
    """Whether a message is an answer instead of a request."""
    return (
        isinstance(message, dict)
        and "id" in message
        and _has_fit_id(message)
        and not message.get("method")
        and message.get("params") is None
        and ("result" in message or message.get("error") is not None)
    )


def read_parameters(params: object, kinds: Sequence[wire.Kind], *, optional: bool = False) -> list[Any]:
    """The values of positional parameters.

    Args:
        params: the JSON value; null or missing for none.
        kinds: of each.
        optional: whether those that are missing are zero.

    Raises:
        RpcFault: they are no list, too many, too few, or one cannot be read.
    """
    if params is not None and not isinstance(params, list):
        raise RpcFault(BAD_PARAMETERS, "non-array args")
    values: list[Any] = []
    for position, given in enumerate(params or []):
        if position >= len(kinds):
            raise RpcFault(BAD_PARAMETERS, f"too many arguments, want at most {len(kinds)}")
        try:
            values.append(kinds[position].value(given))
        except wire.Unreadable as wrong:
            raise RpcFault(BAD_PARAMETERS, f"invalid argument {position}: {wrong}") from wrong
    missing = kinds[len(values) :]
    if missing and not optional:
        raise RpcFault(BAD_PARAMETERS, f"missing value for required argument {len(values)}")
    return [*values, *(kind.zero for kind in missing)]


def read_text(text: str | bytes) -> object:
    """The JSON value of what was sent.

    Raises:
        RpcFault: it is no JSON.
    """
    try:
        return wire.read_json(text)
    except ValueError as unreadable:
        raise RpcFault(UNREADABLE, "parse error") from unreadable
