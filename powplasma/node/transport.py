"""What carries a call to a node and its answer back, whichever way."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from powplasma.background import DaemonExecutor
from powplasma.errors import check_integer, check_seconds, printable
from powplasma.node.errors import NodeUnavailable

if TYPE_CHECKING:
    from aiohttp import ClientSession, TraceConfig

MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""Most bytes of an answer by default. The largest that the client asks for has about one megabyte."""

CLOSE_SECONDS = 0.3
"""How long a connection may take to end in order; after that it is cut."""

CLOSED = "the client was closed"
"""Why a call fails that comes after ``close``, or was under way then."""

_FOREVER = 3e9
"""Seconds of about a century. No event loop is asked to wait for longer than that: it waits without a limit."""

_SHOWN = 200
"""Most characters of another library's words that a message shows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much the client waits for.

    Attributes:
        timeout: seconds from sending a request to the end of its answer; may be infinite.
        connect_timeout: seconds until a connection stands; may be infinite.
        max_answer_bytes: longest answer.

    Raises:
        InvalidInput: names the field.
    """

    timeout: float = 10.0
    connect_timeout: float = 5.0
    max_answer_bytes: int = MAX_ANSWER_BYTES

    def __post_init__(self) -> None:
        # The checked values are plain floats and integers, whatever was given.
        for field in ("timeout", "connect_timeout"):
            object.__setattr__(self, field, check_seconds(field, getattr(self, field)))
        most = check_integer("max_answer_bytes", self.max_answer_bytes, 1, (1 << 63) - 1, "bytes")
        object.__setattr__(self, "max_answer_bytes", most)


class Transport(Protocol):
    """Carries calls to one node. To be used inside one running event loop."""

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once, and gives its result.

        Raises:
            NodeError: there is no result; a child says whether the request may have been carried out.
        """

    async def wait_for_momentum(self, seconds: float) -> None:
        """Returns when the node has told of a new momentum, or after so many seconds; whichever is first.

        Raises:
            NodeError: the node cannot be asked to tell.
        """

    async def close(self) -> None:
        """Ends all connections, within a second whatever the node does, and makes no more."""


def load_aiohttp() -> ModuleType:
    """The library that speaks HTTP and WebSocket.

    Raises:
        NodeUnavailable: it is not installed.
    """
    try:
        import aiohttp  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NodeUnavailable from error
    return aiohttp


def time_limit(seconds: float) -> asyncio.Timeout:
    """As ``asyncio.timeout``, for any length of time."""
    return asyncio.timeout(seconds if seconds < _FOREVER else None)


class Session:
    """Connections made with aiohttp, none of which outlives ``close``.

    Args:
        aiohttp: the library.
        traces: told of what happens.
        force_close: whether every request gets a connection of its own.

    Attributes:
        client: makes requests. It has no time limits; the caller sets them.
    """

    def __init__(self, aiohttp: ModuleType, *traces: TraceConfig, force_close: bool = False) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self.client: ClientSession = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                force_close=force_close, resolver=_Resolver(), socket_factory=self._make_socket
            ),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[*traces],
        )

    async def close(self) -> None:
        """Ends all connections; those whose other side does not let them end are cut."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.client.close()
        open_sockets = [each for each in self._sockets if each.fileno() >= 0]
        for each in open_sockets:
            cut(each)
        for _ in range(10):  # the event loop needs a few turns to see it
            if all(each.fileno() < 0 for each in open_sockets):
                break
            await asyncio.sleep(0)

    def _make_socket(self, address: tuple[Any, ...]) -> socket.socket:
        made = socket.socket(*address[:3])
        self._sockets.add(made)
        return made


def cut(connection: Any) -> None:
    """Ends a connection on this side at once, given its socket or what asyncio shows of it."""
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class _Resolver:
    """Resolves names in threads that neither a deadline nor the end of the program has to wait for."""

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[dict[str, Any]]:
        """The addresses of a name, in the form that aiohttp asks for."""

        def find() -> list[Any]:
            try:
                return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            except UnicodeError:
                raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None

        found = await asyncio.get_running_loop().run_in_executor(DaemonExecutor(), find)
        return [
            {
                "hostname": host,
                # An address of one link alone is only reached with the link's number.
                "host": f"{address[0]}%{address[3]}" if len(address) > 3 and address[3] else address[0],
                "port": address[1],
                "family": kind,
                "proto": proto,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Does nothing."""


def words_of(error: BaseException) -> str:
    """Why a connection failed, in one line and without the library's own notes."""
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    number = cause.errno if isinstance(cause, OSError) else None
    match cause:
        case ssl.SSLCertVerificationError():
            words = f"its certificate is not accepted: {cause.verify_message}; {_certificate_hint(cause)}"
        case ssl.SSLError() if cause.reason in _NO_TLS:
            words = "it does not speak TLS there; a node without it is reached by http:// or ws://"
        case ssl.SSLError():
            words = f"TLS failed: {(cause.reason or str(cause)).replace('_', ' ').lower()}"
        case socket.gaierror():
            words = f"its name cannot be resolved: {cause.strerror}"
        case _ if number == errno.ECONNREFUSED:
            words = "nothing listens there; is the node running?"
        case _ if number in errno.errorcode:
            words = os.strerror(number or 0)
        case _:
            words = str(cause) or type(cause).__name__
    return printable(" ".join(words.split()))[:_SHOWN]


_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""OpenSSL's names for bytes that are not TLS."""

_WRONG_TIME = (9, 10)
_WRONG_NAME = (62, 64)
"""OpenSSL's numbers of why a certificate is refused: not valid yet, or no more; for another name or address."""


def _certificate_hint(error: ssl.SSLCertVerificationError) -> str:
    """What can be done about a certificate."""
    if error.verify_code in _WRONG_TIME:
        return "check this machine's clock, or have the node's certificate renewed"
    if error.verify_code in _WRONG_NAME:
        return "use the name or address that it is for"
    return "if you trust it, name a file with it, or with its issuer's, in SSL_CERT_FILE"
