"""Who gets an answer from a devnode, and how much: web pages, batches, and requests without an id."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterator

import pytest
from aiohttp import ClientSession

from powplasma.account import AccountBlock
from powplasma.node import Node
from powplasma.node.devnode import BackgroundDevNode, DevNode
from powplasma.node.devnode import server as server_module
from powplasma.node.devnode.access import is_own_host, is_own_origin
from powplasma.node.devnode.server import MAX_BATCH
from powplasma.node.devnode.subscriptions import MAX_SUBSCRIPTIONS
from tests.waiting import PATIENCE

from .flow import ALICE, BOB, prepared, settings

OWN_HOSTS = ["127.0.0.1", "127.0.0.1:35997", "[::1]:35997", "[::1]", "192.168.1.5:35997"]
OTHER_HOSTS = [
    "localhost",
    "localhost:35997",
    "evil.example:35997",
    "127.0.0.1.evil.example",
    "1.2.3",
    "",
    "[::1",
    "x:y:z",
]
OWN_ORIGINS = [
    "http://localhost",
    "http://localhost:3000",
    "HTTP://LOCALHOST:3000",
    "https://app.localhost",
    "http://127.0.0.1:5173",
    "http://[::1]:8080",
]
OTHER_ORIGINS = [
    "http://evil.example",
    "https://evil.example:443",
    "http://localhost.evil.example",
    "http://evillocalhost",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example",
    "http://192.168.1.5:35997",
    "http://[::1",
    "null",
    "file://",
    "localhost",
    "",
]
READ = {"jsonrpc": "2.0", "id": 7, "method": "ledger.getFrontierMomentum", "params": []}
NOTE = {"jsonrpc": "2.0", "method": "ledger.getFrontierMomentum", "params": []}
ANSWER = {"jsonrpc": "2.0", "id": 7, "result": 5}
INVALID = {"code": -32600, "message": "invalid request"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with BackgroundDevNode() as devnode:
        yield devnode.node.port


def asked(port: int, method: str, headers: list[tuple[str, str]], body: bytes = b"") -> tuple[int, str]:
    """Status and body of the answer to a request with exactly these headers, and the length of its body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.putrequest(method, "/", skip_host=True, skip_accept_encoding=True)
    for name, value in [*headers, ("Content-Length", str(len(body)))]:
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as response:
        status, text = response.status, response.read().decode()
    connection.close()
    return status, text


def posted(port: int, *headers: tuple[str, str], message: object = READ) -> tuple[int, str]:
    return asked(port, "POST", [("Content-Type", "application/json"), *headers], json.dumps(message).encode())


def upgraded(port: int, *headers: tuple[str, str]) -> tuple[int, str]:
    """As ``posted``, for the handshake of a WebSocket."""
    handshake = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    return asked(port, "GET", [*handshake.items(), *headers])


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_a_request_to_an_address_is_answered(host: str, port: int) -> None:
    assert posted(port, ("Host", host))[0] == 200
    assert upgraded(port, ("Host", host))[0] == 101


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_a_request_to_a_name_is_refused_whatever_its_address(host: str, port: int) -> None:
    """To a browser, a page of evil.example has the devnode's origin if its name points to 127.0.0.1."""
    refused = (403, "invalid host specified\n")
    for origin in ([], [("Origin", f"http://{host}")]):
        assert posted(port, ("Host", host), *origin) == refused
        assert upgraded(port, ("Host", host), *origin) == refused


@pytest.mark.parametrize("origin", OWN_ORIGINS)
def test_a_page_of_this_machine_is_answered(origin: str, port: int) -> None:
    assert posted(port, ("Host", "127.0.0.1"), ("Origin", origin))[0] == 200
    assert upgraded(port, ("Host", "127.0.0.1"), ("Origin", origin))[0] == 101


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
def test_a_page_of_another_site_is_refused(origin: str, port: int) -> None:
    refused = (403, "invalid origin specified\n")
    assert posted(port, ("Host", "127.0.0.1"), ("Origin", origin)) == refused
    assert upgraded(port, ("Host", "127.0.0.1"), ("Origin", origin)) == refused


def test_no_header_of_several_is_overlooked(port: int) -> None:
    good, bad = ("Origin", "http://localhost"), ("Origin", "http://evil.example")
    for headers in ((good, bad), (bad, good)):
        for ask in (posted, upgraded):
            assert ask(port, ("Host", "127.0.0.1"), *headers)[0] in (400, 403)
    for hosts in (["127.0.0.1", "evil.example"], ["evil.example", "127.0.0.1"]):
        assert posted(port, *(("Host", host) for host in hosts))[0] in (400, 403)
        assert not is_own_host(hosts)
    # Without the headers it is not a browser that asks.
    assert is_own_host([])
    assert is_own_origin([])


def errors_of(text: str) -> list[tuple[object, object]]:
    """The id and the error of each answer."""
    answers = json.loads(text) if text else []
    return [(each["id"], each.get("error")) for each in (answers if isinstance(answers, list) else [answers])]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (NOTE, []),
        ({"method": "no.such"}, []),
        ({**NOTE, "params": {}}, []),
        (ANSWER, []),
        ({**ANSWER, "result": None, "error": {"code": 1, "message": "x"}}, []),
        ([NOTE, NOTE], []),
        ([ANSWER], []),
        ({**READ, "id": None}, [(None, None)]),
        ([NOTE, READ, NOTE], [(7, None)]),
        ([READ, {**READ, "id": "x"}, {**READ, "id": None}], [(7, None), ("x", None), (None, None)]),
        ([{**READ, "id": 1.5}, {**READ, "id": True}], [(1.5, None), (True, None)]),
        ({**READ, "id": {}}, [(None, INVALID)]),
        ({**READ, "id": []}, [(None, INVALID)]),
        ({**READ, "method": 1.5}, [(7, INVALID)]),
        ([5, READ, None, {}, {"id": 3}], [(None, INVALID), (7, None), (None, INVALID), (None, INVALID), (3, INVALID)]),
        ([[READ]], [(None, INVALID)]),
    ],
)
def test_who_gets_an_answer(message: object, expected: list[object], port: int) -> None:
    """As in the node: a request without an id gets none, one whose id is null does, and what is no request does."""
    status, text = posted(port, ("Host", "127.0.0.1"), message=message)
    assert status == 200
    assert errors_of(text) == expected
    assert text.startswith("[") == (isinstance(message, list) and bool(expected))


def test_a_request_without_an_id_is_carried_out() -> None:
    async def main() -> None:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:
            block = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 5))
            note = {"method": "ledger.publishRawTransaction", "params": [block.to_json()]}
            assert await asyncio.to_thread(posted, devnode.port, ("Host", "127.0.0.1"), message=note) == (200, "")
            assert await node.find_block(block) is not None

    asyncio.run(main())


def test_a_batch_has_a_number_of_requests(port: int) -> None:
    host = ("Host", "127.0.0.1")
    status, text = posted(port, host, message=[READ] * MAX_BATCH)
    assert (status, errors_of(text)) == (200, [(7, None)] * MAX_BATCH)
    status, text = posted(port, host, message=[READ] * (MAX_BATCH + 1))
    assert (status, errors_of(text)) == (200, [(None, {"code": -32600, "message": "batch too large"})])


def test_the_answers_to_a_batch_have_a_size(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = len(posted(port, ("Host", "127.0.0.1"))[1])
    monkeypatch.setattr(server_module, "MAX_BATCH_BYTES", 3 * one)
    too_large = {"code": -32003, "message": "batch response too large"}
    _, text = posted(port, ("Host", "127.0.0.1"), message=[READ, NOTE, READ, READ, READ, NOTE, READ, READ])
    assert errors_of(text) == [(7, None)] * 4 + [(7, too_large)] * 2


def test_subscriptions() -> None:
    """In a batch and by itself, as many as a connection may have, and for nobody who cannot be told."""

    def request(method: str, *params: object) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}

    async def main() -> None:
        async with DevNode(settings()) as devnode, ClientSession() as session:
            async with session.ws_connect(devnode.websocket_url) as socket, asyncio.timeout(PATIENCE):

                async def told(message: object) -> object:
                    await socket.send_json(message)
                    answer = await socket.receive_json()
                    return answer.get("result", answer.get("error")) if isinstance(answer, dict) else answer

                subscribe = request("ledger.subscribe", "momentums")
                assert await told(subscribe) == "0x1"
                assert [each["result"] for each in await told([subscribe, subscribe])] == ["0x2", "0x3"]
                assert await told(request("ledger.unsubscribe", "0x3")) is True
                await devnode.produce()
                news = [await socket.receive_json() for _ in range(2)]
                assert {each["params"]["subscription"] for each in news} == {"0x1", "0x2"}
                for _ in range(MAX_SUBSCRIPTIONS - 2):
                    assert str(await told(subscribe)).startswith("0x")
                refusals = [
                    (subscribe, -32000, "too many subscriptions"),
                    (request("ledger.unsubscribe", "0x3"), -32000, "subscription not found"),
                    (request("ledger.unsubscribe", 5), -32602, "invalid argument 0: json: cannot unmarshal number"),
                    (request("ledger.subscribe", "blocks"), -32601, 'no "blocks" subscription in ledger namespace'),
                    (request("stats.subscribe", "momentums"), -32601, 'no "momentums" subscription in stats namespace'),
                    (request("ledger.subscribe", 1.5), -32602, "expected subscription name as first argument"),
                    (request("ledger.subscribe", "momentums", 1), -32602, "too many arguments, want at most 1"),
                ]
                for message, code, words in refusals:
                    answer = await told(message)
                    assert isinstance(answer, dict)
                    assert (answer["code"], answer["message"][: len(words)]) == (code, words)
            for message, words in (
                (request("ledger.subscribe", "momentums"), "notifications not supported"),
                (request("ledger.unsubscribe", "0x1"), "subscription not found"),
            ):
                async with session.post(devnode.url, json=message) as response:
                    assert (await response.json())["error"] == {"code": -32000, "message": words}
            await devnode.produce()  # nobody is left to be told

    asyncio.run(main())
