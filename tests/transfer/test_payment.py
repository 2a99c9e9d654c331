"""What pays for a block: each policy against a devnode, and what is refused instead of worked for."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest

import powplasma as pp
from powplasma.account import AccountBlock, KeyPair
from powplasma.errors import InvalidInput
from powplasma.node import BlockingNode, FusedPlasmaMissing, Momentum, Node
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings
from powplasma.transfer import Plan, Terms, Transaction, amake_plan

COIN = 10**8
KEY, OTHER = KeyPair(b"\x09" * 32), KeyPair(b"\x0a" * 32)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into the home folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def settings(fused: int, rules: str = "alphanet", interval: float | None = None) -> Settings:
    genesis = Genesis(funds=(Grant(KEY.address, 100 * COIN),), fused={KEY.address: fused * COIN} if fused else {})
    return Settings(pp.ruleset(rules), genesis, interval=interval)


def planned(node: BlockingNode, pay: str, *, headroom: int = 0) -> Transaction:
    return Transaction(node, AccountBlock.send(KEY.address, OTHER.address, 1), Terms(pay=pay, headroom=headroom))


@pytest.mark.parametrize("rules", ["alphanet", "dynamic"])
@pytest.mark.parametrize(
    ("pay", "fused", "commits"),
    [
        ("either", 5_000, (True, False)),
        ("either", 0, (False, True)),
        ("work", 5_000, (False, True)),
        ("fused", 5_000, (True, False)),
        ("wait", 5_000, (True, False)),
        ("wait:1", 5_000, (True, False)),
    ],
)
def test_a_policy_commits_what_it_says(rules, pay, fused, commits) -> None:
    with BackgroundDevNode(settings(fused, rules)) as devnode, BlockingNode(devnode.url) as node:
        plan = planned(node, pay).plan
        assert (plan.block.fused_plasma > 0, plan.block.difficulty > 0) == commits
        assert plan.fused_alone >= 21_000
        assert plan.work_alone > 0
        assert plan.waited == 0


def test_either_fills_up_with_work_and_the_others_do_not() -> None:
    with BackgroundDevNode(settings(0)) as devnode, BlockingNode(devnode.url) as node:
        for pay in ("fused", "wait", "wait:5"):
            with pytest.raises(FusedPlasmaMissing, match="fuse 10 QSR more for it, or allow work") as missing:
                planned(node, pay)
            assert (missing.value.needed, missing.value.available, missing.value.qsr) == (21_000, 0, 10)


def test_ten_qsr_send_once_in_each_momentum() -> None:
    with BackgroundDevNode(settings(10)) as devnode, BlockingNode(devnode.url) as node:
        pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="fused"))
        with pytest.raises(
            FusedPlasmaMissing, match="wait until its blocks are confirmed, when it has 21000"
        ) as missing:
            pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="fused"))
        assert (missing.value.later, missing.value.qsr) == (21_000, None)
        either = planned(node, "either").plan.block
        assert (either.fused_plasma, either.difficulty) == (0, 31_500_000)
        devnode.produce()
        assert pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="fused")).work is None


def test_waiting_ends_when_the_plasma_comes_back() -> None:
    with BackgroundDevNode(settings(10)) as devnode, BlockingNode(devnode.url) as node:
        pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="fused"))
        asked = threading.Event()

        def produce() -> None:
            asked.wait()
            devnode.produce()

        producer = threading.Thread(target=produce)
        producer.start()
        asked.set()
        receipt = pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="wait:3"))
        producer.join()
        assert receipt.work is None
        assert receipt.block.fused_plasma == 21_000


def test_waiting_ends_after_its_momentums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Momentums pass, and none contains the account's earlier block, so that its plasma stays in use."""
    with BackgroundDevNode(settings(10)) as devnode, BlockingNode(devnode.url) as node:
        pp.send(KEY, OTHER.address, 1, node=node, terms=Terms(pay="fused"))
        asked = 0

        async def act(inner: Node) -> Plan:
            original = inner.frontier_momentum

            async def frontier() -> Momentum:
                nonlocal asked
                asked += 1
                found = await original()
                # Every second question is the wait's own.
                return found if asked % 2 else dataclasses.replace(found, height=found.height + asked // 2)

            monkeypatch.setattr(inner, "frontier_momentum", frontier)
            template = AccountBlock.send(KEY.address, OTHER.address, 1)
            return await amake_plan(inner, template, Terms(pay="wait:2", headroom=0))

        with pytest.raises(FusedPlasmaMissing, match="wait until its blocks are confirmed"):
            node.call(act)
        assert asked == 6


@pytest.mark.parametrize("pay", ["", "qsr", "wait:", "wait:0", "wait:10001", "wait:-1", "wait:1:1", "fused:1", None, 5])
def test_another_policy_is_refused(pay) -> None:
    with pytest.raises(InvalidInput, match="no way to pay") as refused:
        Terms(pay=pay)
    assert refused.value.field == "pay"
