"""Calls of contracts from the check to the outcome, against a devnode whose contracts receive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import powplasma as pp
from powplasma.account import QSR, KeyPair
from powplasma.errors import InvalidInput
from powplasma.node import BlockingNode, CallState, outcome_of
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings
from powplasma.node.devnode.contracts import FUSION_MOMENTUMS, PILLAR_NAME
from powplasma.transfer import CallFailed, CallReceipt, wait_outcome

COIN = 10**8
KEY, OTHER = KeyPair(b"\7" * 32), KeyPair(b"\x08" * 32)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into the home folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture(params=["alphanet", "dynamic"])
def devnode(request: pytest.FixtureRequest) -> Iterator[BackgroundDevNode]:
    """A devnode that makes a momentum every tenth of a second."""
    funds = tuple(Grant(KEY.address, 10_000 * COIN, *token) for token in ((), (QSR,)))
    genesis = Genesis(funds=funds, fused={KEY.address: 5_000 * COIN})
    with BackgroundDevNode(Settings(pp.ruleset(request.param), genesis, interval=0.1)) as node:
        yield node


def balance(node: BlockingNode, token: bytes) -> int:
    return node.account_info(KEY.address).balances[token].amount


def test_what_is_called_can_be_read_back(devnode: BackgroundDevNode) -> None:
    with BlockingNode(devnode.url) as node:
        fused = pp.fuse(KEY, 10 * COIN, OTHER.address, node=node)
        assert fused.outcome is not None
        assert fused.outcome.state is CallState.DONE
        assert node.plasma(OTHER.address).qsr_amount == 10 * COIN
        assert node.plasma(OTHER.address).current_plasma == 21_000
        found = node.account_view(KEY.address).fusions[-1]
        assert (found.id, found.beneficiary, found.qsr_amount) == (fused.sent.block.hash, OTHER.address, 10 * COIN)
        assert found.expiration_height > FUSION_MOMENTUMS
        pp.delegate(KEY, PILLAR_NAME, node=node)
        assert node.delegation(KEY.address).name == PILLAR_NAME
        pp.undelegate(KEY, node=node)
        assert node.delegation(KEY.address) is None
        staked = pp.stake(KEY, 20 * COIN, months=3, node=node)
        (stake,) = node.account_view(KEY.address).stakes.stakes
        assert (stake.id, stake.amount) == (staked.sent.block.hash, 20 * COIN)
        assert stake.expiration - stake.start == 3 * 2_592_000
        assert stake.weighted_amount == 24 * COIN


def test_a_payout_and_a_refund_are_received(devnode: BackgroundDevNode) -> None:
    with BlockingNode(devnode.url) as node:
        before = balance(node, QSR)
        pp.call(KEY, "Sentinel.DepositQsr", amount=5 * COIN, token_standard=QSR, node=node)
        assert balance(node, QSR) == before - 5 * COIN
        paid = pp.call(KEY, "Sentinel.WithdrawQsr", node=node)
        assert paid.outcome.state is CallState.DONE
        assert paid.outcome.refund is None
        assert [each.block.from_block_hash for each in paid.received] == [paid.outcome.payouts[0].hash]
        assert balance(node, QSR) == before
        owned = balance(node, pp.ZNN)
        with pytest.raises(CallFailed, match=r"the amount came back by block \w+ and is received") as failed:
            pp.call(KEY, "Sentinel.Register", amount=5_000 * COIN, node=node)
        assert failed.value.receipt.outcome.refund.amount == 5_000 * COIN
        assert balance(node, pp.ZNN) == owned


def test_a_refund_can_be_left_for_later(devnode: BackgroundDevNode) -> None:
    with pytest.raises(CallFailed, match="waits to be received") as failed:
        pp.call(KEY, "Sentinel.Register", amount=5_000 * COIN, node=devnode.url, receive=False)
    assert failed.value.receipt.received == ()
    with BlockingNode(devnode.url) as node:
        (waiting,) = node.unreceived_blocks(KEY.address).blocks
        assert waiting.block == failed.value.receipt.outcome.refund


@pytest.mark.parametrize("rules", ["alphanet"])
def test_a_call_that_fails_does_not_look_like_success(rules) -> None:
    genesis = Genesis(fused={KEY.address: 5_000 * COIN})
    with BackgroundDevNode(Settings(pp.ruleset(rules), genesis, interval=0.1)) as devnode:
        for call in (
            lambda: pp.delegate(KEY, "Nobody", node=devnode.url),
            lambda: pp.undelegate(KEY, node=devnode.url),
            lambda: pp.cancel_fuse(KEY, bytes(32), node=devnode.url),
            lambda: pp.collect(KEY, "Stake", node=devnode.url),
        ):
            with pytest.raises(CallFailed, match="failed: the contract refused block"):
                call()


def test_without_waiting_the_outcome_is_found_later_and_by_asyncio(devnode: BackgroundDevNode) -> None:
    async def main() -> CallReceipt:
        return await pp.acall(KEY, "Pillar.Delegate", {"name": PILLAR_NAME}, node=devnode.url, wait=False)

    receipt = asyncio.run(main())
    assert receipt.outcome is None
    with BlockingNode(devnode.url) as node:
        outcome = wait_outcome(node, receipt.sent.block, 60.0)
        assert outcome.state is CallState.DONE
        assert outcome_of(node.block_by_hash(receipt.sent.block.hash)) == outcome


class Searchless:
    """An engine that must not be asked."""

    def submit(self, *_: object, **__: object) -> None:
        raise AssertionError("a search was begun")


@pytest.mark.parametrize(
    ("method", "arguments", "amount", "token", "field"),
    [
        ("Plasma.Fuse", {"address": OTHER.address}, COIN, QSR, "amount"),
        ("Plasma.Fuse", {"address": OTHER.address}, 10 * COIN, pp.ZNN, "amount"),
        ("Pillar.Delegate", {"name": "two words"}, 0, pp.ZNN, "name"),
        ("Pillar.Delegate", {"nam": "a"}, 0, pp.ZNN, "arguments"),
        ("Stake.Stake", {"durationInSec": 45 * 86_400}, COIN, pp.ZNN, "durationInSec"),
        ("Pillar.Fuse", {}, 0, pp.ZNN, "method"),
    ],
)
def test_what_the_node_would_refuse_costs_neither_a_search_nor_a_question(
    method, arguments, amount, token, field
) -> None:
    with pytest.raises(InvalidInput) as refused:
        pp.call(KEY, method, arguments, amount, token, node="http://127.0.0.1:1", engine=Searchless())
    assert refused.value.field == field


def test_a_transaction_of_any_call_is_checked_before_its_search() -> None:
    genesis = Genesis(funds=(Grant(KEY.address, 100 * COIN, QSR),))
    with BackgroundDevNode(Settings(genesis=genesis)) as devnode, BlockingNode(devnode.url) as node:
        data = bytes.fromhex("5ac942e8") + OTHER.address.rjust(32, b"\0")
        for amount, wanted in ((COIN, "10 QSR"), (10 * COIN, None)):
            template = pp.AccountBlock.send(KEY.address, "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp", amount, QSR, data)
            if wanted is None:
                assert pp.Transaction(node, template).plan.block.difficulty > 0
                continue
            with pytest.raises(InvalidInput, match=wanted):
                pp.Transaction(node, template)
            plain = pp.AccountBlock.send(KEY.address, template.to_address, amount, QSR)
            with pytest.raises(InvalidInput, match="data"):
                pp.Transaction(node, plain)


def test_a_reorganisation_takes_a_fusion_back_and_a_contract_receives_again() -> None:
    genesis = Genesis(funds=(Grant(KEY.address, 100 * COIN, QSR),), fused={KEY.address: 5_000 * COIN})
    with BackgroundDevNode(Settings(genesis=genesis)) as devnode, BlockingNode(devnode.url) as node:
        sent = pp.fuse(KEY, 10 * COIN, OTHER.address, node=node, wait=False).sent.block
        devnode.produce(2)
        assert node.plasma(OTHER.address).qsr_amount == 10 * COIN
        devnode.reorganise(1)
        assert outcome_of(node.block_by_hash(sent.hash)).state is CallState.DONE
        devnode.reorganise(2)
        assert node.block_by_hash(sent.hash) is None
        assert node.plasma(OTHER.address).qsr_amount == 0


def test_a_fusion_is_cancelled_when_it_is_due() -> None:
    genesis = Genesis(funds=(Grant(KEY.address, 100 * COIN, QSR),), fused={KEY.address: 5_000 * COIN})
    with BackgroundDevNode(Settings(genesis=genesis)) as devnode, BlockingNode(devnode.url) as node:
        fused = pp.fuse(KEY, 10 * COIN, OTHER.address, node=node, wait=False).sent.block
        for momentums, state in ((5, CallState.FAILED), (FUSION_MOMENTUMS, CallState.DONE)):
            devnode.produce(momentums)
            cancelled = pp.cancel_fuse(KEY, fused.hash, node=node, wait=False).sent.block
            devnode.produce(2)
            outcome = outcome_of(node.block_by_hash(cancelled.hash))
            assert outcome.state is state
        assert [each.amount for each in outcome.payouts] == [10 * COIN]
        assert node.plasma(OTHER.address).qsr_amount == 0
