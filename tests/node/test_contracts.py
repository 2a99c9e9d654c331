"""The contracts of a devnode: they receive every call, and refund what they do not run."""

import asyncio

from powplasma.account.abi import call_block
from powplasma.node import CallState, Node, outcome_of
from powplasma.node.devnode import DevNode

from .flow import ALICE, COIN, prepared, settings


def test_a_call_that_no_contract_runs_fails_and_its_amount_comes_back() -> None:
    async def main() -> None:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:
            burn = call_block(ALICE.address, "Token.Burn", amount=COIN)
            sent = await node.publish_and_find(await prepared(node, ALICE, burn))
            await devnode.produce(3)
            outcome = outcome_of(await node.block_by_hash(sent.block.hash))
            assert outcome.state is CallState.FAILED
            assert (outcome.refund.amount, outcome.refund.to_address) == (COIN, ALICE.address)
            assert (await node.unreceived_blocks(burn.to_address)).count == 0
            assert (await node.unreceived_blocks(ALICE.address)).blocks[0].block == outcome.refund

    asyncio.run(main())
