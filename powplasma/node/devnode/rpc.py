"""Requests to a devnode: read as the node reads them, answered, or refused in its words.

Source: go-zenon ``rpc/server``, ``rpc/api/ledger.go``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from powplasma.node.devnode import pool, wire
from powplasma.node.devnode.faults import (
    NO_REQUEST,
    REFUSED,
    UNKNOWN_METHOD,
    RpcFault,
    error_message,
)
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.published import Published, read_block
from powplasma.node.devnode.queries import Method, Queries
from powplasma.node.devnode.subscriptions import Subscriptions, is_about_subscriptions
from powplasma.node.devnode.verification import Refused, verify
from powplasma.node.message import PUBLISH
from powplasma.node.refusals import BlockRefusal
from powplasma.plasma import AlphanetRules


class Rpc:
    """Answers to requests about one ledger.

    Args:
        ledger: the ledger.
        published: called after a block was taken.

    Attributes:
        subscriptions: who wants to be told of new momentums.
    """

    def __init__(self, ledger: Ledger, published: Callable[[], None]) -> None:
        self.subscriptions = Subscriptions()
        self._ledger = ledger
        self._published = published
        block = wire.Kind("api.AccountBlock", dict, None, read_block)
        self._methods = {**Queries(ledger).methods, PUBLISH: Method(self._publish, (block,), optional=True)}

    def answer(self, message: object, subscriber: object = None) -> dict[str, Any] | None:
        """The answer to one request, or None: a request without an id is carried out and not answered.

        A message that is an answer itself is passed over.

        Args:
            message: the request, a JSON value.
            subscriber: the connection that it came by, if news can be sent there.
        """
        try:
            method, params = read_request(message)
        except RpcFault as fault:
            return None if _is_answer(message) else error_message(id_of(message), fault)
        try:
            answer = {"jsonrpc": "2.0", "id": id_of(message), "result": self._call(method, params, subscriber)}
        except RpcFault as fault:
            answer = error_message(id_of(message), fault)
        return answer if is_asked(message) else None

    def _call(self, name: str, params: object, subscriber: object) -> object:
        if is_about_subscriptions(name):
            return self.subscriptions.call(name, params, subscriber)
        method = self._methods.get(name)
        if method is None:
            raise RpcFault(UNKNOWN_METHOD, f"the method {name} does not exist/is not available")
        return method.run(*wire.read_parameters(params, method.kinds, optional=method.optional))

    def _publish(self, published: Published | None) -> None:
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
    if not isinstance(message, dict) or type(method) is not str or not method or not _has_fit_id(message):
        raise RpcFault(NO_REQUEST, "invalid request")
    return method, message.get("params")


def is_asked(message: object) -> bool:
    """Whether a request wants an answer: one without an id does not. An id that is null is one."""
    return isinstance(message, dict) and "id" in message


def id_of(message: object) -> object:
    """The id that an answer has."""
    request_id = message.get("id") if isinstance(message, dict) and _has_fit_id(message) else None
    if not isinstance(request_id, wire.Number):
        return request_id
    number = float(request_id)
    return number if math.isfinite(number) else None


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
