"""Several runs at once: what the workers of a sweep do with their share."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from powplasma.simulation import native_trajectory
from powplasma.simulation.figures import Summary
from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.plans import TrajectoryPlan
from powplasma.simulation.scenario import Scenario
from powplasma.simulation.trajectory import momentums_of

Job = tuple[Scenario, int]
"""A run to be made: a scenario and a seed."""

_MOST_RUNS = 4_096
"""Of a batch, after which there is something to report."""

_BATCH_MOMENTUMS = 1 << 27
"""About as many are in a batch: a few seconds."""


def simulate(scenario: Scenario, seed: int) -> Summary:
    """The figures of one run; where a rule set refuses to go on, ``stopped`` says at which momentum and why."""
    try:
        return scenario.plan.run(scenario.rules, scenario.state, seed).summary()
    except SimulationStopped as end:
        return {"stopped": {"momentum": end.momentum, "problem": end.problem}}


def batches(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:
    """The jobs in their order, cut into what one worker does before it reports.

    Consecutive trajectories of one length that are over in no time stand together; anything else is by itself.
    """
    found: list[Sequence[Job]] = []
    begin = 0
    while begin < len(jobs):
        momentums = _swift_momentums(jobs[begin][0])
        end, most = begin + 1, 1
        if momentums is not None:
            while end < len(jobs) and _swift_momentums(jobs[end][0]) == momentums:
                end += 1
            share = -(-(end - begin) // workers)
            most = max(1, min(share, _BATCH_MOMENTUMS // momentums, _MOST_RUNS))
        found += [jobs[position : min(position + most, end)] for position in range(begin, end, most)]
        begin = end
    return found


def simulate_batch(jobs: Sequence[Job]) -> list[Summary]:
    """The figures of each job, in their order."""
    return [simulate(scenario, seed) for scenario, seed in jobs]


def _swift_momentums(scenario: Scenario) -> int | None:
    """Momentums of a trajectory in which nothing changes, or which the library follows; None of any other run."""
    plan = scenario.plan
    if not isinstance(plan, TrajectoryPlan) or plan.table:
        return None
    if dataclasses.fields(scenario.state) and not native_trajectory.fits(scenario.rules, scenario.state):
        return None
    return momentums_of(plan.phases, plan.repeat)
