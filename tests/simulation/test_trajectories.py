"""Trajectories without the library: in Python's integers, beyond 64 bits too."""

import tracemalloc
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import DynamicRules, ForumRules
from powplasma.plasma.checks import MOST_BITS, U64_MAX
from powplasma.simulation import Scenario, SimulationStopped, load_scenario, native_trajectory
from powplasma.simulation.batch import batches, simulate, simulate_batch
from powplasma.simulation.plans import TrajectoryPlan
from powplasma.simulation.trajectory import Phase, momentums_of, trajectory

NAMES = ("alphanet", "forum", "dynamic")


@pytest.fixture(autouse=True, scope="module")
def no_library() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_trajectory, "_library", lambda: None)
        yield


def made(rules: Any, phases: Sequence[Phase], repeat: int = 1, state: Any = None) -> Scenario:
    plan = TrajectoryPlan(tuple(phases), repeat, None)
    return Scenario("made", "made", None, rules, rules.initial_state if state is None else state, plan, "")


def test_batches_have_every_job_in_order_and_one_length_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_trajectory, "fits", lambda *_: True)
    short = [(made(ForumRules(pow_share=share), [Phase(3, 70, 20)]), share) for share in range(1, 101)]
    long = [(made(DynamicRules(), [Phase(10**6, 70, 20)]), 0)] * 700
    crowd = [(load_scenario("pow-only"), seed) for seed in range(3)]
    table = [(load_scenario("forum-price"), 0)] * 2
    jobs = [*short, *crowd, *long, *table]
    for workers in (1, 2, 7):
        found = batches(jobs, workers)
        assert [job for share in found for job in share] == jobs
        for share in found:
            assert len({(type(job[0].plan), getattr(job[0].plan, "phases", None)) for job in share}) == 1
            if share[0] in crowd or share[0] in table:
                assert len(share) == 1
        assert max(map(len, found)) <= max(-(-100 // workers), (1 << 27) // 10**6)
    assert len(batches(short, 1)) == 1
    assert len(batches(short, 2)) == 2


def test_without_the_library_a_trajectory_is_a_batch_by_itself() -> None:
    jobs = [(made(ForumRules(pow_share=share), [Phase(30, 70, 20)]), 0) for share in range(1, 41)]
    assert [len(share) for share in batches(jobs, 1)] == [1] * 40
    assert simulate_batch(jobs) == [simulate(*job) for job in jobs]


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 5), st.data())
def test_a_trajectory_goes_on_from_any_of_its_momentums(first: int, second: int, repeat: int, data: Any) -> None:
    rules = DynamicRules()
    phases = [Phase(first, 100, 30), Phase(second, 10, 5)]
    steps = list(trajectory(rules, rules.initial_state, phases, repeat))
    assert len(steps) == momentums_of(phases, repeat)
    if steps:
        done = data.draw(st.integers(0, len(steps) - 1))
        assert list(trajectory(rules, steps[done].state, phases, repeat, done)) == steps[done:]
        assert not list(trajectory(rules, steps[-1].next_state, phases, repeat, len(steps)))


def forum_model(full_percent: int, pow_percent: int, momentums: int) -> tuple[list[int], list[int], int | None]:
    """Prices, difficulties per plasma and the first momentum beyond 64 bits, over fractions, from the formulas."""
    prices, per_plasma, beyond = [1_000], [1_000], None
    for momentum in range(1, momentums + 1):
        price, current = prices[-1], per_plasma[-1]
        base = 42_000 * full_percent
        used = floor(Fraction(base * price, 1_000))
        difficulty = floor(Fraction(used * current * pow_percent, 100))
        enough = Fraction(full_percent, 100) >= Fraction(1, 2)
        target = floor(Fraction(used, 5)) if enough else used
        worked = floor(Fraction(difficulty, current))
        prices.append(max(1_000, price + floor(Fraction(price * (base - 2_100_000), 8 * 2_100_000))))
        moved = current if worked == target else current + floor(Fraction(current * (worked - target), 8 * target))
        per_plasma.append(max(500, moved))
        widest = max(used, difficulty, prices[-1], per_plasma[-1], used * 20 if enough else 0)
        if widest > U64_MAX and beyond is None:
            beyond = momentum
    return prices, per_plasma, beyond


@pytest.mark.parametrize(("full_percent", "pow_percent"), [(100, 0), (100, 20), (100, 100), (51, 100), (40, 10)])
def test_beyond_64_bits_the_integers_are_exact(full_percent: int, pow_percent: int) -> None:
    prices, per_plasma, beyond = forum_model(full_percent, pow_percent, 600)
    summary = simulate(made(ForumRules(), [Phase(600, full_percent, pow_percent)]), 0)
    assert summary["beyond_64_bits"] == beyond
    assert summary["last_state"]["base_price"] == prices[-1]  # type: ignore[index]
    assert summary["last_state"]["difficulty_per_plasma"] == per_plasma[-1]  # type: ignore[index]
    assert summary["peak_state"]["base_price"] == max(prices[:-1])  # type: ignore[index]
    assert (beyond is None) == (full_percent == 40)


def test_beyond_64_bits_under_dynamic() -> None:
    price, beyond = 1_000, None
    for momentum in range(1, 601):
        price = min(price + floor(floor(Fraction(price * 3_150_000, 1_050_000)) / Fraction(20)), price * 110 // 100)
        if price > U64_MAX and beyond is None:
            beyond = momentum
    summary = simulate(made(DynamicRules(), [Phase(600, 100, 0)]), 0)
    assert summary["beyond_64_bits"] == beyond == 393
    assert summary["last_state"] == {"fusion_price": price, "work_price": 1_000}


def test_the_rules_of_a_network_still_refuse_and_the_tables_go_on(tmp_path: Path) -> None:
    path = tmp_path / "long.toml"
    path.write_text(
        'kind = "trajectory"\nrules.name = "forum"\ntable = "difficulty"\n[[phases]]\nmomentums = 230\n'
        "full_percent = 100\n"
    )
    rows: Any = simulate(load_scenario(str(path)), 0)["rows"]
    assert len(rows) == 230
    assert rows[-1]["difficultyPerPlasma"] == 500
    assert ForumRules().bits == DynamicRules().bits == 64


def test_a_ramp_without_end_is_stopped_and_says_so() -> None:
    scenario = made(ForumRules(), [Phase(10**6, 100, 0)])
    stopped: Any = simulate(scenario, 0)["stopped"]
    assert stopped["momentum"] > 20_000
    assert f"does not fit into {MOST_BITS} bits" in stopped["problem"]
    with pytest.raises(SimulationStopped):
        scenario.plan.run(scenario.rules, scenario.state, 0).summary()


def test_a_run_takes_no_more_memory_for_more_momentums() -> None:
    def peak(momentums: int) -> int:
        scenario = made(ForumRules(), [Phase(1, 100, 20), Phase(5, 20, 5)], momentums // 6)
        run = scenario.plan.run(scenario.rules, scenario.state, 0)
        tracemalloc.start()
        for _ in run.series():
            pass
        assert run.summary()["momentums"] == momentums
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(600)
    assert peak(12_000) < peak(1_200) + 10_000
