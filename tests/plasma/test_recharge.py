"""The recharge target in both published variants, and plasma confined by blocks."""

from decimal import Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import ForumRules
from powplasma.plasma.recharge import Confinement, available_fused_plasma, confine, confined_plasma

HEAD, FIRST, EXACT = (ForumRules(recharge_variant=variant) for variant in ("head", "first", "exact"))


def exact_target(base_plasma: int, maximum: int = 4_200_000) -> int:
    """floor(210,000 × 10^(-4 x)) by a route of its own: a power of ten in 50 digits."""
    with localcontext() as context:
        context.prec = 50
        value = 210_000 * Decimal(10) ** (Decimal(-4 * base_plasma) / maximum)
        return int(value + Decimal("1e-30"))


@given(st.integers(0, 4_200_000))
def test_the_target_is_the_floor_of_the_exact_value(base_plasma) -> None:
    assert EXACT.recharge_target(base_plasma) == exact_target(base_plasma)


@pytest.mark.parametrize(
    ("base_plasma", "head", "first", "exact"),
    [
        (0, 210_000, 210_000, 210_000),
        (1_050_000, 20_999, 21_000, 21_000),
        (2_100_000, 2_100, 2_100, 2_100),
        (3_150_000, 210, 209, 210),
        (4_200_000, 21, 21, 21),
        (1_049_999, 21_000, 21_000, 21_000),
        (1_050_001, 20_999, 20_999, 20_999),
        (2**64 - 1, 0, 0, 0),
    ],
)
def test_the_published_programs_differ_at_two_points(base_plasma, head, first, exact) -> None:
    assert (HEAD.recharge_target(base_plasma), FIRST.recharge_target(base_plasma)) == (head, first)
    assert EXACT.recharge_target(base_plasma) == exact


def test_other_parameters_have_no_artefacts() -> None:
    rules = ForumRules(max_base_plasma=8_400_000, max_recharge_rate=210_000)
    assert rules.recharge_target(2_100_000) == 21_000
    assert ForumRules(recharge_base=100).recharge_target(4_200_000) == 2_100
    assert ForumRules(recharge_base=1).recharge_target(4_200_000) == 210_000


def test_deciding_a_close_value_leaves_the_callers_precision_alone() -> None:
    before = getcontext().prec
    EXACT.recharge_target(3_150_000)
    assert getcontext().prec == before


def test_the_seeds_example_takes_63_confirmations() -> None:
    """10 QSR of plasma at 0.16 QSR per confirmation."""
    confinement = confine(21_000, 336, height=5)
    assert confinement == Confinement(21_000, 5, 63)
    assert confined_plasma(confinement, 5) == 21_000
    assert confined_plasma(confinement, 67) > 0
    assert confined_plasma(confinement, 68) == 0


@given(st.integers(1, 10**7), st.integers(1, 210_000), st.integers(0, 10**4))
def test_plasma_is_never_available_earlier_than_the_formula_says(used, rate, confirmations) -> None:
    confinement = confine(used, rate, height=100)
    confined = confined_plasma(confinement, 100 + confirmations)
    assert 0 <= confined <= used
    assert confined * confinement.target >= used * (confinement.target - confirmations)
    assert confinement.target * rate >= used > (confinement.target - 1) * rate


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 2_100), st.integers(0, 500))
def test_a_second_block_adds_to_what_is_still_confined(first, second, rate, later) -> None:
    before = confine(first, rate, height=10)
    after = confine(second, rate, 10 + later, before)
    assert after.plasma == confined_plasma(before, 10 + later) + second
    assert after.target == max(0, before.target - later) + -(-second // rate)


def test_a_block_without_fused_plasma_confines_nothing() -> None:
    assert confine(0, 336, 5) == Confinement(0, 5, 0)
    assert confine(0, 336, 15, confine(21_000, 336, 5)) == Confinement(17_667, 15, 53)


def test_the_last_commit_lets_large_accounts_recharge_faster() -> None:
    assert confine(21_000, 336, 0, multiplier=(420_000, 210_000)).target == 32
    assert confine(21_000, 336, 0, multiplier=(105_000, 210_000)).target == 125


def test_the_rules_confine_as_their_variant_does() -> None:
    assert FIRST.confine(21_000, 105_000, 336, height=9) == Confinement(21_000, 9, 63)
    assert HEAD.confine(21_000, 105_000, 336, height=9) == Confinement(21_000, 9, 125)
    assert HEAD.confine(21_000, 420_000, 336, height=9) == Confinement(21_000, 9, 32)
    other = ForumRules(recharge_denominator=420_000)
    assert other.confine(21_000, 420_000, 336, height=9).target == 63


@pytest.mark.parametrize(
    ("used", "fused_plasma", "rate", "field"),
    [(21_001, 21_000, 1, "used"), (0, 0, 1, "fused_plasma"), (1, 1, 0, "recharge_rate")],
)
def test_a_block_cannot_have_used_more_than_was_fused(used, fused_plasma, rate, field) -> None:
    with pytest.raises(InvalidInput, match=field):
        HEAD.confine(used, fused_plasma, rate, height=1)


def test_available_plasma_is_never_negative() -> None:
    confinement = confine(21_000, 2_100, height=7)
    assert available_fused_plasma(50_000, 9_000, confinement, 7) == 20_000
    assert available_fused_plasma(20_000, 9_000, confinement, 7) == 0
    assert available_fused_plasma(50_000, 0, None, 7) == 50_000


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"used": -1, "recharge_rate": 1}, "used"),
        ({"used": 1, "recharge_rate": 0}, "recharge_rate"),
        ({"used": 1, "recharge_rate": 1, "multiplier": (0, 1)}, "multiplier"),
        ({"used": 1, "recharge_rate": 1, "multiplier": (1, 0)}, "multiplier"),
    ],
)
def test_what_would_confine_for_ever_is_refused(arguments, field) -> None:
    with pytest.raises(InvalidInput, match=field):
        confine(height=1, **arguments)


def test_a_height_before_the_confinement_is_refused() -> None:
    with pytest.raises(InvalidInput, match="height"):
        confined_plasma(Confinement(5, 10, 3), 9)
