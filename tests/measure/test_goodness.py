"""The goodness-of-fit test: its distribution, and what it lets through and what not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.measure.goodness import anderson_darling_below, fit_of_hashes, fit_of_times, uniform_fit


@pytest.mark.parametrize(
    ("statistic", "below"), [(1.248, 0.75), (1.933, 0.90), (2.492, 0.95), (3.070, 0.975), (3.857, 0.99), (5.97, 0.999)]
)
def test_the_published_percentage_points(statistic: float, below: float) -> None:
    assert anderson_darling_below(statistic) == pytest.approx(below, abs=3e-4)


def test_the_distribution_rises_from_0_to_1() -> None:
    values = [anderson_darling_below(step / 20) for step in range(1, 400)]
    assert values == sorted(values)
    assert values[0] < 1e-6
    assert values[-1] > 1 - 1e-8


def p_values(make, samples: int = 400) -> list[float]:
    source = random.Random(20)
    return [make(source).p_value for _ in range(samples)]


def uniform(source: random.Random):
    return uniform_fit([source.random() for _ in range(40)])


def exponential(source: random.Random):
    return fit_of_times([source.expovariate(3.0) for _ in range(40)])


def geometric(source: random.Random):
    return fit_of_hashes([int(source.expovariate(1e-5)) + 1 for _ in range(40)], 100_000)


@pytest.mark.parametrize("make", [uniform, exponential, geometric])
def test_p_values_are_what_they_say_where_the_law_holds(make) -> None:
    found = p_values(make)
    for level in (0.05, 0.25, 0.5, 0.9):
        below = sum(p < level for p in found)
        # Four standard deviations of a binomial count; the samples are always the same ones.
        assert abs(below - level * 400) < 4 * (400 * level * (1 - level)) ** 0.5


@given(st.floats(1e-6, 1e6), st.integers(0, 1000))
def test_the_unit_of_time_does_not_matter(scale: float, seed: int) -> None:
    source = random.Random(seed)
    times = [source.expovariate(1.0) for _ in range(30)]
    assert fit_of_times([scale * time for time in times]).statistic == pytest.approx(fit_of_times(times).statistic)


def test_other_laws_are_told_apart() -> None:
    source = random.Random(5)
    assert not fit_of_times([source.uniform(0, 1) for _ in range(300)]).passed
    assert not fit_of_times([1 + source.expovariate(1) for _ in range(300)]).passed
    # A machine that is at half its speed for half of the time would have to be very busy to pass.
    assert not fit_of_times([source.expovariate(1 if i % 2 else 6) for i in range(1000)]).passed


def test_too_few_are_not_judged() -> None:
    with pytest.raises(InvalidInput, match="too few"):
        fit_of_times([1.0] * 19)
