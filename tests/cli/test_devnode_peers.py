"""``powplasma devnode`` as it is installed, with clients that go away at any moment, and with others that never do."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.waiting import PATIENCE

from .test_devnode import running

HEAD = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
READ = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ledger.getMomentumsByHeight", "params": [1, 1024]})
BATCH = f"[{','.join([READ] * 1000)}]"
SUBSCRIBE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ledger.subscribe", "params": ["momentums"]})
TEXT, PING = 1, 9


def request(body: str, headers: str = "") -> bytes:
    return f"{HEAD}{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """A WebSocket frame of a client, whose mask changes nothing."""
    size = len(payload)
    long = size >= 126
    return (
        bytes([0x80 | opcode, 0x80 | (127 if long else size)])
        + (size.to_bytes(8) if long else b"")
        + bytes(4)
        + payload
    )


SENT = {
    "nothing": b"",
    "half a head": HEAD[:40].encode(),
    "half a body": request(READ)[:-20],
    "a request": request(READ),
    "a batch": request(BATCH),
    "ten requests": request(READ) * 10,
    "a body of bad chunks": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzzz\r\n".encode(),
    "half a chunk": f"{HEAD}Transfer-Encoding: chunked\r\n\r\n50\r\n[".encode(),
    "a body that is said to be compressed": request(READ).replace(
        b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1
    ),
    "a body that is too large": request("5" * (5 << 20) + "5"),
    "a body that is said to be too large": f"{HEAD}Content-Length: {10**15}\r\n\r\n5".encode(),
    "a length that is no number": f"{HEAD}Content-Length: x\r\n\r\n".encode(),
    "a long head": HEAD.encode() + b"X: y" + b"y" * 100_000 + b"\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "half a handshake": HANDSHAKE[:-4],
    "a handshake without its key": HANDSHAKE.replace(b"Sec-WebSocket-Key", b"X"),
    "a handshake": HANDSHAKE,
    "a subscription": HANDSHAKE + frame(TEXT, SUBSCRIBE.encode()),
    "half a frame": HANDSHAKE + frame(TEXT, READ.encode())[:-20],
    "a batch by WebSocket": HANDSHAKE + frame(TEXT, BATCH.encode()),
    "a frame without a mask": HANDSHAKE + b"\x81\x02[]",
    "a frame that is no text": HANDSHAKE + frame(TEXT, b"\xff\xfe"),
    "a frame of an unknown kind": HANDSHAKE + frame(11, b"x"),
    "a frame that is too large": HANDSHAKE + frame(TEXT, b"5" * (16 << 20)),
    "many pings": HANDSHAKE + frame(PING, b"x") * 1_000,
    "a close": HANDSHAKE + frame(8, b""),
}
"""What a client has sent when it goes away."""


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def end_of_input(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    connection.close()


def read_a_byte_and_reset(connection: socket.socket) -> None:
    connection.settimeout(0.05)
    with contextlib.suppress(OSError):
        connection.recv(1)
    reset(connection)


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[int]:
    """Port of a devnode, which ends with SIGTERM as it should and has said nothing but what it always says."""
    with running("--json", *arguments) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield port
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    note, *rest = err.splitlines()
    assert note.startswith("Note: a devnode is no consensus node")
    assert (process.returncode, out, rest) == (143, "", ["Error: ended by SIGTERM"])


def answers(port: int) -> bool:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}", READ.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=PATIENCE) as response:
        return "result" in json.loads(response.read())


def test_clients_that_go_away_leave_no_word() -> None:
    """Whatever they have sent, and however they end: neither a traceback nor anything else is written."""
    leave: list[Callable[[socket.socket], None]] = [reset, end_of_input, read_a_byte_and_reset]
    with started("--interval", "0.05") as port:
        for sent in SENT.values():
            for end in leave:
                connection = connect(port)
                with contextlib.suppress(ConnectionError):  # it may have refused already
                    connection.sendall(sent)
                end(connection)
        assert answers(port)


@contextlib.contextmanager
def flooding(port: int, begin: bytes, more: bytes, floods: int) -> Iterator[None]:
    """Clients that send without end and read nothing; yields when each has sent something."""
    connections = [connect(port) for _ in range(floods)]
    sent = threading.Semaphore(0)

    def flood(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(begin + more)
            sent.release()
            while True:
                connection.sendall(more)

    threads = [threading.Thread(target=flood, args=(connection,), daemon=True) for connection in connections]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert sent.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        for connection in connections:
            connection.close()
        for thread in threads:
            thread.join(PATIENCE)


HELD = [
    "nothing",
    "half a head",
    "half a body",
    "half a chunk",
    "a request",
    "a batch",
    "half a handshake",
    "a handshake",
    "a subscription",
    "half a frame",
    "a batch by WebSocket",
]


def test_it_ends_while_clients_hold_their_connections() -> None:
    """They stay open until the devnode has ended."""
    with contextlib.ExitStack() as held, started("--interval", "0.05") as port:
        for name in HELD * 5:
            connection = held.enter_context(connect(port))
            connection.sendall(SENT[name])
        assert answers(port)


FLOODS = {
    "pings": (HANDSHAKE, frame(PING, b"x" * 100) * 100),
    "requests": (b"", request(READ)),
    "batches": (b"", request(BATCH)),
    "batches by WebSocket": (HANDSHAKE, frame(TEXT, BATCH.encode())),
    "numbers": (HANDSHAKE, frame(TEXT, b"[" + b"1.5," * 1_000_000 + b"1]")),
}


@pytest.mark.parametrize("name", FLOODS)
def test_it_ends_under_a_flood(name: str) -> None:
    begin, more = FLOODS[name]
    with contextlib.ExitStack() as stack, started("--interval", "0.05") as port:
        stack.enter_context(flooding(port, begin, more, 8))


def test_a_second_signal_ends_it_at_once() -> None:
    """Also when the first one, whatever holds it up, has not."""
    code = (
        "import asyncio, sys\n"
        "from powplasma.node.devnode import DevNode\n"
        "from powplasma_cli import main\n"
        "async def stop(self):\n"
        "    print('ending', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "DevNode.stop = stop\n"
        "sys.argv[1:] = ['devnode', '--port', '0']\n"
        "main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http")
            process.send_signal(signal.SIGTERM)
            assert process.stdout.readline() == "ending\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == -signal.SIGTERM
        finally:
            process.kill()
