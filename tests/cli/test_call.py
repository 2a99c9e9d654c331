"""powplasma call against a devnode, as users run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from powplasma.account import QSR
from powplasma.node.devnode import BackgroundDevNode, Grant

from .conftest import Run
from .test_docs import assert_named, section
from .test_send import ALICE, COIN, FROM_ALICE, TO_BOB, folder, here, keys, started

__all__ = ["folder", "here", "keys"]


@pytest.fixture
def node(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundDevNode]:
    """A devnode that makes a momentum every tenth of a second."""
    funds = tuple(Grant(ALICE.base_address, 6_000 * COIN, *token) for token in ((), (QSR,)))
    dev = started(monkeypatch, funds=funds)
    yield dev
    dev.__exit__(None, None, None)


def test_a_call_is_shown_sent_and_its_outcome_told(node: BackgroundDevNode, here: Run) -> None:
    fuse = ["call", "Plasma.Fuse", f"address={TO_BOB}", "--amount", "10 QSR", "--key", "alice"]
    shown = here(*fuse, "--dry-run", POWPLASMA_PASSWORD="wrong")
    assert shown.out.splitlines() == [
        f"Call Plasma.Fuse with 10 QSR from {FROM_ALICE}",
        f"  address: {TO_BOB}",
        f"  beneficiary: {TO_BOB} gets the plasma",
        "Network 100, height 2, paid by 52500 fused plasma",
    ]
    done = here(*fuse, "--yes", "--json")
    assert done.code == 0, done.err
    assert "outcome  done\n" in done.err
    record = done.record
    assert record["outcome"]["state"] == "done"
    assert record["received"] == []
    assert_named("send", [{key: value for key, value in record.items() if key not in ("outcome", "received")}])
    assert {"`outcome`", "`received`"} <= set(section("call").replace(",", " ").split())
    assert "10 QSR for " in here("account", FROM_ALICE).out
    block = here("block", "show", record["hash"])
    assert "what  called Plasma.Fuse with 10 QSR\n" in block.out
    assert f"address  {TO_BOB}\n" in block.out
    assert "outcome  done\n" in block.out


def test_a_failed_call_is_exit_code_1_and_its_refund_is_received(node: BackgroundDevNode, here: Run) -> None:
    done = here("call", "Sentinel.Register", "--amount", "5000 ZNN", "--key", "alice", "--yes", "--json")
    assert done.code == 1
    assert done.record["outcome"]["state"] == "failed"
    (refund,) = done.record["outcome"]["payouts"]
    assert refund["amount"] == "500000000000"
    assert len(done.record["received"]) == 1
    assert f"refund  5000 ZNN, to be received as {refund['hash']}\n" in done.err
    received = here("block", "show", done.record["received"][0], "--account", FROM_ALICE, "--json").record
    assert received["from_block_hash"] == refund["hash"]
    later = here("call", "Pillar.Delegate", "name=Nobody", "--key", "alice", "--yes", "--no-wait", "--json")
    assert later.code == 0
    assert "outcome" not in later.record


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["Plasma.Fuse", f"address={TO_BOB}", "--amount", "1 QSR"], "--amount: 1 QSR is not what the contract takes"),
        (["Plasma.Fuse", f"address={TO_BOB}"], "--amount: nothing is not what the contract takes (at least 10 QSR"),
        (["Plasma.Fuse", f"address={TO_BOB}", "--amount", "10"], "--amount: 10 is not an amount and a token"),
        (["Plasma.Fuse", f"address={TO_BOB}", "--amount", "x QSR"], "--amount: x is no amount"),
        (["Plasma.Fuse", f"address={TO_BOB}", "--amount", "1 BTC"], "BTC"),
        (["Plasma.Fuse", "--amount", "10 QSR"], "arguments: address is missing (Plasma.Fuse(address address))"),
        (["Plasma.Fuse", TO_BOB, "--amount", "10 QSR"], "is not NAME=VALUE"),
        (["Plasma.Fuse", f"address={TO_BOB}", f"address={TO_BOB}"], "arguments: address is given twice"),
        (["Plasma.Fuze"], "did you mean Fuse?"),
        (["Plasma"], "is not a method of Plasma"),
        (["Pillar.Delegate", "name=a b"], "name: a b has another form"),
        (
            ["Pillar.Delegate", "name=a", "--amount", "1 ZNN"],
            "--amount: 1 ZNN is not what the contract takes (nothing)",
        ),
        (["Pillar.Delegate", "name=a", "--decimals", "3"], "--decimals: 3 has no effect"),
        (["Stake.Stake", "durationInSec=5", "--amount", "1 ZNN"], "durationInSec: 5 is out of range"),
    ],
)
def test_what_the_node_would_refuse_is_refused_before_it_is_asked(arguments, problem, keys: Path, here: Run) -> None:
    done = here("call", *arguments, "--key", "alice", "--yes", POWPLASMA_NODE="http://127.0.0.1:1")
    assert done.code == 2
    assert problem in done.problem
