"""What work of an age is worth, beside two independent ways to work it out."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import Decay, Freshness, Never, Window, freshness, parse_freshness

MOST = 2**64 - 1
PLASMA = st.one_of(st.integers(0, MOST), st.integers(0, 300_000), st.sampled_from([21_000, 94_500, 210_000_000_000]))


def by_powers(plasma: int, age: int, half_life: int) -> int:
    """The greatest c with c^h × 2^age ≤ plasma^h, found by halving an interval: integers alone."""
    low, high = 0, plasma
    while low < high:
        middle = (low + high + 1) // 2
        if middle**half_life << age <= plasma**half_life:
            low = middle
        else:
            high = middle - 1
    return low


def by_decimals(plasma: int, age: int, half_life: int) -> int:
    """The floor in 200 digits, where the value is not closer to an integer than they can tell."""
    with localcontext() as context:
        context.prec = 200
        value = plasma * (Decimal(2).ln() * -age / half_life).exp()
        assert int(value - Decimal("1e-150")) == int(value + Decimal("1e-150"))
        return int(value)


@given(PLASMA, st.integers(0, 700), st.integers(1, 60))
def test_decay_is_the_floor_of_the_power(plasma: int, age: int, half_life: int) -> None:
    assert Decay(half_life).credit(plasma, age) == by_powers(plasma, age, half_life)


@given(PLASMA, st.integers(1, MOST), st.data())
def test_decay_is_exact_for_any_half_life(plasma: int, half_life: int, data: st.DataObject) -> None:
    age = data.draw(st.integers(1, min(MOST, 70 * half_life)).filter(lambda age: age % half_life))
    assert Decay(half_life).credit(plasma, age) == by_decimals(plasma, age, half_life)


@pytest.mark.parametrize("plasma", [1, 2, 3, 21_000, 2**63, MOST])
@pytest.mark.parametrize("half_life", [2, 3, 2**32, 2**63, MOST])
def test_decay_just_beside_whole_half_lives(plasma: int, half_life: int) -> None:
    policy = Decay(half_life)
    for age in (1, half_life - 1, half_life + 1):
        if age % half_life and age <= MOST:
            assert policy.credit(plasma, age) == by_decimals(plasma, age, half_life)
    assert policy.credit(plasma, half_life) == plasma // 2


@given(PLASMA, st.integers(0, 700), st.integers(1, 60))
def test_too_few_bits_are_noticed_and_doubled(plasma: int, age: int, half_life: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "_BITS", 8)
        assert Decay(half_life).credit(plasma, age) == by_powers(plasma, age, half_life)


@pytest.mark.parametrize("bits", [8, 16, 128, 256])
def test_the_bounds_hold_the_power_between_them(bits: int) -> None:
    for half_life in (2, 3, 7, 360, 2**40 + 1):
        for rest in {1, half_life // 2, half_life - 1}:
            low, high = freshness._power(rest, half_life, bits)
            with localcontext() as context:
                context.prec = 200
                power = 2**bits * (Decimal(2).ln() * -rest / half_life).exp()
            assert low < power < high


@given(PLASMA, st.integers(1, 2_000), st.integers(0, 5_000))
def test_decay_never_grows_with_age_and_halves_in_a_half_life(plasma: int, half_life: int, age: int) -> None:
    policy = Decay(half_life)
    credited = policy.credit(plasma, age)
    assert policy.credit(plasma, age + 1) <= credited <= plasma
    assert policy.credit(plasma, age + half_life) == credited // 2


@pytest.mark.parametrize(("age", "credited"), [(0, 94_500), (359, 94_500), (360, 94_500), (361, 0), (MOST, 0)])
def test_a_window_counts_in_full_up_to_its_end(age: int, credited: int) -> None:
    assert Window(360).credit(94_500, age) == credited


def test_a_window_of_nothing_takes_work_of_its_own_momentum() -> None:
    assert [Window(0).credit(7, age) for age in (0, 1)] == [7, 0]


@given(PLASMA, st.integers(0, MOST))
def test_without_a_policy_work_keeps_its_worth(plasma: int, age: int) -> None:
    assert Never().credit(plasma, age) == plasma


def test_only_the_policies_that_expire_need_an_anchor() -> None:
    assert [policy.anchored for policy in (Never(), Window(1), Decay(1))] == [False, True, True]


@pytest.mark.parametrize("policy", [Never(), Window(0), Window(MOST), Decay(1), Decay(8_640)])
def test_a_policy_is_read_from_its_own_text(policy: Freshness) -> None:
    assert parse_freshness(str(policy)) == policy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no freshness policy"),
        ("Never", "is no freshness policy"),
        ("never:3", "is no freshness policy"),
        ("window", "is no freshness policy"),
        ("window:", "is no freshness policy"),
        ("window:-1", "is no freshness policy"),
        ("window:1.5", "is no freshness policy"),
        ("window:１", "is no freshness policy"),
        ("window: 6", "is no freshness policy"),
        ("window:6:7", "is no freshness policy"),
        ("cap:6", "is no freshness policy"),
        ("decay:0", "is out of range"),
        ("decay:18446744073709551616", "is out of range"),
        ("window:" + "9" * 5_000, "is out of range"),
        (None, "is no freshness policy"),
    ],
)
def test_other_texts_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as failure:
        parse_freshness(text)
    assert failure.value.field == "expiry"


@pytest.mark.parametrize("policy", [Never(), Window(5), Decay(5)])
@pytest.mark.parametrize("amount", [-1, 2**64, 1.0, True, np.float64(3)])
def test_amounts_and_ages_that_are_none_are_refused(policy: Freshness, amount: int) -> None:
    for field, arguments in (("plasma", (amount, 1)), ("age", (1, amount))):
        with pytest.raises(InvalidInput) as failure:
            policy.credit(*arguments)
        assert failure.value.field == field


@pytest.mark.parametrize(("made", "field"), [(Window, "momentums"), (Decay, "half_life")])
@pytest.mark.parametrize("momentums", [-1, 2**64, 6.0, "6"])
def test_policies_of_no_length_are_refused(made: type, field: str, momentums: int) -> None:
    with pytest.raises(InvalidInput) as failure:
        made(momentums)
    assert failure.value.field == field


def test_a_half_life_of_zero_is_refused() -> None:
    with pytest.raises(InvalidInput, match="half_life: 0"):
        Decay(0)
