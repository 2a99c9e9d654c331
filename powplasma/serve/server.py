"""A work server from its settings: started, and ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from powplasma.engine import Engine
from powplasma.errors import InvalidInput, check_integer, check_number
from powplasma.node import Node
from powplasma.node.listening import check_listening
from powplasma.plasma.target import Target
from powplasma.serve.access import Access
from powplasma.serve.clients import Clients, read_clients
from powplasma.serve.expectation import Expectation
from powplasma.serve.faults import Fault, Kind
from powplasma.serve.http import Front
from powplasma.serve.service import Service
from powplasma.serve.store import Store
from powplasma.work import MAX_DIFFICULTY, ZERO_HASH

PORT = 35_999
PLACES = 20_000
DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a work server is to be.

    Attributes:
        target: rules and prices where a request names none.
        host: IP address to listen at.
        port: port; 0 takes a free one.
        expose: whether ``host`` may be another than this machine's own loopback.
        max_difficulty: the largest difficulty that is searched; None for the largest that buys anything.
        queue: places in the queue.
        drain: seconds that searches under way get when it is told to end.
        tickets: file of tickets; None for a server that keeps none.
        tokens: file of clients; None lets everybody in who reaches the port.
        hosts: names under which it may be called, beside IP addresses and ``localhost``.
        origins: of web pages that may call it.
        certificate: of TLS, with its key; None for plain HTTP.
        node: URL of a node, which is asked for the frontier of an account; None for none.

    Raises:
        InvalidInput: names the value that is not usable.
    """

    target: Target
    host: str = "127.0.0.1"
    port: int = PORT
    expose: bool = False
    max_difficulty: int | None = None
    queue: int = PLACES
    drain: float = DRAIN_SECONDS
    tickets: Path | None = None
    tokens: Path | None = None
    hosts: Collection[str] = ()
    origins: Collection[str] = ()
    certificate: tuple[Path, Path] | None = None
    node: str | None = None

    def __post_init__(self) -> None:
        check_listening(self.host, self.port, expose=self.expose)
        if self.max_difficulty is not None:
            check_integer("max_difficulty", self.max_difficulty, 1, MAX_DIFFICULTY)
        check_integer("queue", self.queue, 1, 1_000_000)
        check_number("drain", self.drain, 0, 3600, "0 … 3600 seconds")
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise InvalidInput("allow_origin", origin, "is no origin", "as in https://wallet.example")


class Server:
    """A work server in the running event loop: ``async with started(settings, engine, hashrate) as server``.

    Attributes:
        service: its answers.
        front: its socket.
        url: where it listens.
    """

    def __init__(self, settings: Settings, engine: Engine, hashrate: float, node: Node | None) -> None:
        target = settings.target
        most = settings.max_difficulty or target.rules.max_difficulty_at(target.state)
        self.clients = Clients() if settings.tokens is None else read_clients(settings.tokens)
        self.service = Service(
            engine,
            # What buys no more plasma is refused by the maximum above.
            target=Target(target.rules, allow_any_difficulty=True, state=target.state),
            max_difficulty=most,
            expectation=Expectation(hashrate),
            queue=settings.queue,
            clients=self.clients,
            frontier=None if node is None else _frontier(node),
        )
        self.url = ""
        self._settings = settings
        access = Access([name.lower() for name in settings.hosts], settings.origins)
        self.front = Front(self.service, self.clients, access, _tls(settings.certificate))

    async def start(self) -> None:
        """Begins to answer.

        Raises:
            OSError: the port cannot be had.
        """
        settings = self._settings
        if settings.tickets is not None:
            self.service.keep_tickets(Store(settings.tickets))
        port = await self.front.start(settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http{'s' if settings.certificate else ''}://{host}:{port}"

    async def stop(self) -> None:
        """Takes nothing more, lets searches end for as long as the settings say, and ends the rest."""
        self.front.refuse_connections()
        self.service.scheduler.draining = True
        if self.service.tickets is not None:
            await self.service.tickets.close()
        await self.service.scheduler.drain(self._settings.drain)
        await self.service.scheduler.close()
        await self.front.stop()


@contextlib.asynccontextmanager
async def started(settings: Settings, engine: Engine, hashrate: float) -> AsyncIterator[Server]:
    """A work server that answers until the block ends.

    Raises:
        InvalidInput: a file of the settings that is not usable.
        OSError: the port cannot be had.
    """
    async with contextlib.AsyncExitStack() as stack:
        node = None if settings.node is None else await stack.enter_async_context(Node(settings.node))
        server = Server(settings, engine, hashrate, node)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


async def serve(settings: Settings, engine: Engine, hashrate: float, listening: Callable[[str], None]) -> None:
    """Answers until SIGTERM or Ctrl-C; a second one ends the process at once.

    Args:
        settings: how it is to be.
        engine: what searches.
        hashrate: hashes per second of the engine, to begin with.
        listening: called with the URL once it listens.

    Raises:
        InvalidInput: a file of the settings that is not usable.
        OSError: the port cannot be had.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def end() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        told.set()

    for number in numbers:
        loop.add_signal_handler(number, end)
    async with started(settings, engine, hashrate) as server:
        listening(server.url)
        await told.wait()


def _frontier(node: Node) -> Callable[[str], Awaitable[bytes]]:
    async def frontier(address: str) -> bytes:
        try:
            block = await node.frontier_block(address)
        except InvalidInput:
            raise
        except Exception as failure:
            raise Fault(Kind.STALE_FRONTIER, f"the frontier cannot be asked for: {failure}") from failure
        return ZERO_HASH if block is None else block.block.hash

    return frontier


def _tls(files: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*files)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput("tls_cert", str(files[0]), f"cannot be used with its key: {error}", "PEM files") from error
    return context
