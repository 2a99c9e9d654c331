"""The aggregate level: nobody in particular, only how full each momentum is and how much of it work pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from powplasma.plasma.interface import RuleSet
from powplasma.plasma.usage import Usage
from powplasma.simulation.momentum import SimulationStopped, next_state


@dataclass(frozen=True, slots=True)
class Phase:
    """Momentums of the same use, one after the other.

    Attributes:
        momentums: how many.
        full_percent: base plasma in each, in percent of the capacity.
        pow_percent: share of it that work pays.
    """

    momentums: int
    full_percent: int
    pow_percent: int = 0


class Step(NamedTuple):
    """One momentum of a trajectory.

    Attributes:
        momentum: its number, from 1.
        state: what its blocks were priced by.
        content: what it contains.
        phase: the use that it follows.
        next_state: what its successor inherits.
        fits: whether a network with 64-bit integers could follow it.
    """

    momentum: int
    state: Any
    content: Usage
    phase: Phase
    next_state: Any
    fits: bool


def trajectory(
    rules: RuleSet[Any], state: Any, phases: Sequence[Phase], repeat: int = 1, done: int = 0
) -> Iterator[Step]:
    """Every momentum of ``phases``, ``repeat`` times over, one at a time.

    Args:
        rules: as a network has them. From the first momentum that they refuse the same rules go on
            with wider integers.
        state: what the first momentum inherits.
        phases: at least one.
        repeat: how often.
        done: momentums of it that lie behind; ``state`` is what the one after them inherits.

    Raises:
        SimulationStopped: a momentum is refused by the wider rules, too.
    """
    fits = True
    for number, phase in enumerate(_uses(phases, repeat, done), done + 1):
        content = rules.usage_at(state, phase.full_percent, phase.pow_percent)
        try:
            following = next_state(rules, state, content, number)
        except SimulationStopped:
            if not fits:
                raise
            rules, fits = rules.widened(), False
            following = next_state(rules, state, content, number)
        yield Step(number, state, content, phase, following, fits)
        state = following


def momentums_of(phases: Sequence[Phase], repeat: int) -> int:
    """How many momentums a trajectory has."""
    return repeat * sum(phase.momentums for phase in phases)


def _uses(phases: Sequence[Phase], repeat: int, done: int) -> Iterator[Phase]:
    """The phase of each momentum after those done."""
    rounds, behind = divmod(done, momentums_of(phases, 1))
    for _ in range(rounds, repeat):
        for phase in phases:
            left = max(0, phase.momentums - behind)
            behind -= phase.momentums - left
            for _ in range(left):
                yield phase
