"""The figures of the progress line: quantiles and luck against their definitions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from powplasma_cli.report import duration, hashes_to_reach, luck, rate, under_way

from powplasma.engine import Progress

difficulties = st.integers(2, 2**64 - 1)


@given(difficulties, st.floats(0.01, 0.99))
def test_luck_of_a_quantile_is_its_chance(difficulty: int, chance: float) -> None:
    assert luck(math.ceil(hashes_to_reach(chance, difficulty)), difficulty) >= chance - 1e-9


@pytest.mark.parametrize("difficulty", [1, 2, 3, 10, 1000])
@pytest.mark.parametrize("hashes", [0, 1, 2, 50])
def test_luck_by_the_definition(difficulty: int, hashes: int) -> None:
    each = (2**64 // difficulty) / 2**64
    expected = 1.0 if difficulty == 1 else 1 - (1 - each) ** hashes
    assert luck(hashes, difficulty) == pytest.approx(expected)


def test_half_of_all_searches_take_two_thirds_of_the_difficulty() -> None:
    assert hashes_to_reach(0.5, 31_500_000) == pytest.approx(31_500_000 * math.log(2))
    assert hashes_to_reach(0.95, 31_500_000) == pytest.approx(31_500_000 * math.log(20))


def test_the_line() -> None:
    line = under_way(Progress(hashes=31_500_000, seconds=0.63, hashrate=50e6, difficulty=31_500_000))
    assert line == "50.0 MH/s · 0.63 s · from now on P50 0.44 s, P95 1.9 s · unluckier than 63% of searches"
    assert "P50" not in under_way(Progress(hashes=0, seconds=0.1, hashrate=0.0, difficulty=5))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0004, "0.4 ms"), (0.412, "0.41 s"), (0.999, "1.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
        (59.96, "1 min 0 s"), (119.9, "2 min 0 s"),
        (3_599, "59 min 59 s"), (3_599.9, "1.0 h"), (90_000, "1.0 days"), (31_557_600, "1 year"),
        (1.1 * 31_557_600, "1.1 years"), (4e17, "1.27e+10 years"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0, "0 H/s"), (999, "999 H/s"), (1e3, "1.0 kH/s"), (51.26e6, "51.3 MH/s"), (2e12, "2000.0 GH/s")],
)
def test_rates(per_second: float, text: str) -> None:
    assert rate(per_second) == text


@given(st.floats(0, 1e30), difficulties, st.integers(0, 2**64), st.floats(0, 1e15))
def test_every_search_has_a_line(seconds: float, difficulty: int, hashes: int, hashrate: float) -> None:
    assert "\n" not in under_way(Progress(hashes, seconds, hashrate, difficulty))
