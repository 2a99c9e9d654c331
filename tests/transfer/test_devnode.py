"""Transactions end to end over real sockets, against a node that really verifies."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web

import powplasma as pp
from powplasma.account import AccountBlock, Wallet
from powplasma.node import BlockingNode, PublishUnknown
from powplasma.node.devnode import BackgroundDevNode, DevNode, Genesis, Grant, Server, Settings
from powplasma.transfer import Adjustment, Terms, Transaction, wait_confirmed
from tests.waiting import PATIENCE

ALICE, BOB = (Wallet(bytes([number]) * 32).key_pair() for number in (1, 2))
COIN = 10**8
QSR_5000 = 5_000 * COIN


def devnode(rules="alphanet", interval: float | None = 0.1, accounts=(ALICE,), make=DevNode, **genesis):
    fused = {account.address: QSR_5000 for account in accounts}
    funds = tuple(Grant(account.address, 1_000 * COIN) for account in accounts)
    begin = Genesis(**{"funds": funds, "fused": fused, **genesis})
    chosen = pp.ruleset(rules) if isinstance(rules, str) else rules
    return BackgroundDevNode(Settings(chosen, begin, interval), make)


def balance(node: BlockingNode, address: bytes) -> int:
    found = node.account_info(address).balances.get(pp.ZNN)
    return found.amount if found else 0


@pytest.mark.parametrize("websocket", [False, True], ids=["http", "websocket"])
@pytest.mark.parametrize("rules", ["alphanet", "dynamic"])
def test_receive_send_and_receive_again(rules, websocket) -> None:
    begin = {"funds": (), "unreceived": (Grant(ALICE.address, 100 * COIN),)}
    # So much less is fused than a block costs that the rest is a second of work at most.
    fused = {ALICE.address: 9 * COIN, BOB.address: 9 * COIN}
    with devnode(rules, fused=fused, **begin) as dev:
        url = dev.websocket_url if websocket else dev.url
        with BlockingNode(url) as node:
            (received,) = pp.receive(ALICE, node=node)
            assert received.work is not None
            assert wait_confirmed(node, received.block, PATIENCE).confirmation
            sent = pp.send(ALICE, BOB.address, pp.coins("1.5"), node=node)
            assert sent.block.difficulty > 0
            assert wait_confirmed(node, sent.block, PATIENCE).confirmation
            (taken,) = pp.receive(BOB, node=node)
            assert taken.block.from_block_hash == sent.block.hash
            assert wait_confirmed(node, taken.block, PATIENCE).confirmation
            assert balance(node, ALICE.address) == 98 * COIN + COIN // 2
            assert balance(node, BOB.address) == COIN + COIN // 2


def test_200_sends_in_a_row_are_neither_lost_nor_doubled() -> None:
    with devnode(interval=0.05) as dev, BlockingNode(dev.websocket_url) as node:
        receipts = [pp.send(ALICE, BOB.address, 1 + number, node=node) for number in range(200)]
        assert [receipt.block.height for receipt in receipts] == list(range(2, 202))
        assert len({receipt.block.hash for receipt in receipts}) == 200
        wait_confirmed(node, receipts[-1].block, PATIENCE)
        for receipt in receipts:
            found = node.find_block(receipt.block)
            assert found is not None
            assert found.confirmation is not None
        assert node.account_info(ALICE.address).height == 201
        assert balance(node, ALICE.address) == 1_000 * COIN - 200 * 201 // 2


def test_20_accounts_at_once_lose_and_double_nothing() -> None:
    accounts = [Wallet(bytes([number]) * 32).key_pair() for number in range(10, 30)]
    with devnode(interval=0.05, accounts=accounts) as dev, BlockingNode(dev.url) as node:

        def send_ten(key_pair):
            return [pp.send(key_pair, BOB.address, 1 + number, node=node) for number in range(10)]

        with ThreadPoolExecutor(20) as threads:
            receipts = [receipt for some in threads.map(send_ten, accounts) for receipt in some]
        assert len({receipt.block.hash for receipt in receipts}) == 200
        for key_pair in accounts:
            assert node.account_info(key_pair.address).height == 11
            assert balance(node, key_pair.address) == 1_000 * COIN - 55
        for receipt in receipts:
            wait_confirmed(node, receipt.block, PATIENCE)
        senders = Counter(block.block.address for block in pp.transfer.pending(node, BOB.address))
        assert senders == {key_pair.address: 10 for key_pair in accounts}


class Rude(Server):
    """Closes the connection when a block has been published, before it answers."""

    drop_before = False
    calls = 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        if "publishRawTransaction" not in text:
            return await super()._handle(request)
        Rude.calls += 1
        if not Rude.drop_before:
            await self.reply(text)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


class RudeNode(DevNode):
    server_class = Rude


@pytest.mark.parametrize("drop_before", [False, True], ids=["after it was taken", "before it was taken"])
def test_a_connection_that_is_lost_while_publishing(drop_before, monkeypatch) -> None:
    monkeypatch.setattr(Rude, "drop_before", drop_before)
    monkeypatch.setattr(Rude, "calls", 0)
    with devnode(make=RudeNode) as dev, BlockingNode(dev.url) as node:
        if drop_before:
            with pytest.raises(PublishUnknown) as error:
                pp.send(ALICE, BOB.address, 7, node=node, terms=Terms(patience=1))
            assert node.find_block(error.value.block) is None
            assert balance(node, ALICE.address) == 1_000 * COIN
        else:
            receipt = pp.send(ALICE, BOB.address, 7, node=node, terms=Terms(patience=PATIENCE))
            assert wait_confirmed(node, receipt.block, PATIENCE).confirmation
            assert balance(node, ALICE.address) == 1_000 * COIN - 7
    assert Rude.calls == 1


def test_a_momentum_that_is_reorganised_away_while_the_owner_thinks() -> None:
    with devnode(interval=None) as dev, BlockingNode(dev.url) as node:
        dev.produce(3)
        transaction = Transaction(node, AccountBlock.send(ALICE.address, BOB.address, 7))
        block = transaction.complete()
        dev.reorganise(2)
        receipt = transaction.publish(ALICE)
        # It is the account's turn only now, so the plan is made anew; the nonce is still good.
        assert receipt.block.momentum_acknowledged != block.momentum_acknowledged
        assert receipt.block.nonce == block.nonce
        assert receipt.adjustments == ()
        dev.produce()
        assert wait_confirmed(node, receipt.block, PATIENCE).confirmation


@pytest.mark.parametrize("available", [QSR_5000, 10 * COIN], ids=["more to fuse", "nothing more to fuse"])
def test_a_price_that_rises_between_plan_and_publication(available) -> None:
    rules = pp.ruleset("dynamic", fused_plasma_target=1, pow_plasma_target=1)
    fused = {ALICE.address: available, BOB.address: QSR_5000}
    with devnode(rules, None, accounts=(ALICE, BOB), fused=fused) as dev, BlockingNode(dev.url) as node:
        dev.produce()
        transaction = Transaction(node, AccountBlock.send(ALICE.address, BOB.address, 7), Terms(headroom=0))
        planned = transaction.plan
        pp.send(BOB, ALICE.address, 7, node=node, terms=Terms(headroom=0))
        dev.produce()
        transaction._inner._planned = float("-inf")
        receipt = transaction.publish(ALICE)
        assert receipt.plan.state.fusion_price > planned.state.fusion_price
        assert receipt.adjustments == (
            (Adjustment.FUSED_RAISED,) if available == QSR_5000 else (Adjustment.SEARCHED_AGAIN,)
        )
        dev.produce()
        assert wait_confirmed(node, receipt.block, PATIENCE).confirmation


def test_a_published_block_reads_back_as_it_was_sent() -> None:
    with devnode(interval=None) as dev, BlockingNode(dev.url) as node:
        receipt = pp.send(ALICE, BOB.address, 7, data=b"\x00\xffdata", node=node)
        found = node.frontier_block(ALICE.address)
        assert found is not None
        assert found.block.hash == receipt.block.hash
        sent = json.loads(json.dumps(receipt.block.to_json()))
        assert AccountBlock.from_json(sent).verify_signature()
        assert found.block.data == b"\x00\xffdata"
