"""The forum proposal: against an independent model, its published cases, and at its edges."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import ForumMomentum, ForumRules, ForumState
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.forum import adjust

from .vectors import load

V1 = load("dynamic_v1")
KEYS = ("basePrice", "basePlasma", "usedPlasma", "difficulty", "difficultyPerPlasma", "fusionRechargeRate")
RULES = ForumRules()
PUBLISHED = ForumRules(compatibility=True)

MOMENTUMS = st.builds(
    ForumMomentum,
    base_price=st.integers(1_000, 10**9),
    base_plasma=st.integers(0, 4_200_000),
    used_plasma=st.integers(5, 10**12),
    difficulty=st.integers(0, 10**18),
    difficulty_per_plasma=st.integers(500, 10**9),
    fusion_recharge_rate=st.integers(0, 210_000),
)


def momentum_of(values: dict[str, str]) -> ForumMomentum:
    return ForumMomentum(*(int(values[key]) for key in KEYS))


def model(momentum: ForumMomentum) -> ForumState:
    """The three updates over fractions, written from the formulas and not from the code."""

    def moved(current: int, actual: int, target: int) -> int:
        return (
            current if actual == target else floor(current + floor(Fraction(current * (actual - target), target * 8)))
        )

    target = momentum.used_plasma
    if Fraction(momentum.base_plasma, 4_200_000) >= Fraction(1, 2):
        target = floor(Fraction(momentum.used_plasma, 5))
    worked = floor(Fraction(momentum.difficulty, momentum.difficulty_per_plasma))
    rate, aim = momentum.fusion_recharge_rate, RULES.recharge_target(momentum.base_plasma)
    if rate > aim:
        rate = max(floor(Fraction(rate, 2)), aim)
    elif rate < aim:
        rate = min(2 * rate, aim)
    return ForumState(
        max(1_000, moved(momentum.base_price, momentum.base_plasma, 2_100_000)),
        max(500, moved(momentum.difficulty_per_plasma, worked, target)),
        rate,
    )


@given(MOMENTUMS)
def test_next_state_agrees_with_the_model(momentum) -> None:
    expected = model(momentum)
    if max(expected.base_price, expected.difficulty_per_plasma) <= U64_MAX:
        assert RULES.next_state(momentum) == expected
    else:
        with pytest.raises(InvalidInput, match="does not fit into 64 bits"):
            RULES.next_state(momentum)


@given(MOMENTUMS, st.integers(0, 4_200_000))
def test_price_rises_and_recharge_falls_with_base_plasma(momentum, other) -> None:
    low, high = sorted((momentum.base_plasma, other))
    quiet, busy = (
        ForumMomentum(momentum.base_price, base, 0, 0, 500, momentum.fusion_recharge_rate) for base in (low, high)
    )
    assert RULES.next_base_price(quiet) <= RULES.next_base_price(busy)
    assert RULES.next_recharge_rate(quiet) >= RULES.next_recharge_rate(busy)


@given(MOMENTUMS, st.integers(0, 10**18))
def test_difficulty_per_plasma_rises_with_work(momentum, other) -> None:
    low, high = sorted((momentum.difficulty, other))
    args = (momentum.base_price, momentum.base_plasma, momentum.used_plasma)
    dpp, rate = momentum.difficulty_per_plasma, momentum.fusion_recharge_rate
    results = [
        RULES.next_difficulty_per_plasma(ForumMomentum(*args, work, dpp, rate))
        for work in (low, high)
        if work // dpp * dpp < 10**17
    ]
    assert results == sorted(results)


@given(MOMENTUMS, st.integers(0, 4_200_000), st.one_of(st.just(0), st.integers(0, 10**10)), st.integers(0, 100))
def test_no_momentum_leads_to_a_dearer_state_than_the_steepest_rise(momentum, base_plasma, tip, pow_percent) -> None:
    state = ForumState(momentum.base_price, momentum.difficulty_per_plasma, momentum.fusion_recharge_rate)
    used = RULES.least_plasma(base_plasma, state) + tip
    difficulty = used * state.difficulty_per_plasma * pow_percent // 100
    if difficulty > U64_MAX or used < 5:
        return
    risen = RULES.steepest_rise(state)
    following = RULES.next_state(
        ForumMomentum(
            state.base_price, base_plasma, used, difficulty, state.difficulty_per_plasma, state.fusion_recharge_rate
        )
    )
    assert following.base_price <= risen.base_price
    assert following.difficulty_per_plasma <= risen.difficulty_per_plasma


WRAPPING = {12, 16, 17, 26}
PANICKING = {9, 16, 20, 21, 25}


def in_limits(momentum: ForumMomentum) -> bool:
    return (
        momentum.base_price >= 1_000
        and momentum.base_plasma <= 4_200_000
        and momentum.difficulty_per_plasma >= 500
        and momentum.fusion_recharge_rate <= 210_000
    )


@pytest.mark.parametrize("case", V1["states"], ids=lambda case: str(case["id"]))
def test_normal_use_gives_the_published_values_or_refuses(case) -> None:
    momentum, expected = momentum_of(case["momentum"]), case["expected"]
    if case["id"] in WRAPPING | PANICKING or not in_limits(momentum):
        with pytest.raises(InvalidInput) as refused:
            RULES.next_state(momentum)
        assert "\n" not in str(refused.value)
        return
    following = RULES.next_state(momentum)
    assert following.base_price == int(expected["nextBasePrice"])
    assert following.difficulty_per_plasma == int(expected["nextDifficultyPerPlasma"])
    assert following.fusion_recharge_rate == int(expected["nextRechargeRate"])


def test_the_known_wraps_are_all_there_are() -> None:
    """Which published cases differ from exact arithmetic, counted in the file and not taken on trust."""
    wrapping, panicking = set(), set()
    for case in V1["states"]:
        momentum, expected = momentum_of(case["momentum"]), case["expected"]
        exact_target = momentum.used_plasma
        if momentum.base_plasma >= 2_100_000:
            exact_target = momentum.used_plasma * 20 // 100
            if momentum.used_plasma * 20 > U64_MAX:
                wrapping.add(case["id"])
        if expected["nextDifficultyPerPlasma"] is None:
            panicking.add(case["id"])
        else:
            worked = momentum.difficulty // momentum.difficulty_per_plasma
            if adjust(exact_target, worked, momentum.difficulty_per_plasma, 8) > U64_MAX:
                wrapping.add(case["id"])
        if adjust(2_100_000, momentum.base_plasma, momentum.base_price, 8) > U64_MAX:
            wrapping.add(case["id"])
    assert (wrapping, panicking) == (WRAPPING, PANICKING)


def test_the_programs_wrap_of_a_doubled_rate_is_refused() -> None:
    row = V1["rechargeRate"][[row["current"] for row in V1["rechargeRate"]].index(str(2**63))]
    assert PUBLISHED.step_recharge_rate(int(row["current"]), int(row["target"])) == int(row["expected"]) == 0
    with pytest.raises(InvalidInput, match="fusion_recharge_rate"):
        RULES.step_recharge_rate(int(row["current"]), int(row["target"]))


def test_a_long_ramp_of_full_momentums_ends_in_a_refusal_where_the_program_wraps() -> None:
    price, momentums = 1_000, 0
    while (exact := price + price * 2_100_000 // (2_100_000 * 8)) <= U64_MAX:
        full = ForumMomentum(price, 4_200_000, 4_200_000, 0, 500, 21)
        assert RULES.next_state(full).base_price == PUBLISHED.next_state(full).base_price == exact
        price, momentums = exact, momentums + 1
    last = ForumMomentum(price, 4_200_000, 4_200_000, 0, 500, 21)
    with pytest.raises(InvalidInput, match="base_price"):
        RULES.next_state(last)
    assert PUBLISHED.next_state(last).base_price == exact - 2**64  # a full chain has become cheap
    assert 300 < momentums < 330


def test_a_momentum_with_work_and_no_used_plasma_is_refused() -> None:
    with pytest.raises(InvalidInput, match="makes the target 0 that 1 worked plasma is divided by"):
        RULES.next_state(ForumMomentum(1_000, 0, 0, 1_000, 1_000, 21))


def test_an_empty_momentum_never_lets_the_difficulty_fall() -> None:
    idle = ForumMomentum(5_000, 0, 0, 0, 10**9, 21)
    assert RULES.next_state(idle) == ForumState(4_375, 10**9, 42)


@pytest.mark.parametrize("field", ["base_price", "base_plasma", "used_plasma", "difficulty", "fusion_recharge_rate"])
@pytest.mark.parametrize("value", [-1, 2**64, 1.0, None, np.float64(1_000), True])
def test_bad_momentums_are_refused_by_field(field, value) -> None:
    good = dict.fromkeys(("base_plasma", "used_plasma", "difficulty", "fusion_recharge_rate"), 0)
    good |= {"base_price": 1_000, "difficulty_per_plasma": 500}
    with pytest.raises(InvalidInput) as refused:
        RULES.next_state(ForumMomentum(**good | {field: value}))
    assert refused.value.field == field


@pytest.mark.parametrize(("target", "denominator", "field"), [(0, 8, "target"), (1, 0, "denominator")])
def test_zero_divisors_are_refused(target, denominator, field) -> None:
    with pytest.raises(InvalidInput, match=field):
        adjust(target, 2, 5, denominator)
    assert adjust(2, 2, 5, 0) == 5  # nothing to divide when nothing differs
