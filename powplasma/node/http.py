"""Calls by HTTP: one POST for each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from powplasma.node.errors import AnswerTooLarge, ConnectionLost, NodeTimeout, NodeUnreachable
from powplasma.node.message import PUBLISH, check_status, read_message, request_text, result_of
from powplasma.node.transport import Limits, load_aiohttp, words_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession


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
        self._sessions: dict[bool, ClientSession] = {}

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once; see ``Transport``."""
        aiohttp = self._aiohttp
        request_id = next(self._ids)
        request = request_text(request_id, method, params).encode()
        try:
            async with self._session(anew=method == PUBLISH).post(
                self._url, data=request, headers=_HEADERS, allow_redirects=False
            ) as response:
                content = await self._content(method, response)
                status = response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NodeUnreachable(self._url, method, words_of(error)) from error
        except TimeoutError as error:
            raise NodeTimeout(self._url, method, f"{self._limits.timeout:g} s have passed") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectionLost(self._url, method, words_of(error)) from error
        check_status(self._url, method, status, content)
        return result_of(self._url, method, request_id, read_message(self._url, method, content))

    async def wait_for_momentum(self, seconds: float) -> None:
        """Waits: by HTTP a node tells nothing unasked."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Ends all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, *, anew: bool) -> ClientSession:
        session = self._sessions.get(anew)
        if session is None:
            limits = self._limits
            session = self._aiohttp.ClientSession(
                connector=self._aiohttp.TCPConnector(force_close=anew),
                timeout=self._aiohttp.ClientTimeout(total=limits.timeout, sock_connect=limits.connect_timeout),
                auto_decompress=False,
                cookie_jar=self._aiohttp.DummyCookieJar(),
            )
            self._sessions[anew] = session
        return session

    async def _content(self, method: str, response: ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > self._limits.max_answer_bytes:
                raise AnswerTooLarge(self._url, method, self._limits.max_answer_bytes)
        return bytes(content)


# Unasked compression would let a small answer become a large one.
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
