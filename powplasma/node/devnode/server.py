"""The sockets of a devnode: HTTP and WebSocket on one port, with the refusals of the node's HTTP server.

Source: go-zenon ``node/rpcstack.go``, ``rpc/server``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
from typing import Any

from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.rpc import (
    NO_REQUEST,
    REFUSED,
    UNKNOWN_METHOD,
    Rpc,
    RpcFault,
    error_message,
    read_request,
    read_text,
)
from powplasma.node.errors import NodeUnavailable
from powplasma.node.websocket import NOTIFICATION, SUBSCRIBE

try:
    from aiohttp import ClientError, WSMsgType, web
except ImportError as error:
    raise NodeUnavailable from error

MAX_REQUEST_BYTES = 5 * 1024 * 1024
"""Most bytes of an HTTP request. go-zenon ``rpc/server/http.go``."""

MAX_WEBSOCKET_BYTES = 15 * 1024 * 1024
"""Most bytes of a WebSocket message. go-zenon ``rpc/server/websocket.go``."""

UNSUBSCRIBE = "ledger.unsubscribe"

_TELL_SECONDS = 1.0
"""One who does not read for longer is told nothing any more; the momentums do not wait."""


class Server:
    """Answers on one port until it is stopped.

    Args:
        rpc: answers to the requests.
    """

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._runner: web.AppRunner | None = None
        self._names = itertools.count(1)
        self._listeners: dict[str, web.WebSocketResponse] = {}

    async def start(self, host: str, port: int) -> int:
        """Begins to answer, and returns the port: the one given, or a free one for 0.

        Raises:
            OSError: the port cannot be had.
        """
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.router.add_route("*", "/", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except BaseException:
            await self._runner.cleanup()
            raise
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Ends all connections."""
        for socket in {*self._listeners.values()}:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def tell_momentum(self, ledger: Ledger) -> None:
        """Tells all that have subscribed of the newest momentum."""
        momentum = ledger.frontier
        news = [{"hash": momentum.hash.hex(), "height": momentum.height}]
        for name, socket in [*self._listeners.items()]:
            message = {"jsonrpc": "2.0", "method": NOTIFICATION, "params": {"subscription": name, "result": news}}
            try:
                async with asyncio.timeout(_TELL_SECONDS):
                    await socket.send_str(json.dumps(message))
            except (OSError, ClientError):
                self._listeners.pop(name, None)

    async def reply(self, text: str) -> str:
        """The answer to one message, a request or a batch of them."""
        try:
            message = read_text(text)
            if isinstance(message, list):
                if not message:
                    raise RpcFault(NO_REQUEST, "empty batch")
                return json.dumps([self._rpc.answer(request) for request in message])
        except RpcFault as fault:
            return json.dumps(error_message(None, fault))
        return json.dumps(self._rpc.answer(message))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if not _is_ip(request.host):
            return web.Response(status=403, text="invalid host specified\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request)
        if request.method == "GET" and not request.can_read_body and not request.query_string:
            return web.Response(status=200)
        if request.method != "POST":
            return web.Response(status=405, text="method not allowed\n")
        if request.content_type != "application/json":
            return web.Response(status=415, text="invalid content type, only application/json is supported\n")
        text = (await request.read()).decode("utf-8", "replace")
        return web.Response(text=await self.reply(text), content_type="application/json")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MAX_WEBSOCKET_BYTES, compress=False)
        await socket.prepare(request)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_str(self._subscription(socket, message.data) or await self.reply(message.data))
        finally:
            self._listeners = {name: known for name, known in self._listeners.items() if known is not socket}
        return socket

    def _subscription(self, socket: web.WebSocketResponse, text: str) -> str | None:
        """The answer to a request about a subscription; None for any other."""
        try:
            message = read_text(text)
            method, params = read_request(message)
        except RpcFault:
            return None
        assert isinstance(message, dict)
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message.get("id")}
        if method == SUBSCRIBE:
            if params != ["momentums"]:
                topic = params[0] if params else ""
                fault = RpcFault(UNKNOWN_METHOD, f'no "{topic}" subscription in ledger namespace')
                return json.dumps(error_message(message.get("id"), fault))
            name = f"0x{next(self._names):x}"
            self._listeners[name] = socket
            return json.dumps(answer | {"result": name})
        if method == UNSUBSCRIBE:
            known = bool(params) and self._listeners.pop(str(params[0]), None) is not None
            if known:
                return json.dumps(answer | {"result": True})
            return json.dumps(error_message(message.get("id"), RpcFault(REFUSED, "subscription not found")))
        return None


def _is_ip(host: str) -> bool:
    """Whether a Host header names an IP address, with or without a port."""
    name = host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.partition(":")[0]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
