"""The aggregate level: nobody in particular, only how full each momentum is and how much of it work pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from powplasma.plasma.interface import RuleSet
from powplasma.simulation.momentum import Content, content_of_use, next_state


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


@dataclass(frozen=True, slots=True)
class Step:
    """One momentum of a trajectory.

    Attributes:
        momentum: its number, from 1.
        state: what its blocks were priced by.
        content: what it contains.
        phase: the use that it follows.
        next_state: what its successor inherits.
    """

    momentum: int
    state: Any
    content: Content
    phase: Phase
    next_state: Any


def trajectory(rules: RuleSet[Any], state: Any, phases: Iterable[Phase], repeat: int = 1) -> Iterator[Step]:
    """Every momentum of ``phases``, ``repeat`` times over, one at a time.

    Raises:
        SimulationStopped: the rule set refuses a momentum, as when a price leaves 64 bits.
    """
    number = 0
    order = list(phases)
    for _ in range(repeat):
        for phase in order:
            for _ in range(phase.momentums):
                number += 1
                content = content_of_use(rules, state, phase.full_percent, phase.pow_percent)
                following = next_state(rules, state, content, number)
                yield Step(number, state, content, phase, following)
                state = following
