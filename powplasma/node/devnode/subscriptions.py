"""Who wants to be told of new momentums.

Source: go-zenon ``rpc/server/handler.go``, ``rpc/server/json.go``.
"""

from __future__ import annotations

import itertools
from typing import Any

from powplasma.node.devnode.faults import BAD_PARAMETERS, REFUSED, UNKNOWN_METHOD, RpcFault
from powplasma.node.devnode.wire import Kind, read_parameters

MAX_SUBSCRIPTIONS = 100
"""Most subscriptions of one connection."""

_SUBSCRIBE, _UNSUBSCRIBE = "subscribe", "unsubscribe"
_NAMESPACE, _MOMENTUMS = "ledger", "momentums"
_ID = Kind("server.ID", str, "", str)


def is_about_subscriptions(method: str) -> bool:
    """Whether a method is to subscribe or unsubscribe. As in the node, the end of its name decides."""
    return method.endswith((f".{_SUBSCRIBE}", f".{_UNSUBSCRIBE}"))


class Subscriptions:
    """The subscriptions of all connections.

    Attributes:
        subscribers: the connection of each subscription, by the subscription's name.
    """

    def __init__(self) -> None:
        self.subscribers: dict[str, Any] = {}
        self._numbers = itertools.count(1)

    def call(self, method: str, params: object, subscriber: object) -> object:
        """The result of a request.

        Args:
            method: one that ``is_about_subscriptions`` accepts.
            params: the JSON value.
            subscriber: the connection that asks; None for one that cannot be told anything.

        Raises:
            RpcFault: the request is refused.
        """
        namespace, _, action = method.rpartition(".")
        if action == _UNSUBSCRIBE:
            (name,) = read_parameters(params, (_ID,))
            if subscriber is None or self.subscribers.get(name) is not subscriber:
                raise RpcFault(REFUSED, "subscription not found")
            del self.subscribers[name]
            return True
        if subscriber is None:
            raise RpcFault(REFUSED, "notifications not supported")
        return self._subscribe(namespace, params, subscriber)

    def drop(self, subscriber: object) -> None:
        """Ends all subscriptions of a connection."""
        self.subscribers = {name: known for name, known in self.subscribers.items() if known is not subscriber}

    def _subscribe(self, namespace: str, params: object, subscriber: object) -> str:
        if not isinstance(params, list):
            raise RpcFault(BAD_PARAMETERS, "non-array args")
        topic = params[0] if params else None
        if type(topic) is not str:
            raise RpcFault(BAD_PARAMETERS, "expected subscription name as first argument")
        if (namespace, topic) != (_NAMESPACE, _MOMENTUMS):
            raise RpcFault(UNKNOWN_METHOD, f'no "{topic}" subscription in {namespace} namespace')
        if len(params) > 1:
            raise RpcFault(BAD_PARAMETERS, "too many arguments, want at most 1")
        if sum(known is subscriber for known in self.subscribers.values()) >= MAX_SUBSCRIPTIONS:
            raise RpcFault(REFUSED, "too many subscriptions")
        name = f"0x{next(self._numbers):x}"
        self.subscribers[name] = subscriber
        return name
