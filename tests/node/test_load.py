"""Many sends through real sockets: none is lost, none doubled."""

import asyncio

import pytest

from powplasma.account import AccountBlock
from powplasma.node import Node, PublishUnknown

from .flow import ALICE, COIN, KEYS, FaultyNode, drop_after, drop_before, prepared, send, settings


async def received(node, address):
    """Amounts that wait for an account, page by page."""
    found, page = [], 0
    while True:
        blocks = await node.unreceived_blocks(address, page)
        found += [block.block.amount for block in blocks.blocks]
        page += 1
        if page * 50 >= blocks.count:
            return found


@pytest.mark.parametrize(("way", "rules"), [("url", "alphanet"), ("websocket_url", "dynamic")])
def test_two_hundred_sends_in_a_row_from_one_account(way, rules) -> None:
    async def main() -> None:
        async with FaultyNode(settings(rules, interval=0.2)) as devnode, Node(getattr(devnode, way)) as node:
            hashes = [
                (await send(node, ALICE, KEYS[-1].address, amount + 1, rules)).block.hash for amount in range(200)
            ]
            assert len(set(hashes)) == 200
            await devnode.produce(3)
            assert (await node.frontier_block(ALICE.address)).block.height == 201
            assert sorted(await received(node, KEYS[-1].address)) == list(range(1, 201))
            blocks = [await node.block_by_hash(block) for block in hashes]
            assert [block.block.height for block in blocks] == list(range(2, 202))
            assert all(block.confirmation is not None for block in blocks)

    asyncio.run(main())


@pytest.mark.parametrize(("way", "rules"), [("url", "dynamic"), ("websocket_url", "alphanet")])
def test_twenty_accounts_at_once(way, rules) -> None:
    """Each sends ten times while momentums come; together they are two hundred."""
    to = KEYS[-1].address

    async def account(node, number):
        for round_ in range(10):
            await send(node, KEYS[number], to, 100 * number + round_ + 1, rules)

    async def main() -> None:
        async with FaultyNode(settings(rules, interval=0.2)) as devnode, Node(getattr(devnode, way)) as node:
            senders = [number for number in range(21) if number != 2]
            await asyncio.gather(*(account(node, number) for number in senders))
            await devnode.produce(3)
            expected = [100 * number + round_ + 1 for number in senders for round_ in range(10)]
            assert sorted(await received(node, to)) == sorted(expected)
            for number in senders:
                info = await node.account_info(KEYS[number].address)
                spent = sum(100 * number + round_ + 1 for round_ in range(10))
                assert [balance.amount for balance in info.balances.values()] == [1_000 * COIN - spent]
                assert info.height == 11

    asyncio.run(main())


@pytest.mark.parametrize("way", ["url", "websocket_url"])
def test_sends_through_a_connection_that_breaks_all_the_time(way) -> None:
    """Every other publish loses its connection, before or after the node has read it: each block goes in once."""
    to = KEYS[-1].address

    async def main() -> None:
        async with FaultyNode(settings(interval=0.1)) as devnode, Node(getattr(devnode, way)) as node:
            lost = 0
            for amount in range(1, 31):
                block = await prepared(node, ALICE, AccountBlock.send(ALICE.address, to, amount))
                fault = {1: drop_after, 3: drop_before}.get(amount % 4)
                if fault is not None:
                    devnode.server.fail(fault, "ledger.publishRawTransaction")
                if fault is drop_before:
                    lost += 1
                    with pytest.raises(PublishUnknown):
                        await node.publish_and_find(block)
                    assert await node.find_block(block) is None
                await node.publish_and_find(block)
            assert lost == 7
            await devnode.produce(2)
            assert sorted(await received(node, to)) == list(range(1, 31))

    asyncio.run(main())
