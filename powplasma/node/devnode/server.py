"""The sockets of a devnode: HTTP and WebSocket on one port, with the refusals of the node's HTTP server.

Source: go-zenon ``node/rpcstack.go``, ``rpc/server``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakSet

from powplasma.background import within
from powplasma.node.devnode import wire
from powplasma.node.devnode.access import is_own_host, is_own_origin
from powplasma.node.devnode.faults import (
    NO_REQUEST,
    TOO_LARGE,
    RpcFault,
    error_message,
)
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.rpc import Rpc, id_of, is_asked
from powplasma.node.errors import NodeUnavailable
from powplasma.node.websocket import NOTIFICATION

try:
    from aiohttp import ClientError, WSCloseCode, WSMsgType, web
except ImportError as error:
    raise NodeUnavailable from error

MAX_REQUEST_BYTES = 5 * 1024 * 1024
"""Most bytes of an HTTP request. go-zenon ``rpc/server/http.go``."""

MAX_WEBSOCKET_BYTES = 15 * 1024 * 1024
"""Most bytes of a WebSocket message. go-zenon ``rpc/server/websocket.go``."""

MAX_BATCH = 1_000
"""Most requests of one batch."""

MAX_BATCH_BYTES = 25 * 1024 * 1024
"""Most bytes of the answers to one batch; what comes after them is refused."""

MAX_CONNECTIONS = 500
MAX_REQUESTS = 100
"""Most connections, and most HTTP requests that are read or answered at a time."""

READ_SECONDS = 30.0
"""In which the head of a first request, and the body of any, have to come. go-zenon ``rpc/server/http.go``."""

_CONTENT_TYPES = ("application/json", "application/json-rpc", "application/jsonrequest")

_PING_SECONDS = 60.0
_WRITE_SECONDS = 10.0
"""In which a client has to read its answer. go-zenon ``rpc/server/json.go``."""

_TELL_SECONDS = 1.0
"""One who does not read for longer is cut off; the momentums do not wait."""

_STOP_SECONDS = 0.4
"""For each of two steps: closing the WebSockets in order, and ending the requests."""

_SILENT = logging.getLogger("powplasma.devnode.http")
"""Takes what the library says of clients that misbehave or go away, which is no concern of the devnode's user."""
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Server:
    """Answers on one port until it is stopped.

    Args:
        rpc: answers to the requests.
    """

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._sockets: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._spoken: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._requests = 0
        self._turn = asyncio.Lock()

    async def start(self, host: str, port: int) -> int:
        """Begins to answer, and returns the port: the one given, or a free one for 0.

        Raises:
            OSError: the port cannot be had.
        """
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.router.add_route("*", "/", self._serve)
        # A body that expands would have no bound, and the node does not expand it.
        self._runner = web.AppRunner(
            application, access_log=None, logger=_SILENT, auto_decompress=False, shutdown_timeout=_STOP_SECONDS
        )
        await self._runner.setup()
        try:
            self._listener = await asyncio.get_running_loop().create_server(self._accept, host, port)
        except BaseException:
            await self._runner.cleanup()
            raise
        bound: int = self._listener.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Ends all connections, whatever those at their other ends do."""
        runner, self._runner = self._runner, None
        if self._listener is not None:
            self._listener.close()
        if self._sockets:
            closing = [asyncio.ensure_future(each.close(code=WSCloseCode.GOING_AWAY)) for each in self._sockets]
            _, late = await asyncio.wait(closing, timeout=_STOP_SECONDS)
            for each in late:
                each.cancel()
        if runner is not None and runner.server is not None:
            handlers = [*runner.server.connections]
            with contextlib.suppress(TimeoutError):
                await within(2 * _STOP_SECONDS, runner.cleanup())
            for handler in handlers:
                if handler.transport is not None:
                    handler.transport.abort()
        for transport in self._sockets.values():
            transport.abort()
        self._sockets.clear()

    async def tell_momentum(self, ledger: Ledger) -> None:
        """Tells all that have subscribed of the newest momentum."""
        momentum = ledger.frontier
        news = [{"hash": momentum.hash.hex(), "height": momentum.height}]
        told = self._rpc.subscriptions.subscribers.items()
        await asyncio.gather(*(self._tell(name, socket, news) for name, socket in told))

    async def reply(self, text: str, socket: web.WebSocketResponse | None = None) -> str:
        """The answer to one message, a request or a batch of them; empty if there is none.

        Args:
            text: of the message.
            socket: where it came from, if that was a WebSocket.

        Raises:
            ConnectionError: the server ends.
        """
        try:
            async with self._one_at_a_time():
                message = wire.read_json(text)
            if isinstance(message, list):
                return await self._batch(message, socket)
            return await self._answer(message, socket)
        except RpcFault as fault:
            return json.dumps(error_message(None, fault))

    @contextlib.asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        """Lets the event loop turn between any two pieces of work, so that even under a flood it hears of an end."""
        async with self._turn:
            if self._runner is None:
                raise ConnectionAbortedError
            yield
            await asyncio.sleep(0)

    async def _answer(self, message: object, socket: web.WebSocketResponse | None) -> str:
        async with self._one_at_a_time():
            answer = self._rpc.answer(message, socket)
            return "" if answer is None else json.dumps(answer)

    async def _batch(self, messages: list[object], socket: web.WebSocketResponse | None) -> str:
        if not messages:
            raise RpcFault(NO_REQUEST, "empty batch")
        if len(messages) > MAX_BATCH:
            raise RpcFault(NO_REQUEST, "batch too large")
        answers: list[str] = []
        size = 0
        for message in messages:
            if size <= MAX_BATCH_BYTES:
                answers.append(await self._answer(message, socket))
                size += len(answers[-1])
            elif is_asked(message):
                too_large = RpcFault(TOO_LARGE, "batch response too large")
                answers.append(json.dumps(error_message(id_of(message), too_large)))
        answers = [answer for answer in answers if answer]
        return f"[{', '.join(answers)}]" if answers else ""

    def _accept(self) -> asyncio.BaseProtocol:
        """What speaks on a new connection."""
        assert self._runner is not None
        assert self._runner.server is not None
        if len(self._runner.server.connections) >= MAX_CONNECTIONS:
            return _Refusal()
        handler = self._runner.server()
        asyncio.get_running_loop().call_later(READ_SECONDS, self._cut_mute, handler)
        return handler

    def _cut_mute(self, handler: Any) -> None:
        """Ends a connection on which no whole head of a request has come."""
        if handler.transport is not None and handler.transport not in self._spoken:
            handler.transport.abort()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """One request. That its client goes away, or does not read the answer, is no error of the devnode."""
        transport = request.transport
        if transport is None:
            return web.Response()
        self._spoken.add(transport)
        try:
            response = await self._handle(request)
            if isinstance(response, web.Response):
                async with asyncio.timeout(_WRITE_SECONDS):
                    await response.prepare(request)
                    await response.write_eof()
        except (ConnectionError, TimeoutError):
            transport.abort()
            return web.Response()
        return response

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        hosts, origins = request.headers.getall("Host", []), request.headers.getall("Origin", [])
        if not is_own_host(hosts):
            return web.Response(status=403, text="invalid host specified\n")
        if not is_own_origin(origins):
            return web.Response(status=403, text="invalid origin specified\n")
        if (
            request.headers.get("Upgrade", "").lower() == "websocket"
            and "upgrade" in request.headers.get("Connection", "").lower()
        ):
            return await self._websocket(request)
        if self._requests >= MAX_REQUESTS:
            return web.Response(status=503, text="too many requests\n", headers={"Connection": "close"})
        self._requests += 1
        try:
            return await self._http(request)
        finally:
            self._requests -= 1

    async def _http(self, request: web.Request) -> web.Response:
        if request.method == "GET" and not request.can_read_body and not request.query_string:
            return web.Response(status=200)
        if request.method in ("PUT", "DELETE"):
            return web.Response(status=405, text="method not allowed\n")
        size = request.content_length or 0
        if size > MAX_REQUEST_BYTES:
            return web.Response(status=413, text=f"content length too large ({size}>{MAX_REQUEST_BYTES})\n")
        if request.method != "OPTIONS" and request.content_type not in _CONTENT_TYPES:
            return web.Response(status=415, text="invalid content type, only application/json is supported\n")
        try:
            async with asyncio.timeout(READ_SECONDS):
                text = (await request.read()).decode("utf-8", "replace")
        except TimeoutError:
            return web.Response(status=408, text="the request did not come in time\n", headers={"Connection": "close"})
        return web.Response(text=await self.reply(text) if text.strip() else "", content_type="application/json")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MAX_WEBSOCKET_BYTES, compress=False, heartbeat=_PING_SECONDS)
        await socket.prepare(request)
        if request.transport is not None:
            self._sockets[socket] = request.transport
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    answer = await self.reply(message.data, socket)
                    if answer:
                        async with asyncio.timeout(_WRITE_SECONDS):
                            await socket.send_str(answer)
        except (ClientError, OSError):
            self._cut(socket)
        finally:
            self._forget(socket)
        return socket

    async def _tell(self, name: str, socket: web.WebSocketResponse, news: object) -> None:
        message = {"jsonrpc": "2.0", "method": NOTIFICATION, "params": {"subscription": name, "result": news}}
        try:
            async with asyncio.timeout(_TELL_SECONDS):
                await socket.send_str(json.dumps(message))
        except (OSError, ClientError):
            self._cut(socket)
            self._forget(socket)

    def _cut(self, socket: web.WebSocketResponse) -> None:
        transport = self._sockets.get(socket)
        if transport is not None:
            transport.abort()

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._sockets.pop(socket, None)
        self._rpc.subscriptions.drop(socket)


class _Refusal(asyncio.Protocol):
    """Ends a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ends it."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.abort()
