"""Calls by WebSocket: many at once over one connection, which is made again when it was lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from powplasma.node.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    ConnectionLost,
    HttpRefusal,
    NodeError,
    NodeTimeout,
    NodeUnreachable,
    RpcError,
)
from powplasma.node.message import read_message, request_text, result_of
from powplasma.node.transport import Limits, load_aiohttp, words_of

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse, TraceConfig, TraceRequestRedirectParams

SUBSCRIBE = "ledger.subscribe"
"""Asks the node to tell of something; its result is the name of the subscription."""

NOTIFICATION = "ledger.subscription"
"""The method of the messages by which it tells."""

_TOO_BIG = 1009
"""WebSocket's close code for a message that is too big."""

_PING_SECONDS = 20.0
"""A connection that is silent for longer is asked whether it still stands."""


class WebSocketTransport:
    """Calls by WebSocket; see ``Transport``."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._aiohttp = load_aiohttp()
        self._url = url
        self._limits = limits
        self._session: ClientSession | None = None
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once; see ``Transport``."""
        connection = await self._connected(method)
        return await connection.call(method, params)

    async def wait_for_momentum(self, seconds: float) -> None:
        """Waits for the node's word on a connection that is subscribed; a lost one is made again."""
        connection = await self._connected(SUBSCRIBE)
        await connection.wait_for_momentum(seconds)

    async def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            await self._connection.close()
        if self._session is not None:
            await self._session.close()
        self._connection = self._session = None

    async def _connected(self, method: str) -> _Connection:
        async with self._connecting:
            if self._connection is not None and self._connection.open:
                return self._connection
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
            self._connection = _Connection(self._url, self._limits, await self._connect(method), self._aiohttp)
            return self._connection

    async def _connect(self, method: str) -> ClientWebSocketResponse:
        aiohttp, limits = self._aiohttp, self._limits
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[_without_redirects(aiohttp)]
            )
        try:
            async with asyncio.timeout(limits.connect_timeout):
                return await self._session.ws_connect(
                    self._url, max_msg_size=limits.max_answer_bytes, heartbeat=_PING_SECONDS, compress=0
                )
        except aiohttp.WSServerHandshakeError as error:
            raise HttpRefusal(self._url, method, error.status, error.message) from error
        except TimeoutError as error:
            raise NodeUnreachable(self._url, method, f"no connection in {limits.connect_timeout:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NodeUnreachable(self._url, method, words_of(error)) from error


class _Connection:
    """One connection, with a task that hands every message to the call that waits for it."""

    def __init__(self, url: str, limits: Limits, socket: ClientWebSocketResponse, aiohttp: ModuleType) -> None:
        self._url = url
        self._limits = limits
        self._socket = socket
        self._aiohttp = aiohttp
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[object]]] = {}
        self._given_up: set[int] = set()
        self._told = asyncio.Event()
        self._subscribed = False
        self._subscribing = asyncio.Lock()
        self._lost: NodeError | None = None
        self._reader = asyncio.create_task(self._read())

    @property
    def open(self) -> bool:
        """Whether calls can be made."""
        return self._lost is None

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request and waits for its answer."""
        request_id = next(self._ids)
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = method, answer
        try:
            async with asyncio.timeout(self._limits.timeout):
                await self._socket.send_str(request_text(request_id, method, params))
                message = await answer
        except TimeoutError:
            self._given_up.add(request_id)
            raise NodeTimeout(self._url, method, f"{self._limits.timeout:g} s have passed") from None
        except (self._aiohttp.ClientError, OSError) as error:
            self._lose(ConnectionLost(self._url, method, str(error) or type(error).__name__))
            raise ConnectionLost(self._url, method, str(error) or type(error).__name__) from error
        except asyncio.CancelledError:
            self._given_up.add(request_id)
            raise
        finally:
            del self._waiting[request_id]
            answer.cancel()
        return result_of(self._url, method, request_id, message)

    async def wait_for_momentum(self, seconds: float) -> None:
        """Returns when the node tells of a momentum, the connection is lost, or the time is over."""
        async with self._subscribing:
            if not self._subscribed:
                with contextlib.suppress(RpcError):  # such a node does not tell, and is asked instead
                    await self.call(SUBSCRIBE, ["momentums"])
                self._subscribed = True
                return  # a momentum may have come before the node knew that it is to be told of
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()
        self._told.clear()

    async def close(self) -> None:
        """Ends the connection and its task; calls that wait fail."""
        self._lose(ConnectionLost(self._url, "", "closed by this side"))
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()

    async def _read(self) -> None:
        kinds = self._aiohttp.WSMsgType
        try:
            async for message in self._socket:
                if message.type is kinds.TEXT:
                    self._deliver(message.data)
                elif message.type is kinds.ERROR:
                    break
            self._lose(self._reason())
        except NodeError as error:
            self._lose(error)

    def _reason(self) -> NodeError:
        """Why the connection has ended."""
        error = self._socket.exception()
        code = getattr(error, "code", None) or self._socket.close_code
        if code == _TOO_BIG:
            return AnswerTooLarge(self._url, "", self._limits.max_answer_bytes)
        if isinstance(error, self._aiohttp.WebSocketError):
            return AnswerInvalid(self._url, "", str(error))
        return ConnectionLost(self._url, "", f"the connection was closed (code {code})")

    def _deliver(self, text: str) -> None:
        message = read_message(self._url, "", text)
        if not isinstance(message, dict):
            raise AnswerInvalid(self._url, "", "a message that is no object")
        if message.get("method") == NOTIFICATION:
            self._told.set()
            return
        answered = message.get("id")
        if isinstance(answered, int) and answered in self._given_up:
            self._given_up.discard(answered)
        elif isinstance(answered, int) and not isinstance(answered, bool) and answered in self._waiting:
            answer = self._waiting[answered][1]
            if not answer.done():  # else its time has just run out
                answer.set_result(message)
        else:
            raise AnswerInvalid(self._url, "", f"an answer to request {str(answered)[:80]!r}, which waits for none")

    def _lose(self, why: NodeError) -> None:
        """Marks the connection as lost; every call that waits fails with the same reason."""
        if self._lost is not None:
            return
        self._lost = why
        for method, answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(_of_method(why, method))
        self._told.set()


def _without_redirects(aiohttp: ModuleType) -> TraceConfig:
    """Ends a handshake that the node sends elsewhere; ``ws_connect`` itself would follow."""

    async def refuse(_session: object, _context: object, params: TraceRequestRedirectParams) -> None:
        raise aiohttp.ClientConnectionError(f"redirected, HTTP {params.response.status}")

    trace: TraceConfig = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


def _of_method(why: NodeError, method: str) -> NodeError:
    """The same reason for the call of one method."""
    if isinstance(why, AnswerTooLarge):
        return AnswerTooLarge(why.node, method, why.limit)
    return type(why)(why.node, method, why.why)
