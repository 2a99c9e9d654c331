"""Cancelled means not sent, or it is said."""

from __future__ import annotations

import asyncio
import inspect
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import powplasma as pp
from powplasma.account import AccountBlock
from powplasma.node import Node, PublishUnknown
from powplasma.node.devnode import DevNode, Server
from powplasma.transfer import Adjustment, AsyncTransaction, CancelledTooLate, Terms, aopen_outbox

from .fake import KEY_PAIR, OTHER, FakeNode
from .test_devnode import ALICE, BOB, COIN, devnode

HOPELESS = Terms(max_difficulty=2**62)


def poor() -> FakeNode:
    """A node whose prices make a search that never ends."""
    return FakeNode(version=2, work_price=10**9)


def rich() -> FakeNode:
    node = FakeNode()
    node.available = 10**6
    return node


@pytest.mark.parametrize("way", ["wait_for", "timeout", "cancel"])
def test_a_search_that_is_cancelled_sends_nothing(way: str, state: Path) -> None:
    node = poor()

    async def main() -> None:
        sending = pp.asend(KEY_PAIR, OTHER.address, 5, node=node.asynchronous, terms=HOPELESS)
        if way == "wait_for":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(sending, 0.3)
        elif way == "timeout":
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await sending
        else:
            task = asyncio.create_task(sending)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert node.published == []
    assert not list((state / "unsettled").glob("*/*"))


def test_a_wait_for_the_turn_can_be_cancelled() -> None:
    node = rich()

    async def main() -> None:
        async with aopen_outbox(100, KEY_PAIR.address):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pp.asend(KEY_PAIR, OTHER.address, 5, node=node.asynchronous), 0.3)
        assert (await pp.asend(KEY_PAIR, OTHER.address, 5, node=node.asynchronous)).state == "published"

    asyncio.run(main())
    assert len(node.published) == 1


class Gate(Server):
    """Holds the answer to a publish back until the test lets it go."""

    seen: asyncio.Event
    go: asyncio.Event

    async def open(self) -> None:
        """Lets it go."""
        self.go.set()

    async def reply(self, text: str, socket: web.WebSocketResponse | None = None) -> str:
        answer = await super().reply(text, socket)
        if "publishRawTransaction" in text:
            self.seen.set()
            await self.go.wait()
        return answer


class GateNode(DevNode):
    server_class = Gate
    server: Gate

    async def start(self) -> None:
        self.server.seen, self.server.go = asyncio.Event(), asyncio.Event()
        await super().start()


@pytest.mark.parametrize("way", ["cancel", "wait_for"])
@pytest.mark.parametrize("answered", [True, False])
def test_a_payment_that_is_cancelled_too_late_is_reported(answered: bool, way: str, state: Path) -> None:
    """The node has the block when the cancellation comes; it answers then, or never."""

    async def main(url: str, server: Gate, run: Any) -> None:
        async with Node(url) as node:
            task = asyncio.create_task(pp.asend(ALICE, BOB.address, 7, node=node))
            await asyncio.to_thread(run, server.seen.wait)
            opening = threading.Thread(target=run, args=(server.open,))
            if answered:
                asyncio.get_running_loop().call_later(0.1, opening.start)
            if way == "cancel":
                task.cancel()
                awaited: Any = task
            else:
                awaited = asyncio.wait_for(task, 0.01)
            with pytest.raises(CancelledTooLate if answered else PublishUnknown) as reported:
                await awaited
            if answered:
                assert reported.value.found.block.amount == 7
            await asyncio.to_thread(run, server.open)
            # Who tries again gets the receipt of the payment that was made.
            receipt = await pp.asend(ALICE, BOB.address, 7, node=node)
            assert receipt.adjustments == (Adjustment.EARLIER_ATTEMPT,)
            info = await node.account_info(ALICE.address)
            assert info.height == 2
            assert info.balances[pp.ZNN].amount == 1_000 * COIN - 7

    with devnode(make=GateNode) as dev:
        asyncio.run(main(dev.url, dev.node.server, dev.run))
    assert not list((state / "unsettled").glob("*/*"))


def test_a_program_with_asyncio_sends_and_receives() -> None:
    async def main(url: str) -> None:
        async with Node(url) as node:
            receipts = await asyncio.gather(
                *(pp.asend(ALICE, BOB.address, amount, node=node) for amount in range(1, 11))
            )
            assert sorted(receipt.block.height for receipt in receipts) == list(range(2, 12))
            confirmed = await pp.asend(ALICE, BOB.address, 11, node=url, wait=True)
            assert confirmed.state == "confirmed"
            seen: list[pp.Receipt] = []
            received = await pp.areceive(BOB, node=node, received=seen.append)
            assert received == seen
            assert len(received) == 11
            transaction = await AsyncTransaction.planned(node, AccountBlock.send(BOB.address, ALICE.address, 1))
            assert transaction.start() is None
            assert (await transaction.publish(BOB)).block.height == 13

    with devnode(accounts=(ALICE, BOB), interval=0.05) as dev:
        asyncio.run(main(dev.url))


@pytest.mark.parametrize(("plain", "asynchronous"), [(pp.send, pp.asend), (pp.receive, pp.areceive)])
def test_both_forms_take_the_same_arguments(plain: Any, asynchronous: Any) -> None:
    assert [*inspect.signature(plain).parameters] == [*inspect.signature(asynchronous).parameters]
