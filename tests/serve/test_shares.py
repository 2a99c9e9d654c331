"""Turns: equal for all clients, and inside a client in the order of due times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from powplasma.serve.jobs import Job
from powplasma.serve.shares import Shares


def test_ten_thousand_jobs_of_one_client_leave_another_one_every_second_turn() -> None:
    shares = Shares()
    for number in range(10_000):
        shares.push("many", shares.key(0, number), Job(number.to_bytes(32)))
    for _ in range(500):
        client, _ = shares.next() or ("", None)
        shares.charge(client, 1000)
    other = Job(bytes(32))
    turns = []
    for _ in range(40):
        if "other" not in other.turns:
            shares.push("other", shares.key(0, 0), other)
        client, _ = shares.next() or ("", None)
        turns.append(client)
        shares.charge(client, 1000)
    # Neither does the one that was there before owe the newcomer anything, nor the other way round.
    assert 19 <= turns.count("other") <= 21
    assert "other" in turns[:2]


def test_a_client_that_comes_back_after_each_job_has_no_more_than_its_share() -> None:
    shares = Shares()
    shares.push("steady", shares.key(0, 0), Job(bytes(32)))
    used = {"steady": 0, "hopping": 0}
    for number in range(100):
        if not shares.of("hopping").live:
            shares.push("hopping", shares.key(0, 0), Job(number.to_bytes(32)))
        turn = shares.next()
        assert turn is not None
        shares.charge(turn[0], 1000)
        used[turn[0]] += 1000
        if turn[0] == "steady":
            shares.push("steady", shares.key(0, 0), turn[1])
    assert abs(used["steady"] - used["hopping"]) <= 2000


def test_what_is_ahead_counts_what_comes_first_and_not_what_is_hopeless() -> None:
    shares = Shares()
    for _ in range(5):
        shares.of("own").owe(1000)
    shares.of("own").owe(1 << 60)
    shares.of("other").owe(1 << 60)
    assert shares.work_ahead("own", 1000) == 5000 + 6000
    assert shares.work_ahead("new", 1000) == 1000 + 1000
    shares.of("own").owe(-1000)
    assert shares.work_ahead("own", 1000) == 4000 + 5000


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(-1, 1), st.integers(0, 9), st.booleans()),
        max_size=200,
    )
)
def test_a_heap_with_stale_entries_gives_what_a_sorted_list_gives(steps: list[tuple[int, int, int, int, bool]]) -> None:
    shares = Shares()
    jobs = [Job(number.to_bytes(32)) for number in range(6)]
    model: dict[str, dict[int, tuple[float, float, int]]] = {name: {} for name in "abc"}
    for client, job, priority, due, drops in steps:
        name = "abc"[client]
        if drops:
            shares.of(name).drop(jobs[job])
            model[name].pop(job, None)
        else:
            key = shares.key(priority, due)
            shares.push(name, key, jobs[job])
            model[name][job] = min(key, model[name].get(job, key))
    while any(model.values()):
        turn = shares.next()
        assert turn is not None
        name, job = turn
        shares.charge(name, 1)
        first = min(model[name], key=lambda number: model[name][number])
        assert job is jobs[first]
        del model[name][first]
    assert shares.next() is None
