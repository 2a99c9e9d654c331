"""The numbers of the thread and of its sources, each from the line that states it, and the closed forms themselves."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.simulation.exits.closed import (
    FAILED_CHALLENGE_GAS,
    HASH_BYTES,
    chain_bytes_per_year,
    coin_bytes_per_year,
    detection,
    deterrent_bond,
    drain_seconds,
    failed_challenges_cost,
    fraud_profit,
    hunters_who_enter,
    price_growth,
    saved_share,
    takes_part,
)
from powplasma.simulation.exits.load import load_exits
from powplasma.simulation.exits.plan import BondRule
from powplasma.simulation.exits.queues import Mvp

WEEK = 604_800
GWEI = 10**9

percents = st.integers(0, 100).map(lambda percent: Fraction(percent, 100))
money = st.integers(0, 10**24)


def test_one_exit_per_second_is_six_hundred_thousand_a_week() -> None:
    assert drain_seconds(Fraction(1), 604_800) == WEEK
    assert drain_seconds(Fraction(100_000, WEEK), 1) == Fraction(6_048, 1_000)
    assert saved_share(Fraction(1), WEEK, 604_800) == 1
    assert saved_share(Fraction(1), WEEK, 1_209_600) == Fraction(1, 2)


def test_a_tenth_of_twenty_transactions_per_second() -> None:
    assert Fraction(20, 10) * WEEK == 1_209_600


def test_six_terabytes_a_year() -> None:
    assert chain_bytes_per_year(1_000, 190) == 5_995_944_000_000


@pytest.mark.parametrize(
    ("gas", "wei"), [(233_000, 23_300_000 * GWEI), (269_000, 26_900_000 * GWEI), (309_000, 30_900_000 * GWEI)]
)
def test_the_deployed_bonds(gas: int, wei: int) -> None:
    assert BondRule("gas", 0, 0, gas, 50 * GWEI, 2).bond(1, 50 * GWEI) == wei


def test_the_deployed_bounty() -> None:
    assert load_exits("spent-outputs").rules.process_gas * 50 * GWEI == 5_350_000 * GWEI


@pytest.mark.parametrize(
    ("created", "now", "payable"),
    [(-10 * WEEK, 5, 5 + WEEK), (5, 5, 5 + 2 * WEEK), (-WEEK, 0, WEEK), (1 - WEEK, 0, WEEK + 1)],
)
def test_when_an_mvp_exit_can_be_paid(created: int, now: int, payable: int) -> None:
    assert Mvp(WEEK, 0).start(0, created, now) == payable == max(created + 2 * WEEK, now + WEEK)


def test_half_a_million_outputs_leave_in_a_week() -> None:
    chain, rules = load_exits("mass-exit-550k").chain, load_exits("mass-exit-550k").rules
    blocks = WEEK // chain.block_seconds
    assert blocks == 40_320
    assert chain.exits_gas * blocks // rules.start_gas == 576_000
    assert chain.exits_gas // rules.start_gas * blocks == 564_480


def test_batches() -> None:
    plan = load_exits("batched")
    assert plan.chain.exits_gas // plan.rules.gas_to_start(in_flight=False) == 1_801
    assert load_exits("batched", {"exits.start_gas": 1_430}).chain.exits_gas // 1_430 == 5_594
    shared = load_exits("batched", {"exits.start_gas": 1_000, "exits.batch": 3, "exits.batch_gas": 1_000})
    assert shared.rules.gas_to_start(in_flight=False) == 1_334


def test_the_history_of_ten_coins() -> None:
    assert coin_bytes_per_year(1, 16, 500_000) == 256_000_000
    assert coin_bytes_per_year(10, 16, 500_000) == 2_560_000_000


def test_the_size_of_a_proof() -> None:
    assert 64 * HASH_BYTES == 2_048
    assert round(math.log2(2_378) * HASH_BYTES) == 359
    assert 10 * HASH_BYTES == 320


def test_a_failed_challenge_in_each_block_of_a_year() -> None:
    blocks = 365 * 86_400 // 12
    cost = failed_challenges_cost(blocks, GWEI)
    assert (blocks, FAILED_CHALLENGE_GAS) == (2_628_000, 21_000)
    assert cost == 55_188_000 * 10**12  # 55.188 ETH
    assert cost * 1_800 // 10**18 == 99_338


def test_prices_of_full_blocks() -> None:
    assert price_growth(0) == 1
    assert price_growth(20) == Fraction(1_125, 1_000) ** 20
    assert 10 < price_growth(20) < 11


@given(percents, st.integers(0, 40), percents)
def test_detection_is_the_chance_that_not_everybody_fails(sees: Fraction, hunters: int, watches: Fraction) -> None:
    missed = 1 - watches
    for _ in range(hunters):
        missed *= 1 - sees
    assert detection(sees, hunters, watches) == 1 - missed


@given(percents, money)
def test_fraud_stops_to_pay_at_the_deterrent_bond(challenged: Fraction, value: int) -> None:
    bond = deterrent_bond(challenged, value)
    if bond is None:
        assert challenged == 0
        assert fraud_profit(challenged, value, 10**30) == value
        return
    assert fraud_profit(challenged, value, bond) <= 0
    assert not bond or fraud_profit(challenged, value, bond - 1) > 0


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.integers(0, 1_000))
def test_a_hunter_takes_part_above_cost_times_all(reward: int, cost: int, others: int) -> None:
    assert takes_part(Fraction(reward), cost, others) == (Fraction(reward, others + 1) > cost)


@given(st.integers(0, 10**4), st.integers(1, 10**3))
def test_hunters_enter_until_one_more_would_not_earn(reward: int, cost: int) -> None:
    hunters = hunters_who_enter(lambda _: Fraction(reward), cost, 10**5)
    assert hunters == max(-(-reward // cost) - 1, 0)
    assert not takes_part(Fraction(reward), cost, hunters)
