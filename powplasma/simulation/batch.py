"""Several runs at once: what the workers of a sweep do with their share.

The C library follows a trajectory alone. Where there is none, but numpy (extra ``sim``), trajectories
of one shape go through arrays together. The results are those of one run after the other, to the
byte: what arrays cannot follow, because it leaves 64 bits, goes on in Python's own integers.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from powplasma.simulation import native_trajectory
from powplasma.simulation.figures import Summary
from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.plans import Run, TrajectoryPlan
from powplasma.simulation.scenario import Scenario

if TYPE_CHECKING:
    from powplasma.simulation.trajectories import Trajectories

Job = tuple[Scenario, int]
"""A run to be made: a scenario and a seed."""

Shape = tuple[str, int, tuple[int, ...]]
"""What trajectories in the same arrays have in common: name of the rules, repetitions, lengths of the phases."""

_LEAST_CELLS = 16
"""From so many on, arrays are faster than one run after the other."""

_MOST_CELLS = 4_096
"""So many at once stay in a core's own cache."""

_MOST_ENTRIES = 1 << 20
"""Of a table with a phase in each row and a cell in each column."""

_BATCH_MOMENTUMS = 1 << 27
"""About as many are in a batch, if it has cells enough: a few seconds, after which there is something to report."""

_BATCH_CELLS = 256
"""A batch for arrays is not made smaller than this, however long its trajectories are."""


def simulate(scenario: Scenario, seed: int) -> Summary:
    """The figures of one run; where a rule set refuses to go on, ``stopped`` says at which momentum and why."""
    return _figures(scenario.plan.run(scenario.rules, scenario.state, seed))


def _figures(run: Run) -> Summary:
    try:
        return run.summary()
    except SimulationStopped as end:
        return {"stopped": {"momentum": end.momentum, "problem": end.problem}}


def batches(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:
    """The jobs in their order, cut into what one worker does before it reports.

    Consecutive trajectories of one shape stand together; anything else is by itself.
    """
    found: list[Sequence[Job]] = []
    begin = 0
    while begin < len(jobs):
        shape = _shape(jobs[begin][0])
        end = begin + 1
        while shape is not None and end < len(jobs) and _shape(jobs[end][0]) == shape:
            end += 1
        least = 1 if _swift(jobs[begin][0]) else _BATCH_CELLS
        most = 1 if shape is None else _batch_size(end - begin, shape, workers, least)
        found += [jobs[position : min(position + most, end)] for position in range(begin, end, most)]
        begin = end
    return found


def _batch_size(cells: int, shape: Shape, workers: int, least: int) -> int:
    _, repeat, lengths = shape
    share = -(-cells // workers)
    by_time = max(least, _BATCH_MOMENTUMS // (repeat * sum(lengths)))
    return max(1, min(share, by_time, _most_cells(shape)))


def _most_cells(shape: Shape) -> int:
    return max(1, min(_MOST_CELLS, _MOST_ENTRIES // len(shape[2])))


def simulate_batch(jobs: Sequence[Job]) -> list[Summary]:
    """The figures of each job, in their order; the same as ``simulate`` one after the other."""
    summaries: dict[int, Summary] = {}
    for positions in _alike(jobs):
        summaries.update(zip(positions, _together([jobs[position] for position in positions]), strict=True))
    return [
        summaries[position] if position in summaries else simulate(scenario, seed)
        for position, (scenario, seed) in enumerate(jobs)
    ]


def _shape(scenario: Scenario) -> Shape | None:
    """None if a run of the scenario takes so long that it is a batch by itself."""
    plan = scenario.plan
    if not isinstance(plan, TrajectoryPlan) or plan.table or not (_swift(scenario) or _fits_arrays(scenario)):
        return None
    return scenario.rules.name, plan.repeat, tuple(phase.momentums for phase in plan.phases)


def _swift(scenario: Scenario) -> bool:
    """Whether a trajectory alone is as fast as in arrays: nothing changes in it, or the library follows it."""
    return not dataclasses.fields(scenario.state) or native_trajectory.fits(scenario.rules, scenario.state)


def _fits_arrays(scenario: Scenario) -> bool:
    if importlib.util.find_spec("numpy") is None:
        return False
    from powplasma.simulation.trajectories import fits  # noqa: PLC0415 - needs numpy

    return fits(scenario.rules, scenario.state)


def _alike(jobs: Sequence[Job]) -> Iterator[list[int]]:
    """Positions of jobs that go into arrays together."""
    shapes: dict[Shape, list[int]] = {}
    for position, (scenario, _) in enumerate(jobs):
        shape = None if _swift(scenario) else _shape(scenario)
        if shape is not None:
            shapes.setdefault(shape, []).append(position)
    for shape, positions in shapes.items():
        most = _most_cells(shape)
        for begin in range(0, len(positions), most):
            some = positions[begin : begin + most]
            if len(some) >= _LEAST_CELLS:
                yield some


def _together(jobs: Sequence[Job]) -> list[Summary]:
    """The figures of jobs of one shape."""
    from powplasma.simulation.trajectories import LeftInt64, Trajectories  # noqa: PLC0415 - needs numpy

    scenarios = [scenario for scenario, _ in jobs]
    plans = [scenario.plan for scenario in scenarios if isinstance(scenario.plan, TrajectoryPlan)]
    arrays = Trajectories(
        [scenario.rules for scenario in scenarios],
        [scenario.state for scenario in scenarios],
        [plan.phases for plan in plans],
        plans[0].repeat,
    )
    summaries: dict[int, Summary] = {}

    def finish(positions: Iterable[int]) -> None:
        for position in positions:
            cell = int(arrays.cells[position])
            summaries[cell] = _figures(_alone(scenarios[cell], plans[cell], arrays, position))

    while len(arrays.cells) >= _LEAST_CELLS:
        try:
            arrays.run()
            break
        except LeftInt64 as left:
            finish(left.cells)
            arrays.leave(left.cells)
    finish(range(len(arrays.cells)))
    return [summaries[cell] for cell in range(len(jobs))]


def _alone(scenario: Scenario, plan: TrajectoryPlan, arrays: Trajectories, position: int) -> Run:
    """The run of one of the arrays' trajectories from where they are; nothing is left of it if that is its end."""
    names = [field.name for field in dataclasses.fields(scenario.state)]
    peaks = dict(zip(names, arrays.peaks[:, position].tolist(), strict=True))
    state = type(scenario.state)(*arrays.state[:, position].tolist())
    return plan.run(scenario.rules, state, 0, arrays.momentums, peaks)
