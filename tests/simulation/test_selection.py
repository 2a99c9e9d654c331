"""Leaving out what cannot fit changes nothing: a momentum takes what its rules take from the whole pool."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import Payment, make_state, ruleset
from powplasma.plasma.content import PoolBlock, select_content
from powplasma.simulation.accounts import Account, OpenBlock
from powplasma.simulation.lanes import LANE_KEYS, parse_lane
from powplasma.simulation.schema import Table
from powplasma.simulation.selection import Terms, select

LANE = parse_lane(
    Table("test:", {"name": "x", "participants": 1, "fused_qsr": 1, "rate": 1}, LANE_KEYS),
    1,
)
payments = st.builds(
    Payment,
    st.sampled_from([21_000, 21_068, 52_500, 73_500, 105_000]),
    st.sampled_from([0, 20_999, 21_000, 52_500, 150_000, 210_000]),
    st.sampled_from([0, 31_500_000, 78_750_000, 500_000_000]),
)
pools = st.lists(
    st.tuples(payments, st.binary(min_size=32, max_size=32)), max_size=60, unique_by=lambda entry: entry[1]
)


def open_blocks(pool: list[tuple[Payment, bytes]]) -> list[OpenBlock]:
    return [
        OpenBlock(Account(LANE, 0, number, 0), 0.0, 0.0, payment, identity, 1, 1, 0.0)
        for number, (payment, identity) in enumerate(pool)
    ]


@settings(max_examples=150, deadline=None)
@given(pool=pools, prices=st.tuples(st.sampled_from([1_000, 1_500, 2_777]), st.sampled_from([1_000, 4_001])))
def test_dynamic_takes_what_the_rules_take_from_the_whole_pool(pool: Any, prices: tuple[int, int]) -> None:
    rules = ruleset(
        "dynamic", max_base_plasma_in_momentum=420_000, fused_plasma_target=100_000, pow_plasma_target=100_000
    )
    state = make_state(rules, fusion_price=prices[0], work_price=prices[1])
    blocks = open_blocks(pool)
    whole = [PoolBlock(block.account.address, 1, block.hash, block.payment) for block in blocks]
    expected = [block.address for block in select_content(whole, rules, state)]
    chosen = select(Terms(rules, state), blocks, random.Random(0))
    assert [block.account.address for block in chosen] == expected


@settings(max_examples=150, deadline=None)
@given(pool=pools, price=st.sampled_from([1_000, 1_300, 4_000]), difficulty=st.sampled_from([500, 1_000, 3_000]))
def test_forum_takes_the_best_paying_that_fit(pool: Any, price: int, difficulty: int) -> None:
    rules = ruleset("forum", max_base_plasma=420_000, target_base_plasma=210_000)
    state = make_state(rules, base_price=price, difficulty_per_plasma=difficulty)
    blocks = open_blocks(pool)

    def paid(payment: Payment) -> int:
        return payment.fused_plasma + payment.difficulty // difficulty

    left, expected = list(blocks), []
    room = 420_000
    while left:  # the best by cross-multiplication, one at a time
        best = left[0]
        for block in left[1:]:
            a, b = paid(block.payment) * best.payment.base_plasma, paid(best.payment) * block.payment.base_plasma
            if (a, block.hash) > (b, best.hash):
                best = block
        left.remove(best)
        enough = paid(best.payment) * 1_000 >= best.payment.base_plasma * price
        if enough and best.payment.base_plasma <= room:
            room -= best.payment.base_plasma
            expected.append(best)
    assert select(Terms(rules, state), blocks, random.Random(0)) == expected


@settings(max_examples=50, deadline=None)
@given(
    pool=st.lists(st.tuples(payments, st.binary(min_size=32, max_size=32)), min_size=90, max_size=150),
    seed=st.integers(),
)
def test_alphanet_takes_up_to_100_that_pay(pool: Any, seed: int) -> None:
    rules = ruleset("alphanet")
    blocks = open_blocks(pool)
    paying = [
        b
        for b in blocks
        if b.payment.fused_plasma + min(b.payment.difficulty // 1_500, 94_500) >= b.payment.base_plasma
    ]
    chosen = select(Terms(rules, rules.initial_state), blocks, random.Random(seed))
    assert len(chosen) == min(100, len(paying))
    assert {id(block) for block in chosen} <= {id(block) for block in paying}
