"""Which blocks go into a momentum under Dynamic Plasma, in what order, and whether the result is valid."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import DynamicRules, DynamicState, Payment
from powplasma.plasma.content import (
    MomentumReason,
    PoolBlock,
    check_pool_room,
    judge_content,
    judge_momentum,
    momentum_totals,
    order_blocks,
    replaces,
    select_content,
)

RULES = DynamicRules(max_base_plasma_in_momentum=210_000, fused_plasma_target=52_500, pow_plasma_target=52_500)
STATE = DynamicState(1_500, 1_200)


def block(address: str, height: int, paid: int, base_plasma: int = 21_000, **more) -> PoolBlock:
    digest = random.Random(f"{address}{height}{paid}").randbytes(32)
    return PoolBlock(address, height, more.pop("hash", digest), Payment(base_plasma, paid, 0), **more)


@st.composite
def pools(draw) -> list[PoolBlock]:
    blocks = []
    for account in range(draw(st.integers(0, 5))):
        contract = draw(st.integers(0, 3)) == 0
        for height in range(1, draw(st.integers(1, 4)) + 1):
            paid = 0 if contract else draw(st.sampled_from([31_499, 31_500, 40_000, 40_000, 90_000]))
            send = contract and draw(st.booleans())
            base = 0 if contract else draw(st.sampled_from([21_000, 27_800, 52_500]))
            blocks.append(block(f"a{account}", height, paid, base, contract=contract, contract_send=send))
    return draw(st.permutations(blocks))


def model_order(blocks: list[PoolBlock]) -> list[PoolBlock]:
    """The order by repeated search, without any queue: the best next block of any account."""
    left = list(blocks)
    ordered = []
    for address in dict.fromkeys(b.address for b in blocks):
        if next(b for b in blocks if b.address == address).contract:
            ordered += sorted((b for b in blocks if b.address == address), key=lambda b: b.height)
    left = [b for b in left if not b.contract]
    while left:
        heads = [b for b in left if b.height == min(o.height for o in left if o.address == b.address)]
        best = max(heads, key=lambda b: (RULES.value(b.payment, STATE) / b.payment.base_plasma, b.hash))
        ordered.append(best)
        left.remove(best)
    return ordered


@given(pools())
def test_the_order_is_that_of_the_model(blocks) -> None:
    assert order_blocks(blocks, RULES, STATE) == model_order(blocks)


@given(pools())
def test_a_selection_is_a_valid_momentum_without_gaps(blocks) -> None:
    chosen = select_content(blocks, RULES, STATE)
    assert judge_content(chosen, RULES, STATE).accepted
    assert len({(b.address, b.height) for b in chosen}) == len(chosen)
    for address in {b.address for b in chosen if not b.contract}:
        heights = [b.height for b in chosen if b.address == address]
        assert heights == list(range(1, len(heights) + 1))
    ordered = order_blocks(blocks, RULES, STATE)
    assert [b for b in ordered if b in chosen] == chosen


@given(pools(), st.randoms())
def test_user_blocks_are_chosen_whatever_order_they_came_in(blocks, source) -> None:
    users = [b for b in blocks if not b.contract]
    shuffled = list(users)
    source.shuffle(shuffled)
    assert select_content(shuffled, RULES, STATE) == select_content(users, RULES, STATE)


def test_an_underpriced_block_holds_up_its_successors() -> None:
    poor, rich, other = block("a", 1, 21_000), block("a", 2, 90_000), block("b", 1, 31_500)
    assert select_content([poor, rich, other], RULES, STATE) == [other]


def test_of_equal_prices_the_larger_hash_goes_first_and_the_smaller_stays_in_the_pool() -> None:
    low, high = block("a", 1, 31_500, hash=bytes(32)), block("b", 1, 31_500, hash=b"\xff" * 32)
    assert order_blocks([low, high], RULES, STATE) == [high, low]
    assert replaces(low, high, RULES, STATE)
    assert not replaces(high, low, RULES, STATE)
    assert not replaces(low, low, RULES, STATE)


def test_a_better_price_replaces_whatever_its_hash() -> None:
    cheap, dear = block("a", 1, 31_500, hash=bytes(32)), block("a", 1, 31_501, hash=b"\xff" * 32)
    assert replaces(dear, cheap, RULES, STATE)
    assert not replaces(cheap, dear, RULES, STATE)


def test_a_batch_of_a_contract_that_does_not_fit_is_left_out_whole() -> None:
    sends = [block("c", h, 0, 0, contract=True, contract_send=h < 6) for h in range(1, 7)]
    assert RULES.max_contract_blocks == 4
    assert select_content(sends, RULES, STATE) == []
    assert select_content(sends[2:], RULES, STATE) == sends[2:]
    assert select_content(sends[2:5], RULES, STATE) == []  # no receive closes the batch


def test_reasons_against_a_momentum() -> None:
    fine = block("a", 1, 31_500)
    contract = [block("c", h, 0, 0, contract=True) for h in range(1, 6)]
    wide = [block(f"w{n}", 1, 78_750, 52_500) for n in range(5)]
    reasons = [
        judge_content(blocks, RULES, STATE).reason
        for blocks in ([], [fine], [fine, fine], contract, [fine, block("b", 1, 31_499)], wide)
    ]
    assert reasons == [
        MomentumReason.ACCEPTED,
        MomentumReason.ACCEPTED,
        MomentumReason.DUPLICATE_BLOCK,
        MomentumReason.TOO_MANY_CONTRACT_BLOCKS,
        MomentumReason.PRICE_TOO_LOW,
        MomentumReason.TOO_MUCH_BASE_PLASMA,
    ]
    assert judge_content(wide, RULES, STATE).block == 4


def test_a_momentum_must_state_version_and_next_prices() -> None:
    blocks = [block("a", 1, 31_500)]
    following = judge_content(blocks, RULES, STATE).next_state
    assert following is not None
    good = {"version": 2, "next_fusion_price": following.fusion_price, "next_work_price": following.work_price}
    assert momentum_totals(blocks, RULES, STATE) == (21_000, 0)
    for change, reason in (
        ({}, MomentumReason.ACCEPTED),
        ({"version": 1}, MomentumReason.WRONG_VERSION),
        ({"next_work_price": 999}, MomentumReason.NEXT_PRICE_BELOW_MINIMUM),
        ({"next_fusion_price": following.fusion_price + 1}, MomentumReason.WRONG_NEXT_PRICE),
    ):
        assert judge_momentum(blocks, RULES, STATE, **good | change).reason is reason


def test_the_pool_takes_500_unconfirmed_blocks_of_an_account() -> None:
    check_pool_room(499, DynamicRules())
    with pytest.raises(InvalidInput, match="at most 500"):
        check_pool_room(500, DynamicRules())
