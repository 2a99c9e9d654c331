"""Peers that hold a client up: they accept a connection, and then never come to an end."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import select
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Behavior = Callable[[socket.socket, Callable[[], None]], None]
"""(connection, called when the client is held up) -> does not return before the client has gone."""

_PAUSE = 0.02
_HANDSHAKE_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """A server on a free port of this machine, each of whose connections behaves in the same way.

    Attributes:
        port: where it listens.
        engaged: set when a client is held up.
        gone: set when a client that was held up has ended its connection.
    """

    def __init__(self, behavior: Behavior) -> None:
        self._behavior = behavior
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.engaged = threading.Event()
        self.gone = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._behave, args=(connection,), daemon=True).start()

    def _behave(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._behavior(connection, self.engaged.set)
        with contextlib.suppress(OSError):
            while connection.recv(1 << 16):
                pass
        if self.engaged.is_set():
            self.gone.set()


def silent(_: socket.socket, engage: Callable[[], None]) -> None:
    """Reads, and says nothing."""
    engage()


def deaf(connection: socket.socket, engage: Callable[[], None]) -> None:
    """Neither reads nor says anything until the client has gone."""
    engage()
    ended = select.poll()
    ended.register(connection, select.POLLRDHUP)
    ended.poll()


def drips(begin: bytes, drop: bytes = b"a", *, asked: bool = True) -> Behavior:
    """Reads a request, unless it speaks unasked, says something, and goes on with a little at a time."""

    def behave(connection: socket.socket, engage: Callable[[], None]) -> None:
        if asked:
            read_request(connection)
        connection.sendall(begin)
        engage()
        while True:
            connection.sendall(drop)
            time.sleep(_PAUSE)

    return behave


def pours(begin: bytes, more: bytes) -> Behavior:
    """Reads a request, says something, and goes on as fast as it can."""

    def behave(connection: socket.socket, engage: Callable[[], None]) -> None:
        read_request(connection)
        connection.sendall(begin)
        engage()
        while True:
            connection.sendall(more * 1_000)

    return behave


def upgraded(behavior: Behavior) -> Behavior:
    """Becomes a WebSocket, and behaves as another after the first frame of the client."""

    def behave(connection: socket.socket, engage: Callable[[], None]) -> None:
        head = read_request(connection)
        (key,) = (
            line.partition(b":")[2].strip()
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + _HANDSHAKE_KEY).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        connection.recv(1 << 16)
        behavior(connection, engage)

    return behave


def floods(frame: bytes, begin: bytes = b"") -> Behavior:
    """Sends the same WebSocket frame as fast as it can, and reads nothing."""

    def behave(connection: socket.socket, engage: Callable[[], None]) -> None:
        connection.sendall(begin)
        engage()
        while True:
            connection.sendall(frame * 1_000)

    return behave


def read_request(connection: socket.socket) -> bytes:
    """The head of an HTTP request; its body is passed over as it comes."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(1 << 16)
        if not part:
            raise ConnectionError
        head += part
    return head


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A WebSocket frame of a server, of less than 64 KiB."""
    size = len(payload)
    length = bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2)
    return bytes([opcode | (0x80 if final else 0)]) + length + payload


HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
NEWS = b'{"jsonrpc":"2.0","method":"ledger.subscription","params":{"subscription":"0x1","result":[]}}'

HTTP: dict[str, Behavior] = {
    "silent": silent,
    "head drips": drips(HTTP_OK + b"X: "),
    "heads without end": pours(HTTP_OK, b"X: y\r\n"),
    "head line without end": pours(HTTP_OK + b"X: ", b"aaaaaaaaaaaaaaaa"),
    "interim answers without end": pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim answers drip": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body drips": drips(HTTP_OK + b"Content-Length: 1000000\r\n\r\n"),
    "chunks drip": drips(HTTP_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "chunks without end": pours(HTTP_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10\r\naaaaaaaaaaaaaaaa\r\n"),
}
"""Peers of a client that speaks HTTP."""

WEBSOCKET: dict[str, Behavior] = {
    "no handshake": silent,
    "handshake drips": drips(b"HTTP/1.1 101 Switching Protocols\r\nX: "),
    "handshake without end": pours(b"HTTP/1.1 101 Switching Protocols\r\n", b"X: y\r\n"),
    "silent": upgraded(silent),
    "deaf": upgraded(deaf),
    "a frame drips": upgraded(drips(b"\x81\x7f" + (900_000).to_bytes(8), asked=False)),
    "pings": upgraded(floods(frame(9))),
    "long pings": upgraded(floods(frame(9, b"x" * 125))),
    "pongs": upgraded(floods(frame(10))),
    "binary frames": upgraded(floods(frame(2, b"x"))),
    "news": upgraded(floods(frame(1, NEWS))),
    "a message without end": upgraded(floods(frame(0, b"x", final=False), frame(1, b"x", final=False))),
    "empty fragments": upgraded(floods(frame(0, final=False), frame(1, b"x", final=False))),
}
"""Peers of a client that speaks WebSocket."""

TLS: dict[str, Behavior] = {
    "silent": silent,
    "a record drips": drips(b"\x16\x03\x03\x40\x00", asked=False),
}
"""Peers of a client that begins with a TLS handshake."""
