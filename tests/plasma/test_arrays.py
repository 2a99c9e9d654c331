"""The rules on arrays: the integers of the scalar rules, cell by cell, up to the edge of 64 bits and not beyond."""

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from powplasma.plasma import (
    DynamicRules,
    DynamicState,
    ForumMomentum,
    ForumRules,
    ForumState,
    PricedMomentum,
)
from powplasma.plasma.arrays import (
    INT64_MAX,
    DynamicArray,
    ForumArray,
    NotInInt64,
    check_product,
    column,
    narrowed,
)


def around(*bits: int) -> st.SearchStrategy[int]:
    """Small numbers, and numbers near powers of two."""
    return st.one_of(
        st.integers(0, 10**7),
        *(st.integers(max(0, (1 << width) - 1_000), (1 << width) + 1_000) for width in bits),
        st.integers(0, INT64_MAX),
    ).map(lambda value: min(value, INT64_MAX))


FORUM_RULES = st.builds(
    ForumRules,
    max_base_plasma=st.integers(4_200_000, 10**12),
    target_base_plasma=st.one_of(st.integers(1, 4_200_000), st.just(2_100_000)),
    pow_share=st.integers(1, 100),
    recharge_factor=st.integers(2, 50),
    price_denominator=st.integers(1, 1_000),
    difficulty_denominator=st.integers(1, 10_000),
    min_difficulty_per_plasma=st.integers(1, 10_000),
    min_base_price=st.integers(1_000, 10_000),
    recharge_variant=st.sampled_from(["head", "first", "exact"]),
)


@st.composite
def forum_cells(draw: Any) -> tuple[ForumRules, ForumState, int, int, int]:
    """Rules, a state that they allow, base plasma, used plasma, worked plasma; beyond int64 only in products."""
    rules = draw(FORUM_RULES)
    price = max(rules.min_base_price, draw(around(31, 42, 53, 62, 63)))
    per_plasma = max(rules.min_difficulty_per_plasma, draw(around(20, 31, 53, 62, 63)))
    state = ForumState(price, per_plasma, draw(st.integers(0, rules.max_recharge_rate)))
    base_plasma = draw(st.one_of(st.just(0), st.integers(0, 4_200_000), st.integers(0, rules.max_base_plasma)))
    used = draw(around(31, 53, 56, 62))
    return rules, state, base_plasma, used, draw(st.one_of(st.just(0), st.integers(0, used), st.just(used)))


def forum_refuses(rules: ForumRules, state: ForumState, base_plasma: int, used: int, worked: int) -> bool:
    """In Python's integers: whether one of the products that the docstrings speak of has more than 63 bits."""
    enough = base_plasma >= rules.target_base_plasma
    share = rules.pow_share if enough else 100
    target = used * share // 100
    return (
        state.base_price * (abs(base_plasma - rules.target_base_plasma) + 1) > INT64_MAX
        or used * max(share, rules.difficulty_denominator) > INT64_MAX
        or (max(worked, target) + 1) * state.difficulty_per_plasma > INT64_MAX
        or (worked > 0 and target == 0)
    )


@settings(deadline=None)
@given(st.lists(forum_cells(), min_size=1, max_size=12))
def test_forum_is_the_scalar_rule_in_every_cell_or_refuses_it(cells: list[Any]) -> None:
    left = list(range(len(cells)))
    refused = set()
    while left:
        rules, states, base_plasma, used, worked = zip(*(cells[cell] for cell in left), strict=True)
        state = np.array([dataclasses.astuple(one) for one in states], dtype=np.int64).T
        before = state.copy()
        array, pull = ForumArray.of(rules), ForumArray.pull(rules, base_plasma)
        assert all(map(ForumArray.fits, rules))
        try:
            following = array.next_state(state, pull, np.array(used), np.array(worked))
        except NotInInt64 as error:
            gone = [left[position] for position in error.cells]
            refused |= set(gone)
            left = [cell for cell in left if cell not in gone]
            assert (state == before).all()
            continue
        assert (state == before).all()
        for position, cell in enumerate(left):
            one, its, base, plasma, work = cells[cell]
            difficulty = work * its.difficulty_per_plasma
            momentum = ForumMomentum(
                its.base_price, base, plasma, difficulty, its.difficulty_per_plasma, its.fusion_recharge_rate
            )
            assert tuple(following[:, position].tolist()) == dataclasses.astuple(one.next_state(momentum))
        break
    assert refused == {cell for cell, values in enumerate(cells) if forum_refuses(*values)}


DYNAMIC_RULES = st.builds(
    DynamicRules,
    max_base_plasma_in_momentum=st.integers(4_200_000, 210_000_000_000_000),
    fused_plasma_target=st.integers(1, 2_100_000),
    pow_plasma_target=st.integers(1, 2_100_000),
    max_price_change_percent=st.integers(1, 100),
    price_change_denominator=st.integers(1, 100),
)


@st.composite
def dynamic_cells(draw: Any) -> tuple[DynamicRules, DynamicState, int, int]:
    """Rules, prices, and the base plasma that fused plasma and work pay."""
    rules = draw(DYNAMIC_RULES)
    most = rules.max_base_plasma_in_momentum
    fused = draw(st.one_of(st.integers(0, 4_200_000), st.integers(0, most)))
    worked = draw(st.integers(0, most - fused))
    prices = (max(1_000, draw(around(31, 40, 42, 56, 57, 62, 63))) for _ in range(2))
    return rules, DynamicState(*prices), fused, worked


def dynamic_refuses(rules: DynamicRules, state: DynamicState, fused: int, worked: int) -> bool:
    """As for forum."""
    percent = 100 + rules.max_price_change_percent
    return (
        state.fusion_price * max(abs(fused - rules.fused_plasma_target) + 1, percent) > INT64_MAX
        or state.work_price * max(abs(worked - rules.pow_plasma_target) + 1, percent) > INT64_MAX
    )


@settings(deadline=None)
@given(st.lists(dynamic_cells(), min_size=1, max_size=12))
def test_dynamic_is_the_scalar_rule_in_every_cell_or_refuses_it(cells: list[Any]) -> None:
    left = list(range(len(cells)))
    refused = set()
    while left:
        rules, states, fused, worked = zip(*(cells[cell] for cell in left), strict=True)
        prices = np.array([dataclasses.astuple(one) for one in states], dtype=np.int64).T
        try:
            following = DynamicArray.of(rules).next_state(prices, DynamicArray.pull(rules, fused, worked))
        except NotInInt64 as error:
            gone = [left[position] for position in error.cells]
            refused |= set(gone)
            left = [cell for cell in left if cell not in gone]
            continue
        for position, cell in enumerate(left):
            one, its, *paid = cells[cell]
            expected = one.next_state(PricedMomentum(its.fusion_price, its.work_price, *paid))
            assert tuple(following[:, position].tolist()) == dataclasses.astuple(expected)
        break
    assert refused == {cell for cell, values in enumerate(cells) if dynamic_refuses(*values)}


def test_the_dearest_price_that_fits_and_the_next_one() -> None:
    rules, most = DynamicRules(), INT64_MAX // 3_150_001
    array, pull = DynamicArray.of([rules]), DynamicArray.pull([rules], [4_200_000], [0])
    expected = rules.next_state(PricedMomentum(most, 1_000, 4_200_000, 0))
    assert array.next_state(np.array([[most], [1_000]]), pull).T.tolist() == [[*dataclasses.astuple(expected)]]
    with pytest.raises(NotInInt64) as refused:
        array.next_state(np.array([[most + 1], [1_000]]), pull)
    assert refused.value.name == "fusion_price"
    assert refused.value.cells == (0,)


@given(st.lists(st.integers(0, INT64_MAX), min_size=1, max_size=8), st.data())
def test_a_product_is_refused_exactly_where_it_does_not_fit(left: list[int], data: st.DataObject) -> None:
    right = data.draw(st.lists(st.integers(0, INT64_MAX), min_size=len(left), max_size=len(left)))
    beyond = [cell for cell, (one, other) in enumerate(zip(left, right, strict=True)) if one * other > INT64_MAX]
    if not beyond:
        check_product("x", np.array(left), column(right), len(left))
        return
    with pytest.raises(NotInInt64, match="x leaves 64 bits") as refused:
        check_product("x", np.array(left), column(right), len(left))
    assert list(refused.value.cells) == beyond
    assert pickle.loads(pickle.dumps(refused.value)).cells == refused.value.cells


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6), st.data())
def test_cells_are_left_out_of_every_column(values: list[int], data: st.DataObject) -> None:
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    assume(keep.any())
    rules = [DynamicRules(fused_plasma_target=100 + value) for value in values]
    base_plasma = [1_000 + value for value in values]
    all_pulls = DynamicArray.pull(rules, base_plasma, base_plasma)
    some = [position for position, kept in enumerate(keep) if kept]
    fewer = DynamicArray.pull(
        [rules[position] for position in some], *([base_plasma[position] for position in some],) * 2
    )
    assert (narrowed(all_pulls, keep).surplus == fewer.surplus).all()


@pytest.mark.parametrize(
    "beyond",
    [
        {"max_base_plasma": INT64_MAX},
        {"price_denominator": 2**60},
        {"difficulty_denominator": 2**63},
        {"recharge_factor": 2**50},
        {"min_difficulty_per_plasma": 2**63},
        {"compatibility": True},
    ],
)
def test_parameters_that_have_no_room_are_known_beforehand(beyond: dict[str, Any]) -> None:
    assert ForumArray.fits(ForumRules())
    assert DynamicArray.fits(DynamicRules())
    assert not DynamicArray.fits(DynamicRules(compatibility=True))
    assert not ForumArray.fits(ForumRules(**beyond))
