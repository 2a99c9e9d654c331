"""The steps of the C library: what numpy makes of the same arrays, entry by entry and in the same order."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma.forum import ForumRules
from powplasma.simulation import SimulationStopped
from powplasma.simulation.individuals import draws, population, wishes
from powplasma.simulation.individuals.calendar import Calendar
from powplasma.simulation.individuals.confinement import Confinements
from powplasma.simulation.individuals.draws import stream
from powplasma.simulation.individuals.native_rows import (
    NativeCalendar,
    NativeConfinements,
    NativePool,
    NativeRows,
    make_rows,
)
from powplasma.simulation.individuals.native_steps import AccountsOfLane, at
from powplasma.simulation.individuals.network import Network, Produced
from powplasma.simulation.individuals.pool import Pool
from powplasma.simulation.individuals.ranking import best, by_numpy
from powplasma.simulation.individuals.rows import ROW, Rows
from tests.simulation.individuals.networks import RULES, any_lane, lane, network, parameters, without_library

pytestmark = pytest.mark.usefixtures("library")


def test_a_lane_takes_the_steps_of_the_library_if_there_is_one() -> None:
    sender = lane(participants=3, rate=1, fused_qsr=10)
    assert isinstance(make_rows(sender, 160), NativeRows)
    with without_library():
        assert type(make_rows(sender, 160)) is Rows


def both(rules: str, *lanes: Any, **values: Any) -> tuple[Network, Network]:
    with without_library():
        slow = network(rules, *lanes, **values)
    return network(rules, *lanes, **values), slow


def momentums(net: Network, count: int, *, numpy: bool) -> Iterator[Produced | str]:
    """What a network produces, or how it ends; with the best of many blocks chosen by either."""
    produced = net.produce(count)
    while True:
        try:
            if numpy:
                with without_library():
                    each = next(produced)
            else:
                each = next(produced)
        except StopIteration:
            return
        except SimulationStopped as stopped:
            yield str(stopped)
            return
        yield each


def plain(each: Produced | str) -> Any:
    if isinstance(each, str):
        return each
    return each._replace(
        included=[[column.tolist() for column in blocks] for blocks in each.included],  # type: ignore[arg-type]
    )


def check_equal(fast: Network, slow: Network, count: int) -> None:
    pairs = zip(momentums(fast, count, numpy=False), momentums(slow, count, numpy=True), strict=True)
    for one, other in pairs:
        assert plain(one) == plain(other)
    for one, other in zip(fast.populations, slow.populations, strict=True):
        assert type(other.rows) is Rows
        for name in ("where", "fused", "difficulty", "attempts", "raised", "work", "ready"):
            assert getattr(one.rows, name).tolist() == getattr(other.rows, name).tolist(), name
        assert one.rows.pool.accounts().tolist() == other.rows.pool.accounts().tolist()
        assert one.rows.wishes.lengths().tolist() == other.rows.wishes.lengths().tolist()
        assert one.cohort.members.accounts().tolist() == other.cohort.members.accounts().tolist()


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), first=any_lane, second=any_lane, seed=st.integers(0, 99), small=st.booleans())
def test_networks_are_the_same(
    rules: str, data: Any, first: dict[str, Any], second: dict[str, Any], seed: int, small: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if small:  # what is done rarely is done often
            patch.setattr(draws, "_AHEAD_ARRIVALS", 16)
            patch.setattr(draws, "_AHEAD_DRAWS", 7)
            patch.setattr(wishes, "_SPARE", 10)
            patch.setattr(population, "_WINDOW_MOMENTUMS", 3)
        lanes = lane(**first), lane(**second | {"name": "other"})
        check_equal(*both(rules, *lanes, seed=seed, **data.draw(parameters[rules])), 45)


@pytest.mark.parametrize("patience", [0, 7])
@pytest.mark.parametrize("rules", RULES)
def test_crowded_networks_are_the_same(rules: str, patience: int) -> None:
    """Arrays grow, the log is cleared, calendars turn, and there is more than fits."""
    common: dict[str, Any] = {"participants": 20_000, "rate": 0.05, "patience": patience}
    lanes = lane(**common, hashrate=5e6), lane(**common, name="fused", fused_qsr=50)
    check_equal(*both(rules, *lanes, seed=5), 120)


@pytest.mark.parametrize("when_weak", ["again", "wait"])
def test_work_that_pays_for_nothing_any_more_is_the_same(when_weak: str) -> None:
    """What a block has to commit at least is then more than an array holds."""
    workers = lane(participants=60, rate=0.7, hashrate=1e9, patience=20, when_weak=when_weak)
    small = {"max_base_plasma_in_momentum": 420_000, "fused_plasma_target": 100_000, "pow_plasma_target": 100_000}
    fast, slow = both("dynamic", workers, **small, max_pow_plasma=30_000)
    check_equal(fast, slow, 100)
    waits = (fast.populations[0].rows.pool if when_weak == "wait" else fast.populations[0].cohort.members).count
    assert waits


@settings(max_examples=200, deadline=None)
@given(data=st.data(), size=st.integers(1, 3_000), different=st.sampled_from([1, 2, 300, 2**40, 2**62]))
def test_the_best_are_the_best(data: Any, size: int, different: int) -> None:
    draw = stream(data.draw(st.integers(0, 2**32)), "", "best")
    keys = draw.permutation(size).astype(np.uint64) * np.uint64(2**64 // (size + 1))
    if data.draw(st.booleans()):
        keys >>= np.uint64(data.draw(st.integers(0, 50)))
        keys = np.unique(keys)
        draw.shuffle(keys)
        size = keys.size
    values = draw.integers(0, different, size) if data.draw(st.booleans()) else None
    count = data.draw(st.integers(1, size))
    order = sorted(range(size), key=lambda i: (0 if values is None else int(values[i]), int(keys[i])))
    assert best(values, keys, count).tolist() == sorted(order[size - count :])
    if count < size:
        assert by_numpy(values, keys, count).tolist() == sorted(order[size - count :])


some = st.sets(st.integers(0, 11))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(some, some, st.randoms(use_true_random=False)), max_size=20))
def test_a_pool_keeps_the_same_order(steps: list[tuple[set[int], set[int], Any]]) -> None:
    table = np.zeros(12, ROW)
    fast, slow = NativePool(table, AccountsOfLane(rows=table.ctypes.data)), Pool(np.zeros(12, np.int32))
    for joining, leaving, random in steps:
        members = set(slow.accounts().tolist())
        joins, leaves = sorted(joining - members), sorted(leaving & (members | joining))
        random.shuffle(leaves)
        for pool in (fast, slow):
            pool.add(np.array(joins, np.intp))
        assert fast.accounts().tolist() == slow.accounts().tolist()
        moves = [pool.remove(np.array(leaves, np.intp)) for pool in (fast, slow)]
        assert [column.tolist() for column in moves[0]] == [column.tolist() for column in moves[1]]
        assert fast.accounts().tolist() == slow.accounts().tolist()
        assert fast.places(fast.accounts()).tolist() == list(range(fast.count))


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.tuples(st.lists(st.floats(0, 300), max_size=40), st.integers(0, 25)), max_size=20),
    window=st.sampled_from([1, 30, 1_000]),
)
def test_calendars_give_the_same(steps: list[tuple[list[float], int]], window: int) -> None:
    fast, slow, now, account = NativeCalendar(window), Calendar(window), 0, 0
    waiting: list[tuple[float, int]] = []
    for times, later in steps:
        accounts = np.arange(account, account + len(times))
        account += len(times)
        due_at = now + np.array(times)
        waiting += zip(due_at.tolist(), accounts.tolist(), strict=True)
        for calendar in (fast, slow):
            calendar.add(due_at, accounts)
        now += later
        found = [[column.tolist() for column in calendar.take(float(now))] for calendar in (fast, slow)]
        assert found[0] == found[1]
        assert sorted(zip(*found[0], strict=True)) == sorted(each for each in waiting if each[0] <= now)
        waiting = [each for each in waiting if each[0] > now]


@settings(max_examples=100, deadline=None)
@given(
    data=st.data(),
    fused=st.sampled_from([21_000, 21_001, 105_000, 10**8]),
    variant=st.sampled_from(["head", "first"]),
    count=st.integers(1, 8),
)
def test_confinements_are_the_same(data: Any, fused: int, variant: Any, count: int) -> None:
    rules = ForumRules(recharge_variant=variant)
    fast, slow = NativeConfinements(rules, fused, count), Confinements(rules, fused, count)
    momentum = 1
    for _ in range(data.draw(st.integers(1, 8))):
        momentum += data.draw(st.integers(0, 60))
        everybody = np.arange(count)
        accounts = np.array(data.draw(st.lists(st.sampled_from(range(count)), unique=True)), np.intp)
        needed = data.draw(st.integers(0, fused))
        times = data.draw(st.sampled_from([float(momentum), None]))
        begin = np.arange(count) / 2 if times is None else times
        assert fast.confined(everybody, momentum).tolist() == slow.confined(everybody, momentum).tolist()
        assert fast.recharging(everybody, momentum).tolist() == slow.recharging(everybody, momentum).tolist()
        assert (
            fast.recharged(everybody, needed, momentum).tolist() == slow.recharged(everybody, needed, momentum).tolist()
        )
        split = [
            [
                part.tolist() if isinstance(part, np.ndarray) else part
                for part in each.split(everybody, begin, needed, momentum)
            ]
            for each in (fast, slow)
        ]
        assert split[0] == split[1]
        used = (fused - slow.confined(accounts, momentum)) // data.draw(st.integers(1, 4))
        rate = data.draw(st.integers(1, 5) | st.integers(1, 210_000))
        for each in (fast, slow):
            each.confirm(accounts, used, rate, momentum)
        assert fast.table.tolist() == slow.table.tolist()
        assert fast._longest == slow._longest  # by which both stop before a product leaves 64 bits


def test_an_array_that_is_not_in_one_piece_is_refused() -> None:
    """The library would read what is not meant."""
    with pytest.raises(TypeError, match="contiguous"):
        at(np.zeros(10)[::2])


@pytest.mark.parametrize("means", [{}, {"hashrate": 1e6}, {"strategy": "outbid"}])
def test_fused_plasma_beyond_the_arrays_stops_both(means: dict[str, Any]) -> None:
    """The library would take another number, and divide by the plasma that nobody has confined."""
    sender = lane(participants=3, rate=1, fused_qsr=(2**63) // 2_100 + 1, **means)
    fast, slow = both("forum", sender)
    ends = [list(momentums(net, 30, numpy=net is slow))[-1] for net in (fast, slow)]
    assert ends[0] == ends[1]
    assert str(ends[0]).startswith("momentum 1: fused_plasma: 9223372036854777900 does not fit into 64 bits")
