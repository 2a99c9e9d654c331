"""The socket of a work server: one port for messages, and for those who look after it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from powplasma.serve.access import Access
from powplasma.serve.clients import Client, Clients
from powplasma.serve.faults import Fault, Kind
from powplasma.serve.messages import as_bytes, reply
from powplasma.serve.openapi import OPENAPI
from powplasma.serve.pages import status_page
from powplasma.serve.service import Service
from powplasma.serve.watching import LOG, ServeUnavailable

try:
    from aiohttp import web
except ImportError as error:
    raise ServeUnavailable from error

MAX_REQUEST_BYTES = 256 * 1024
"""Most bytes of a request: a batch of a hundred needs a tenth of it."""

MAX_CONNECTIONS = 4_096

READ_SECONDS = 30.0
"""In which the head of a first request, and the body of any, have to come."""

WRITE_SECONDS = 10.0
"""In which a client has to read its answer."""

_STOP_SECONDS = 1.0

_METHODS = "GET, OPTIONS, POST"
_NO_SCRIPTS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

_SILENT = logging.getLogger("powplasma.serve.http")
"""Takes what the library says of clients that misbehave or go away."""
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Front:
    """Answers on one port until it is stopped.

    Args:
        service: the answers.
        clients: who may ask.
        access: which web pages may.
        tls: certificate and key, or None for plain HTTP.
    """

    def __init__(self, service: Service, clients: Clients, access: Access, tls: Any = None) -> None:
        self._service = service
        self._clients = clients
        self._access = access
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._spoken: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._pages: dict[str, Callable[[], web.Response]] = {
            "/": self._status,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
            "/openapi.json": lambda: _json(200, OPENAPI),
        }

    async def start(self, host: str, port: int) -> int:
        """Begins to answer, and returns the port: the one given, or a free one for 0.

        Raises:
            OSError: the port cannot be had.
        """
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.router.add_route("*", "/{path:.*}", self._serve)
        # Cancelling the handler is how a client that has gone away gives its search up. A body that expands would
        # have no bound.
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_SILENT,
            auto_decompress=False,
            handler_cancellation=True,
            shutdown_timeout=_STOP_SECONDS,
        )
        await self._runner.setup()
        try:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._accept, host, port, ssl=self._tls, backlog=1024)
        except BaseException:
            await self._runner.cleanup()
            raise
        bound: int = self._listener.sockets[0].getsockname()[1]
        return bound

    def refuse_connections(self) -> None:
        """Takes no more connections; those that there are stay."""
        if self._listener is not None:
            self._listener.close()

    async def stop(self) -> None:
        """Ends all connections, whatever those at their other ends do."""
        self.refuse_connections()
        if self._runner is not None and self._runner.server is not None:
            handlers = [*self._runner.server.connections]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * _STOP_SECONDS):
                    await self._runner.cleanup()
            for handler in handlers:
                if handler.transport is not None:
                    handler.transport.abort()
        self._runner = None

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
        """One request. That its client goes away, or does not read the answer, is no error of the server."""
        transport = request.transport
        if transport is None:
            return web.Response()
        self._spoken.add(transport)
        origins = request.headers.getall("Origin", [])
        try:
            response = await self._handle(request, origins)
        except Exception:  # noqa: BLE001 - aiohttp would say it where nobody looks
            LOG.exception("a defect of powplasma, please report it")
            response = _refused(500, "a defect of powplasma; the server's log says more")
        if self._access.allows(origins):
            response.headers.update(self._access.headers(origins))
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await response.prepare(request)
                await response.write_eof()
        except (ConnectionError, TimeoutError):
            transport.abort()
        return response

    async def _handle(self, request: web.Request, origins: list[str]) -> web.Response:
        if not self._access.is_own_host(request.headers.getall("Host", [])):
            return _refused(403, "this host name is not known here")
        if not self._access.allows(origins):
            return _refused(403, "pages of this origin may not call")
        match request.method:
            case "POST" if request.path == "/" or request.path not in self._pages:
                return await self._post(request)
            case "GET":
                return self._page(request.path)
            case "OPTIONS":
                return web.Response(status=204, headers=self._access.preflight(origins) if origins else {})
        refused = _refused(405, "GET and POST are accepted")
        refused.headers["Allow"] = "GET, OPTIONS" if request.path in self._pages and request.path != "/" else _METHODS
        return refused

    async def _post(self, request: web.Request) -> web.Response:
        try:
            client = self._clients.of(request.headers.get("Authorization"), request.remote or "")
        except Fault as fault:
            return _answer_to(fault)
        return await self._message(request, client)

    async def _message(self, request: web.Request, client: Client) -> web.Response:
        if (request.content_length or 0) > MAX_REQUEST_BYTES:
            return _too_long()
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _too_long()
        except web.RequestPayloadError:
            return _refused(400, "the body is not as its headers say")
        except TimeoutError:
            return _refused(408, "the request did not come in time")
        status, value = await reply(body, self._service, client)
        if value is None:
            return web.Response(status=status)
        return web.Response(status=status, body=as_bytes(value), content_type="application/json")

    def _page(self, path: str) -> web.Response:
        page = self._pages.get(path)
        return (
            _refused(404, f"there is no such page ({', '.join(self._pages)}); messages come by POST")
            if (page is None)
            else page()
        )

    def _status(self) -> web.Response:
        """The queue and the hashrate, for the eye."""
        return web.Response(text=status_page(self._service.status()), content_type="text/html", headers=_NO_SCRIPTS)

    def _metrics(self) -> web.Response:
        """The figures for Prometheus."""
        return web.Response(
            body=self._service.watch.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    def _health(self) -> web.Response:
        """That the process answers."""
        return _json(200, {"status": "ok"})

    def _ready(self) -> web.Response:
        """Whether it takes new searches."""
        scheduler = self._service.scheduler
        if scheduler.draining:
            return _json(503, {"ready": False, "why": "the server is being shut down"})
        if scheduler.waiters >= scheduler.most:
            return _json(503, {"ready": False, "why": "the queue is full"})
        return _json(200, {"ready": True})


def _json(status: int, value: object) -> web.Response:
    return web.Response(status=status, body=as_bytes(value), content_type="application/json")


def _refused(status: int, why: str) -> web.Response:
    return _json(status, {"error": why})


def _too_long() -> web.Response:
    response = _refused(413, f"a request has at most {MAX_REQUEST_BYTES} bytes")
    response.force_close()
    return response


def _answer_to(fault: Fault) -> web.Response:
    """A refusal before the message was read, so that its form is not known."""
    response = _json(fault.kind.status, {"error": fault.message, "kind": fault.name, **fault.data})
    if fault.kind is Kind.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


class _Refusal(asyncio.Protocol):
    """Ends a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ends it."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.abort()
