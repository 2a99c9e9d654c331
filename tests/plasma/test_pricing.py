"""Dynamic Plasma: next prices, what a block counts as and pays, and the node's suggestion."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import RULE_SETS, DynamicRules, DynamicState, Payment, PricedMomentum, ruleset
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.pricing import next_price, prices_in_force

from .vectors import load

V2 = load("dynamic_v2")
RULES = DynamicRules()
PRICE = st.one_of(st.integers(1_000, 3_000), st.integers(1_000, 10**12))
STATE = st.builds(DynamicState, PRICE, PRICE)
PAYMENT = st.builds(
    Payment,
    base_plasma=st.integers(1, 1_200_000),
    fused_plasma=st.one_of(st.just(0), st.integers(0, 210_000_000_000)),
    difficulty=st.one_of(st.just(0), st.integers(0, 3_000), st.integers(0, U64_MAX)),
)


def model_price(price: int, used: int, target: int, percent: int, denominator: int) -> int:
    """The rule over fractions, in its order: change, upper bound, lower bound, least price."""
    if used == target:
        return price
    moved = price + floor(Fraction(floor(Fraction((used - target) * price, target)), denominator))
    moved = min(moved, floor(Fraction(price * (100 + percent), 100)))
    moved = max(moved, floor(Fraction(price * (100 - percent), 100)))
    return max(moved, 1_000)


@given(PRICE, st.integers(0, 10**15), st.integers(1, 10**15), st.integers(1, 100), st.integers(1, 100))
@example(1_053, 0, 1_050_000, 10, 20)
@example(1_000, 3_150_000, 1_050_000, 10, 20)
def test_next_price_agrees_with_the_model(price, used, target, percent, denominator) -> None:
    assert next_price(price, used, target, percent, denominator) == model_price(
        price, used, target, percent, denominator
    )


@given(PRICE, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**7), st.integers(1, 100))
def test_next_price_is_monotone_in_use(price, one, other, target, denominator) -> None:
    low, high = sorted((one, other))
    assert next_price(price, low, target, 10, denominator) <= next_price(price, high, target, 10, denominator)


def test_the_published_defaults_move_as_described() -> None:
    target = 1_050_000
    assert next_price(100_000, 2 * target, target, 10, 20) == 105_000
    assert next_price(100_000, 3 * target, target, 10, 20) == 110_000
    assert next_price(100_000, 4 * target, target, 10, 20) == 110_000
    assert next_price(100_000, 0, target, 10, 20) == 95_000
    assert {next_price(price, 0, target, 10, 20) for price in (1_052, 1_053)} == {1_000}


@given(STATE, st.integers(0, 4_200_000), st.data())
def test_no_momentum_leads_to_a_dearer_state_than_the_steepest_rise(state, fused, data) -> None:
    worked = data.draw(st.integers(0, 4_200_000 - fused))
    risen = RULES.steepest_rise(state)
    following = RULES.next_state(PricedMomentum(state.fusion_price, state.work_price, fused, worked))
    assert following.fusion_price <= risen.fusion_price
    assert following.work_price <= risen.work_price


@pytest.mark.parametrize("case", V2["nextPriceAboveUint64"], ids=lambda case: case["currentPrice"])
def test_a_price_beyond_64_bits_is_refused_and_not_wrapped(case) -> None:
    price, used = int(case["currentPrice"]), int(case["usedBasePlasma"])
    exact = next_price(price, used, 1_050_000, 10, 20)
    momentum = PricedMomentum(price, 1_000, used, 0)
    if exact > U64_MAX:
        with pytest.raises(InvalidInput, match=r"fusion_price.*does not fit into 64 bits"):
            RULES.next_state(momentum)
    else:
        assert RULES.next_state(momentum).fusion_price == exact
    assert exact & U64_MAX == int(case["goResult"])


def test_the_price_that_leaves_64_bits_is_named_and_compatibility_keeps_its_low_bits() -> None:
    rising = 2**64 - 1
    for momentum, name in (
        (PricedMomentum(rising, 1_000, 2_100_000, 0), "fusion_price"),
        (PricedMomentum(1_000, rising, 0, 2_100_000), "work_price"),
    ):
        with pytest.raises(InvalidInput) as refused:
            RULES.next_state(momentum)
        assert refused.value.field == name
        exact = rising + rising // 20
        wrapped = getattr(DynamicRules(compatibility=True).next_state(momentum), name)
        assert wrapped == exact - 2**64


@pytest.mark.parametrize("name", RULE_SETS)
def test_least_payments_of_one_kind_need_no_word_about_the_other(name) -> None:
    rules = ruleset(name)
    assert rules.least_fused(21_000) == rules.least_pow_plasma(21_000) == 21_000


def test_a_zero_target_with_use_is_refused() -> None:
    with pytest.raises(InvalidInput, match="target: 0 divides the change while 21000 was used"):
        next_price(1_500, 21_000, 0, 10, 20)
    assert next_price(1_500, 0, 0, 10, 20) == 1_500


@pytest.mark.parametrize(
    ("version", "expected"), [(1, DynamicState(1_000, 1_000)), (2, DynamicState(5, 6)), (3, DynamicState(5, 6))]
)
def test_prices_come_from_a_priced_momentum(version, expected) -> None:
    assert prices_in_force(version, 5, 6) == expected


@given(PAYMENT, STATE)
def test_nominal_base_plasma_is_split_by_what_each_part_buys(payment, state) -> None:
    fused, worked = RULES.nominal_base_plasma(payment, state)
    assert fused + worked == payment.base_plasma
    if not payment.difficulty:
        assert worked == 0
    elif not payment.fused_plasma:
        assert fused == 0
    else:
        by_fused = Fraction(payment.fused_plasma, state.fusion_price)
        by_work = Fraction(RULES.plasma_of_difficulty(payment.difficulty), state.work_price)
        assert fused == floor(payment.base_plasma * by_fused / (by_fused + by_work))


def test_the_published_split() -> None:
    payment = Payment(930, 10_000, 15_000_000)
    assert RULES.nominal_base_plasma(payment, DynamicState(2_000, 1_000)) == (310, 620)


@given(PAYMENT, STATE)
def test_a_price_is_valid_if_both_parts_together_reach_the_base_plasma(payment, state) -> None:
    worked = RULES.plasma_of_difficulty(payment.difficulty)
    bought = Fraction(payment.fused_plasma, state.fusion_price) + Fraction(worked, state.work_price)
    assert RULES.price_valid(payment, state) == (bought >= Fraction(payment.base_plasma, 1_000))
    if RULES.price_valid(payment, state):
        assert payment.fused_plasma + worked >= payment.base_plasma


@given(PAYMENT, PAYMENT, STATE)
def test_blocks_are_compared_by_what_they_pay_per_base_plasma(a, b, state) -> None:
    left, right = (
        (
            Fraction(payment.fused_plasma, state.fusion_price)
            + Fraction(RULES.plasma_of_difficulty(payment.difficulty), state.work_price)
        )
        / payment.base_plasma
        for payment in (a, b)
    )
    assert RULES.compare(a, b, state) == (left > right) - (left < right)
    assert RULES.compare(b, a, state) == -RULES.compare(a, b, state)


def test_plasma_is_rounded_up_before_it_becomes_difficulty() -> None:
    state = DynamicState(1_000, 1_001)
    assert RULES.least_pow_plasma(21_068, 0, state) == 21_090
    assert RULES.difficulty_of_plasma(21_090, state) == 31_635_000
    assert RULES.price_valid(Payment(21_068, 0, 31_635_000), state)
    assert not RULES.price_valid(Payment(21_068, 0, 31_633_602), state)


@given(st.integers(1, 1_200_000), PRICE, PRICE)
def test_payments_of_one_kind_are_the_stated_formulas(base_plasma, fusion_price, work_price) -> None:
    state = DynamicState(fusion_price, work_price)
    assert RULES.least_fused(base_plasma, 0, state) == ceil(Fraction(base_plasma * fusion_price, 1_000))
    assert RULES.least_pow_plasma(base_plasma, 0, state) == ceil(Fraction(base_plasma * work_price, 1_000))


@given(st.integers(21_000, 1_200_000), st.integers(0, 10**7), st.integers(1_000, 10**6), st.integers(1_000, 10**6))
def test_the_nodes_suggestion_pays_and_may_be_more_than_the_minimum(base_plasma, available, fusion, work) -> None:
    state = DynamicState(fusion, work)
    suggestion = RULES.suggestion(base_plasma, available, state)
    assert RULES.price_valid(Payment(base_plasma, available, suggestion.difficulty), state)
    assert suggestion.difficulty >= RULES.least_pow_plasma(base_plasma, available, state) * 1_500
    assert suggestion.difficulty % 1_500 == 0
    assert (suggestion.difficulty == 0) == (available >= suggestion.fused_plasma)


def test_a_suggestion_can_be_above_the_exact_minimum() -> None:
    above = 0
    for case in V2["requiredPoW"]:
        if case.get("expectedRequiredDifficulty") in (None, "0"):
            continue
        state = DynamicState(int(case["nextFusionPrice"]), int(case["nextWorkPrice"]))
        least = RULES.least_pow_plasma(int(case["basePlasma"]), int(case["availablePlasma"]), state) * 1_500
        assert least <= int(case["expectedRequiredDifficulty"])
        above += least < int(case["expectedRequiredDifficulty"])
    assert above == 24


def test_a_required_difficulty_of_zero_does_not_mean_that_base_plasma_is_enough() -> None:
    state = DynamicState(1_500, 1_000)
    suggestion = RULES.suggestion(21_000, 1_000_000, state)
    assert suggestion.difficulty == 0
    assert suggestion.fused_plasma == 31_500
    assert not RULES.price_valid(Payment(21_000, 21_000, 0), state)


@pytest.mark.parametrize("field", ["fusion_price", "work_price", "fused_base_plasma", "pow_base_plasma"])
@pytest.mark.parametrize("value", [-1, 2**64, 1_000.0, None, np.bool_(True), True])
def test_bad_momentums_are_refused_by_field(field, value) -> None:
    good = {"fusion_price": 1_000, "work_price": 1_000, "fused_base_plasma": 0, "pow_base_plasma": 0}
    with pytest.raises(InvalidInput) as refused:
        RULES.next_state(PricedMomentum(**good | {field: value}))
    assert refused.value.field == field


def test_a_momentum_with_too_much_base_plasma_is_refused() -> None:
    with pytest.raises(InvalidInput, match="pow_base_plasma: 2100001 is out of range"):
        RULES.next_state(PricedMomentum(1_000, 1_000, 2_100_000, 2_100_001))


def test_governance_limits_are_those_of_the_node() -> None:
    limits = V2["constants"]["codeLimits"]
    least, most = (int(bound) for bound in limits["maxBasePlasmaInMomentum"])
    assert ruleset("dynamic", max_base_plasma_in_momentum=most).max_base_plasma_in_momentum == most
    small = {"fused_plasma_target": 1, "pow_plasma_target": 1}
    assert ruleset("dynamic", max_base_plasma_in_momentum=least, **small).max_contract_blocks == 4
    with pytest.raises(InvalidInput, match="pow_plasma_target"):
        ruleset("dynamic", max_base_plasma_in_momentum=least)
    with pytest.raises(InvalidInput, match="max_base_plasma_in_momentum"):
        ruleset("dynamic", max_base_plasma_in_momentum=most + 1)


def test_compatibility_is_off_in_every_rule_set() -> None:
    for name in RULE_SETS:
        assert not getattr(ruleset(name), "compatibility", False)
