"""Servers that are hardly any: what comes over the wire, byte by byte, and how often it was asked for."""

import asyncio
import dataclasses
import gzip
import json
from contextlib import asynccontextmanager

import pytest

from powplasma.account import AccountBlock
from powplasma.node import (
    AnswerInvalid,
    AnswerTooLarge,
    ConnectionLost,
    HttpRefusal,
    Node,
    NodeTimeout,
    NodeUnreachable,
    PublishUnknown,
)
from tests.waiting import until

from .flow import ALICE, BOB, Silence, run

BLOCK = AccountBlock.send(ALICE.address, BOB.address, 5).signed(ALICE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def http(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [*headers, f"Content-Length: {len(body) if length is None else length}"]
    return HEAD + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


@asynccontextmanager
async def raw_server(answer: bytes, *, hold: bool = False):
    """A server that answers anything with the same bytes and hangs up, or holds on; gives its URL and the requests."""
    requests = []

    async def serve(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            length = int(lengths[0].partition(b":")[2]) if lengths else 0
            requests.append((head, await reader.readexactly(length)))
            writer.write(answer)
            await writer.drain()
            if hold:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
        server.close()


RESULT = json.dumps({"jsonrpc": "2.0", "id": 1, "result": None}).encode()
ANSWERS = {
    "nothing": (b"", ConnectionLost),
    "no HTTP": (b"220 smtp.example ESMTP\r\n", ConnectionLost),
    "half a head": (HEAD, ConnectionLost),
    "half a body": (http(RESULT, length=len(RESULT) + 10), ConnectionLost),
    "no UTF-8": (http(b'{"jsonrpc": "\xff\xfe"}'), AnswerInvalid),
    "compressed": (http(gzip.compress(b" " * 100_000_000), "Content-Encoding: gzip"), AnswerInvalid),
    "announced as huge": (http(b"x" * 9_000_000, length=1 << 40), AnswerTooLarge),
    "chunks without an end": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n", ConnectionLost),
    "redirect": (b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", HttpRefusal),
    "another 2xx": (b"HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n", HttpRefusal),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_read_ends_in_an_error_of_the_node(name) -> None:
    answer, error = ANSWERS[name]

    async def main() -> None:
        async with raw_server(answer) as (url, requests), Node(url, retries=1) as node:
            with pytest.raises(error):
                await node.frontier_momentum()
            assert len(requests) == (2 if error is ConnectionLost else 1)

    asyncio.run(main())


@pytest.mark.parametrize("name", ANSWERS)
def test_a_publish_is_sent_once_and_never_more(name) -> None:
    answer, _ = ANSWERS[name]

    async def main() -> None:
        async with raw_server(answer) as (url, requests), Node(url, retries=5) as node:
            with pytest.raises(HttpRefusal if name == "redirect" else PublishUnknown):
                await node.publish(BLOCK)
            ((head, body),) = requests
            assert b"connection: close" in head.lower()
            assert b"Accept-Encoding: identity" in head
            sent = json.loads(body)
            assert sent["method"] == "ledger.publishRawTransaction"
            assert AccountBlock.from_json(sent["params"][0]) == BLOCK

    asyncio.run(main())


def test_a_server_that_says_nothing() -> None:
    async def main() -> None:
        async with raw_server(HEAD, hold=True) as (url, requests), Node(url, retries=0, timeout=5) as node:
            for call, error in ((node.frontier_momentum, NodeTimeout), (lambda: node.publish(BLOCK), PublishUnknown)):
                silence, asked = Silence(), len(requests)
                waiting = asyncio.create_task(silence.outlasts(call(), 6))
                await until(lambda asked=asked: len(requests) > asked)
                silence.begun.set()
                with pytest.raises(error):
                    await waiting
            assert len(requests) == 2

    run(main())


def test_a_websocket_of_something_else() -> None:
    async def main() -> None:
        async with (
            raw_server(http(b"hello")) as (url, requests),
            Node(url.replace("http", "ws"), retries=0) as node,
        ):
            with pytest.raises((HttpRefusal, NodeUnreachable)):
                await node.frontier_momentum()
            assert len(requests) == 1

    asyncio.run(main())


def test_integers_beyond_2_to_the_53_are_sent_and_read_exactly() -> None:
    large = dataclasses.replace(BLOCK, difficulty=2**64 - 1, fused_plasma=2**53 + 1, amount=2**255 - 1)

    async def main() -> None:
        page = {"list": [large.to_json()], "count": 1, "more": False}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": page}).encode()
        async with raw_server(http(body)) as (url, _), Node(url) as node:
            (read,) = (await node.unconfirmed_blocks(ALICE.address)).blocks
            assert read.block == large
        async with raw_server(http(RESULT)) as (url, requests), Node(url) as node:
            await node.publish(large)
            assert b'"difficulty": 18446744073709551615' in requests[0][1]

    asyncio.run(main())
