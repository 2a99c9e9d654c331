"""What the tests of the node send: keys, a small flow made of block, client and engine, and a server that fails."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import web

import powplasma as pp
from powplasma.account import AccountBlock, KeyPair
from powplasma.node import Node, NodeBlock, kind_of_block, required_work
from powplasma.node.devnode import DevNode, Genesis, Grant, Server, Settings

COIN = 10**8
CHAIN = 100
KEYS = [KeyPair(bytes([number + 1]) * 32) for number in range(24)]
ALICE, BOB, CAROL = KEYS[:3]

RULES = {name: pp.ruleset(name, difficulty_per_plasma=15) for name in ("alphanet", "dynamic")}
"""Both rule sets of nodes, with work that takes milliseconds."""


def settings(rules: str = "alphanet", **changes: Any) -> Settings:
    """A devnode where everybody has coins, and all but Carol have plasma."""
    genesis = Genesis(
        funds=tuple(Grant(key.address, 1_000 * COIN) for key in KEYS),
        fused={key.address: 5_000 * COIN for key in KEYS if key is not CAROL},
    )
    return Settings(**{"rules": RULES[rules], "genesis": genesis, **changes})


async def prepared(node: Node, key: KeyPair, block: AccountBlock, rules: str = "alphanet") -> AccountBlock:
    """The block after the account's newest, with what it must commit, and signed."""
    frontier, momentum = await node.frontier_block(key.address), await node.frontier_momentum()
    answer = await node.required_pow(key.address, block.block_type, block.to_address, block.data)
    kind = kind_of_block(block.block_type, block.to_address, block.data)
    work = required_work(kind, momentum, answer, rules=RULES[rules])
    block = dataclasses.replace(
        block,
        chain_identifier=momentum.chain_identifier,
        height=frontier.block.height + 1 if frontier else 1,
        previous_hash=frontier.block.hash if frontier else bytes(32),
        momentum_acknowledged=momentum.reference,
        fused_plasma=work.fused_plasma,
        difficulty=work.difficulty,
    )
    if work.difficulty:
        found = await asyncio.to_thread(pp.generate, block.data_hash, work.difficulty)
        block = dataclasses.replace(block, nonce=found.nonce)
    return block.signed(key)


async def send(node: Node, key: KeyPair, to: bytes, amount: int, rules: str = "alphanet") -> NodeBlock:
    """A send, from nothing to its place in the node's chain."""
    block = await prepared(node, key, AccountBlock.send(key.address, to, amount), rules)
    return await node.publish_and_find(block)


class DropConnection(Exception):
    """The server shall end the connection instead of answering."""


class AnswerStatus(Exception):
    """The server shall answer with an HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


Answer = Callable[[], Awaitable[str]]
Fault = Callable[[str, Answer], Awaitable[str]]
"""(request, what answers it) -> the answer that is sent."""


class FaultyServer(Server):
    """A server that fails on purpose.

    Attributes:
        fault: what it does with requests for ``method``.
        method: the method at which it fails.
        times: how often it still fails.
        seen: how often each method was called.
        no_subscriptions: whether it does not know them, as a node without that service.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fault: Fault | None = None
        self.method = ""
        self.times = 0
        self.seen: dict[str, int] = {}
        self.no_subscriptions = False

    def fail(self, fault: Fault, method: str, times: int = 1) -> None:
        """Fails at the next ``times`` requests for ``method``."""
        self.fault, self.method, self.times = fault, method, times
        self.seen.clear()

    async def reply(self, text: str, socket: web.WebSocketResponse | None = None) -> str:
        method = json.loads(text)["method"]
        self.seen[method] = self.seen.get(method, 0) + 1
        answer = functools.partial(super().reply, text, None if self.no_subscriptions else socket)
        if self.fault is None or method != self.method or not self.times:
            return await answer()
        self.times -= 1
        return await self.fault(text, answer)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super()._handle(request)
        except AnswerStatus as answer:
            return web.Response(status=answer.status, text="said so")
        except DropConnection:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()


class FaultyNode(DevNode):
    """A devnode that fails on purpose."""

    server_class = FaultyServer
    server: FaultyServer


async def drop_after(_: str, answer: Answer) -> str:
    """Carries the request out, and then ends the connection."""
    await answer()
    raise DropConnection


async def drop_before(_: str, __: Answer) -> str:
    """Reads the request and ends the connection."""
    raise DropConnection


def status(number: int, *, carried_out: bool = True) -> Fault:
    """Answers with an HTTP status."""

    async def fault(_: str, answer: Answer) -> str:
        if carried_out:
            await answer()
        raise AnswerStatus(number)

    return fault


async def no_json(_: str, answer: Answer) -> str:
    """Answers with half of the answer."""
    return (await answer())[:-5]


async def wrong_id(_: str, answer: Answer) -> str:
    """Answers to another request."""
    return json.dumps({**json.loads(await answer()), "id": 4711})


async def ten_megabytes(_: str, answer: Answer) -> str:
    """Answers with far too much."""
    return json.dumps({**json.loads(await answer()), "more": "x" * 10_000_000})


class Silence:
    """A fault: no answer, until a test ends it; the request is carried out only then.

    Attributes:
        begun: there is a request that gets no answer.
        over: to be set.
    """

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, _: str, answer: Answer) -> str:
        self.begun.set()
        await self.over.wait()
        return await answer()

    async def outlasts(self, call: Awaitable[Any], seconds: float) -> Any:
        """The outcome of a call whose time of so many seconds runs out as soon as its request is here."""
        task = asyncio.ensure_future(call)
        await self.begun.wait()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, LeapingLoop)
        loop.leapt += seconds
        return await task


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock a test moves on.

    So a time that has to run out may be so long that it does not run out where it must not, and costs nothing.
    """

    leapt = 0.0

    def time(self) -> float:
        """Seconds on the loop's clock."""
        return super().time() + self.leapt


def run(main: Coroutine[Any, Any, None]) -> None:
    """As ``asyncio.run``, with a clock that can be moved on."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(main)
