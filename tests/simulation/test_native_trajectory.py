"""Trajectories in the C library: the integers of the scalar rules, up to the edge of 64 bits and not beyond."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.library import CHECKSUM_SUFFIX, LIBRARY, usable
from powplasma.plasma import AlphanetRules, DynamicRules, DynamicState, ForumRules, ForumState
from powplasma.plasma.checks import U64_MAX
from powplasma.simulation import Scenario, SimulationStopped, native_trajectory
from powplasma.simulation.batch import batches, simulate, simulate_batch
from powplasma.simulation.native_trajectory import fits, follow
from powplasma.simulation.plans import TrajectoryPlan
from powplasma.simulation.trajectory import Phase, Step, momentums_of, trajectory
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(
    not LIBRARY.exists() and os.environ.get("POWPLASMA_NATIVE") != "yes", reason="the native library is not built"
)


def made(rules: Any, phases: Sequence[Phase], repeat: int = 1, state: Any = None) -> Scenario:
    plan = TrajectoryPlan(tuple(phases), repeat, None)
    return Scenario("made", "made", None, rules, rules.initial_state if state is None else state, plan, "")


@contextmanager
def without_library() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_trajectory, "_library", lambda: None)
        yield


def around(*bits: int) -> st.SearchStrategy[int]:
    """Small numbers, numbers near powers of two, and any."""
    return st.one_of(
        st.integers(0, 10**7),
        *(st.integers(max(0, (1 << width) - 1_000), (1 << width) + 1_000) for width in bits),
        st.integers(0, U64_MAX),
    ).map(lambda value: min(value, U64_MAX))


@st.composite
def forum(draw: Any) -> tuple[ForumRules, ForumState]:
    most = draw(st.one_of(st.just(4_200_000), st.integers(1, 10**12), st.integers(1, U64_MAX)))
    rules = ForumRules(
        max_base_plasma=most,
        target_base_plasma=draw(st.one_of(st.integers(1, most), st.just(max(1, most // 2)))),
        pow_share=draw(st.integers(1, 100)),
        max_recharge_rate=max(1, draw(around(18, 32, 63, 64))),
        recharge_base=draw(st.integers(1, 10**6)),
        recharge_factor=draw(st.one_of(st.integers(2, 50), st.integers(2, U64_MAX))),
        price_denominator=max(1, draw(st.one_of(st.integers(1, 50), around(31, 42)))),
        difficulty_denominator=max(1, draw(st.one_of(st.integers(1, 50), around(31, 42, 64)))),
        min_difficulty_per_plasma=draw(st.integers(1, 10_000)),
        min_base_price=draw(st.integers(1_000, 10_000)),
        recharge_variant=draw(st.sampled_from(["head", "first", "exact"])),
    )
    price = max(rules.min_base_price, draw(around(31, 42, 52, 63, 64)))
    per_plasma = max(rules.min_difficulty_per_plasma, draw(around(20, 31, 53, 63, 64)))
    return rules, ForumState(price, per_plasma, draw(st.integers(0, rules.max_recharge_rate)))


@st.composite
def dynamic(draw: Any) -> tuple[DynamicRules, DynamicState]:
    most = draw(st.one_of(st.just(4_200_000), st.integers(210_000, 210_000_000_000_000)))
    fused = draw(st.integers(1, most - 1))
    rules = DynamicRules(
        max_base_plasma_in_momentum=most,
        fused_plasma_target=fused,
        pow_plasma_target=draw(st.integers(1, most - fused)),
        max_price_change_percent=draw(st.integers(1, 100)),
        price_change_denominator=draw(st.integers(1, 100)),
    )
    return rules, DynamicState(*(max(1_000, draw(around(31, 41, 42, 57, 63, 64))) for _ in range(2)))


PHASES = st.lists(
    st.builds(Phase, st.integers(1, 12), st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=4
)


def has_no_room(rules: Any, step: Step) -> bool:
    """In Python's integers: whether a product or sum of the momentum has more than 64 bits."""
    base, worked = rules.base_plasma_at(step.phase.full_percent, step.phase.pow_percent)
    if isinstance(rules, DynamicRules):
        changes = (
            (step.state.fusion_price, base - worked, rules.fused_plasma_target),
            (step.state.work_price, worked, rules.pow_plasma_target),
        )
        divisor = rules.price_change_denominator
        return any(
            price * max(abs(used - target), 100 + rules.max_price_change_percent) > U64_MAX
            or price + price * (used - target) // (target * divisor) > U64_MAX
            for price, used, target in changes
        )
    price, per_plasma, rate = dataclasses.astuple(step.state)
    used = price * base // 1_000
    worked = used * step.phase.pow_percent // 100
    enough = base >= rules.target_base_plasma
    target = used * rules.pow_share // 100 if enough else used
    numbers = [
        price * max(base, abs(base - rules.target_base_plasma)),
        used * max(step.phase.pow_percent, rules.pow_share if enough else 1),
        (worked + 1) * per_plasma,
        abs(worked - target) * per_plasma,
        step.next_state.base_price,
        step.next_state.difficulty_per_plasma,
        target * rules.difficulty_denominator if worked != target else 0,
        rate * rules.recharge_factor if rate < rules.recharge_target(base) else 0,
    ]
    return max(numbers) > U64_MAX


def check_followed(rules: Any, state: Any, phases: list[Phase], repeat: int, done: int) -> int:
    """Follows a trajectory in the library, and compares it with the scalar one; how many momentums it followed."""
    end = momentums_of(phases, repeat)
    behind, last, peaks = follow(rules, state, phases, repeat, done)
    assert done <= behind <= end
    steps = trajectory(rules, state, phases, repeat, done)
    followed = list(islice(steps, behind - done))
    assert last == (followed[-1].next_state if followed else state)
    fields = zip(*(dataclasses.astuple(step.state) for step in followed), strict=True)
    assert dataclasses.astuple(peaks) == (tuple(map(max, fields)) or (0,) * len(dataclasses.astuple(state)))
    assert all(step.fits for step in followed)
    assert not any(has_no_room(rules, step) for step in followed)
    if behind < end:
        assert refused_or_too_large(rules, last, phases, repeat, behind)
    return behind - done


def refused_or_too_large(rules: Any, state: Any, phases: list[Phase], repeat: int, done: int) -> bool:
    """Of a momentum: whether the rules refuse it with integers of any width, or it cannot be followed in 64 bits."""
    wide = dataclasses.replace(rules, bits=512)
    try:
        return has_no_room(wide, next(trajectory(wide, state, phases, repeat, done)))
    except SimulationStopped as stopped:
        return "makes the target 0" in stopped.problem


@settings(deadline=None, max_examples=300)
@given(st.one_of(forum(), dynamic()), PHASES, st.integers(0, 4), st.data())
def test_the_library_is_the_scalar_rule_or_stops(
    both: tuple[Any, Any], phases: list[Phase], repeat: int, data: Any
) -> None:
    rules, state = both
    done = data.draw(st.integers(0, momentums_of(phases, repeat)))
    if isinstance(rules, ForumRules):
        assert fits(rules, state) == (rules.target_base_plasma * rules.price_denominator <= U64_MAX)
    else:
        assert fits(rules, state)
    if fits(rules, state):
        check_followed(rules, state, phases, repeat, done)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([ForumRules(), DynamicRules(), ForumRules(pow_share=33, price_denominator=3)]),
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=4),
    st.integers(1, 6),
)
def test_a_run_gives_the_bytes_that_it_has_without_the_library(
    rules: Any, phases: list[tuple[int, int, int]], repeat: int
) -> None:
    """Full momentums in a row leave 64 bits."""
    job = made(rules, [Phase(*phase) for phase in phases], repeat), 0
    with without_library():
        expected = simulate(*job)
    assert json.dumps(simulate(*job)) == json.dumps(expected)


def test_the_edge_of_64_bits_is_reached_and_not_crossed() -> None:
    """The largest products that there is room for, and one more."""
    rules, phases = DynamicRules(), [Phase(1, 100, 0)]
    most = U64_MAX // 3_150_000
    assert check_followed(rules, DynamicState(most, 1_000), phases, 1, 0) == 1
    assert check_followed(rules, DynamicState(most + 1, 1_000), phases, 1, 0) == 0
    forum_rules = ForumRules()
    most = U64_MAX // 4_200_000
    assert check_followed(forum_rules, ForumState(most, 500, 0), phases, 1, 0) == 1
    assert check_followed(forum_rules, ForumState(most + 1, 500, 0), phases, 1, 0) == 0
    # (4,200,000 worked plasma + 1) × difficulty per plasma
    phases, most = [Phase(1, 100, 100)], U64_MAX // 4_200_001
    assert check_followed(forum_rules, ForumState(1_000, most, 0), phases, 1, 0) == 1
    assert check_followed(forum_rules, ForumState(1_000, most + 1, 0), phases, 1, 0) == 0
    # An empty momentum multiplies it by nothing.
    assert check_followed(forum_rules, ForumState(1_000, U64_MAX, 0), [Phase(1, 0, 0)], 1, 0) == 1


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        (ForumRules(compatibility=True), ForumState(1_000, 1_000, 2_100)),
        (DynamicRules(compatibility=True), DynamicState(1_000, 1_000)),
        (ForumRules(bits=128), ForumState(1_000, 1_000, 2_100)),
        (DynamicRules(bits=128), DynamicState(2**64, 1_000)),
        (ForumRules(), ForumState(999, 1_000, 2_100)),
        (ForumRules(), ForumState(1_000, 499, 2_100)),
        (ForumRules(), ForumState(1_000, 1_000, 210_001)),
        (ForumRules(), ForumState(2**64, 1_000, 2_100)),
        (ForumRules(price_denominator=2**62), ForumState(1_000, 1_000, 2_100)),
        (DynamicRules(), DynamicState(1_000, 999)),
        (DynamicRules(), ForumState(1_000, 1_000, 2_100)),
        (AlphanetRules(), AlphanetRules().initial_state),
    ],
)
def test_what_the_library_cannot_begin_is_known_beforehand(rules: Any, state: Any) -> None:
    assert not fits(rules, state)


def test_work_without_a_target_is_left_to_the_rules_to_refuse() -> None:
    """One used plasma, of which work pays one, at a target of a hundredth of it."""
    rules = ForumRules(max_base_plasma=10, target_base_plasma=1, pow_share=1)
    job = made(rules, [Phase(2, 0, 0), Phase(3, 10, 100)]), 0
    assert follow(rules, rules.initial_state, job[0].plan.phases, 1, 0)[0] == 2  # type: ignore[attr-defined]
    stopped: Any = simulate(*job)["stopped"]
    assert stopped["momentum"] == 3
    assert "makes the target 0" in stopped["problem"]


def test_the_exact_path_takes_over_where_64_bits_end_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []

    def counted(rules: Any, state: Any, phases: Any, repeat: int = 1, done: int = 0) -> Any:
        left.append(momentums_of(phases, repeat) - done)
        return trajectory(rules, state, phases, repeat, done)

    jobs = [(made(ForumRules(), [Phase(300, 100 if cell % 3 == 0 else 40, 10)]), 0) for cell in range(60)]
    with without_library():
        expected = simulate_batch(jobs)
    monkeypatch.setattr("powplasma.simulation.plans.trajectory", counted)
    assert json.dumps(simulate_batch(jobs)) == json.dumps(expected)
    assert left == [left[0], 0, 0] * 20
    assert 0 < left[0] < 200
    beyond: Any = expected[0]["beyond_64_bits"]
    assert 300 - left[0] < beyond


def test_a_summary_goes_on_where_its_series_was_left() -> None:
    """In 64 bits, beyond them, and behind a peak beyond them."""
    scenario = made(DynamicRules(), [Phase(420, 100, 0), Phase(600, 0, 0)])
    expected = simulate(scenario, 0)
    assert expected["beyond_64_bits"] == 393
    for taken in (0, 1, 200, 392, 393, 700, 1_019, 1_020):
        run = scenario.plan.run(scenario.rules, scenario.state, 0)
        series = run.series()
        assert len(list(islice(series, taken))) == taken
        assert run.summary() == expected
        assert not list(series)


def test_calls_are_short_enough_to_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = made(ForumRules(), [Phase(3, 100, 30), Phase(11, 20, 5), Phase(2, 55, 90)], 9)
    expected = simulate(scenario, 0)
    for momentums in (1, 3, 7, 16, 17, 144):
        monkeypatch.setattr(native_trajectory, "_MOMENTUMS_PER_CALL", momentums)
        assert simulate(scenario, 0) == expected


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_without_a_sound_library_the_results_are_the_same(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / LIBRARY.name
    if damage == "altered":
        library.write_bytes(LIBRARY.read_bytes()[:-1])
        checksum = LIBRARY.with_name(LIBRARY.name + CHECKSUM_SUFFIX)
        library.with_name(checksum.name).write_bytes(checksum.read_bytes())
    jobs = [(made(ForumRules(pow_share=share), [Phase(150, 100, 20)], 2), 0) for share in (10, 20)]
    expected = simulate_batch(jobs)
    monkeypatch.setattr(native_trajectory, "usable", partial(usable, library))
    native_trajectory._library.cache_clear()
    try:
        assert native_trajectory._library() is None
        assert json.dumps(simulate_batch(jobs)) == json.dumps(expected)
    finally:
        native_trajectory._library.cache_clear()


def test_neither_sweep_nor_run_needs_numpy_with_the_library() -> None:
    program = """
import sys
sys.modules["numpy"] = None
from powplasma.simulation import load_scenario
from powplasma.simulation.batch import batches, simulate_batch
jobs = [(load_scenario("forum-ramp"), 0)] * 20
assert len(batches(jobs, 1)) == 1
assert len({str(summary) for summary in simulate_batch(jobs)}) == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)


def test_long_trajectories_are_reported_one_by_one() -> None:
    """An interrupted sweep loses seconds."""
    jobs = [(made(ForumRules(pow_share=share), [Phase(10**9, 50, 10)]), 0) for share in range(1, 41)]
    assert [len(share) for share in batches(jobs, 2)] == [1] * 40
    with without_library():
        assert [len(share) for share in batches(jobs, 2)] == [1] * 40


def test_today_nothing_changes_however_long() -> None:
    summary = simulate(made(AlphanetRules(), [Phase(10**9, 75, 10)], 10**9), 0)
    assert summary["momentums"] == 10**18
    assert summary["fullness_percent"] == 75
    assert summary["peak_state"] == summary["last_state"] == {}
