"""The ledger of a devnode under any sequence of blocks, momentums and reorganisations: nothing is made or lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

import powplasma as pp
from powplasma.account import ZNN, AccountBlock, KeyPair
from powplasma.node.devnode import Genesis, Grant, Ledger, pool
from powplasma.node.devnode.producer import produce, produce_first
from powplasma.node.devnode.verification import Refused, verify
from powplasma.validation import BlockType

KEYS = [KeyPair(bytes([number + 1]) * 32) for number in range(3)]
FUSED = 40 * 10**8
FULL_PLASMA = 84_000
SUPPLY = 300

STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("send"), st.integers(0, 2), st.integers(0, 2), st.integers(0, 120), st.integers(20_000, 30_000)
        ),
        st.tuples(st.just("replace"), st.integers(0, 2), st.integers(1, 3), st.integers(21_000, 40_000)),
        st.tuples(st.just("receive"), st.integers(0, 2), st.integers(0, 3)),
        st.tuples(st.just("produce")),
        st.tuples(st.just("reorganise"), st.integers(1, 4)),
    ),
    min_size=5,
    max_size=40,
)


class Player:
    """Makes blocks from a ledger's own answers, whether they are good or not."""

    def __init__(self, rules: str) -> None:
        genesis = Genesis(
            funds=tuple(Grant(key.address, SUPPLY // 3) for key in KEYS), fused={key.address: FUSED for key in KEYS}
        )
        self.ledger = Ledger(genesis, pp.ruleset(rules), 1_000)
        produce_first(self.ledger)
        self.published: dict[bytes, AccountBlock] = {}

    def publish(self, key: KeyPair, height: int, block: AccountBlock) -> None:
        ledger = self.ledger
        previous = ledger.chain(key.address).at(height - 1)
        fields = block.to_json() | {
            "chainIdentifier": ledger.chain_identifier,
            "height": height,
            "previousHash": previous.block.hash.hex() if previous else "0" * 64,
            "momentumAcknowledged": {"hash": ledger.frontier.hash.hex(), "height": ledger.frontier.height},
        }
        block = AccountBlock.from_json(fields).signed(key)
        try:
            pool.insert(verify(block, ledger), ledger)
        except Refused:
            return
        self.published[block.hash] = block

    def send(self, sender: int, to: int, amount: int, fused: int) -> None:
        key = KEYS[sender]
        block = AccountBlock.send(key.address, KEYS[to].address, amount, ZNN, fused_plasma=fused)
        self.publish(key, self.ledger.chain(key.address).height + 1, block)

    def replace(self, sender: int, depth: int, fused: int) -> None:
        key = KEYS[sender]
        block = AccountBlock.send(key.address, KEYS[0].address, 1, ZNN, fused_plasma=fused)
        self.publish(key, max(1, self.ledger.chain(key.address).height + 1 - depth), block)

    def receive(self, receiver: int, position: int) -> None:
        key = KEYS[receiver]
        waiting = self.ledger.unreceived(key.address)
        if waiting:
            sent = waiting[position % len(waiting)].block.hash
            block = AccountBlock.receive(key.address, sent, fused_plasma=21_000)
            self.publish(key, self.ledger.chain(key.address).height + 1, block)

    def produce(self) -> None:
        produce(self.ledger, 0)

    def reorganise(self, count: int) -> None:
        if count < len(self.ledger.momentums):
            self.ledger.reorganise(count)


def check(ledger: Ledger) -> None:
    """What has to hold whatever happened, counted from the blocks alone."""
    entries = [entry for key in KEYS for entry in ledger.chain(key.address).entries]
    sent = {entry.block.hash: entry for entry in entries if entry.block.block_type == BlockType.USER_SEND}
    receives = [entry.block.from_block_hash for entry in entries if entry.block.block_type == BlockType.USER_RECEIVE]
    assert len(receives) == len(set(receives))
    under_way = sum(entry.block.amount for block, entry in sent.items() if block not in receives)
    held = 0
    for key in KEYS:
        chain = ledger.chain(key.address)
        assert [entry.block.height for entry in chain.entries] == list(range(1, chain.height + 1))
        for before, entry in zip(chain.entries, chain.entries[1:], strict=False):
            assert entry.block.previous_hash == before.block.hash
            assert before.confirmed is not None or entry.confirmed is None
        balance = chain.balances_at(chain.height)[ZNN]
        assert balance >= 0
        held += balance
        used = sum(entry.block.fused_plasma for entry in chain.entries if entry.confirmed is None)
        assert ledger.available_plasma(key.address, ledger.frontier.height, chain.height) == FULL_PLASMA - used >= 0
        waiting = [entry.block.hash for entry in ledger.unreceived(key.address)]
        assert set(waiting) == {
            block
            for block, entry in sent.items()
            if entry.block.to_address == key.address and entry.confirmed is not None and block not in receives
        }
    assert held + under_way == SUPPLY
    named = [header.hash for momentum in ledger.momentums for header in momentum.content]
    assert len(named) == len(set(named))
    assert set(named) == {entry.block.hash for entry in entries if entry.confirmed is not None}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["alphanet", "dynamic"]), STEPS)
def test_nothing_is_made_or_lost(rules, steps) -> None:
    player = Player(rules)
    for name, *arguments in steps:
        getattr(player, name)(*arguments)
        check(player.ledger)


def test_a_sequence_that_does_all_of_it() -> None:
    """So that the property above is known to get that far: blocks of every kind are taken, replaced, taken back."""
    player = Player("alphanet")
    player.send(0, 1, 50, 21_000)
    player.replace(0, 1, 30_000)
    player.produce()
    player.receive(0, 0)
    player.produce()
    check(player.ledger)
    types = [entry.block.block_type for entry in player.ledger.chain(KEYS[0].address).entries]
    assert types == [BlockType.GENESIS_RECEIVE, BlockType.USER_SEND, BlockType.USER_RECEIVE]
    assert player.ledger.chain(KEYS[0].address).entries[1].block.fused_plasma == 30_000
    assert len(player.published) == 3
    player.reorganise(1)
    check(player.ledger)
    assert player.ledger.chain(KEYS[0].address).height == 2
