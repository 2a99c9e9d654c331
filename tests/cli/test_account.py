"""powplasma account and block show, against a devnode over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from powplasma_cli.tokens import amount_text

from powplasma.account import QSR, AccountBlock
from powplasma.node.accounts import Token
from powplasma.node.devnode import BackgroundDevNode, Grant
from powplasma.transfer import send

from .conftest import Run
from .test_docs import assert_named
from .test_send import ALICE, BOB, COIN, FROM_ALICE, PASSWORD, TO_BOB, folder, keys, started

__all__ = ["folder", "keys"]


@pytest.fixture
def node(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundDevNode]:
    """A devnode that makes a momentum when it is told to, where Alice has sent 1.5 ZNN to Bob."""
    funds = tuple(Grant(ALICE.base_address, 100 * COIN, *token) for token in ((), (QSR,)))
    dev = started(monkeypatch, interval=None, funds=funds, unreceived=(Grant(ALICE.base_address, 2 * COIN),))
    send(ALICE.key_pair(0), BOB.base_address, 3 * COIN // 2, node=dev.url)
    yield dev
    dev.__exit__(None, None, None)


def test_an_account_at_one_glance(node: BackgroundDevNode, here: Run) -> None:
    lines = here("account", FROM_ALICE).out.splitlines()
    assert lines == [
        FROM_ALICE,
        "height        2, 1 of its blocks not confirmed yet",
        "balance       98.5 ZNN",
        "              100 QSR",
        "plasma        10479000 now, 10500000 once its blocks are confirmed",
        *lines[5:-1],
        "to receive    1 send: `powplasma account pending`",
    ]
    assert lines[5].startswith("fused for it  5000 QSR: ")
    record = here("account", FROM_ALICE, "--json").record
    assert_named("account", [record])
    assert record["available_plasma"] == "10479000"
    assert record["balances"][0] == {
        "token_standard": "zts1znnxxxxxxxxxxxxx9z4ulx",
        "symbol": "ZNN",
        "name": "Zenon Coin",
        "decimals": 8,
        "amount": "9850000000",
    }
    node.produce()
    assert here("account", "show", "--key", "alice", "--json").record["unconfirmed"] == 0


def test_history_and_pending(node: BackgroundDevNode, here: Run) -> None:
    listed = here("account", "history", FROM_ALICE)
    first, _, second, _ = listed.out.splitlines()
    assert first == f"2       not confirmed     sent 1.5 ZNN to {TO_BOB}"
    assert second.endswith("  genesis")
    records = here("account", "history", FROM_ALICE, "--json").records
    assert [record["height"] for record in records] == [2, 1]
    assert_named("account", records)
    assert here("account", "history", FROM_ALICE, "--count", "1").err == "for earlier ones: --before 2\n"
    assert here("account", "history", FROM_ALICE, "--before", "2").out.count("\n") == 2
    assert here("account", "history", TO_BOB).err == "no blocks\n"
    assert here("account", "pending", TO_BOB).err == "nothing to receive\n"
    node.produce()
    pending = here("account", "pending", TO_BOB)
    assert f"  1.5 ZNN from {FROM_ALICE}\n" in pending.out
    (record,) = here("account", "pending", TO_BOB, "--json").records
    assert (record["amount"], record["confirmed"], record["token"]) == (
        "150000000",
        True,
        {"symbol": "ZNN", "decimals": 8},
    )


def test_a_block_is_shown_while_it_waits_and_afterwards(node: BackgroundDevNode, here: Run) -> None:
    sent = here("account", "history", FROM_ALICE, "--json").records[0]["hash"]
    unknown = here("block", "show", sent)
    assert unknown.code == 1
    assert "--account" in unknown.err
    assert here("block", "show", sent, "--json").record == {"found": False, "hash": sent}
    waiting = here("block", "show", sent, "--account", FROM_ALICE)
    assert waiting.code == 0
    assert "status  published, not confirmed yet\n" in waiting.out
    node.produce()
    here("receive", "--key", "bob", POWPLASMA_PASSWORD="Tr0ub4dor&3-secret")
    node.produce()
    shown = here("block", "show", sent)
    assert f"what  sent 1.5 ZNN to {TO_BOB}\n" in shown.out
    assert "status  confirmed by momentum 3, 2 confirmations\n" in shown.out
    record = here("block", "show", sent, "--json").record
    assert record.pop("found")
    assert_named("account", [record])
    assert record["paired"]["kind"] == "receive"
    received = here("block", "show", record["paired"]["hash"])
    assert f"what  received 1.5 ZNN from {FROM_ALICE}\n" in received.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("account", "z1bad"), "address: z1bad"),
        (("account", "histry"), "did you mean 'history'?"),
        (("account", "history", FROM_ALICE, "--count", "0"), "--count: 0 is out of range"),
        (("account", "history", FROM_ALICE, "--count", "1025"), "--count: 1025 is out of range"),
        (("account", "history", FROM_ALICE, "--before", "1"), "--before: 1 is out of range"),
        (("block", "show", "xyz"), "hash: xyz"),
        (("block", "show", "00" * 32, "--account", "z1"), "z1"),
    ],
)
def test_bad_input_is_one_line(arguments, problem, here: Run) -> None:
    done = here(*arguments)
    assert done.code == 2
    assert problem in done.problem


def test_a_token_that_calls_itself_znn_is_not_shown_as_znn() -> None:
    standard = bytes(range(10))
    token = Token(
        token_standard=standard,
        name="Zenon Coin",
        symbol="ZNN",
        domain="",
        decimals=2,
        owner=bytes(20),
        total_supply=1,
        max_supply=1,
        burnable=False,
        mintable=False,
        utility=False,
    )
    block = AccountBlock.send(ALICE.base_address, BOB.base_address, 1234, standard)
    assert amount_text(block, token).startswith("12.34 ZNN (zts1")
    assert amount_text(block).startswith("1234 base units of zts1")


def test_what_pays_is_chosen_and_explained(keys: Path, monkeypatch: pytest.MonkeyPatch, here: Run) -> None:
    dev = started(monkeypatch, interval=None, fused=10)
    send_one = ["send", TO_BOB, "1", "--key", "alice", "--yes", "--no-wait"]
    free = here(*send_one, "--pay", "fused", "--json", POWPLASMA_PASSWORD=PASSWORD)
    assert free.code == 0, free.err
    assert "Fused plasma pays alone, of 21000 available; work alone would be 31500000 hashes on average\n" in free.err
    assert (free.record["fused_plasma"], free.record["work_alone"], free.record["fused_alone"]) == (
        "21000",
        "31500000",
        "21000",
    )
    refused = here(*send_one, "--pay", "fused", "--json", POWPLASMA_PASSWORD=PASSWORD)
    assert refused.code == 1
    assert "wait until its blocks are confirmed" in refused.record["reason"]
    worked = here(*send_one[:-2], "--dry-run", "--pay", "work")
    assert "Work pays alone, 31500000 hashes on average; 21000 fused plasma would pay without work\n" in worked.err
    wrong = here(*send_one, "--pay", "wait:0")
    assert wrong.code == 2
    assert wrong.problem.startswith("Error: --pay: wait:0 is no way to pay (either, work, fused, wait, or wait:N")
    dev.__exit__(None, None, None)
