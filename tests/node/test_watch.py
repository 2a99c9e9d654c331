"""Every momentum once, in order: told by WebSocket, asked for by HTTP, over lost connections and reorganisations."""

import asyncio
import contextlib

import pytest

from powplasma.errors import InvalidInput
from powplasma.node import ConnectionLost, HttpRefusal, Node, NodeUnreachable
from tests.waiting import PATIENCE, until

from .flow import FaultyNode, drop_before, settings, status

both = pytest.mark.parametrize(("way", "poll"), [("url", 0.05), ("websocket_url", 60.0)])


@contextlib.asynccontextmanager
async def watching(node, **options):
    """The momentums that a watch has given so far, in a list that grows, and its task."""
    seen = []
    momentums = node.momentums(**options)

    async def watch():
        async for momentum in momentums:
            seen.append(momentum)  # noqa: PERF401 - it never ends

    task = asyncio.create_task(watch())
    try:
        yield seen, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
        await momentums.aclose()


@both
def test_each_is_given_once_without_waiting_for_the_next_question(way, poll) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            await devnode.produce(4)
            async with watching(node, poll_seconds=poll) as (seen, _):
                await until(lambda: len(seen) == 1)
                for count in (1, 3, 1):
                    await devnode.produce(count)
                    await until(lambda: seen[-1].height == devnode.ledger.frontier.height)
                assert seen == devnode.ledger.momentums[4:]

    asyncio.run(main())


@both
def test_a_long_absence_is_caught_up(way, poll) -> None:
    async def main() -> None:
        async with (
            FaultyNode(settings()) as devnode,
            Node(getattr(devnode, way)) as node,
            watching(node, poll_seconds=poll) as (seen, _),
        ):
            await until(lambda: len(seen) == 1)
            devnode.server.fail(drop_before, "ledger.getFrontierMomentum", times=6)
            await devnode.produce(600)
            await until(lambda: seen[-1].height == 601)
            assert seen == devnode.ledger.momentums

    asyncio.run(main())


@both
def test_after_a_reorganisation_the_new_ones_are_given(way, poll) -> None:
    async def main() -> None:
        async with (
            FaultyNode(settings()) as devnode,
            Node(getattr(devnode, way)) as node,
            watching(node, poll_seconds=poll) as (seen, _),
        ):
            await until(lambda: len(seen) == 1)
            await devnode.produce(9)
            await until(lambda: seen[-1].height == 10)
            await devnode.reorganise(4)
            await devnode.produce()
            await until(lambda: seen[-1] == devnode.ledger.frontier)
            assert [momentum.height for momentum in seen] == [*range(1, 11), *range(7, 12)]
            assert seen[-11:-5] != devnode.ledger.momentums[:6]
            assert seen[:6] + seen[10:] == devnode.ledger.momentums

    asyncio.run(main())


@both
def test_a_node_that_comes_back(way, poll) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as first:
            await first.produce(2)
            async with (
                Node(getattr(first, way), retries=0) as node,
                watching(node, poll_seconds=poll, patience=PATIENCE) as (seen, task),
            ):
                await until(lambda: seen and seen[-1].height == 3)
                await asyncio.sleep(0.1)
                await first.server.stop()
                await asyncio.sleep(0.3)
                await first.server.start("127.0.0.1", first.port)
                await first.produce()
                await until(lambda: seen[-1].height == 4)
                assert not task.done()

    asyncio.run(main())


def test_patience_ends() -> None:
    async def main() -> None:
        async with (
            FaultyNode(settings()) as devnode,
            Node(devnode.websocket_url, retries=0) as node,
            watching(node, poll_seconds=0.05, patience=0.2) as (seen, task),
        ):
            await until(lambda: seen)
            await devnode.server.stop()
            with pytest.raises((NodeUnreachable, ConnectionLost)):
                await task

    asyncio.run(main())


def test_a_refusal_needs_no_patience() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(status(403), "ledger.getFrontierMomentum", times=9)
            with pytest.raises(HttpRefusal):
                await anext(node.momentums())
            assert devnode.server.seen["ledger.getFrontierMomentum"] == 1

    asyncio.run(main())


@pytest.mark.parametrize("option", [{"poll_seconds": 0}, {"patience": float("nan")}, {"poll_seconds": True}])
def test_options_are_checked(option) -> None:
    async def main() -> None:
        async with Node("http://127.0.0.1:1") as node:
            with pytest.raises(InvalidInput):
                node.momentums(**option)

    asyncio.run(main())


def test_a_node_that_cannot_tell_is_asked() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.websocket_url) as node:
            devnode.server.no_subscriptions = True
            async with watching(node, poll_seconds=0.05) as (seen, task):
                await until(lambda: seen)
                await devnode.produce(3)
                await until(lambda: seen[-1].height == 4)
                assert not task.done()

    asyncio.run(main())
