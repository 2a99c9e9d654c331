"""The laws of searching, on real hashes: they hold, and they break when they should.

Data hash and starts are fixed, so every run judges the same nonces.
"""

from hashlib import sha3_256

import pytest

from powplasma.engine import Engine
from powplasma.kernels import kernel
from powplasma.measure.findings import findings
from powplasma.measure.hashrate import Hashrate
from powplasma.measure.searches import Searches, run_searches, search_difficulty
from powplasma.work import threshold

DIFFICULTY = 512
DATA_HASH = sha3_256(b"the law of searches").digest()
RATE = 1e6


@pytest.fixture(scope="module")
def counts() -> list[int]:
    """Hashes to each of 4,000 nonces."""
    search, hashes, counter = kernel().search, [], 0
    for _ in range(4000):
        result = search(DATA_HASH, counter, 1 << 32, threshold(DIFFICULTY))
        hashes.append(result.hashes)
        counter += result.hashes
    return hashes


def timed(counts: list[int], counted: list[int] | None = None) -> Searches:
    """Searches of a machine that makes a million hashes per second."""
    return Searches(DIFFICULTY, tuple(count / RATE for count in counts), tuple(counted or counts))


def kinds(searches: Searches) -> set[str]:
    """What is found wrong beside counting that says a million hashes per second."""
    return {finding.kind for finding in findings([], None, searches, Hashrate("any", 1, (RATE,) * 9))}


def test_real_searches_follow_both_laws(counts: list[int]) -> None:
    searches = timed(counts)
    assert searches.law_of_hashes.passed
    assert searches.law_of_times.passed
    assert searches.interval.low < RATE < searches.interval.high
    assert searches.miscount_interval.low < 1 < searches.miscount_interval.high
    assert kinds(searches) == set()


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_counting_that_is_off_by_a_tenth_is_found(counts: list[int], factor: float) -> None:
    wrong = timed(counts, [max(1, round(count * factor)) for count in counts])
    assert not wrong.law_of_hashes.passed
    assert not wrong.miscount_interval.low < 1 < wrong.miscount_interval.high
    assert wrong.law_of_times.passed
    # The hashrate by counting is off by as much, and no longer agrees with searching.
    counted = Hashrate("any", 1, (RATE * factor,) * 9)
    assert not wrong.interval.overlaps(counted.interval)
    assert {"hashes", "disagreement"} <= {finding.kind for finding in findings([], None, wrong, counted)}


def test_searches_that_are_given_up_early_are_found(counts: list[int]) -> None:
    kept = timed([count for count in counts if count <= 2 * DIFFICULTY])
    assert not kept.law_of_hashes.passed
    assert not kept.law_of_times.passed
    assert {"times", "hashes", "disagreement"} == kinds(kept)


def test_searches_that_end_at_a_limit_are_found(counts: list[int]) -> None:
    cut = timed([min(count, 2 * DIFFICULTY) for count in counts])
    assert not cut.law_of_hashes.passed
    assert not cut.law_of_times.passed


def test_a_nonce_taken_twice_is_found(counts: list[int]) -> None:
    """Every tenth search ends at once, as if the nonce of another were handed out again."""
    assert not timed([1 if index % 10 == 0 else count for index, count in enumerate(counts)]).law_of_hashes.passed


def test_a_search_is_long_against_what_is_counted_at_once() -> None:
    assert search_difficulty("avx512", 1, 50e6, 0.02) == 1_000_000
    assert search_difficulty("avx512", 2, 100e6, 0.02) == 2_000_000
    assert search_difficulty("avx512", 3, 1e6, 0.02) == 2 * 16 * 32_768
    assert search_difficulty("python", 2, 2e6, 0.02) == 16 * 4_096
    assert search_difficulty("python", 1, 10, 0.02) == 2


def test_an_engine_makes_them() -> None:
    with Engine(1, "python") as engine:
        done: list[int] = []
        searches = run_searches(engine, 2_000, 25, done.append)
    assert done == list(range(1, 26))
    assert len(searches.seconds) == len(searches.hashes) == 25
    assert all(seconds > 0 for seconds in searches.seconds)
    assert all(hashes >= 1 for hashes in searches.hashes)
    more = searches + searches
    assert more.difficulty == 2_000
    assert more.hashes == searches.hashes * 2
