"""Several runs at once: what the workers of a sweep do with their share."""

from __future__ import annotations

from collections.abc import Sequence

from powplasma.simulation.figures import Summary
from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.scenario import Scenario

Job = tuple[Scenario, int]
"""A run to be made: a scenario and a seed."""


def simulate(scenario: Scenario, seed: int) -> Summary:
    """The figures of one run; where a rule set refuses to go on, ``stopped`` says at which momentum and why."""
    try:
        return scenario.plan.run(scenario.rules, scenario.state, seed).summary()
    except SimulationStopped as end:
        return {"stopped": {"momentum": end.momentum, "problem": end.problem}}


def simulate_batch(jobs: Sequence[Job]) -> list[Summary]:
    """The figures of each job, in their order; the same as ``simulate`` one after the other."""
    return [simulate(scenario, seed) for scenario, seed in jobs]


def batches(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:  # noqa: ARG001 - one job each, so far
    """The jobs in their order, cut into what one worker does before it reports."""
    return [jobs[position : position + 1] for position in range(len(jobs))]
