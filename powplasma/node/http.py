"""Calls by HTTP: one POST for each."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from powplasma.deadline import LONGEST_WAIT
from powplasma.node.errors import AnswerTooLarge, ConnectionLost, NodeError, NodeTimeout, NodeUnreachable
from powplasma.node.message import PUBLISH, check_status, read_message, request_text, result_of
from powplasma.node.transport import CLOSED, Limits, Session, load_aiohttp, time_limit, words_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse, TraceConfig


class HttpTransport:
    """Calls by HTTP.

    A connection is kept for later calls, except that of a publish, which is always made anew: on
    a kept one that the node has just closed nobody could tell whether the block was read.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self._aiohttp = load_aiohttp()
        self._url = url
        self._limits = limits
        self._ids = itertools.count(1)
        self._sessions: dict[bool, Session] = {}
        self._closed = False

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once; see ``Transport``."""
        if self._closed:
            raise NodeUnreachable(self._url, method, CLOSED)
        request_id = next(self._ids)
        request = request_text(request_id, method, params).encode()
        exchange = _Exchange(self._limits.timeout)
        try:
            async with (
                time_limit(self._limits.connect_timeout) as exchange.limit,
                self._session(anew=method == PUBLISH).client.post(
                    self._url, data=request, headers=_HEADERS, allow_redirects=False, trace_request_ctx=exchange
                ) as response,
            ):
                exchange.answering = True
                content = await self._content(method, response)
                status, location = response.status, response.headers.get("Location")
        except TimeoutError as error:
            raise exchange.too_late(self._url, method) from error
        except (self._aiohttp.ClientError, OSError) as error:
            kind = ConnectionLost if exchange.connected else NodeUnreachable
            raise kind(self._url, method, self._words(error)) from error
        check_status(self._url, method, status, content, location)
        return result_of(self._url, method, request_id, read_message(self._url, method, content))

    async def wait_for_momentum(self, seconds: float) -> None:
        """Waits: by HTTP a node tells nothing unasked."""
        await asyncio.sleep(min(seconds, LONGEST_WAIT))

    async def close(self) -> None:
        """Ends all connections, and makes no more."""
        self._closed = True
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _session(self, *, anew: bool) -> Session:
        if anew not in self._sessions:
            self._sessions[anew] = Session(self._aiohttp, _watched(self._aiohttp), force_close=anew)
        return self._sessions[anew]

    async def _content(self, method: str, response: ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > self._limits.max_answer_bytes:
                raise AnswerTooLarge(self._url, method, self._limits.max_answer_bytes)
        return bytes(content)

    def _words(self, error: Exception) -> str:
        if isinstance(error, self._aiohttp.ClientResponseError):
            return f"what it answers is not HTTP ({words_of(error)})"
        if isinstance(error, self._aiohttp.ServerDisconnectedError):
            return "it ended the connection"
        return words_of(error)


class _Exchange:
    """How far a request has come.

    Args:
        timeout: seconds from the connection to the end of the answer.

    Attributes:
        limit: of the time; first that for the connection.
        connected: whether there is a connection, so that the request may have been read.
        answering: whether the answer has begun.
    """

    limit: asyncio.Timeout

    def __init__(self, timeout: float) -> None:
        self.connected = False
        self.answering = False
        self._timeout = timeout
        self._began = time.monotonic()

    def connect(self) -> None:
        """There is a connection."""
        self.connected = True
        self._began = time.monotonic()
        self.allow_timeout()

    def allow_timeout(self) -> None:
        """From now on, the time is that of a request."""
        if not self.limit.expired():
            self.limit.reschedule(time_limit(self._timeout).when())

    def too_late(self, node: str, method: str) -> NodeError:
        """The error for a time that is over."""
        seconds = time.monotonic() - self._began
        if not self.connected:
            return NodeUnreachable(node, method, "no connection within", seconds)
        return NodeTimeout(
            node, method, "its answer is not complete after" if self.answering else "silent for", seconds
        )


def _watched(aiohttp: ModuleType) -> TraceConfig:
    """Tells the exchange of each request when it gets its connection."""

    async def connected(_session: object, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.connect()

    async def queued(_session: object, context: SimpleNamespace, _params: object) -> None:
        # All connections are in use by this program itself, which is none of the node's doing.
        context.trace_request_ctx.allow_timeout()

    trace: Any = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    trace.on_connection_queued_start.append(queued)
    watched: TraceConfig = trace
    return watched


# Unasked compression would let a small answer become a large one.
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
