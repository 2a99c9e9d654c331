"""A pool and a cohort are sets of accounts; a cohort's blocks are its members' own, whoever else joins or leaves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import Payment
from powplasma.simulation.individuals.cohort import Cohort
from powplasma.simulation.individuals.draws import stream
from powplasma.simulation.individuals.pool import Pool

ACCOUNTS = 12
some = st.sets(st.integers(0, ACCOUNTS - 1))
steps = st.lists(st.tuples(some, some), max_size=20)


def array(accounts: set[int]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.array(sorted(accounts, key=lambda account: account * 7 % ACCOUNTS), np.intp)


@settings(max_examples=150, deadline=None)
@given(steps=steps)
def test_a_pool_is_a_set(steps: list[tuple[set[int], set[int]]]) -> None:
    pool, expected = Pool(np.empty(ACCOUNTS, np.int32)), set[int]()
    for joining, leaving in steps:
        pool.add(array(joining - expected))
        expected |= joining
        pool.remove(array(leaving & expected))
        expected -= leaving
        assert sorted(pool.accounts().tolist()) == sorted(expected)
        assert pool.count == len(expected)
        assert pool.accounts()[pool.places(array(expected))].tolist() == array(expected).tolist()


def test_a_sample_of_a_pool_favours_nobody() -> None:
    pool, draw, times = Pool(np.empty(ACCOUNTS, np.int32)), stream(3, "", "order"), np.zeros(ACCOUNTS)
    pool.add(np.arange(ACCOUNTS))
    pool.remove(np.array([0, 5]))
    for _ in range(5_000):
        chosen = pool.sample(draw, 4)
        assert np.unique(chosen).size == 4
        times[chosen] += 1
    assert not times[[0, 5]].any()
    # Four in ten of 5,000 times: a binomial of mean 2,000 and standard deviation 35.
    assert abs(times[times > 0] - 2_000).max() < 5 * 34.7


@settings(max_examples=150, deadline=None)
@given(members=some, leaving=st.lists(some, max_size=5), most=st.integers(1, ACCOUNTS), seed=st.integers(0, 99))
def test_the_blocks_of_a_cohort_stay_with_their_accounts(
    members: set[int], leaving: list[set[int]], most: int, seed: int
) -> None:
    cohort = Cohort(Pool(np.empty(ACCOUNTS, np.int32)))
    cohort.members.add(array(members))
    assert cohort.waiting == len(members)
    keys = stream(seed, "", "keys").permutation(100)[: len(members)].astype(np.uint64)
    known = dict(zip(cohort.members.accounts().tolist(), keys.tolist(), strict=True))
    cohort.bid(Payment(21_000, 21_000, 0), keys)
    assert (cohort.waiting, cohort.rounds) == (0, 1)
    for accounts in leaving:
        cohort.remove(array(accounts & known.keys()))
        known = {account: key for account, key in known.items() if account not in accounts}
        left = array(set(known))
        assert cohort.keys_of(left).tolist() == [known[account] for account in left.tolist()]
        best_keys, best = cohort.best(most)
        assert [known[account] for account in best.tolist()] == best_keys.tolist()
        assert sorted(best_keys.tolist()) == sorted(known.values())[-most:]
