"""Medians and rates with their intervals, against exact fractions and published quantiles."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.measure.statistics import Interval, gamma_below, gamma_quantile, median_interval, rate_interval


def coverage(n: int, depth: int) -> Fraction:
    """How often the depth-th smallest and depth-th largest of n values enclose the median: by counting all signs."""
    return Fraction(sum(math.comb(n, above) for above in range(depth, n - depth + 1)), 2**n)


@given(st.integers(1, 60), st.floats(0.5, 0.99))
def test_the_interval_of_a_median_is_the_narrowest_that_is_wide_enough(n: int, confidence: float) -> None:
    interval = median_interval([float(i) for i in range(1, n + 1)], confidence)
    depth = int(interval.low)
    assert interval.high == n + 1 - depth
    assert interval.confidence == pytest.approx(float(coverage(n, depth)), abs=1e-12)
    assert coverage(n, depth) >= confidence or depth == 1
    assert depth + 1 > n - depth or coverage(n, depth + 1) < confidence


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=30), st.randoms())
def test_order_does_not_matter(values: list[float], source) -> None:
    shuffled = values.copy()
    source.shuffle(shuffled)
    assert median_interval(values) == median_interval(shuffled)


def test_nothing_has_no_median() -> None:
    with pytest.raises(InvalidInput):
        median_interval([])


@given(st.integers(1, 40), st.fractions(Fraction(1, 10), 80))
def test_gamma_against_the_exact_sum(shape: int, value: Fraction) -> None:
    below = sum(value**k / math.factorial(k) for k in range(shape))
    assert gamma_below(shape, float(value)) == pytest.approx(1 - float(below) * math.exp(-value), abs=1e-9)


@pytest.mark.parametrize(
    ("degrees", "chance", "chi_square"),
    [(2, 0.95, 5.991), (20, 0.025, 9.591), (20, 0.975, 34.170), (100, 0.005, 67.328), (100, 0.995, 140.169)],
)
def test_quantiles_of_the_published_chi_square_table(degrees: int, chance: float, chi_square: float) -> None:
    assert 2 * gamma_quantile(degrees // 2, chance) == pytest.approx(chi_square, abs=6e-4)


@given(st.integers(1, 20_000), st.floats(1e-4, 1 - 1e-4))
def test_a_quantile_is_the_inverse(shape: int, chance: float) -> None:
    assert gamma_below(shape, gamma_quantile(shape, chance)) == pytest.approx(chance, abs=1e-9)


def test_a_rate_lies_within_its_interval_which_narrows_with_more_events() -> None:
    few, many = rate_interval(100, 100.0), rate_interval(10_000, 10_000.0)
    assert few.low < many.low < 1 < many.high < few.high
    assert many.high - many.low == pytest.approx(2 * 2.5758 / 100, rel=0.01)


def test_overlap() -> None:
    a, b, c = Interval(1, 2, 0.9), Interval(2, 3, 0.9), Interval(2.5, 4, 0.9)
    assert a.overlaps(b)
    assert b.overlaps(a)
    assert not a.overlaps(c)
    assert not c.overlaps(a)
