"""Calls by WebSocket: many at once over one connection, which is made again when it was lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
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
from powplasma.node.hints import websocket_hint
from powplasma.node.message import read_message, request_text, result_of
from powplasma.node.transport import CLOSE_SECONDS, CLOSED, Limits, Session, cut, load_aiohttp, time_limit, words_of

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse, TraceConfig, TraceRequestRedirectParams, WSMessage

SUBSCRIBE = "ledger.subscribe"
"""Asks the node to tell of something; its result is the name of the subscription."""

NOTIFICATION = "ledger.subscription"
"""The method of the messages by which it tells."""

_TOO_BIG = 1009
"""WebSocket's close code for a message that is too big."""

_PING_SECONDS = 20.0
"""A connection that is silent for longer is asked whether it still stands."""

MOST_UNASKED = 10_000
"""Messages without an answer, as pings and news, that a node may send at once."""

_UNASKED_PER_SECOND = 100.0
"""The same in the long run. A node tells of a momentum every ten seconds, and pings every minute."""


class WebSocketTransport:
    """Calls by WebSocket; see ``Transport``."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._aiohttp = load_aiohttp()
        self._url = url
        self._limits = limits
        self._session: Session | None = None
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()
        self._closed = False

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once; see ``Transport``."""
        connection = await self._connected(method)
        return await connection.call(method, params)

    async def wait_for_momentum(self, seconds: float) -> None:
        """Waits for the node's word on a connection that is subscribed; a lost one is made again."""
        connection = await self._connected(SUBSCRIBE)
        await connection.wait_for_momentum(seconds)

    async def close(self) -> None:
        """Ends the connection, and makes no more."""
        self._closed = True
        connection, session = self._connection, self._session
        self._connection = self._session = None
        if connection is not None:
            await connection.close()
        if session is not None:
            await session.close()

    async def _connected(self, method: str) -> _Connection:
        async with self._connecting:
            self._check_open(method)
            if self._connection is not None and self._connection.open:
                return self._connection
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
            connection = _Connection(self._url, self._limits, await self._connect(method), self._aiohttp)
            try:
                self._check_open(method)
            except NodeUnreachable:
                await connection.close()
                raise
            self._connection = connection
            return connection

    def _check_open(self, method: str) -> None:
        if self._closed:
            raise NodeUnreachable(self._url, method, CLOSED)

    async def _connect(self, method: str) -> ClientWebSocketResponse:
        aiohttp, limits = self._aiohttp, self._limits
        if self._session is None:
            self._session = Session(aiohttp, _without_redirects(aiohttp))
        began = time.monotonic()
        try:
            async with time_limit(limits.connect_timeout):
                return await self._session.client.ws_connect(
                    self._url,
                    max_msg_size=limits.max_answer_bytes,
                    heartbeat=_PING_SECONDS,
                    compress=0,
                    autoping=False,  # pings are counted
                )
        except _Redirected as error:
            hint = websocket_hint(self._url, error.status, error.location)
            raise HttpRefusal(self._url, method, error.status, "", hint) from None
        except aiohttp.WSServerHandshakeError as error:
            hint = websocket_hint(self._url, error.status, None)
            raise HttpRefusal(self._url, method, error.status, error.message, hint) from error
        except TimeoutError as error:
            raise NodeUnreachable(self._url, method, "no connection within", time.monotonic() - began) from error
        except aiohttp.ClientResponseError as error:
            words = f"what it answers is neither WebSocket nor HTTP ({words_of(error)})"
            raise NodeUnreachable(self._url, method, words) from error
        except aiohttp.ServerDisconnectedError as error:
            raise NodeUnreachable(self._url, method, "it ended the connection") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NodeUnreachable(self._url, method, words_of(error)) from error


class _Connection:
    """One connection, with a task that hands every message to the call that waits for it."""

    def __init__(self, url: str, limits: Limits, socket: ClientWebSocketResponse, aiohttp: ModuleType) -> None:
        self._url = url
        self._limits = limits
        self._socket = socket
        self._underlying = socket.get_extra_info("socket")
        self._aiohttp = aiohttp
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[object]]] = {}
        self._given_up: set[int] = set()
        self._unasked = _Allowance(MOST_UNASKED, _UNASKED_PER_SECOND)
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
        began = time.monotonic()
        try:
            async with time_limit(self._limits.timeout):
                await self._socket.send_str(request_text(request_id, method, params))
                message = await answer
        except TimeoutError:
            self._given_up.add(request_id)
            raise NodeTimeout(self._url, method, "silent for", time.monotonic() - began) from None
        except (self._aiohttp.ClientError, OSError) as error:
            self._lose(ConnectionLost(self._url, method, words_of(error)))
            raise ConnectionLost(self._url, method, words_of(error)) from error
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
            async with time_limit(seconds):
                await self._told.wait()
        self._told.clear()

    async def close(self) -> None:
        """Ends the connection and its task; calls that wait fail."""
        self._lose(ConnectionLost(self._url, "", CLOSED))
        self._reader.cancel()
        await asyncio.wait({self._reader})
        # The other side may go on sending, and need not take note of the end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close()
        cut(self._underlying)

    async def _read(self) -> None:
        kinds = self._aiohttp.WSMsgType
        try:
            async for message in self._socket:
                if message.type is kinds.TEXT:
                    self._deliver(message.data)
                elif message.type is kinds.ERROR:
                    break
                else:
                    await self._take_note(message)
            self._lose(self._reason())
        except NodeError as error:
            self._lose(error)
            cut(self._underlying)
        except (self._aiohttp.ClientError, OSError) as error:
            self._lose(ConnectionLost(self._url, "", words_of(error)))

    async def _take_note(self, message: WSMessage) -> None:
        """Answers a ping, and passes over what is neither text nor a ping."""
        self._count_unasked()
        if message.type is self._aiohttp.WSMsgType.PING:
            await self._socket.pong(message.data)

    def _count_unasked(self) -> None:
        if not self._unasked.take():
            raise AnswerInvalid(self._url, "", "a flood of messages that nobody asked for")

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
            self._count_unasked()
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


class _Allowance:
    """Grants so many things at once, and so many per second in the long run."""

    def __init__(self, most: float, per_second: float) -> None:
        self._most = most
        self._per_second = per_second
        self._left = most
        self._counted = time.monotonic()

    def take(self) -> bool:
        """Takes one; whether there was one left."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._counted) * self._per_second) - 1
        self._counted = now
        return self._left >= 0


class _Redirected(Exception):
    """The node sends a handshake elsewhere."""

    def __init__(self, status: int, location: str | None) -> None:
        self.status = status
        self.location = location
        super().__init__(status, location)


def _without_redirects(aiohttp: ModuleType) -> TraceConfig:
    """Ends a handshake that the node sends elsewhere; ``ws_connect`` itself would follow."""

    async def refuse(_session: object, _context: object, params: TraceRequestRedirectParams) -> None:
        params.response.close()
        raise _Redirected(params.response.status, params.response.headers.get("Location"))

    trace: TraceConfig = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


def _of_method(why: NodeError, method: str) -> NodeError:
    """The same reason for the call of one method."""
    if isinstance(why, AnswerTooLarge):
        return AnswerTooLarge(why.node, method, why.limit)
    return type(why)(why.node, method, why.why)
