"""A block that proof of work cannot pay alone: what is missing is said in our own words, not in the node's."""

import asyncio
import dataclasses
import json

import numpy as np
import pytest
from powplasma_cli.app import app
from powplasma_cli.edge import run as run_edge

from powplasma.account.abi import encode_call
from powplasma.address import format_address, parse_address
from powplasma.errors import InvalidInput
from powplasma.node import (
    Budget,
    CallRefused,
    Node,
    PlasmaMissing,
    RequiredPow,
    kind_of_block,
    required_work,
    rules_for,
)
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings
from powplasma.plasma import DynamicRules

from .flow import ALICE, BOB, COIN, FaultyNode

PILLAR = parse_address("z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg")
REGISTER = encode_call(
    "Pillar.Register",
    {
        "name": "a-pillar",
        "producerAddress": bytes(20),
        "rewardAddress": bytes(20),
        "giveBlockRewardPercentage": 0,
        "giveDelegateRewardPercentage": 0,
    },
)
"""The one call that costs 105,000 plasma, of which work pays 94,500 under today's rules."""

SENTENCE = (
    "Pillar.Register costs more than proof of work can pay: it needs at least 10500 fused plasma, and the account has "
    "{available} available; fuse 10 QSR more for it, or wait until its earlier blocks are confirmed"
)


def fused(qsr: int) -> Settings:
    return Settings(genesis=Genesis(fused={ALICE.address: qsr * COIN} if qsr else {}))


@pytest.mark.parametrize("qsr", [0, 4])
@pytest.mark.parametrize("way", ["url", "websocket_url"])
def test_the_client_says_what_is_missing(way, qsr) -> None:
    async def main() -> None:
        async with FaultyNode(fused(qsr)) as devnode, Node(getattr(devnode, way)) as node:
            with pytest.raises(PlasmaMissing) as missing:
                await node.required_pow(ALICE.address, 2, PILLAR, REGISTER)
            assert str(missing.value) == SENTENCE.format(available=qsr * 2_100)
            assert (missing.value.needed, missing.value.available, missing.value.qsr) == (10_500, qsr * 2_100, 10)

    asyncio.run(main())


def test_enough_of_it_is_enough() -> None:
    async def main() -> None:
        async with FaultyNode(fused(5)) as devnode, Node(devnode.url) as node:
            answer = await node.required_pow(ALICE.address, 2, PILLAR, REGISTER)
            assert (answer.available_plasma, answer.required_difficulty) == (10_500, 141_750_000)
            momentum = await node.frontier_momentum()
            work = required_work(kind_of_block(2, PILLAR, REGISTER), momentum, answer, rules=rules_for(momentum))
            assert (work.fused_plasma, work.difficulty) == (10_500, 141_750_000)

    asyncio.run(main())


def test_other_refusals_stay_the_nodes() -> None:
    async def main() -> None:
        async with FaultyNode(fused(5)) as devnode, Node(devnode.url) as node:

            async def forbids(text, _):
                error = {"code": -32000, "message": "forbidden parameter"}
                return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "error": error})

            devnode.server.fail(forbids, "embedded.plasma.getRequiredPoWForAccountBlock")
            with pytest.raises(CallRefused, match="forbidden parameter"):
                await node.required_pow(ALICE.address, 2, BOB.address)

    asyncio.run(main())


async def newest():
    async with FaultyNode(fused(0)) as devnode, Node(devnode.url) as node:
        return await node.frontier_momentum()


MOMENTUM = asyncio.run(newest())


@pytest.mark.parametrize("available", [0, 1, 10_499])
def test_a_node_that_does_not_mind_makes_no_difference(available) -> None:
    kind = kind_of_block(2, PILLAR, REGISTER)
    answer = RequiredPow(available, 105_000, 141_750_000)
    with pytest.raises(PlasmaMissing, match="needs at least 10500 fused plasma"):
        required_work(kind, MOMENTUM, answer, rules=rules_for(MOMENTUM))


def test_a_price_that_nobody_can_pay() -> None:
    rules = DynamicRules()
    dear = dataclasses.replace(MOMENTUM, version=2, next_fusion_price=10**16, next_work_price=10**16)
    answer = RequiredPow(0, 21_000, 0)
    with pytest.raises(PlasmaMissing, match="no block can pay this price"):
        required_work(kind_of_block(2, BOB.address, b""), dear, answer, rules=rules)


def test_the_command_says_the_same(tmp_path, capfd) -> None:
    rich = Genesis(funds=(Grant(ALICE.address, 15_000 * COIN),))
    with BackgroundDevNode(Settings(genesis=rich)) as devnode:
        code = run_edge(
            app,
            ["block", "prepare", format_address(ALICE.address), "--to", format_address(PILLAR), "--amount", "15000",
             "--data-hex", REGISTER.hex(), "--node", devnode.url, "--output", str(tmp_path / "block.json")],
        )  # fmt: skip
    assert (code, capfd.readouterr().err) == (3, f"Error: {SENTENCE.format(available=0)}\n")


@pytest.mark.parametrize(
    "limits", [{"max_difficulty": 1.5}, {"hashrate": 0}, {"max_seconds": float("nan"), "hashrate": 1}]
)
def test_a_budget_is_checked(limits) -> None:
    with pytest.raises(InvalidInput):
        Budget(**limits)


def test_a_budget_without_end() -> None:
    budget = Budget(max_difficulty=np.uint64(2**64 - 1), max_seconds=float("inf"), hashrate=np.float32(5))
    budget.check(2**64 - 1)
    assert type(budget.max_difficulty) is int
