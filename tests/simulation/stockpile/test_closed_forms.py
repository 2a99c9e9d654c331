"""The attacker alone against closed forms: whole momentums as integers, with no tolerance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.plasma import Window
from powplasma.simulation.stockpile import closed
from powplasma.validation import Anchor, Expiry, Reason

from .attacks import EXACT_GROWTH, GH, GROWTH, TIMES, attack, costs, filled, paid

FULL = closed.momentum_cost(200)

PUBLISHED = [
    ("alphanet", "none", (190, 1_142, 27_428, 822_857, 10_018_285)),
    ("forum", "inclusion", (8, 11, 17, 23, 28)),
    ("dynamic", "inclusion", (24, 42, 75, 111, 137)),
    ("forum", "creation", (21, 36, 63, 92, 113)),
]


@pytest.mark.parametrize(("rules", "policy", "expected"), PUBLISHED)
def test_whole_momentums_of_five_stocks(rules: str, policy: str, expected: tuple[int, ...]) -> None:
    assert tuple(filled(rules, policy, seconds) for seconds in TIMES) == expected


@pytest.mark.parametrize(("rules", "policy", "expected"), PUBLISHED)
def test_the_closed_forms_of_the_same(rules: str, policy: str, expected: tuple[int, ...]) -> None:
    hashes = [GH * seconds for seconds in TIMES]
    if rules == "alphanet":
        assert tuple(closed.filled_at_fixed_price(each, closed.momentum_cost(100)) for each in hashes) == expected
    else:
        growth = GROWTH[rules, policy]
        assert tuple(closed.filled_at_growing_price(each, FULL, growth) for each in hashes) == expected


@pytest.mark.parametrize("key", GROWTH)
@given(st.data())
def test_any_stock_against_the_rules_written_down_once_more(key: tuple[str, str], data: st.DataObject) -> None:
    hashes = data.draw(st.integers(1, 10**18))
    assert filled(*key, seconds=1, hashrate=hashes) == paid(hashes, costs(*key, momentums=250))


@pytest.mark.parametrize("key", GROWTH)
def test_where_the_closed_form_is_off_by_one_it_is_the_roundings_of_the_prices(key: tuple[str, str]) -> None:
    """Prices are rounded, so that n momentums cost a little more or less than the geometric sum says."""
    growth, prices = EXACT_GROWTH[key], costs(*key, momentums=40)
    off = 0
    for momentums in range(1, 40):
        exact = sum(prices[:momentums])
        geometric = FULL * (growth**momentums - 1) / (growth - 1)
        for hashes in (exact - 1, exact, int(geometric), int(geometric) + 1):
            simulated = filled(*key, seconds=1, hashrate=hashes)
            assert simulated == paid(hashes, prices)
            form = closed.filled_at_growing_price(hashes, FULL, float(growth))
            if simulated != form:
                # The stock lies between what the rules ask for and what the smooth price would.
                n = max(simulated, form)
                low, high = sorted((sum(prices[:n]), FULL * (growth**n - 1) / (growth - 1)))
                assert low - 1 <= hashes <= high + 1
                assert abs(simulated - form) == 1
                off += 1
    assert off


@pytest.mark.parametrize("seconds", TIMES)
def test_harvest(seconds: int) -> None:
    course, _ = attack("dynamic", "inclusion", "harvest", seconds)
    assert course.filled == closed.filled_by_harvest(GH * seconds, FULL, 1.1)


def test_a_harvest_is_worth_ten_momentums_more_than_a_perfect_order() -> None:
    differences = {
        attack("dynamic", "inclusion", "harvest", seconds)[0].filled - filled("dynamic", "inclusion", seconds)
        for seconds in TIMES
    }
    assert differences <= {9, 10}


@pytest.mark.parametrize(("rules", "growth", "blocks"), [("alphanet", 1.0, 100), ("dynamic", 1.1, 200)])
@pytest.mark.parametrize("half_life", [36, 360])
def test_decay(rules: str, growth: float, blocks: int, half_life: int) -> None:
    simulated = filled(rules, f"decay:{half_life}")
    assert simulated == closed.filled_under_decay(GH, closed.momentum_cost(blocks), growth, half_life)


@pytest.mark.parametrize("times", [2, 10, 100])
def test_holding_a_price_takes_what_a_live_attacker_needs(times: int) -> None:
    """One momentum of the long middle of a hold, by the difference of two stocks."""
    long, longer = (
        attack("dynamic", "inclusion", f"hold:{times}", seconds=seconds) for seconds in (864_000, 1_728_000)
    )
    momentums = longer[0].held - long[0].held
    per_second = (longer[1].spent - long[1].spent) / (10 * momentums)
    assert per_second == pytest.approx(closed.live_hashrate_to_hold(times, 50), rel=0.002)


def test_filling_alphanet_live() -> None:
    assert closed.live_hashrate_to_fill(closed.momentum_cost(100)) == 315_000_000


@pytest.mark.parametrize("window", [6, 360, 8_640])
def test_a_window_leaves_hashrate_times_window_times_ten_seconds(window: int) -> None:
    for seconds in TIMES:
        _, stock = attack("dynamic", f"window:{window}", seconds=seconds)
        assert stock.hashes == GH * seconds
        assert stock.spent <= closed.counted_hashes(GH, seconds, window) <= GH * window * 10


@pytest.mark.parametrize("window", [1, 6, 60, 360])
def test_under_a_window_a_fixed_price_is_paid_as_often_as_the_stock_lasts(window: int) -> None:
    """1 GH/s makes 10^10 per interval and a momentum of alphanet takes less, so that it is age that ends it."""
    assert filled("alphanet", f"window:{window}") == window


@pytest.mark.parametrize("window", [1, 6, 60])
def test_the_validator_counts_one_less_to_the_same_end(window: int) -> None:
    """Work of the last interval is anchored to h; it pays up to h + window here, and for the validator's window - 1."""
    h = 1_000
    last = h + filled("alphanet", f"window:{window}")
    anchor, policy = Anchor(bytes(32), h), Window(window - 1)
    assert Expiry(policy, last - 1, None).refuse(anchor) is None
    refused = Expiry(policy, last, None).refuse(anchor)
    assert refused is not None
    assert refused[0] is Reason.EXPIRED


@pytest.mark.parametrize("window", [10, 60, 360])
def test_a_slow_attacker_spends_all_that_the_window_leaves(window: int) -> None:
    """A tenth of what alphanet takes live: the oldest is used in time, and nothing is lost."""
    assert filled("alphanet", f"window:{window}", hashrate=31_500_000) == pytest.approx(window / 10, abs=1)
