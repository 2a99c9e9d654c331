"""Individuals: nothing is created or lost, and what chance decides follows the laws of chance."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import Payment, make_state, ruleset
from powplasma.plasma.content import PoolBlock, judge_content
from powplasma.plasma.pricing import DynamicRules
from powplasma.simulation import SimulationStopped, load_scenario
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.network import Network, Produced
from powplasma.simulation.individuals.rows import IDLE, IN_COHORT, POOLED, RECHARGING, SEARCHING
from tests.simulation.individuals.networks import RULES, any_lane, lane, network, parameters

pytestmark = pytest.mark.usefixtures("arrays")


def check_conservation(net: Network, produced: Produced, included: set[tuple[int, int, float]]) -> None:
    """No block twice, no plasma from nowhere, no cap exceeded, and everybody in one place."""
    waiting: list[PoolBlock] = []
    for position, blocks in enumerate(produced.included):
        base_plasma = net.lanes[position].kind.base_plasma
        for account, wished, key, fused, difficulty in zip(
            blocks.accounts.tolist(), blocks.wished.tolist(), blocks.keys.tolist(), blocks.fused_plasma.tolist(),
            blocks.difficulty.tolist(), strict=True,
        ):  # fmt: skip
            assert (position, account, wished) not in included
            included.add((position, account, wished))
            assert wished <= 10 * produced.momentum
            worked = net.rules.plasma_of_difficulty(difficulty, produced.state)
            assert net.rules.price_met(base_plasma, fused, worked, produced.state)
            payment = Payment(base_plasma, fused, difficulty)
            waiting.append(PoolBlock(f"{position}/{account}", 1, key.to_bytes(32), payment))
    assert len({block.address for block in waiting}) == len(waiting)
    for position, population in enumerate(net.populations):
        everybody = np.arange(net.lanes[position].participants)
        cohort, members = population.cohort, population.rows.where == IN_COHORT
        assert sorted(cohort.members.accounts()) == sorted(np.flatnonzero(members))
        open_ = np.isin(population.rows.where, (SEARCHING, POOLED))
        committed = np.where(open_, population.rows.fused, 0)
        if cohort.payment:
            committed[members] = cohort.payment.fused_plasma
            assert not cohort.payment.difficulty
        confined = np.zeros_like(committed)
        if population.confinements is not None:
            confined = population.confinements.confined(everybody, net.momentum)
        available = population.fused_plasma - confined - committed
        assert (available >= 0).all()
        assert (committed >= 0).all()
        assert (confined >= 0).all()
        wishes = population.rows.wishes.lengths()
        assert (wishes == 0)[population.rows.where == IDLE].all()
        assert (wishes > 0)[open_ | members].all()
        assert population.wanted == wishes.sum()
        assert population.rows.pool.count == np.count_nonzero(population.rows.where == POOLED)
        assert sorted(population.rows.pool.accounts()) == sorted(np.flatnonzero(population.rows.where == POOLED))
        assert population.held == population.rows.pool.count + np.count_nonzero(members)
        if population.confinements is None:
            assert not (population.rows.where == RECHARGING).any()
    if isinstance(net.rules, DynamicRules):
        verdict = judge_content(waiting, net.rules, produced.state)
        assert verdict.accepted
        assert verdict.next_state == produced.next_state
    elif net.rules.name == "alphanet":
        assert len(waiting) <= 100
    else:
        paid = sum(block.payment.base_plasma for block in waiting)
        assert produced.content.base_plasma == paid <= net.rules.max_base_plasma  # type: ignore[attr-defined]


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=10, deadline=None)
@given(data=st.data(), first=any_lane, second=any_lane, seed=st.integers(0, 9))
def test_conservation(rules: str, data: Any, first: dict[str, Any], second: dict[str, Any], seed: int) -> None:
    net = network(rules, lane(**first), lane(**second | {"name": "other"}), seed=seed, **data.draw(parameters[rules]))
    included: set[tuple[int, int, float]] = set()
    counts, given_up = [0, 0], [0, 0]
    for produced in net.produce(30):
        check_conservation(net, produced, included)
        for position, population in enumerate(net.populations):
            counts[position] += produced.included[position].accounts.size
            given_up[position] += produced.given_up[position]
            assert population.wished == counts[position] + given_up[position] + population.wanted


def summary(**values: object) -> dict[str, Any]:
    settings = {f"lanes.0.{key}": value for key, value in values.items()}
    scenario = load_scenario(str(Path(__file__).parent / "one_lane.toml"), settings=settings)
    figures = scenario.plan.run(scenario.rules, scenario.state, 1).summary()
    return figures["lanes"][0]  # type: ignore[index,no-any-return]


def test_at_low_load_a_fused_block_waits_half_a_momentum() -> None:
    found = summary(participants=2_000, rate=0.005, fused_qsr=10)
    blocks = found["included"]
    assert blocks > 15_000
    # Uniform from 0 to 10 seconds: mean 5, standard deviation 10/sqrt(12); five standard errors are allowed.
    assert abs(found["latency_mean"] - 5) < 5 * 10 / math.sqrt(12 * blocks)
    for percent, latency in enumerate(found["latency_quantiles"][:99]):  # the last one waited for his own other block
        assert abs(latency - percent / 10) < 0.25
    assert found["never_included_percent"] < 0.01


@pytest.mark.parametrize("hashrate", [1e6, 2e6])
def test_at_low_load_work_is_exponential(hashrate: float) -> None:
    """So doubling the hashrate halves it; after it, the wait for the momentum is uniform again."""
    found = summary(participants=20_000, rate=0.0005, hashrate=hashrate)
    expected = 21_000 * 1_500 / hashrate
    error = expected / math.sqrt(found["included"])
    assert abs(found["work_mean"] - expected) < 5 * error
    assert abs(found["latency_mean"] - (expected + 5)) < 5 * math.hypot(error, 0.03)
    assert found["attempts"] == found["included"]


def test_littles_law() -> None:
    """Mean number of wishes = arrival rate × mean time from wish to inclusion, at 80 % of the capacity."""
    net = network("alphanet", lane(participants=4_000, rate=0.02, fused_qsr=10), seed=3)
    presence = before = latency = 0.0
    count = 0
    momentums = 2_000
    for produced in net.produce(momentums):
        blocks = produced.included[0]
        after = produced.wanted[0] - blocks.accounts.size
        presence += (before + produced.wanted[0]) / 2
        before = after
        latency += float((10 * produced.momentum - blocks.wished).sum())
        count += blocks.accounts.size
    number, rate, time = presence / momentums, count / (10 * momentums), latency / count
    assert number == pytest.approx(rate * time, rel=0.02)


def test_confined_plasma_spaces_the_blocks_of_an_account() -> None:
    """10 QSR are confined as long as the rate of the confirming momentum says, and not a momentum less."""
    net = network("forum", lane(participants=1, fused_qsr=10, greedy=True), recharge_variant="first")
    heights, rates = [], []
    for produced in net.produce(100):
        if produced.included[0].accounts.size:
            heights.append(produced.momentum)
            rates.append(produced.state.fusion_recharge_rate)
    assert len(heights) > 5
    # Available again after ceil(21,000 / rate) confirmations, so in the momentum after those at the earliest.
    expected = [-(-21_000 // rate) + 1 for rate in rates[:-1]]
    assert [later - earlier for earlier, later in pairwise(heights)] == expected


def test_a_price_too_high_for_a_lane_blocks_it_until_it_falls() -> None:
    rules = ruleset("dynamic")
    state = make_state(rules, fusion_price=2_000)
    net = Network(rules, state, [lane(participants=1, fused_qsr=10, greedy=True)], 0)
    first = next(produced for produced in net.produce(100) if produced.included[0].accounts.size)
    assert first.state.fusion_price == 1_000
    price, momentum = 2_000, 1
    while price > 1_000:  # 5 % down in every empty momentum
        price, momentum = max(1_000, price + (-price) // 20), momentum + 1
    assert first.momentum == momentum


def test_who_outbids_gets_in_first() -> None:
    crowd = {"participants": 300, "rate": 1, "fused_qsr": 1_000}
    net = network("dynamic", lane(**crowd), lane(**crowd, name="other", strategy="outbid", outbid_percent=20))
    waits: list[list[float]] = [[], []]
    for produced in net.produce(50):
        for position, blocks in enumerate(produced.included):
            waits[position] += (10 * produced.momentum - blocks.wished).tolist()
    assert sum(waits[1]) / len(waits[1]) < sum(waits[0]) / len(waits[0])
    assert len(waits[1]) > len(waits[0])


def test_the_seed_decides() -> None:
    def run(seed: int) -> list[tuple[object, ...]]:
        net = network("forum", lane(participants=50, rate=0.5, hashrate=1e6), seed=seed)
        return [(p.momentum, p.state, p.content, p.included[0].wished.tolist()) for p in net.produce(50)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_a_lane_does_not_disturb_the_arrivals_of_another() -> None:
    def arrivals(*others: Lane) -> list[float]:
        net = network("alphanet", lane(participants=5, rate=0.1, fused_qsr=10), *others)
        return sorted(time for p in net.produce(200) for time in p.included[0].wished.tolist())

    assert arrivals() == arrivals(lane(name="other", participants=5, rate=0.1, fused_qsr=10))


def test_a_difficulty_beyond_the_arrays_stops_the_run_and_names_the_momentum() -> None:
    rules = ruleset("forum")
    state = make_state(rules, difficulty_per_plasma=6 * 10**14)  # times 21,000: less than 2^64, more than 2^63
    net = Network(rules, state, [lane(participants=1, hashrate=1.0, greedy=True)], 0)
    with pytest.raises(SimulationStopped, match=r"^momentum 1: difficulty: \d+ does not fit into 64 bits with a sign"):
        list(net.produce(3))


def test_a_value_beyond_the_arrays_stops_the_run_and_names_the_momentum() -> None:
    rules = ruleset("dynamic")
    state = make_state(rules, fusion_price=10**9, work_price=10**9)
    net = Network(rules, state, [lane(participants=300, fused_qsr=99_000_000, greedy=True)], 0)
    with pytest.raises(SimulationStopped, match=r"^momentum 1: value of a block: \d+ does not fit into 64 bits"):
        list(net.produce(3))


def test_the_smallest_of_all_rates_is_a_rate() -> None:
    net = network("alphanet", lane(participants=1, rate=5e-324, fused_qsr=10))
    assert not any(sum(produced.wanted) for produced in net.produce(3))


def test_a_rise_that_the_rules_refuse_stops_the_run_and_names_the_momentum() -> None:
    net = network("forum", lane(participants=1, fused_qsr=10, greedy=True, strategy="headroom", headroom=10_000))
    with pytest.raises(SimulationStopped, match=r"^momentum 1: used_plasma: \d+ does not fit into 64 bits"):
        list(net.produce(3))
