"""A devnode: a ledger, its sockets, and a clock that makes momentums."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from powplasma.account import AccountBlock
from powplasma.background import LoopThread
from powplasma.errors import InvalidInput
from powplasma.node.devnode import pool
from powplasma.node.devnode.genesis import Genesis, giver_key
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.producer import produce, produce_first
from powplasma.node.devnode.rpc import Rpc
from powplasma.node.devnode.server import Server
from powplasma.node.devnode.verification import verify
from powplasma.node.listening import check_listening
from powplasma.node.momentum import Momentum
from powplasma.plasma import AlphanetRules, DynamicRules, RuleSet

T = TypeVar("T")

NO_CONSENSUS = (
    "a devnode is no consensus node: one process, everything in memory, nothing kept; its coins are worth nothing"
)
"""What everybody who starts one is told."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a devnode runs.

    Attributes:
        rules: rule set, alphanet or dynamic.
        genesis: what the chain begins with.
        interval: seconds between momentums; None makes them only when ``produce`` is called.
        instant: whether a momentum follows at once on every block that is taken.
        host: IP address to listen at.
        port: port; 0 takes a free one.
        expose: whether ``host`` may be another than this machine's own loopback.
    """

    rules: RuleSet[Any] = field(default_factory=AlphanetRules)
    genesis: Genesis = field(default_factory=Genesis)
    interval: float | None = None
    instant: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    expose: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.rules, AlphanetRules | DynamicRules):
            raise InvalidInput("rules", self.rules.name, "are those of no node", "alphanet or dynamic")
        interval = self.interval
        if interval is not None and (isinstance(interval, bool) or not 0.01 <= interval <= 86_400):
            raise InvalidInput("interval", interval, "is out of range", "0.01 … 86400 seconds")
        check_listening(self.host, self.port, expose=self.expose)


class DevNode:
    """A devnode in the running event loop: ``async with DevNode(settings) as node``.

    Attributes:
        ledger: its chains.
        server: its sockets.
        port: where it listens, once started.
    """

    server_class: type[Server] = Server
    """What answers on the sockets."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.ledger = Ledger(self.settings.genesis, self.settings.rules, int(time.time()))
        self.server = self.server_class(Rpc(self.ledger, self._published))
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        produce_first(self.ledger)
        if isinstance(self.settings.rules, DynamicRules):
            produce(self.ledger, self.ledger.start)  # Dynamic Plasma begins with the second momentum
        self._give()

    @property
    def url(self) -> str:
        """Where it answers by HTTP."""
        return f"http://{self._netloc}"

    @property
    def websocket_url(self) -> str:
        """Where it answers by WebSocket."""
        return f"ws://{self._netloc}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begins to listen, and to make momentums if there is an interval.

        Raises:
            OSError: the port cannot be had.
        """
        self.port = await self.server.start(self.settings.host, self.settings.port)
        if self.settings.interval is not None:
            self._spawn(self._tick(self.settings.interval))

    async def stop(self) -> None:
        """Ends all connections and the clock, within two seconds."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.server.stop()

    async def produce(self, count: int = 1) -> Momentum:
        """Makes so many momentums and tells those that have subscribed; returns the last."""
        for _ in range(count):
            produce(self.ledger, int(time.time()))
            await self.server.tell_momentum(self.ledger)
        return self.ledger.frontier

    async def reorganise(self, count: int) -> Momentum:
        """Takes back so many momentums with all that waits, and makes as many others; returns the last."""
        self.ledger.reorganise(count)
        return await self.produce(count)

    @property
    def _netloc(self) -> str:
        host = self.settings.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def _give(self) -> None:
        """Sends what waits to be received, by ordinary blocks, and confirms it."""
        key, ledger = giver_key(), self.ledger
        for grant in self.settings.genesis.unreceived:
            chain = ledger.chain(key.address)
            previous = chain.at(chain.height)
            assert previous is not None
            block = AccountBlock.send(
                key.address,
                grant.address,
                grant.amount,
                grant.token_standard,
                chain_identifier=ledger.chain_identifier,
                previous_hash=previous.block.hash,
                height=chain.height + 1,
                momentum_acknowledged=ledger.frontier.reference,
                fused_plasma=_fused_for_send(ledger),
            ).signed(key)
            pool.insert(verify(block, ledger), ledger)
            produce(ledger, ledger.start)

    def _published(self) -> None:
        if self.settings.instant:
            self._spawn(self._produce_now())

    async def _produce_now(self) -> None:
        await self.produce()

    async def _tick(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self.produce()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fused_for_send(ledger: Ledger) -> int:
    """Fused plasma that pays for a plain send at the present price."""
    return ledger.rules.least_fused(21_000, 0, ledger.state)


class BackgroundDevNode:
    """A devnode in a thread of its own, for tests and programs without asyncio: ``with BackgroundDevNode() as node``.

    Attributes:
        node: the devnode; to be touched only in its own thread, by ``run``.
    """

    def __init__(self, settings: Settings | None = None, make: Callable[[Settings | None], DevNode] = DevNode) -> None:
        self.node = make(settings)

    @property
    def url(self) -> str:
        """Where it answers by HTTP."""
        return self.node.url

    @property
    def websocket_url(self) -> str:
        """Where it answers by WebSocket."""
        return self.node.websocket_url

    def __enter__(self) -> Self:
        self._loop = LoopThread("powplasma-devnode")
        try:
            self.run(self.node.start)
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.close(self.node.stop())

    def run(self, call: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        """The result of a coroutine function, called in the devnode's thread."""
        return self._loop.run(call(*arguments))

    def produce(self, count: int = 1) -> Momentum:
        """As ``DevNode.produce``."""
        return self.run(self.node.produce, count)

    def reorganise(self, count: int) -> Momentum:
        """As ``DevNode.reorganise``."""
        return self.run(self.node.reorganise, count)
