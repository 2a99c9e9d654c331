"""Runs, held against the closed forms, and against what must be true of every run."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.simulation.exits import ExitRun, load_exits, played
from powplasma.simulation.exits.closed import drain_seconds, price_growth, saved_share, takes_part
from powplasma.simulation.exits.queues import Cash, Mvp
from powplasma.simulation.figures import Summary

ETHER = 10**18
GWEI = 10**9


def run(name: str, seed: int = 0, **more: object) -> tuple[ExitRun, Summary]:
    """A scenario with other values; ``__`` stands for the dot of a path."""
    exit_run = ExitRun(load_exits(name, {path.replace("__", "."): value for path, value in more.items()}), seed)
    return exit_run, played(exit_run)


def mass_exit(users: int, per_block: int, maturity: int, **more: object) -> Summary:
    values: dict[str, object] = {
        "users__number": users, "users__oldest_seconds": 0, "exits__maturity_seconds": maturity,
        "chain__gas_limit": 2 * 100_000 * per_block, "chain__other_gas": 0, "exits__start_gas": 100_000,
        "exits__in_flight_gas": 100_000, "exits__challenge_gas": 100_000, "fraud__value_wei": 10**30, "seconds": 10**5,
    }  # fmt: skip
    return run("mass-exit-550k", **(values | more))[1]


@settings(max_examples=40)
@given(st.integers(1, 600), st.integers(1, 20), st.integers(10, 30))
def test_saved_share_is_what_leaves_in_time(users: int, per_block: int, blocks: int) -> None:
    maturity = 15 * blocks
    figures = mass_exit(users, per_block, maturity, users__oldest_seconds=10**6)
    # Outputs are old but for some; the operator's own exit takes the place of one.
    in_time = min(users, per_block * blocks - 1)
    share = saved_share(Fraction(per_block, 15), maturity, users)
    assert figures["paid"] == in_time
    assert abs(Fraction(in_time, users) - share) <= Fraction(1, users)
    assert figures["stolen_wei"] == (users - in_time) * ETHER


@settings(max_examples=40)
@given(st.integers(1, 2_000), st.integers(1, 20), st.sampled_from(["mvp", "cash"]))
def test_the_last_starts_after_the_drain_time(users: int, per_block: int, design: str) -> None:
    values: dict[str, object] = {"fraud__number": 0, "exits__design": design, "exits__maturity_seconds": 600}
    name = "cash-no-deadline" if design == "cash" else "mass-exit-550k"
    exit_run, figures = run(
        name,
        **values,
        users__number=users,
        chain__gas_limit=2 * 280_000 * per_block,
        chain__other_gas=0,
    )
    drain = drain_seconds(Fraction(per_block, 15), users)
    assert figures["last_start_second"] == 15 * math.ceil(users / per_block)
    assert 0 <= exit_run.tally.last_start - drain < 15  # type: ignore[operator]  # somebody leaves
    assert (figures["paid"], figures["saved_wei"], figures["contract_wei"]) == (users, users * ETHER, 0)


def test_the_price_rises_by_an_eighth_with_each_full_block_until_no_exit_is_worth_it() -> None:
    exit_run = ExitRun(
        load_exits(
            "mass-exit-550k",
            {
                "chain.price": "eip-1559", "chain.exits_percent": 100, "chain.gas_limit": 2_800_000,
                "chain.other_gas": 0, "users.number": 10_000, "users.most_wei": ETHER // 100, "fraud.number": 0,
            },
        ),
        0,
    )  # fmt: skip
    rows = list(exit_run.blocks())
    full = next(position for position, row in enumerate(rows) if row["exits_gas"] == 0)
    prices = [row["gas_price_wei"] for row in rows[: full + 1]]
    for position, price in enumerate(prices):
        assert isinstance(price, int)
        exact = GWEI * price_growth(position)
        assert exact * Fraction(999_999, 1_000_000) <= price <= exact
    # The first price at which an exit of 280,000 gas costs what the output is worth.
    assert full == next(n for n in range(100) if 280_000 * GWEI * price_growth(n) >= ETHER // 100)
    assert rows[full]["started"] == 10 * full
    assert rows[full]["smallest_worth_wei"] > ETHER // 100  # type: ignore[operator]


def test_the_price_falls_again_and_others_want_less_of_what_is_dear() -> None:
    chain = load_exits("delay-attack").chain
    assert chain.next_price(GWEI, chain.gas_limit // 2) == GWEI
    assert chain.next_price(GWEI, 0) == GWEI * 7 // 8
    assert chain.next_price(1, 0) == 1
    assert chain.next_price(7, chain.gas_limit) == 8
    assert chain.wanted_by_others(2 * GWEI) == chain.other_gas // 2


@pytest.mark.parametrize(("hunters", "sees"), [(1, 50), (3, 90), (10, 5), (40, 2)])
def test_detection_and_profit_are_those_of_the_closed_form(hunters: int, sees: int) -> None:
    number = 4_000
    exit_run, figures = run(
        "spent-outputs",
        chain__block_seconds=600,
        fraud__number=number,
        challengers__hunters=hunters,
        challengers__sees_percent=sees,
    )
    chance = exit_run.economics.detection()
    assert chance == 1 - Fraction(100 - sees, 100) ** hunters
    deviation = math.sqrt(number * chance * (1 - chance))
    assert abs(exit_run.tally.challenged - number * chance) <= 4 * deviation
    assert exit_run.tally.challenged + exit_run.tally.frauds_paid == number
    value, bond = exit_run.economics.value, exit_run.economics.bond
    profit = exit_run.tally.stolen - exit_run.tally.bonds_lost
    assert figures["fraud_profit_wei"] == profit
    assert abs(profit - number * exit_run.economics.fraud_profit()) <= 4 * deviation * (value + bond)


def test_fraud_for_profit_ends_at_the_deterrent_bond() -> None:
    bond = ETHER // 20  # q = 1/2: as much as the output is worth
    below = run("hunters", bond__wei=bond - 1, chain__block_seconds=600)[1]
    above = run("hunters", bond__wei=bond, chain__block_seconds=600)[1]
    assert (below["deterrent_bond_wei"], below["frauds_deterred"], below["frauds_started"]) == (bond, False, 767)
    assert (above["frauds_deterred"], above["frauds_started"], above["stolen_wei"]) == (True, 0, 0)


@pytest.mark.parametrize("hunters", [1, 4, 5, 6, 20])
def test_hunters_earn_while_their_reward_is_above_their_cost_times_all(hunters: int) -> None:
    exit_run = ExitRun(
        load_exits(
            "spent-outputs",
            {
                "chain.block_seconds": 600, "fraud.number": 200, "challengers.hunters": hunters,
                "challengers.sees_percent": 100, "challengers.cost_wei": 23 * ETHER, "exits.challenge_gas": 1,
            },
        ),
        0,
    )  # fmt: skip
    figures = played(exit_run)
    yearly_cost = Fraction(23 * ETHER * exit_run.now, 31_557_600)
    reward = Fraction(exit_run.tally.rewards - exit_run.tally.hunters_gas)
    assert exit_run.tally.challenged == 200
    earned = figures["hunters_profit_wei"]
    assert isinstance(earned, int)
    assert (earned > 0) == takes_part(reward, int(yearly_cost), hunters - 1)
    assert (earned > 0) == (hunters <= 5)


def test_a_hunter_of_200_000_dollars_lives_on_fraud_that_pays() -> None:
    figures = run("hunters", chain__block_seconds=600)[1]
    assert (figures["hunters_who_enter"], figures["fraud_pays_then"]) == (1, True)
    table = figures["hunter_table"]
    assert isinstance(table, list)
    profits = {row["hunters"]: row["profit_of_each_wei"] for row in table}
    assert profits[1] == 16 * ETHER
    assert profits[2] == -100 * ETHER
    bonds = figures["bond_table"]
    assert isinstance(bonds, list)
    assert {row["bond_percent"]: row["fraud_profit_expected_wei"] for row in bonds} == {
        share: ETHER * (100 - share) // 4_000 for share in (0, 1, 10, 25, 50, 100, 200, 400)
    }


def test_old_outputs_leave_before_those_in_flight() -> None:
    figures = mass_exit(100, 100, 900, users__in_flight_percent=30, users__oldest_seconds=1, fraud__from_second=1)
    # Outputs of a second ago can be paid before 2 MEP, those in flight at 2 MEP, and the fraud a second later.
    assert figures["paid"] == 100
    late = mass_exit(
        100, 10, 30, users__in_flight_percent=30, users__oldest_seconds=1_000, exits__in_flight_gas=200_000
    )
    assert late["started"] == 100
    assert late["users_gas_wei"] == (70 * 100_000 + 30 * 200_000) * GWEI


def test_cash_has_no_deadline_and_owners_who_watch_lose_nothing() -> None:
    small: dict[str, object] = {"users__number": 5_000, "exits__maturity_seconds": 1_500, "fraud__number": 300}
    watched = run("cash-no-deadline", **small)[1]
    assert (watched["paid"], watched["stolen_wei"], watched["frauds_challenged"]) == (5_000, 0, 300)
    unwatched = run("cash-no-deadline", **small, users__watch_percent=0)[1]
    assert unwatched["frauds_challenged"] == 0
    assert unwatched["stolen_wei"] == unwatched["frauds_paid"] * ETHER  # type: ignore[operator]
    assert unwatched["underpaid"] == 300


def test_mvp_cannot_challenge_an_output_of_which_the_data_is_withheld() -> None:
    figures = mass_exit(1_000, 10, 150, challengers__hunters=10, users__watch_percent=100)
    assert (figures["frauds_challenged"], figures["detection_percent"], figures["deterrent_bond_wei"]) == (0, 0.0, None)


def test_whole_blocks_cost_a_geometric_sum() -> None:
    exit_run = ExitRun(load_exits("delay-attack"), 0)
    prices = [row["gas_price_wei"] for row in exit_run.blocks() if exit_run.now <= 2_400]
    rising = next(n for n in range(1, 200) if prices[n + 1] <= prices[n])  # type: ignore[operator]
    # From the second block on, once the fraud has started; each is an eighth dearer than the one before.
    first = prices[1]
    assert isinstance(first, int)
    money = [30_000_000 * first * (price_growth(n) - 1) * 8 for n in (rising - 1, rising)]
    assert money[0] <= exit_run.plan.stuffing < money[1]
    assert rising - 1 == 76  # a quarter of an hour
    assert (exit_run.tally.challenged, exit_run.tally.stolen) == (10, 0)


def test_where_the_price_does_not_rise_a_week_of_blocks_can_be_bought() -> None:
    blocks = {"chain__price": "fixed", "chain__block_seconds": 600, "delay__budget_wei": 1_008 * 3 * ETHER // 100}
    figures = run("delay-attack", **blocks)[1]
    # One block less than the week has: the first one is the fraud's own.
    assert (figures["stuffed_blocks"], figures["stuffing_wei"]) == (1_007, 1_007 * 3 * ETHER // 100)
    assert (figures["frauds_challenged"], figures["stolen_wei"]) == (0, 10_000 * ETHER)
    short = run("delay-attack", **(blocks | {"delay__budget_wei": 1_006 * 3 * ETHER // 100}))[1]
    assert (short["frauds_challenged"], short["stolen_wei"]) == (10, 0)


def test_a_bond_by_gas_follows_the_price_by_a_factor_of_two_in_two_days() -> None:
    plan = load_exits(
        "spent-outputs",
        {
            "bond": {"kind": "gas", "gas_price_wei": 100 * GWEI}, "users.leave_percent": 100, "fraud.number": 0,
            "chain.block_seconds": 600, "users.spread_seconds": 1_000_000, "users.number": 1_000,
            "exits.maturity_seconds": 1,
        },
    )  # fmt: skip
    exit_run = ExitRun(plan, 0)
    bonds = {}
    for row in exit_run.blocks():
        bonds[row["second"]] = exit_run.tally.locked
    first = [value for second, value in bonds.items() if second <= 172_800 and value]  # type: ignore[operator]
    second = [value for second, value in bonds.items() if 173_400 < second <= 345_600 and value]  # type: ignore[operator]
    assert min(first) == 233_000 * 2 * 100 * GWEI
    assert min(second) == 233_000 * 2 * 50 * GWEI


@given(st.lists(st.tuples(st.integers(-3_000, 500), st.integers(0, 500)), max_size=60), st.sampled_from([Mvp, Cash]))
def test_queues_pay_in_the_order_of_the_rules(exits: list[tuple[int, int]], design: type[Mvp] | type[Cash]) -> None:
    queue = design(1_000, 0)
    exits = sorted(((min(created, now), now) for created, now in exits), key=lambda each: each[1])
    expected = []
    for number, (created, now) in enumerate(exits):
        payable = queue.start(number, created, now)
        expected.append((payable, created, number) if design is Mvp else (payable, number, number))
    assert len(queue) == len(exits)
    before = 0
    for payable, _, number in sorted(expected):
        assert payable == before or queue.take(payable - 1) is None
        before = payable
        assert queue.take(payable) == number
    assert queue.take(10**9) is None
    assert len(queue) == 0


@settings(max_examples=60)
@given(st.data())
def test_money_is_neither_made_nor_lost(data: st.DataObject) -> None:
    draw = data.draw
    design = draw(st.sampled_from(["mvp", "cash"]))
    values: dict[str, object] = {
        "exits.design": design, "exits.maturity_seconds": draw(st.integers(1, 3_000)),
        "exits.process_gas": draw(st.sampled_from([0, 107_000])),
        "chain.price": draw(st.sampled_from(["fixed", "eip-1559"])),
        "users.number": draw(st.integers(1, 300)), "users.leave_percent": draw(st.integers(0, 100)),
        "users.values": draw(st.sampled_from(["linear", "zipf"])),
        "users.in_flight_percent": draw(st.integers(0, 100)),
        "users.most_wei": draw(st.integers(1, ETHER)), "users.watch_percent": draw(st.integers(0, 100)),
        "users.spread_seconds": draw(st.integers(0, 2_000)), "fraud.number": draw(st.integers(0, 20)),
        "fraud.spread_seconds": draw(st.integers(0, 2_000)), "fraud.kind": draw(st.sampled_from(["spent", "withheld"])),
        "fraud.random": draw(st.booleans()), "bond.kind": draw(st.sampled_from(["fixed", "proportional", "gas"])),
        "challengers.hunters": draw(st.integers(0, 5)), "challengers.sees_percent": draw(st.integers(0, 100)),
        "delay.budget_wei": draw(st.integers(0, ETHER)), "chain.gas_limit": 2_000_000, "chain.other_gas": 1_000_000,
        "seconds": 8_000,
    }  # fmt: skip
    values["fraud.number"] = min(values["fraud.number"], values["users.number"])  # type: ignore[type-var]  # coins
    exit_run = ExitRun(
        load_exits("seed-week" if design == "mvp" else "cash-no-deadline", values), draw(st.integers(0, 9))
    )
    rows = list(exit_run.blocks())
    tally, users = exit_run.tally, exit_run.plan.users
    assert tally.saved + tally.stolen + exit_run.contract.pot == exit_run.total
    assert exit_run.contract.pot >= 0
    assert len(tally.waits) + tally.underpaid <= tally.started <= users.leaving
    assert tally.challenged + tally.frauds_paid <= tally.frauds_started
    assert all(row["exits_gas"] <= exit_run.plan.chain.exits_gas for row in rows)  # type: ignore[operator]
    assert all(wait >= exit_run.plan.rules.maturity for wait in tally.waits)
    assert tally.locked >= 0
    assert bool(tally.locked) <= bool(len(exit_run.contract))


@pytest.mark.parametrize("name", ["cash-no-deadline", "spent-outputs"])
def test_a_seed_says_all_of_a_run(name: str) -> None:
    more: dict[str, object] = {"users__number": 2_000, "chain__block_seconds": 600, "users__spread_seconds": 10_000}
    assert run(name, 1, **more)[1] == run(name, 1, **more)[1]
    assert run(name, 1, **more)[1] != run(name, 2, **more)[1]


def test_waits_count_those_who_never_leave() -> None:
    figures = mass_exit(200, 10, 150)  # 10 blocks: 99 leave, and the fraud
    assert (figures["paid"], figures["never_percent"]) == (99, 50.5)
    assert figures["wait_p50"] is None
    half = mass_exit(198, 10, 150)
    assert half["wait_p50"] == 300
    assert half["wait_p90"] is None


def test_hunters_leave_alone_what_is_not_worth_its_gas() -> None:
    dear: dict[str, object] = {"chain__gas_price_wei": 300 * GWEI, "chain__block_seconds": 600}
    figures = run("spent-outputs", **dear)[1]  # a challenge costs 0.03 ETH, the bond is 0.0233
    assert (figures["frauds_challenged"], figures["frauds_paid"], figures["detection_percent"]) == (0, 1_000, 0.0)
    assert figures["hunters_who_enter"] == 0
    higher = run("spent-outputs", **dear, bond__wei=ETHER * 4 // 100)[1]
    assert higher["frauds_challenged"] == 999
    watched = run("spent-outputs", **dear, users__watch_percent=100)[1]  # who would lose 0.05 ETH pays 0.03
    assert (watched["frauds_challenged"], watched["hunters_rewards_wei"]) == (1_000, 0)
    assert watched["owners_gas_wei"] == 1_000 * 3 * ETHER // 100


def test_a_million_outputs_over_two_weeks() -> None:
    figures = run("mass-exit-550k", seconds=1_209_600)[1]
    assert (figures["started"], figures["paid"]) == (1_000_000, 564_479)
    assert figures["stolen_wei"] == 435_521 * ETHER
    assert figures["still_queued"] == 435_521
    assert figures["contract_wei"] == 0
