"""What was sent before is settled before anything else is sent: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import pytest

import powplasma as pp
from powplasma.account import AccountBlock
from powplasma.errors import InvalidInput
from powplasma.node import BlockRefused, NodeBlock, NodeStale, NodeUnreachable, PublishUnknown, SyncInfo, SyncState
from powplasma.transfer import Adjustment, NotConfirmed, Terms
from powplasma.transfer.outbox import KEPT_DAYS, RETRY_SECONDS

from .fake import KEY_PAIR, OTHER, FakeEngine, FakeNode, refusal, sent_to_us

TERMS = Terms(patience=0.01, headroom=0)


def rich() -> FakeNode:
    """A node that says that no work is needed."""
    node = FakeNode()
    node.available = 10**6
    return node


def pay(node: FakeNode, amount: int, **arguments: Any) -> pp.Receipt:
    return pp.send(KEY_PAIR, OTHER.address, amount, node=node, terms=TERMS, **arguments)


def unknown(block: AccountBlock) -> None:
    raise PublishUnknown("fake", "the connection was closed", block)


def taken_silently(node: FakeNode) -> Any:
    def take(block: AccountBlock) -> None:
        node.take(block)
        node.hidden = True
        unknown(block)

    return take


class Hiding(FakeNode):
    """A node that can hide the end of its chain."""

    def __init__(self) -> None:
        super().__init__()
        self.available = 10**6
        self.hidden = False

    def frontier_block(self, address: Any) -> NodeBlock | None:
        return None if self.hidden else super().frontier_block(address)

    def blocks_by_height(self, address: Any, height: int, count: int) -> Any:
        page = super().blocks_by_height(address, height, count)
        return dataclasses.replace(page, blocks=()) if self.hidden else page

    def find_block(self, block: AccountBlock) -> NodeBlock | None:
        return None if self.hidden else super().find_block(block)


def kept(state: Path) -> int:
    return len(list((state / "unsettled").glob("*/*")))


def test_a_published_block_leaves_nothing_behind(state: Path) -> None:
    assert pay(rich(), 5).state == "published"
    assert kept(state) == 0


def test_the_same_request_again_is_the_payment_that_was_made(state: Path) -> None:
    node = Hiding()
    node.outcomes = [taken_silently(node)]
    with pytest.raises(PublishUnknown) as first:
        pay(node, 5)
    assert kept(state) == 1
    node.hidden = False
    receipt = pay(node, 5)
    assert receipt.adjustments == (Adjustment.EARLIER_ATTEMPT,)
    assert receipt.block == first.value.block == receipt.plan.block
    assert len(node.published) == len(node.chain) == 1
    assert kept(state) == 0
    # What follows is a new payment.
    assert pay(node, 5).block.height == 2


def test_a_block_that_is_not_there_is_sent_again_as_it_is(state: Path) -> None:
    node, engine = FakeNode(), FakeEngine()
    node.available, node.outcomes = 20_000, [unknown]
    with pytest.raises(PublishUnknown) as first:
        pay(node, 5, engine=engine)
    receipt = pay(node, 5, engine=engine)
    assert receipt.adjustments == (Adjustment.EARLIER_ATTEMPT,)
    assert node.published == [first.value.block, first.value.block]
    assert [found.block for found in node.chain] == [first.value.block]
    assert kept(state) == 0


def test_an_earlier_attempt_that_is_refused_now_is_made_anew(state: Path) -> None:
    node = rich()
    node.outcomes = [unknown, lambda _: (_ for _ in ()).throw(refusal("not enough plasma on account"))]
    with pytest.raises(PublishUnknown):
        pay(node, 5)
    node.reorganise()
    receipt = pay(node, 5)
    assert receipt.adjustments == ()
    assert [found.block for found in node.chain] == [receipt.block]
    assert {block.height for block in node.published} == {1}
    assert kept(state) == 0


def test_another_request_takes_the_place_of_a_block_that_is_not_there(state: Path) -> None:
    node = rich()
    node.outcomes = [unknown]
    with pytest.raises(PublishUnknown):
        pay(node, 5)
    receipt = pay(node, 6)
    assert (receipt.block.height, receipt.block.amount) == (1, 6)
    assert [block.amount for block in node.published] == [5, 6]  # the old block is not sent again
    assert kept(state) == 1
    # The chain proves that the old block is not in it, so that a request for it is a new payment.
    receipt = pay(node, 5)
    assert receipt.adjustments == ()
    assert receipt.block.height == 2
    assert kept(state) == 0


def test_another_request_follows_a_block_that_is_there_and_keeps_it_for_its_own(state: Path) -> None:
    node = Hiding()
    node.outcomes = [taken_silently(node)]
    with pytest.raises(PublishUnknown) as first:
        pay(node, 5)
    node.hidden = False
    assert pay(node, 6).block.height == 2
    assert kept(state) == 1
    receipt = pay(node, 5)
    assert receipt.block == first.value.block
    assert len(node.chain) == 2
    assert kept(state) == 0


def test_after_a_day_the_same_request_is_a_new_payment(state: Path) -> None:
    node = Hiding()
    node.outcomes = [taken_silently(node)]
    with pytest.raises(PublishUnknown):
        pay(node, 5)
    node.hidden = False
    (path,) = (state / "unsettled").glob("*/*")
    past = time.time() - RETRY_SECONDS - 1
    os.utime(path, (past, past))
    assert pay(node, 5).block.height == 2
    assert kept(state) == 1  # for who wants to know
    past -= KEPT_DAYS * 86_400
    os.utime(path, (past, past))
    assert pay(node, 5).block.height == 3
    assert kept(state) == 0


def test_a_node_that_took_a_block_refuses_it_and_hides_it_pays_once(state: Path) -> None:
    """The worst liar: the block is there, refused in known words, hidden at the look, and shown later."""
    node = Hiding()

    def lie(block: AccountBlock) -> None:
        node.take(block)
        node.hidden = True
        raise refusal("insufficient balance for transfer")

    node.outcomes = [lie]
    with pytest.raises(BlockRefused):
        pay(node, 5)
    node.hidden = False
    assert pay(node, 5).adjustments == (Adjustment.EARLIER_ATTEMPT,)
    assert len(node.chain) == 1
    assert kept(state) == 0


@pytest.mark.parametrize("proven", [True, False])
def test_a_chain_above_an_earlier_block_has_to_be_proven(proven: bool, state: Path) -> None:
    node = rich()
    node.outcomes = [unknown]
    with pytest.raises(PublishUnknown) as first:
        pay(node, 5)
    # Another program's blocks stand at that height and above it, by the node's word.
    previous = bytes(32)
    for height in (1, 2, 3):
        foreign = AccountBlock.send(KEY_PAIR.address, OTHER.address, 9, height=height, previous_hash=previous)
        previous = foreign.compute_hash() if proven or height != 2 else bytes([7]) * 32
        node.take(dataclasses.replace(foreign, hash=previous))
    if proven:
        assert pay(node, 5).block.height == 4
    else:
        # What the old block does not do is none of its business.
        assert pay(node, 6).block.height == 4
        with pytest.raises(PublishUnknown, match="does not show the blocks; nothing more was sent") as stopped:
            pay(node, 5)
        assert stopped.value.block == first.value.block
        assert [block.amount for block in node.published] == [5, 6]


def test_nothing_is_kept_of_a_block_that_was_not_sent(state: Path) -> None:
    node = rich()

    def away(block: AccountBlock) -> None:
        raise NodeUnreachable("fake", "ledger.publishRawTransaction", "nothing listens there")

    node.outcomes = [away]
    with pytest.raises(NodeUnreachable):
        pay(node, 5)
    assert kept(state) == 0


def test_a_reference_is_paid_once(state: Path) -> None:
    node = rich()
    first = pay(node, 5, reference="order 1")
    again = pay(node, 5, reference="order 1")
    assert again.block == first.block
    assert again.adjustments == (Adjustment.EARLIER_ATTEMPT,)
    assert pay(node, 5, reference="order 2").block.height == 2
    assert pay(node, 5).block.height == 3
    with pytest.raises(InvalidInput, match=r"reference: block [0-9a-f]{64} is another payment with this reference"):
        pay(node, 6, reference="order 1")
    assert len(node.chain) == 3
    assert kept(state) == 0


def test_a_reference_whose_block_is_lost_is_paid_again_by_the_same_block(state: Path) -> None:
    node = rich()
    first = pay(node, 5, reference="order 1")
    node.chain.clear()
    assert pay(node, 5, reference="order 1").block == first.block
    assert len(node.chain) == 1


def test_a_reference_whose_block_is_excluded_for_good_is_paid_by_another(state: Path) -> None:
    node = rich()
    pay(node, 5, reference="order 1")
    node.chain.clear()
    pay(node, 6)
    node.confirm()
    receipt = pay(node, 5, reference="order 1")
    assert (receipt.block.height, receipt.adjustments) == (2, ())
    assert pay(node, 5, reference="order 1").block == receipt.block


def test_a_request_without_the_reference_is_no_attempt_at_that_payment(state: Path) -> None:
    node = Hiding()
    node.outcomes = [taken_silently(node)]
    with pytest.raises(PublishUnknown):
        pay(node, 5, reference="order 1")
    node.hidden = False
    assert pay(node, 5).block.height == 2
    assert pay(node, 5, reference="order 1").block.height == 1
    assert kept(state) == 0


def test_a_reference_is_forgotten_after_a_month(state: Path) -> None:
    node = rich()
    pay(node, 5, reference="order 1")
    (day,) = (state / "settled").glob("*/*")
    day.rename(day.with_name("2020-01-01"))
    pay(node, 5, reference="order 2")
    assert not day.with_name("2020-01-01").exists()
    assert pay(node, 5, reference="order 1").block.height == 3


@pytest.mark.parametrize("reference", ["", "x" * 201, 5, b"order"])
def test_a_reference_is_text(reference: Any) -> None:
    node = rich()
    with pytest.raises(InvalidInput, match="reference: "):
        pay(node, 5, reference=reference)
    assert node.published == []


def test_a_receipt_says_whether_the_block_is_confirmed() -> None:
    node = rich()
    assert pay(node, 5).state == "published"
    node.outcomes = [lambda block: None]
    original, node.find_block = node.find_block, lambda block: (node.confirm(), original(block))[1]  # type: ignore[method-assign,func-returns-value]
    receipt = pay(node, 6, wait=True)
    assert receipt.state == "confirmed"
    assert receipt.found.confirmation is not None


def test_waiting_for_a_confirmation_has_an_end() -> None:
    with pytest.raises(NotConfirmed, match=r"is published, but not confirmed after 0\.05 s"):
        pp.send(KEY_PAIR, OTHER.address, 5, node=rich(), terms=Terms(wait_seconds=0.05), wait=True)


def test_a_stale_node_is_refused_before_any_work() -> None:
    node, engine = FakeNode(), FakeEngine()
    node.age = 3_600
    with pytest.raises(NodeStale, match="is 1 h old"):
        pay(node, 5, engine=engine)
    node.age, node.sync = 0, SyncInfo(SyncState.NOT_ENOUGH_PEERS, 10, 10)
    with pytest.raises(NodeStale, match="not enough peers"):
        pay(node, 5, engine=engine)
    with pytest.raises(NodeStale):
        pp.receive(KEY_PAIR, node=_with_something_to_receive(node), engine=engine)
    assert engine.asked == []
    assert node.published == []
    node.available, node.age = 10**6, 3_600
    assert pp.send(KEY_PAIR, OTHER.address, 5, node=node, terms=Terms(allow_stale=True))
    node.sync = SyncInfo(SyncState.DONE, 10, 10)
    assert pp.send(KEY_PAIR, OTHER.address, 5, node=node, terms=Terms(max_node_age=float("inf")))


def _with_something_to_receive(node: FakeNode) -> FakeNode:
    node.unreceived = [sent_to_us(1, 1)]
    return node


class Shifting(FakeNode):
    """Blocks are received between two pages, so that pages overlap or leave something out."""

    shift = 0

    def unreceived_blocks(self, address: Any, page: int = 0, size: int = 50) -> Any:
        found = super().unreceived_blocks(address, page, size)
        if page < 3:
            # A new block sorts before the others, or one of the first goes.
            if self.shift > 0:
                self.unreceived.insert(0, self.unreceived[-1])
                del self.unreceived[-1]
            elif self.shift < 0:
                self.unreceived.append(self.unreceived.pop(0))
        return found


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_every_waiting_block_is_named_once_though_pages_shift(shift: int) -> None:
    node = Shifting()
    node.shift = shift
    node.unreceived = [sent_to_us(amount, amount) for amount in range(1, 180)]
    named = [sent.block.amount for sent in pp.transfer.pending(node, KEY_PAIR.address)]  # type: ignore[attr-defined]
    assert len(named) == len(set(named))
    assert set(named) == set(range(1, 180))


def test_a_block_that_was_received_meanwhile_costs_no_work() -> None:
    node, engine = FakeNode(), FakeEngine()
    node.unreceived = [sent_to_us(1, 1), sent_to_us(2, 2)]

    def other_program(block: AccountBlock) -> None:
        node.unreceived = []

    node.available, node.outcomes = 20_000, [other_program]
    assert len(pp.receive(KEY_PAIR, node=node, engine=engine)) == 1
    assert len(engine.asked) == 1
