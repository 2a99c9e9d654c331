"""Leaving out what cannot fit changes nothing: a momentum takes what its rules take from the whole pool."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import Payment, make_state, ruleset
from powplasma.plasma.content import PoolBlock, select_content
from powplasma.simulation.individuals.draws import Draws, stream
from powplasma.simulation.individuals.population import Population
from powplasma.simulation.individuals.selection import select
from powplasma.simulation.individuals.terms import Terms
from tests.simulation.individuals.networks import lane

pytestmark = pytest.mark.usefixtures("arrays")

KINDS = {"send": 21_000, "Pillar.Delegate": 52_500, "Pillar.CollectReward": 52_500, "Pillar.Register": 73_500}
blocks = st.tuples(
    st.sampled_from([0, 20_999, 21_000, 52_500, 150_000, 210_000]),
    st.sampled_from([0, 31_500_000, 78_750_000, 500_000_000]),
)
pools = st.lists(st.tuples(st.sampled_from(["send", "send", *KINDS]), st.lists(blocks, max_size=30)), max_size=3)


def populations(pool: list[tuple[str, list[tuple[int, int]]]], rules: Any) -> tuple[list[Population], dict[str, Any]]:
    """A lane for each list of blocks, an account for each block; and what the blocks are, by their address."""
    made, known = [], {}
    first, bits = 0, 10
    for position, (kind, payments) in enumerate(pool):
        sender = lane(
            name=str(position), participants=len(payments) + 1, fused_qsr=100, hashrate=1.0, greedy=True, block=kind
        )
        population = Population(sender, rules, Draws(sender, 0, first, bits))
        accounts = np.arange(len(payments))
        random = stream(7, sender.name, "keys").permutation(2**20)[: accounts.size]
        population.rows.keys[accounts] = random * 4 + position
        if payments:
            population.rows.fused[accounts], population.rows.difficulty[accounts] = np.array(payments, np.int64).T
        population.rows.pool.add(accounts)
        made.append(population)
        first += sender.participants
        for account, payment in enumerate(payments):
            key = int(population.rows.keys[account])
            known[f"{position}/{account}"] = (Payment(sender.kind.base_plasma, *payment), key.to_bytes(32))
    return made, known


def addresses(chosen: list[Any]) -> set[str]:
    return {f"{position}/{account}" for position, accounts in enumerate(chosen) for account in accounts.tolist()}


@settings(max_examples=60, deadline=None)
@given(pool=pools, prices=st.tuples(st.sampled_from([1_000, 1_500, 2_777]), st.sampled_from([1_000, 4_001])))
def test_dynamic_takes_what_the_rules_take_from_the_whole_pool(pool: Any, prices: tuple[int, int]) -> None:
    rules = ruleset(
        "dynamic", max_base_plasma_in_momentum=420_000, fused_plasma_target=100_000, pow_plasma_target=100_000
    )
    state = make_state(rules, fusion_price=prices[0], work_price=prices[1])
    made, known = populations(pool, rules)
    whole = [PoolBlock(address, 1, key, payment) for address, (payment, key) in known.items()]
    expected = {block.address for block in select_content(whole, rules, state)}
    assert addresses(select(Terms(rules, state, 1), made, stream(0, "", "order"))) == expected


@settings(max_examples=60, deadline=None)
@given(pool=pools, price=st.sampled_from([1_000, 1_300, 4_000]), difficulty=st.sampled_from([1_000, 3_000]))
def test_forum_takes_the_best_paying_that_fit(pool: Any, price: int, difficulty: int) -> None:
    rules = ruleset("forum", max_base_plasma=420_000, target_base_plasma=210_000)
    state = make_state(rules, base_price=price, difficulty_per_plasma=difficulty)
    made, known = populations(pool, rules)

    def paid(payment: Payment) -> int:
        return payment.fused_plasma + payment.difficulty // difficulty

    left, expected = list(known), set()
    room = 420_000
    while left:  # the best by cross-multiplication, one at a time
        best = left[0]
        for other in left[1:]:
            (a, a_key), (b, b_key) = known[other], known[best]
            if (paid(a) * b.base_plasma, a_key) > (paid(b) * a.base_plasma, b_key):
                best = other
        left.remove(best)
        payment = known[best][0]
        if paid(payment) * 1_000 >= payment.base_plasma * price and payment.base_plasma <= room:
            room -= payment.base_plasma
            expected.add(best)
    assert addresses(select(Terms(rules, state, 1), made, stream(0, "", "order"))) == expected


def test_alphanet_takes_any_100() -> None:
    """Every block is as likely to be in as any other, however many of its lane wait and however many have gone."""
    rules = ruleset("alphanet")
    made, _ = populations([("send", [(21_000, 0)] * 250), ("send", [(21_000, 0)] * 150)], rules)
    gone = np.arange(100)
    made[0].rows.pool.remove(gone)
    draw = stream(1, "", "order")
    times = [np.zeros(251), np.zeros(151)]
    for _ in range(2_000):
        chosen = select(Terms(rules, rules.initial_state, 1), made, draw)
        assert len(addresses(chosen)) == sum(accounts.size for accounts in chosen) == 100
        for counts, accounts in zip(times, chosen, strict=True):
            counts[accounts] += 1
    assert not times[0][:100].any()
    each = np.concatenate((times[0][100:250], times[1][:150]))
    # One in three of 2,000 times: a binomial of mean 667 and standard deviation 21.
    assert abs(each - 2_000 / 3).max() < 5 * 21.1
    few, _ = populations([("send", [(21_000, 0)] * 40), ("send", [(21_000, 0)] * 60)], rules)
    assert len(addresses(select(Terms(rules, rules.initial_state, 1), few, draw))) == 100
