"""All queues in one log: each of them is a queue."""

from collections import deque

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powplasma.simulation.individuals import wishes
from powplasma.simulation.individuals.wishes import Wishes

ACCOUNTS = 4
steps = st.lists(
    st.tuples(st.lists(st.integers(0, ACCOUNTS - 1), max_size=6), st.sets(st.integers(0, ACCOUNTS - 1))), max_size=30
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=steps, patience=st.sampled_from([0, 1, 4]))
def test_as_so_many_queues(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[list[int], set[int]]], patience: int
) -> None:
    monkeypatch.setattr(wishes, "_SPARE", 3)
    log = Wishes(np.empty(ACCOUNTS, np.int64))
    queues: list[deque[tuple[int, float]]] = [deque() for _ in range(ACCOUNTS)]
    time = 0.0
    for momentum, (arriving, served) in enumerate(steps, 1):
        times = time + np.arange(len(arriving))
        begin = log.append(np.array(arriving, np.intp), times, momentum + patience if patience else 0) - log.base
        assert log.log["account"][begin : begin + len(arriving)].tolist() == arriving
        for account, begun in zip(arriving, times.tolist(), strict=True):
            queues[account].append((momentum + patience, begun))
        time += len(arriving)
        assert log.lengths().tolist() == [len(queue) for queue in queues]
        lucky = [account for account in sorted(served) if queues[account]]
        assert log.end_oldest(np.array(lucky, np.intp)).tolist() == [queues[account].popleft()[1] for account in lucky]
        losers, count = log.expire(momentum)
        lost = {account for account in range(ACCOUNTS) if queues[account] and queues[account][0][0] <= momentum}
        before = sum(map(len, queues))
        for queue in queues if patience else []:
            while queue and queue[0][0] <= momentum:
                queue.popleft()
        assert (sorted(losers.tolist()), count) == (sorted(lost if patience else ()), before - sum(map(len, queues)))
        assert log.waiting(np.arange(ACCOUNTS)).tolist() == [bool(queue) for queue in queues]
