"""A work server in the event loop of a test, and what a client sends to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from powplasma import Engine, ruleset
from powplasma.background import LoopThread
from powplasma.plasma.target import Target
from powplasma.serve import Server, Settings, started
from powplasma.work import MAX_DIFFICULTY
from tests.waiting import PATIENCE

HARD = 1 << 60
"""A difficulty that no test will ever reach."""

EASY = 2_000

ALPHANET = Target(ruleset("alphanet"), allow_any_difficulty=False)


def hash_of(number: int) -> str:
    return f"{number:064x}"


@dataclass
class Client:
    """Somebody with connections of their own."""

    url: str
    session: aiohttp.ClientSession
    headers: dict[str, str]

    async def post(self, message: object, **headers: str) -> tuple[int, Any]:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        async with self.session.post(self.url, data=body, headers=self.headers | headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def bare(self, action: str, **fields: object) -> tuple[int, Any]:
        return await self.post({"action": action, **fields})

    async def rpc(self, method: str, **params: object) -> tuple[int, Any]:
        return await self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})

    def generate(self, number: int, difficulty: object, **fields: object) -> asyncio.Task[tuple[int, Any]]:
        return asyncio.create_task(self.bare("work_generate", hash=hash_of(number), difficulty=difficulty, **fields))


@asynccontextmanager
async def client(url: str, address: str = "127.0.0.1", **headers: str) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(PATIENCE)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Client(url, session, headers)


@asynccontextmanager
async def serving(engine: Engine, hashrate: float = 1e6, **settings: Any) -> AsyncIterator[tuple[Server, Client]]:
    values = {"port": 0, "max_difficulty": MAX_DIFFICULTY, "drain": 0} | settings
    async with started(Settings(ALPHANET, **values), engine, hashrate) as server, client(server.url) as own:
        yield server, own


@contextmanager
def in_a_thread(engine: Engine, hashrate: float = 1e6, **settings: Any) -> Iterator[Server]:
    """A work server for a test that blocks."""
    loop = LoopThread("powplasma-test-server")
    stack = AsyncExitStack()

    async def begin() -> Server:
        server, _ = await stack.enter_async_context(serving(engine, hashrate, **settings))
        return server

    try:
        yield loop.run(begin())
    finally:
        loop.run(stack.aclose())
        loop.close()


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)
