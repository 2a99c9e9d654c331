"""Individuals: nothing is created or lost, and what chance decides follows the laws of chance."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import make_state, ruleset
from powplasma.plasma.content import PoolBlock, judge_content
from powplasma.plasma.pricing import DynamicRules
from powplasma.plasma.recharge import confined_plasma
from powplasma.simulation import load_scenario
from powplasma.simulation.individual import Network, Produced
from powplasma.simulation.lanes import LANE_KEYS, Lane, parse_lane
from powplasma.simulation.schema import Table

RULES = ("alphanet", "forum", "dynamic")


def lane(momentums: int = 10_000, **values: object) -> Lane:
    return parse_lane(Table("test:", {"name": "lane", **values}, LANE_KEYS), momentums)


def network(rules: str, *lanes: Lane, seed: int = 0, **parameters: Any) -> Network:
    rule_set = ruleset(rules, **parameters)
    return Network(rule_set, rule_set.initial_state, lanes, seed)


def check_conservation(net: Network, produced: Produced, included: set[tuple[str, float]]) -> None:
    """No block twice, no plasma from nowhere, no cap exceeded, and everybody's wishes accounted for."""
    for block in produced.blocks:
        key = (block.account.address, block.wished)
        assert key not in included
        included.add(key)
        assert block.wished <= block.ready <= 10 * produced.momentum
        assert net.rules.price_met(
            block.payment.base_plasma,
            block.payment.fused_plasma,
            net.rules.plasma_of_difficulty(block.payment.difficulty, produced.state),
            produced.state,
        )
    for accounts in net.accounts:
        for account in accounts:
            fused = min(account.lane.fused_plasma, net.rules.max_fused_plasma)
            confined = confined_plasma(account.confinement, net.momentum)
            open_plasma = account.block.payment.fused_plasma if account.block else 0
            available = account.available(net.momentum)
            assert available >= 0
            assert available + open_plasma + confined == fused
            assert account.block is None or (account.wishes and not account.waiting)
            assert not account.wishes or account.block is not None or account.waiting
    if isinstance(net.rules, DynamicRules):
        blocks = [PoolBlock(b.account.address, b.account.height, b.hash, b.payment) for b in produced.blocks]
        verdict = judge_content(blocks, net.rules, produced.state)
        assert verdict.accepted
        assert verdict.next_state == produced.next_state
    elif net.rules.name == "alphanet":
        assert len(produced.blocks) <= 100
    else:
        assert produced.content.base_plasma == sum(b.payment.base_plasma for b in produced.blocks) <= 4_200_000


lanes = st.fixed_dictionaries(
    {
        "participants": st.integers(1, 40),
        "fused_qsr": st.sampled_from([0, 7, 10, 25, 200]),
        "hashrate": st.sampled_from([1e5, 3e6, 1e9]),
        "rate": st.sampled_from([0.05, 0.7, 9.0]),
        "strategy": st.sampled_from(["minimum", "headroom", "outbid"]),
        "headroom": st.integers(0, 3),
        "patience": st.sampled_from([0, 3, 20]),
        "when_weak": st.sampled_from(["again", "wait"]),
        "block": st.sampled_from(["send", "receive", "Pillar.Delegate"]),
        "from_momentum": st.integers(1, 10),
        "daily_percent": st.sampled_from([0, 100]),
    }
)
fused_lanes = st.fixed_dictionaries(
    {"participants": st.integers(1, 300), "fused_qsr": st.sampled_from([10, 30, 100]), "greedy": st.just(True)}
)


@settings(max_examples=25, deadline=None)
@given(rules=st.sampled_from(RULES), first=lanes, second=st.one_of(lanes, fused_lanes), seed=st.integers(0, 9))
def test_conservation(rules: str, first: dict[str, Any], second: dict[str, Any], seed: int) -> None:
    net = network(rules, lane(**first), lane(**second | {"name": "other"}), seed=seed)
    included: set[tuple[str, float]] = set()
    counts, given_up = [0, 0], [0, 0]
    for produced in net.produce(30):
        check_conservation(net, produced, included)
        for block in produced.blocks:
            counts[block.account.position] += 1
        for position in (0, 1):
            given_up[position] += produced.given_up[position]
            left = sum(len(account.wishes) for account in net.accounts[position])
            assert net.wished[position] == counts[position] + given_up[position] + left


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
    assert abs(found["latency_p90"] - 9) < 0.15
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
        after = produced.wanted[0] - len(produced.blocks)
        presence += (before + produced.wanted[0]) / 2
        before = after
        latency += sum(10 * produced.momentum - block.wished for block in produced.blocks)
        count += len(produced.blocks)
    number, rate, time = presence / momentums, count / (10 * momentums), latency / count
    assert number == pytest.approx(rate * time, rel=0.02)


def test_confined_plasma_spaces_the_blocks_of_an_account() -> None:
    """10 QSR are confined as long as the rate of the confirming momentum says, and not a momentum less."""
    net = network("forum", lane(participants=1, fused_qsr=10, greedy=True), recharge_variant="first")
    heights, rates = [], []
    for produced in net.produce(100):
        if produced.blocks:
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
    first = next(produced for produced in net.produce(100) if produced.blocks)
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
        for block in produced.blocks:
            waits[block.account.position].append(10 * produced.momentum - block.wished)
    assert sum(waits[1]) / len(waits[1]) < sum(waits[0]) / len(waits[0])
    assert len(waits[1]) > len(waits[0])


def test_the_seed_decides() -> None:
    def run(seed: int) -> list[tuple[object, ...]]:
        net = network("forum", lane(participants=50, rate=0.5, hashrate=1e6), seed=seed)
        return [(p.momentum, p.state, p.content, [b.wished for b in p.blocks]) for p in net.produce(50)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_a_lane_does_not_disturb_the_arrivals_of_another() -> None:
    def arrivals(*others: Lane) -> list[float]:
        net = network("alphanet", lane(participants=5, rate=0.1, fused_qsr=10), *others)
        return sorted(b.wished for p in net.produce(200) for b in p.blocks if b.account.position == 0)

    assert arrivals() == arrivals(lane(name="other", participants=5, rate=0.1, fused_qsr=10))
