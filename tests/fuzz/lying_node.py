"""Transfers through a node that lies, fails and hides at random: none is lost or doubled, and no receipt is untrue.

The node is a devnode whose ledger is honest and whose answers are not. Each transfer is tried through it a few times,
as an impatient user does, and then through an honest connection. Whatever happened before, exactly one block of it may
stand in the ledger then.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web

from powplasma.account import Wallet
from powplasma.errors import PowPlasmaError
from powplasma.node import BlockRefusal, Node
from powplasma.node.devnode import DevNode, Genesis, Grant, Server, Settings
from powplasma.transfer import Terms, areceive, asend

from .campaign import Campaign, Case, Try, place_of

SENDER, RECEIVER = (Wallet(bytes([number]) * 32).key_pair() for number in (1, 2))
COIN = 10**8
TRANSFERS = 20
"""In a case."""

IMPATIENT = Terms(patience=0.05, headroom=0, max_difficulty=0)

Carry = Callable[[], Awaitable[dict[str, Any]]]
"""Has the request carried out, and gives the honest answer."""


class Drop(Exception):
    """The connection ends without an answer."""


class LyingServer(Server):
    """Lies at a share of the requests, as chance has it."""

    chance: ClassVar[random.Random]
    told: ClassVar[Counter[str]]
    share = 0.0

    async def reply(self, text: str, socket: web.WebSocketResponse | None = None) -> str:
        request = json.loads(text)
        if self.chance.random() >= self.share:
            return await super().reply(text, socket)

        async def carry() -> dict[str, Any]:
            answer: dict[str, Any] = json.loads(await super(LyingServer, self).reply(text, socket))
            return answer

        method = request["method"].partition(".")[2]
        lies = [*ANYWHERE, *BY_METHOD.get(method, [])]
        # What fits the method is more telling than what fails anywhere.
        lie = self.chance.choice(lies if self.chance.random() < 0.5 else BY_METHOD.get(method, lies))
        self.told[f"{method}: {lie.__name__}"] += 1
        answer = await lie(self.chance, request, carry)
        return answer if isinstance(answer, str) else json.dumps(answer)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super()._handle(request)
        except Drop:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()


class LyingNode(DevNode):
    """A devnode whose answers are not to be trusted."""

    server_class = LyingServer
    server: LyingServer


def error(request: dict[str, Any], code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}}


async def drops_before(_: random.Random, __: dict[str, Any], ___: Carry) -> Any:
    raise Drop


async def drops_after(_: random.Random, __: dict[str, Any], carry: Carry) -> Any:
    await carry()
    raise Drop


async def talks_nonsense(chance: random.Random, request: dict[str, Any], carry: Carry) -> Any:
    answer = json.dumps(await carry())
    cut = chance.randrange(len(answer))
    return chance.choice([answer[:cut], answer[:cut] + "\0" + answer[cut:], "", "[]", "null", '{"jsonrpc": "2.0"}'])


async def answers_another(_: random.Random, __: dict[str, Any], carry: Carry) -> Any:
    return {**await carry(), "id": 4711}


async def errs(chance: random.Random, request: dict[str, Any], carry: Carry) -> Any:
    if chance.random() < 0.5:
        await carry()
    code = chance.choice([-32603, -32000, -32602, -32601, -32700, 0, 1])
    known = chance.choice([*BlockRefusal]).value
    return error(request, code, chance.choice([known, "something new\nError: forged", "", "x" * 5_000]))


async def denies(_: random.Random, request: dict[str, Any], carry: Carry) -> Any:
    """Takes a block and says that it did not, in the words of a check."""
    await carry()
    return error(request, -32000, BlockRefusal.PREVIOUS_MISSING.value)


async def refuses(chance: random.Random, request: dict[str, Any], __: Carry) -> Any:
    return error(request, -32000, chance.choice([*BlockRefusal]).value)


async def promises(_: random.Random, request: dict[str, Any], __: Carry) -> Any:
    """Says that it took a block which it did not take."""
    return {"jsonrpc": "2.0", "id": request["id"], "result": None}


async def hides(_: random.Random, __: dict[str, Any], carry: Carry) -> Any:
    """Knows of nothing."""
    answer = await carry()
    result = answer.get("result")
    if isinstance(result, dict) and "list" in result:
        answer["result"] = {**result, "list": [], "count": 0}
    else:
        answer["result"] = None
    return answer


async def alters(chance: random.Random, _: dict[str, Any], carry: Carry) -> Any:
    """Changes a field somewhere in the result."""
    answer = await carry()
    places = [*_places(answer.get("result"))]
    if places:
        holder, key = chance.choice(places)
        holder[key] = chance.choice(
            [0, 1, -1, 2**63, 2**64 - 1, 2**70, "", "0", "x", None, [], {}, True, 1.5, "z1", "ff" * 32, "\x1b[2K\n"]
        )
    return answer


async def reorders(chance: random.Random, _: dict[str, Any], carry: Carry) -> Any:
    """Gives a list in another order, with entries twice or left out."""
    answer = await carry()
    result = answer.get("result")
    if isinstance(result, dict) and isinstance(result.get("list"), list):
        entries = result["list"] * 2
        chance.shuffle(entries)
        result["list"] = entries[: chance.randrange(len(entries) + 1)]
    return answer


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key, each in value.items():
            yield value, key
            yield from _places(each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield value, index
            yield from _places(each)


ANYWHERE = [drops_before, drops_after, talks_nonsense, answers_another, errs, alters]
BY_METHOD = {
    "publishRawTransaction": [denies, refuses, promises, drops_before, drops_after, errs],
    "getFrontierAccountBlock": [hides, alters],
    "getAccountBlocksByHeight": [hides, alters, reorders],
    "getUnreceivedBlocksByAddress": [hides, alters, reorders],
    "getFrontierMomentum": [alters],
    "syncInfo": [alters],
    "plasma.getRequiredPoWForAccountBlock": [alters],
}


class Transfers(Campaign):
    """Some transfers through a node that lies, each tried until it is made, and their receives."""

    name = "lying-node"
    about = "20 transfers through a node that lies, fails and hides"
    whole = 150

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        numbers = itertools.count()

        def attempt(chance: random.Random) -> Case:
            # A network of its own, and so the locks and unsettled blocks of its own.
            os.environ["XDG_STATE_HOME"] = str(folder / str(next(numbers)))
            told: Counter[str] = Counter()
            objections: list[str] = []
            try:
                asyncio.run(_campaign(chance, told))
            except AssertionError as wrong:
                objections.append(str(wrong))
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                objections.append(f"{type(error).__name__} at {place_of(error)}: {error}")
            return Case(f"{TRANSFERS} transfers through {told.total()} lies: {dict(told)}", tuple(objections))

        before = os.environ.get("XDG_STATE_HOME")
        try:
            yield attempt
        finally:
            os.environ.pop("XDG_STATE_HOME")
            if before is not None:
                os.environ["XDG_STATE_HOME"] = before


async def _campaign(chance: random.Random, told: Counter[str]) -> None:
    """Plays the transfers of one case.

    Raises:
        AssertionError: a transfer was lost or doubled, a receipt is untrue, or an error does not fit a line.
    """
    fused = {key.address: 5_000 * COIN for key in (SENDER, RECEIVER)}
    settings = Settings(genesis=Genesis(funds=(Grant(SENDER.address, 10**6 * COIN),), fused=fused))
    async with LyingNode(settings) as devnode:
        LyingServer.chance, LyingServer.told = chance, told
        for number in range(1, TRANSFERS + 1):
            LyingServer.share = chance.choice([0.05, 0.2, 0.5])
            await _send(devnode, chance, number)
        await devnode.produce()
        await _receive(devnode, chance)
        await devnode.produce()
        _judge(devnode, TRANSFERS)


def _check(failure: PowPlasmaError) -> None:
    """An error has to fit a line of a log, whatever the node has put into it."""
    assert str(failure).isprintable(), f"{type(failure).__name__} holds what a terminal obeys: {str(failure)!r}"


async def _send(devnode: LyingNode, chance: random.Random, number: int) -> None:
    """Tries one payment through the liar, and then honestly where that failed, or where its reference allows it."""
    reference = chance.choice([None, f"transfer {number}"])
    receipt = None
    for _ in range(chance.randrange(4)):
        async with Node(chance.choice([devnode.url, devnode.websocket_url]), timeout=5.0, retries=0) as node:
            try:
                receipt = await asend(SENDER, RECEIVER.address, number, node=node, terms=IMPATIENT, reference=reference)
            except PowPlasmaError as failure:
                _check(failure)
            else:
                break
        if chance.random() < 0.3:
            await devnode.produce()
    LyingServer.share = 0.0
    if receipt is None or reference is not None:
        async with Node(devnode.url) as node:
            honest = await asend(SENDER, RECEIVER.address, number, node=node, terms=IMPATIENT, reference=reference)
        assert receipt is None or honest.block == receipt.block, f"transfer {number} was made twice"
        receipt = honest
    assert devnode.ledger.chain(SENDER.address).at(receipt.block.height).block.hash == receipt.block.hash


async def _receive(devnode: LyingNode, chance: random.Random) -> None:
    """Receives what there is, through the liar and then honestly."""
    LyingServer.share = 0.2
    for _ in range(3):
        async with Node(chance.choice([devnode.url, devnode.websocket_url]), timeout=5.0, retries=0) as node:
            try:
                await areceive(RECEIVER, node=node, terms=IMPATIENT)
            except PowPlasmaError as failure:
                _check(failure)
    LyingServer.share = 0.0
    async with Node(devnode.url) as node:
        await areceive(RECEIVER, node=node, terms=IMPATIENT)


def _judge(devnode: LyingNode, count: int) -> None:
    """Compares the honest ledger with what was asked for."""
    ledger = devnode.ledger
    sent = [entry.block for entry in ledger.chain(SENDER.address).entries if entry.block.block_type == 2]
    assert Counter(block.amount for block in sent) == Counter(range(1, count + 1)), "a transfer was lost or doubled"
    received = [entry.block for entry in ledger.chain(RECEIVER.address).entries if entry.block.block_type == 3]
    waiting = ledger.unreceived(RECEIVER.address)
    hashes = [block.from_block_hash for block in received] + [entry.block.hash for entry in waiting]
    assert len(hashes) == len(set(hashes)), "a send was received twice"
    confirmed = {block.hash for block in sent if ledger.confirmed(block.hash)}
    assert set(hashes) == confirmed, "a send is neither received nor waiting"
