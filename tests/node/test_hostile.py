"""Nodes that never come to an end: every wait does, with an error that tells which, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from powplasma.account import AccountBlock
from powplasma.node import (
    AnswerInvalid,
    AnswerTooLarge,
    ConnectionLost,
    HttpRefusal,
    Node,
    NodeError,
    NodeTimeout,
    NodeUnreachable,
    PublishUnknown,
    Unanswered,
)
from powplasma.node import transport as transport_module
from powplasma.node.hints import http_hint
from tests.certificate import write_certificate
from tests.hostile import HTTP, HTTP_OK, TLS, WEBSOCKET, Peer, pours, read_request
from tests.waiting import PATIENCE

from .flow import ALICE, BOB, FaultyNode, settings

BLOCK = AccountBlock.send(ALICE.address, BOB.address, 5).signed(ALICE)
SILENT = (NodeTimeout, "got no answer in time: silent for ")
INCOMPLETE = (NodeTimeout, "got no answer in time: its answer is not complete after ")
NO_CONNECTION = (NodeUnreachable, "was not sent: no connection within ")
FLOOD = (AnswerInvalid, "a flood of messages that nobody asked for")

OUTCOMES: dict[str, tuple[type[NodeError], str]] = {
    "silent": SILENT,
    "head drips": SILENT,
    "heads without end": (ConnectionLost, "what it answers is not HTTP"),
    "head line without end": (ConnectionLost, "what it answers is not HTTP"),
    "interim answers without end": SILENT,
    "interim answers drip": SILENT,
    "body drips": INCOMPLETE,
    "chunks drip": INCOMPLETE,
    "chunks without end": (AnswerTooLarge, "more than 1000000 bytes"),
}
WEBSOCKET_OUTCOMES: dict[str, tuple[type[NodeError], str]] = {
    "no handshake": NO_CONNECTION,
    "handshake drips": NO_CONNECTION,
    "handshake without end": (NodeUnreachable, "what it answers is neither WebSocket nor HTTP"),
    "silent": SILENT,
    "deaf": SILENT,
    "a frame drips": SILENT,
    "pings": FLOOD,
    "long pings": FLOOD,
    "pongs": FLOOD,
    "binary frames": FLOOD,
    "news": FLOOD,
    "a message without end": (AnswerTooLarge, "more than 1000000 bytes"),
    "empty fragments": SILENT,
}


def held_up(url: str, error: type[NodeError], words: str = "", *, publish: bool = False, **limits: float) -> str:
    """Calls a node, whose error has to be this one, and sees that nothing of it is left; returns what it says."""

    async def main() -> str:
        async with Node(url, retries=0, max_answer_bytes=1_000_000, **limits) as node:
            with pytest.raises(PublishUnknown if publish else error) as raised:
                await (node.publish(BLOCK) if publish else node.frontier_momentum())
            assert words in str(raised.value)
            assert "\n" not in str(raised.value)
            assert len(str(raised.value)) < 500
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return str(raised.value)

    told = asyncio.run(main())
    gc.collect()  # a forgotten connection or task warns, which is an error
    return told


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("publish", [False, True], ids=["read", "publish"])
def test_a_call_by_http_ends(name: str, publish: bool) -> None:
    error, words = OUTCOMES[name]
    words = words.partition(": ")[2] or words
    # What is judged as incomplete has to begin in time, which a busy machine may need more of.
    timeouts = {SILENT: (0.3,), INCOMPLETE: (0.5, 5.0, PATIENCE)}.get(OUTCOMES[name], (PATIENCE,))
    for timeout in timeouts:
        with Peer(HTTP[name]) as peer:
            url = f"http://127.0.0.1:{peer.port}"
            told = held_up(url, error, publish=publish, timeout=timeout, connect_timeout=PATIENCE)
            assert peer.gone.wait(PATIENCE)
        if words in told:
            return
    raise AssertionError(told)


@pytest.mark.parametrize("name", WEBSOCKET)
def test_a_call_by_websocket_ends(name: str) -> None:
    error, words = WEBSOCKET_OUTCOMES[name]
    connect_timeout = 0.5 if (error, words) == NO_CONNECTION else PATIENCE
    with Peer(WEBSOCKET[name]) as peer:
        timeout = 0.3 if (error, words) == SILENT else PATIENCE
        held_up(f"ws://127.0.0.1:{peer.port}", error, words, timeout=timeout, connect_timeout=connect_timeout)
        assert peer.gone.wait(PATIENCE)


@pytest.mark.parametrize("name", TLS)
@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_tls_handshake_ends(scheme: str, name: str) -> None:
    with Peer(TLS[name]) as peer:
        held_up(f"{scheme}://127.0.0.1:{peer.port}", *NO_CONNECTION, connect_timeout=0.5)
        assert peer.gone.wait(PATIENCE)


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_a_name_server_that_does_not_answer_holds_nobody_up(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(transport_module.socket, "getaddrinfo", lambda *_, **__: release.wait(PATIENCE) and [])
    held_up(f"{scheme}://node.example:5", *NO_CONNECTION, connect_timeout=0.3)
    release.set()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://{'a' * 64}.example:5", "its name cannot be resolved"),
        ("http://.example:5", ""),
        ("ws://no-such-name.invalid:5", "its name cannot be resolved: "),
    ],
)
def test_a_name_that_cannot_be_resolved(url: str, words: str) -> None:
    held_up(url, NodeUnreachable, words, connect_timeout=PATIENCE)


@pytest.mark.parametrize("name", ["silent", "pings", "deaf"])
def test_closing_needs_no_help_of_the_other_side(name: str) -> None:
    """The call is still under way, and the peer goes on sending."""

    async def main(peer: Peer) -> None:
        node = Node(f"ws://127.0.0.1:{peer.port}", timeout=math.inf, connect_timeout=PATIENCE)
        call = asyncio.create_task(node.frontier_momentum())
        assert await asyncio.to_thread(peer.engaged.wait, PATIENCE)
        await node.close()
        with pytest.raises((ConnectionLost, AnswerInvalid, NodeUnreachable)):
            await call
        await node.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with Peer(WEBSOCKET[name]) as peer:
        asyncio.run(main(peer))
        assert peer.gone.wait(PATIENCE)
    gc.collect()


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_the_time_of_all_attempts_is_told(scheme: str) -> None:
    behavior = HTTP["silent"] if scheme == "http" else WEBSOCKET["silent"]

    async def main(port: int) -> Unanswered:
        async with Node(f"{scheme}://127.0.0.1:{port}", timeout=0.4, connect_timeout=PATIENCE, retries=2) as node:
            began = time.monotonic()
            with pytest.raises(NodeTimeout) as raised:
                await node.frontier_momentum()
            assert 1.5 <= raised.value.seconds <= time.monotonic() - began
            return raised.value

    with Peer(behavior) as peer:
        error = asyncio.run(main(peer.port))
    assert error.attempts == 3
    assert re.search(r"got no answer in time: silent for \d+(\.\d+)? s over 3 attempts$", str(error))


def test_attempts_to_connect_are_told_together() -> None:
    first = NodeUnreachable("n", "m", "no connection within", 5.004)
    assert str(first) == "node n: m was not sent: no connection within 5 s"
    assert str(first.repeated(3, 15.34)) == "node n: m was not sent: no connection within 15 s over 3 attempts"
    refused = NodeUnreachable("n", "m", "nothing listens there")
    assert str(refused.repeated(3, 0.3)) == "node n: m was not sent: nothing listens there"


LONG = [math.inf, 1e18, 10**400, 3e6, np.float64(40.0), np.float32(40), np.int64(40), np.float64("inf")]


@pytest.mark.parametrize("seconds", LONG, ids=repr)
@pytest.mark.parametrize("way", ["url", "websocket_url"])
def test_any_length_of_time_can_be_waited_for(way: str, seconds: float) -> None:
    async def main() -> None:
        async with (
            FaultyNode(settings()) as devnode,
            Node(getattr(devnode, way), timeout=seconds, connect_timeout=seconds) as node,
        ):
            assert (await node.frontier_momentum()).height == 1
            momentums = node.momentums(poll_seconds=seconds, patience=seconds)
            assert (await anext(momentums)).height == 1
            await momentums.aclose()
            assert type(node._transport._limits.timeout) is float

    asyncio.run(main())


def test_answers_after_an_announcement_of_more_than_there_is_room_for() -> None:
    with Peer(pours(HTTP_OK + b"Content-Length: 1099511627776\r\n\r\n", b"x")) as peer:
        held_up(f"http://127.0.0.1:{peer.port}", AnswerTooLarge, "more than 1000000 bytes", connect_timeout=PATIENCE)


def answers(content: bytes) -> Any:
    """Reads a request, says something, and ends the connection."""

    def behave(connection: socket.socket, engage: Any) -> None:
        read_request(connection)
        engage()
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)

    return behave


def http_answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode("latin-1") + body


LONG_TARGET = "http://127.0.0.1:1/" + "a" * 5_000

HINTS = [
    (
        "http",
        "301 X",
        ["Location: https://node.example/"],
        b"",
        r"HTTP 301 ''; it points to https://node.example/, which",
    ),
    (
        "ws",
        "301 X",
        ["Location: https://node.example/"],
        b"",
        r"HTTP 301 ''; it points to https://node.example/, which",
    ),
    ("ws", "308 X", ["Location: //x/\x1b[2J\u00ad"], b"", r"it points to //x/\\x1b\[2J"),
    (
        "http",
        "302 X",
        [f"Location: {LONG_TARGET}"],
        b"",
        r"it points to http://127.0.0.1:1/a{181}…, which is not followed$",
    ),
    ("http", "307 X", [], b"", r"HTTP 307 ''$"),
    # The WebSocket port of a real node.
    ("http", "404 Not Found", [], b"", r"WebSocket port: write ws://127.0.0.1:\d+, or its HTTP port, usually 35997$"),
    ("http", "426 Upgrade Required", [], b"", r"WebSocket port: write ws://127.0.0.1:\d+, or its HTTP port"),
    # The HTTP port of a real node.
    (
        "ws",
        "200 OK",
        [],
        b"",
        r"it speaks HTTP there: write http://127.0.0.1:\d+, or its WebSocket port, usually 35998$",
    ),
    ("ws", "405 X", [], b"", r"it speaks HTTP there: write http://127.0.0.1:\d+, or its WebSocket port"),
    ("ws", "403 Forbidden", [], b"", r"does not take WebSocket connections from here$"),
    ("ws", "502 X", [], b"", r"HTTP 502 'Invalid response status'$"),
    (
        "http",
        "400 X",
        [],
        b"Client sent an HTTP request to an HTTPS server.",
        r"it wants TLS: write https:// instead of",
    ),
    ("http", "418 X", [], b"a\nb\x1b[2J\xe2\x80\xae", r"HTTP 418 'a\\nb\\x1b\[2J\\u202e'$"),
]


@pytest.mark.parametrize(("scheme", "status", "headers", "body", "words"), HINTS, ids=lambda value: str(value)[:20])
def test_another_status_tells_what_may_be_wrong(
    scheme: str, status: str, headers: list[str], body: bytes, words: str
) -> None:
    async def main(port: int) -> None:
        async with Node(f"{scheme}://127.0.0.1:{port}", retries=0) as node:
            with pytest.raises(HttpRefusal, match=words) as raised:
                await node.frontier_momentum()
            assert raised.value.status == int(status[:3])
            assert str(raised.value).isprintable()
            with pytest.raises((HttpRefusal, PublishUnknown)):
                await node.publish(BLOCK)

    with Peer(answers(http_answer(status, *headers, body=body))) as peer:
        asyncio.run(main(peer.port))
    gc.collect()


def test_a_host_name_that_a_node_refuses_and_a_path_that_it_does_not_have() -> None:
    assert http_hint("http://node.example:5", 403, "", None) == (
        "a node answers only to its IP address, such as 127.0.0.1"
    )
    assert http_hint("http://127.0.0.1:5", 403, "", None) == ""
    assert http_hint("http://127.0.0.1:5/rpc", 404, "", None) == "a node answers at the path / alone"


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_something_else_than_http(scheme: str) -> None:
    with Peer(answers(b"220 smtp.example ESMTP\x1b[2J\r\n")) as peer:
        error = ConnectionLost if scheme == "http" else NodeUnreachable
        held_up(f"{scheme}://127.0.0.1:{peer.port}", error, "what it answers is", connect_timeout=PATIENCE)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody has signed, and its key, in one file."""
    return self_signed(tmp_path_factory.mktemp("tls") / "node.pem")


def self_signed(path: Path, address: str = "127.0.0.1", *, days: int = 1) -> Path:
    """A certificate that nobody else has signed, and its key, in one file."""
    key = path.with_suffix(".key")
    write_certificate(path, key, address, days=days)
    path.write_text(path.read_text() + key.read_text())
    return path


def speaks_tls(certificate: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave(connection: socket.socket, engage: Any) -> None:
        engage()
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as wrapped:
            wrapped.settimeout(PATIENCE)
            wrapped.do_handshake()
            wrapped.recv(1 << 16)
            wrapped.sendall(b"HTTP/1.1 418 X\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntea")

    return behave


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_certificate_that_is_not_trusted(scheme: str, certificate: Path) -> None:
    with Peer(speaks_tls(certificate)) as peer:
        url = f"{scheme}://127.0.0.1:{peer.port}"
        words = (
            "its certificate is not accepted: self-signed certificate; "
            "if you trust it, name a file with it, or with its issuer's, in SSL_CERT_FILE"
        )
        held_up(url, NodeUnreachable, words, connect_timeout=PATIENCE)


def test_the_file_that_is_named_is_trusted(certificate: Path, tmp_path: Path) -> None:
    """As the message advises; the library reads the variable when it is loaded."""
    outcomes = {
        certificate: "was refused: HTTP 418 'tea'",
        self_signed(tmp_path / "old.pem", days=-2): (
            "not accepted: certificate has expired; check this machine's clock, or have the node's certificate renewed"
        ),
        self_signed(tmp_path / "other.pem", "127.0.0.2"): "use the name or address that it is for",
    }
    code = """
import sys
from powplasma.node import BlockingNode, NodeError
for url in sys.argv[1:]:
    with BlockingNode(url, retries=0, connect_timeout=60, timeout=60) as node:
        try:
            node.frontier_momentum()
        except NodeError as error:
            print(error)
"""
    trusted = tmp_path / "trusted.pem"
    trusted.write_text("".join(path.read_text() for path in outcomes))
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(Peer(speaks_tls(path))).port for path in outcomes]
        done = subprocess.run(
            [sys.executable, "-c", code, *(f"https://127.0.0.1:{port}" for port in ports)],
            env={**os.environ, "SSL_CERT_FILE": str(trusted)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    for line, words in zip(done.stdout.splitlines(), outcomes.values(), strict=True):
        assert words in line


def answers_at_once(connection: socket.socket, engage: Any) -> None:
    """As a server that speaks HTTP answers to the beginning of a TLS handshake."""
    connection.recv(1 << 16)
    engage()
    connection.sendall(http_answer("400 Bad Request"))


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_port_without_tls(scheme: str) -> None:
    with Peer(answers_at_once) as peer:
        words = "it does not speak TLS there; a node without it is reached by http:// or ws://"
        held_up(f"{scheme}://127.0.0.1:{peer.port}", NodeUnreachable, words, connect_timeout=PATIENCE)
