"""The aggregate level for many cells of a sweep at once, in arrays: the integers of ``trajectory``, many times as fast.

Needs numpy (extra ``sim``), so nothing else imports this module at the top.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from powplasma.errors import PowPlasmaError
from powplasma.plasma.arrays import (
    INT64_MAX,
    Cells,
    DynamicArray,
    DynamicPull,
    ForumArray,
    ForumPull,
    NotInInt64,
    check_product,
    column,
    narrowed,
)
from powplasma.plasma.forum import BASE_PRICE_SCALE, ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules
from powplasma.simulation.momentum import base_plasma_of_use
from powplasma.simulation.trajectory import Phase, momentums_of

Kind = TypeVar("Kind", bound=RuleSet[Any])


class LeftInt64(PowPlasmaError):
    """Trajectories that an array of 64-bit integers cannot follow further.

    Attributes:
        momentum: the one that they cannot be followed through, from 1.
        cells: which of the trajectories, by their position in the arrays of now.
        problem: what does not fit.
    """

    def __init__(self, momentum: int, cells: Sequence[int], problem: str) -> None:
        self.momentum = momentum
        self.cells = tuple(cells)
        self.problem = problem
        super().__init__(f"momentum {momentum}: {problem}")


class _Use(Protocol):
    """A phase of every trajectory."""

    def next_state(self, rules: Any, state: Cells) -> Cells:
        """What the momentum after one of this phase inherits."""


@dataclass(frozen=True, slots=True)
class _ForumUse:
    base_plasma: Cells
    pow_percent: Cells
    pull: ForumPull

    def next_state(self, rules: ForumArray, state: Cells) -> Cells:
        price = state[0]
        check_product("base_price", price, self.base_plasma, len(price))
        used = price * self.base_plasma // BASE_PRICE_SCALE
        check_product("used_plasma", used, self.pow_percent, len(price))
        # The difficulty, used × difficulty per plasma × percent / 100, divided by the difficulty per plasma
        # again: of two floors, one after the other, only one is left.
        worked = used * self.pow_percent // 100
        return rules.next_state(state, self.pull, used, worked)


@dataclass(frozen=True, slots=True)
class _DynamicUse:
    pull: DynamicPull

    def next_state(self, rules: DynamicArray, state: Cells) -> Cells:
        return rules.next_state(state, self.pull)


def fits(rules: RuleSet[Any], state: Any) -> bool:
    """Whether trajectories of these rules can begin in arrays."""
    match rules:
        case ForumRules():
            room = ForumArray.fits(rules)
        case DynamicRules():
            room = DynamicArray.fits(rules)
        case _:
            return False
    return room and max(dataclasses.astuple(state)) <= INT64_MAX


class Trajectories:
    """Trajectories of one kind of rules through phases of the same lengths, all at the same momentum.

    Rules' parameters, states, and how full and how much worked each phase is, may differ from one to
    the next.

    Attributes:
        momentums: how many lie behind.
        state: what the next momentum inherits, a row per field of the rules' state, a column per trajectory.
        peaks: the greatest value so far of each, over the momentums' own states.
        cells: which of the given trajectories each column is.
    """

    def __init__(
        self, rules: Sequence[RuleSet[Any]], states: Sequence[Any], phases: Sequence[Sequence[Phase]], repeat: int
    ) -> None:
        """Each of ``rules``, ``states`` and ``phases`` has an entry per trajectory; each of the first two ``fits``."""
        self.momentums = 0
        self.state: Cells = np.array([dataclasses.astuple(state) for state in states], dtype=np.int64).T.copy()
        self.peaks = self.state.copy()
        self.cells: NDArray[np.int64] = np.arange(len(states))
        self._ends = list(accumulate(phase.momentums for phase in phases[0]))
        self._end = momentums_of(phases[0], repeat)
        self._rules, self._uses = _arrays(rules, phases)

    def run(self) -> None:
        """Follows the trajectories to their end.

        Raises:
            LeftInt64: some cannot be followed. All are then where they were before that momentum;
                when those have left, the others can go on.
        """
        while self.momentums < self._end:
            behind = self.momentums % self._ends[-1]
            phase = bisect_right(self._ends, behind)
            self._follow(self._ends[phase] - behind, self._uses[phase])

    def _follow(self, momentums: int, use: _Use) -> None:
        for _ in range(momentums):
            np.maximum(self.peaks, self.state, out=self.peaks)
            try:
                self.state = use.next_state(self._rules, self.state)
            except NotInInt64 as error:
                raise LeftInt64(self.momentums + 1, error.cells, str(error)) from error
            self.momentums += 1

    def leave(self, cells: Sequence[int]) -> None:
        """Goes on without some of the trajectories, given by their position in the arrays of now."""
        keep = np.ones(len(self.cells), dtype=np.bool_)
        keep[list(cells)] = False
        self.state, self.peaks, self.cells = self.state[:, keep], self.peaks[:, keep], self.cells[keep]
        self._rules = narrowed(self._rules, keep)
        self._uses = [narrowed(use, keep) for use in self._uses]


def _arrays(
    rules: Sequence[RuleSet[Any]], phases: Sequence[Sequence[Phase]]
) -> tuple[ForumArray | DynamicArray, list[_Use]]:
    """The parameters of every trajectory, and one phase of all of them after the other."""
    uses: list[_Use] = []
    for same in zip(*phases, strict=True):
        both = [
            base_plasma_of_use(each, phase.full_percent, phase.pow_percent)
            for each, phase in zip(rules, same, strict=True)
        ]
        base_plasma, worked = zip(*both, strict=True)
        if _all(rules, ForumRules):
            pow_percent = column(phase.pow_percent for phase in same)
            uses.append(_ForumUse(column(base_plasma), pow_percent, ForumArray.pull(rules, base_plasma)))
        else:
            assert _all(rules, DynamicRules)
            fused = [plasma - part for plasma, part in both]
            uses.append(_DynamicUse(DynamicArray.pull(rules, fused, worked)))
    if _all(rules, ForumRules):
        return ForumArray.of(rules), uses
    assert _all(rules, DynamicRules)
    return DynamicArray.of(rules), uses


def _all(rules: Sequence[RuleSet[Any]], kind: type[Kind]) -> TypeGuard[Sequence[Kind]]:
    return all(isinstance(each, kind) for each in rules)
