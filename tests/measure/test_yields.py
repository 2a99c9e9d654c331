"""The yield: exact where it is a ratio, monotone where it is a price, and nothing where work cannot pay."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.measure.congestion import market
from powplasma.measure.yields import QUANTILES, block_kinds, time_to_nonce, yields
from powplasma.plasma import METHODS, RULE_SETS, call, ruleset, send

ALL = [ruleset(name) for name in RULE_SETS]
HASHRATES = st.integers(1, 10**13)


def of(hashrate: int, patience: float = 60.0) -> dict[str, Any]:
    return {each.name: each for each in yields(hashrate, ALL, patience)}


@given(HASHRATES)
def test_figures_are_exactly_consistent(hashrate: int) -> None:
    for each in yields(hashrate, ALL, 60):
        for price in each.prices:
            assert price.plasma_per_second == hashrate / price.difficulty_per_plasma
            for block in price.blocks:
                if block.difficulty is not None:
                    assert block.blocks_per_hour == 3600 * hashrate / block.difficulty


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_cost_of_a_block_is_there_once(name: str) -> None:
    kinds = block_kinds()
    costs = {call(method.contract, method.name).base_plasma for method in METHODS}
    assert {kind.base_plasma for kind in kinds[3:]} == costs
    assert len(kinds) == 3 + len(costs)
    assert [kind.name for kind in kinds[:3]] == ["receive", "send", "send"]
    assert [block.kind for block in of(10**6)[name].quiet.blocks] == kinds


def test_difficulties_are_those_of_the_rules() -> None:
    for each in yields(10**8, ALL, 60):
        for price in each.prices:
            state = each.market.state(price.price)
            for block in price.blocks:
                try:
                    expected = each.market.rules.required_difficulty(block.kind, state)
                except InvalidInput:
                    expected = None
                assert block.difficulty == expected


def test_no_time_is_given_where_work_cannot_pay() -> None:
    blocks = {block.kind.name: block for block in reversed(of(10**8)["alphanet"].quiet.blocks)}
    register = blocks["Pillar.Register"]
    assert (register.difficulty, register.seconds, register.blocks_per_hour) == (None, None, None)
    assert register.qsr_for_one == 50
    assert blocks["send"].qsr_for_one == 10


@given(st.integers(2, 10**15), HASHRATES, st.sampled_from(QUANTILES))
def test_quantiles_of_the_geometric_law(difficulty: int, hashrate: int, chance: float) -> None:
    hashes = time_to_nonce(difficulty, hashrate, chance) * hashrate
    assert math.log(1 - chance) == pytest.approx(hashes * math.log1p(-((1 << 64) // difficulty) / (1 << 64)))


def test_an_easy_search_takes_one_hash() -> None:
    assert time_to_nonce(1, 1000, 0.95) == 0.001


@given(HASHRATES, st.floats(0.01, 1e5))
def test_the_highest_bearable_price_is_exact(hashrate: int, patience: float) -> None:
    for each in yields(hashrate, ALL, patience):
        for borne in each.patience:

            def bearable(price: int, each: Any = each, chance: float = borne.chance) -> bool:
                try:
                    difficulty = each.market.rules.required_difficulty(send(), each.market.state(price))
                except InvalidInput:
                    return False
                return time_to_nonce(difficulty, hashrate, chance) <= patience

            if borne.price is None:
                assert not bearable(each.quiet.price)
                assert borne.momentums is None
            else:
                assert bearable(borne.price)
                assert not each.market.moves or not bearable(borne.price + 1)


@pytest.mark.parametrize("name", ["forum", "dynamic"])
def test_momentums_until_a_price_is_exceeded(name: str) -> None:
    each = market(ruleset(name))
    state, prices = each.rules.initial_state, []
    for _ in range(20):
        prices.append(getattr(state, each.price_name))
        state = each.rules.steepest_rise(state)
    assert prices == sorted(set(prices))
    for momentums, price in enumerate(prices):
        assert each.momentums_to_exceed(price - 1) == momentums
        assert each.momentums_to_exceed(price) == momentums + 1


def test_alphanet_has_one_price_which_nothing_exceeds() -> None:
    alphanet = of(10**8)["alphanet"]
    assert [price.price for price in alphanet.prices] == [1500]
    assert all(borne.price == 1500 and borne.momentums is None for borne in alphanet.patience)
    assert all(borne.price is None for borne in of(1000)["alphanet"].patience)


def test_the_share_of_a_momentum() -> None:
    """105,000 base plasma per second for ten seconds is the target of Dynamic Plasma."""
    dynamic = of(105_000 * 1500)["dynamic"]
    assert dynamic.quiet.base_plasma_per_momentum == 1_050_000
    assert dynamic.quiet.share_of_momentum == 1
    assert dynamic.prices[1].share_of_momentum == 0.5
    forum = of(42_000 * 1000)["forum"]
    assert forum.quiet.share_of_momentum == 1
    # 100 sends of 21,000 plasma fill a momentum today.
    assert of(210_000 * 1500)["alphanet"].quiet.share_of_momentum == 1


def test_qsr_that_pays_as_much() -> None:
    found = of(105_000 * 1500)
    # 1,050,000 plasma in every momentum, 2,100 from each QSR.
    assert found["dynamic"].quiet.qsr_for_rate == 500
    assert found["alphanet"].quiet.qsr_for_rate == 500
    # At the initial recharge rate of 2,100, an account gets back a hundredth per momentum.
    assert found["forum"].quiet.qsr_for_rate == math.ceil(Fraction(105_000 * 1500 * 10, 1000) * 100 / 2100)
    # One block has to be paid in one piece, however seldom.
    assert of(1)["alphanet"].quiet.qsr_for_rate == 10


@pytest.mark.parametrize(
    ("hashrate", "patience", "field"),
    [(0, 60.0, "hashrate"), *((1, patience, "patience") for patience in (0.0, -1.0, math.inf, math.nan))],
)
def test_what_makes_no_sense_is_refused(hashrate: int, patience: float, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        yields(hashrate, ALL, patience)
    assert refused.value.field == field
