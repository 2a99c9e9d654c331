"""What a devnode takes has bounds in number and time: a client beyond them is refused or cut off, others are not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from powplasma.node.devnode import BackgroundDevNode, DevNode, Server, Settings
from powplasma.node.devnode import server as server_module
from tests.waiting import PATIENCE, wait_until

HEAD = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
READ = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ledger.getMomentumsByHeight", "params": [1, 1024]})


def request(body: str, size: int | None = None) -> bytes:
    return f"{HEAD}Content-Length: {len(body) if size is None else size}\r\n\r\n{body}".encode()


@contextlib.contextmanager
def connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        yield connection


def status(connection: socket.socket) -> int:
    """Of the answer that comes; 0 if the connection ends without one."""
    with contextlib.suppress(ConnectionError):
        head = connection.recv(1 << 16)
        return int(head.split()[1]) if head else 0
    return 0


def status_after(connection: socket.socket, sent: bytes = request("[]")) -> int:
    connection.sendall(sent)
    return status(connection)


@pytest.mark.parametrize("sent", [b"", HEAD.encode()])
def test_a_connection_without_a_request_ends(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "READ_SECONDS", 0.1)
    with BackgroundDevNode() as devnode, connected(devnode.node.port, sent) as connection:
        assert status(connection) == 0


@pytest.mark.parametrize(
    "sent", [request(READ, 10_000), f"{HEAD}Transfer-Encoding: chunked\r\n\r\n50\r\n[".encode()], ids=["body", "chunk"]
)
def test_a_body_has_to_come_in_time_and_a_connection_that_has_spoken_may_be_idle(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BackgroundDevNode() as devnode, connected(devnode.node.port) as connection:
        assert status_after(connection) == 200
        monkeypatch.setattr(server_module, "READ_SECONDS", 0.1)
        with connected(devnode.node.port) as mute:
            assert status(mute) == 0
        assert status_after(connection) == 200
        assert status_after(connection, sent) == 408


def test_a_client_that_does_not_read_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_WRITE_SECONDS", 0.1)
    batch = f"[{','.join([READ] * 900)}]"
    handshake = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    frame = b"\x81\xff" + len(batch).to_bytes(8) + bytes(4) + batch.encode()
    with BackgroundDevNode() as devnode:
        devnode.produce(300)
        server = devnode.node.server

        def connections() -> object:
            assert server._runner is not None
            assert server._runner.server is not None
            return server._runner.server.connections

        for sent in (request(batch), handshake + frame):
            with connected(devnode.node.port, sent):
                wait_until(connections)
                wait_until(lambda: not connections())


class Holding(Server):
    """Holds the first request until it may go on."""

    held = threading.Event()
    go = threading.Event()

    async def reply(self, text: str, socket: object = None) -> str:
        self.held.set()
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        return await super().reply(text)


class HoldingNode(DevNode):
    server_class = Holding


def test_more_requests_than_may_be_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_REQUESTS", 1)
    with BackgroundDevNode(Settings(), HoldingNode) as devnode, connected(devnode.node.port, request("[]")) as first:
        assert Holding.held.wait(PATIENCE)
        for _ in range(2):
            with connected(devnode.node.port, request("[]")) as other:
                assert status(other) == 503
        Holding.go.set()
        assert status(first) == 200
        with connected(devnode.node.port, request("[]")) as other:
            assert status(other) == 200


def test_more_connections_than_it_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    with BackgroundDevNode() as devnode:
        port = devnode.node.port
        with connected(port) as first, connected(port) as second:
            assert [status_after(first), status_after(second)] == [200, 200]
            with connected(port) as third:
                assert status(third) == 0
            assert [status_after(first), status_after(second)] == [200, 200]

        def answered() -> bool:  # as soon as the devnode knows that the two have gone
            with connected(port) as fourth, contextlib.suppress(ConnectionError):
                return status_after(fourth) == 200
            return False

        wait_until(answered)
