"""Thinning: every extreme stays, whatever the length, and a short series is left as it is."""

from hypothesis import given
from hypothesis import strategies as st

from powplasma.charts.thinning import MOST_BINS, Thinned


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=5 * MOST_BINS))
def test_bins_are_those_of_the_plain_series(series: list[int]) -> None:
    thinned = Thinned(["value"])
    for number, value in enumerate(series, 1):
        thinned.add(number, [value])
    size = 1
    while -(-len(series) // size) > MOST_BINS:
        size *= 2
    assert thinned.rows_per_bin == size
    chunks = [series[start : start + size] for start in range(0, len(series), size)]
    assert [(each.low, each.high, each.total) for each in thinned.bins] == [
        ([min(chunk)], [max(chunk)], [sum(chunk)]) for chunk in chunks
    ]
    assert [(each.first, each.last) for each in thinned.bins] == [
        (1 + size * index, min(size * (index + 1), len(series))) for index in range(len(chunks))
    ]


def test_a_year_takes_no_more_room_than_a_day() -> None:
    thinned = Thinned(["one"])
    for number in range(1, 100_001):
        thinned.add(number, [number % 7])
    assert len(thinned.bins) <= MOST_BINS
    assert sum(each.total[0] for each in thinned.bins) == sum(number % 7 for number in range(1, 100_001))
