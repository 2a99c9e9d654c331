"""From coins that wait to a confirmed send, over real sockets, under both rule sets; and rising prices."""

import asyncio
import dataclasses
import threading

import pytest

import powplasma as pp
from powplasma.account import AccountBlock
from powplasma.node import (
    BlockingNode,
    Budget,
    DifficultyRefused,
    MethodUnknown,
    Node,
    kind_of_block,
    required_work,
    rules_for,
)
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings

from .flow import ALICE, BOB, CAROL, COIN, KEYS, RULES, FaultyNode, prepared, send, settings

both = pytest.mark.parametrize("way", ["url", "websocket_url"])
under = pytest.mark.parametrize("rules", ["alphanet", "dynamic"])


@both
@under
def test_receive_and_send_with_work_alone(way, rules) -> None:
    genesis = Genesis(unreceived=(Grant(CAROL.address, 3 * COIN),))

    async def main() -> None:
        async with FaultyNode(settings(rules, genesis=genesis)) as devnode, Node(getattr(devnode, way)) as node:
            assert await node.frontier_block(CAROL.address) is None
            (waiting,) = (await node.unreceived_blocks(CAROL.address)).blocks
            assert waiting.confirmation is not None
            assert waiting.token.symbol == "ZNN"
            receive = AccountBlock.receive(CAROL.address, waiting.block.hash)
            received = await node.publish_and_find(await prepared(node, CAROL, receive, rules))
            assert received.block.difficulty == 315_000
            assert received.block.fused_plasma == 0
            assert (received.block.base_plasma, received.block.used_plasma) == (21_000, 21_000)
            assert (await node.unreceived_blocks(CAROL.address)).count == 0
            sent = await send(node, CAROL, BOB.address, COIN, rules)
            assert sent.confirmation is None
            assert (await node.unconfirmed_blocks(CAROL.address)).count == 2
            assert await node.block_by_hash(sent.block.hash) is None
            momentum = await devnode.produce()
            confirmed = await node.block_by_hash(sent.block.hash)
            assert confirmed.confirmation.momentum == momentum.reference
            assert momentum.version == {"alphanet": 1, "dynamic": 2}[rules]
            assert [header.hash for header in momentum.content] == [received.block.hash, sent.block.hash]
            (balance,) = (await node.account_info(CAROL.address)).balances.values()
            assert balance.amount == 2 * COIN
            paired = await node.frontier_block(CAROL.address)
            assert paired.paired is None
            assert (await node.block_by_hash(received.block.hash)).paired.block == waiting.block

    asyncio.run(main())


@under
def test_the_same_by_blocking_calls(rules) -> None:
    with BackgroundDevNode(settings(rules)) as devnode:
        for url in (devnode.url, devnode.websocket_url):
            with BlockingNode(url) as node:
                momentum = node.frontier_momentum()
                frontier = node.frontier_block(ALICE.address)
                required = node.required_pow(ALICE.address, 2, BOB.address)
                work = required_work(kind_of_block(2, BOB.address, b""), momentum, required, rules=RULES[rules])
                assert (work.fused_plasma, work.difficulty) == (21_000, 0)
                block = AccountBlock.send(
                    ALICE.address,
                    BOB.address,
                    5,
                    chain_identifier=momentum.chain_identifier,
                    height=frontier.block.height + 1,
                    previous_hash=frontier.block.hash,
                    momentum_acknowledged=momentum.reference,
                    fused_plasma=work.fused_plasma,
                ).signed(ALICE)
                assert node.publish_and_find(block).block.hash == block.hash
                assert node.find_block(block).block.hash == block.hash
                assert node.unconfirmed_blocks(ALICE.address).count == 1
                assert node.plasma(ALICE.address).current_plasma == 10_500_000 - 21_000
                assert node.fusions(ALICE.address).qsr_amount == 5_000 * COIN
                news = node.momentums(poll_seconds=0.1)
                first = next(news)
                produced = devnode.produce()
                assert next(news) == produced
                assert first.height + 1 == produced.height
                news.close()
                assert node.block_by_hash(block.hash).confirmation is not None
                assert node.momentums_by_height(1, 9).momentums[-1] == produced
                assert node.plasma(ALICE.address).current_plasma == 10_500_000
                assert node.unreceived_blocks(BOB.address).blocks[0].block.amount == 5
                if rules == "alphanet":
                    with pytest.raises(MethodUnknown):
                        node.plasma_variables()
                else:
                    assert node.plasma_variables() == pp.ruleset("dynamic")
                    assert rules_for(produced, node.plasma_variables()) == pp.ruleset("dynamic")
                node.close()


def test_a_blocking_node_of_a_bad_url_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with pytest.raises(pp.InvalidInput, match="localhost"):
        BlockingNode("http://localhost:35997")
    assert threading.active_count() == before


STEEP = pp.ruleset(
    "dynamic",
    difficulty_per_plasma=15,
    max_base_plasma_in_momentum=210_000,
    fused_plasma_target=1,
    pow_plasma_target=1,
    max_price_change_percent=100,
    price_change_denominator=1,
)
"""Prices double with every momentum that has something in it, and fall to the least with an empty one."""


def test_the_price_rises_between_quote_and_publish() -> None:
    """A block that became too cheap waits, holds its successors up, and is displaced by one with more work."""

    async def main() -> None:
        configuration = dataclasses.replace(settings("dynamic"), rules=STEEP)
        async with FaultyNode(configuration) as devnode, Node(devnode.url) as node:
            momentum = await node.frontier_momentum()
            frontier = await node.frontier_block(CAROL.address)
            kind = kind_of_block(2, BOB.address, b"")
            answer = await node.required_pow(CAROL.address, 2, BOB.address)
            cheap = required_work(kind, momentum, answer, rules=STEEP)
            dear = required_work(kind, momentum, answer, rules=STEEP, headroom=1)
            assert dear.difficulty == 2 * cheap.difficulty

            async def block(work):
                plain = AccountBlock.send(
                    CAROL.address,
                    BOB.address,
                    5,
                    chain_identifier=100,
                    height=2,
                    previous_hash=frontier.block.hash,
                    momentum_acknowledged=momentum.reference,
                    difficulty=work.difficulty,
                )
                found = await asyncio.to_thread(pp.generate, plain.data_hash, work.difficulty)
                return dataclasses.replace(plain, nonce=found.nonce).signed(CAROL)

            for number in (0, 1):  # the work price doubles after a momentum with work
                paid = await prepared_steep(node, KEYS[5 + number], work=number == 0)
                await node.publish_and_find(paid)
                if number == 0:
                    await devnode.produce()
            assert (await node.frontier_momentum()).next_work_price == 2_000
            waiting = await node.publish_and_find(await block(cheap))
            await devnode.produce()
            assert await node.block_by_hash(waiting.block.hash) is None
            assert (await node.find_block(waiting.block)).confirmation is None
            better = await node.publish_and_find(await block(dear))
            await node.publish_and_find(await prepared_steep(node, KEYS[8], work=True))
            await devnode.produce()
            assert (await node.block_by_hash(better.block.hash)).confirmation is not None

    async def prepared_steep(node, key, *, work):
        momentum, frontier = await node.frontier_momentum(), await node.frontier_block(key.address)
        kind = kind_of_block(2, BOB.address, b"")
        answer = await node.required_pow(key.address, 2, BOB.address)
        if work:
            answer = dataclasses.replace(answer, available_plasma=0)
        needed = required_work(kind, momentum, answer, rules=STEEP)
        block = AccountBlock.send(
            key.address,
            BOB.address,
            1,
            chain_identifier=100,
            height=2,
            previous_hash=frontier.block.hash,
            momentum_acknowledged=momentum.reference,
            fused_plasma=needed.fused_plasma,
            difficulty=needed.difficulty,
        )
        if needed.difficulty:
            found = await asyncio.to_thread(pp.generate, block.data_hash, needed.difficulty)
            block = dataclasses.replace(block, nonce=found.nonce)
        return block.signed(key)

    asyncio.run(main())


def test_the_budget_of_a_user() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            momentum = await node.frontier_momentum()
            answer = await node.required_pow(CAROL.address, 2, BOB.address)
            kind = kind_of_block(2, BOB.address, b"")

            def needed(**budget):
                return required_work(kind, momentum, answer, rules=RULES["alphanet"], budget=Budget(**budget))

            assert needed(max_difficulty=315_000).difficulty == 315_000
            assert needed(max_seconds=0.5, hashrate=630_000).difficulty == 315_000
            with pytest.raises(DifficultyRefused, match=r"315000.*at most 314999"):
                needed(max_difficulty=314_999)
            with pytest.raises(DifficultyRefused, match=r"0\.5 s at 600000 hashes per second allows at most 300000"):
                needed(max_seconds=0.5, hashrate=600_000)

    asyncio.run(main())


def test_a_background_devnode_says_when_its_port_is_taken() -> None:
    with (
        BackgroundDevNode(settings()) as devnode,
        pytest.raises(OSError, match="in use"),
        BackgroundDevNode(Settings(port=devnode.node.port)),
    ):
        pass
