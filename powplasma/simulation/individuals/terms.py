"""The prices of one momentum: what participants bid under them, and what they make of many payments at once.

The rule set answers for one payment; what is the same for many of them is asked once. Beyond that,
this module only adds, compares and divides.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from powplasma.errors import InvalidInput
from powplasma.plasma.costs import BlockKind
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules, Payment
from powplasma.simulation.individuals.arrays import INT64_MAX, Flags, Integers, check_int64
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.momentum import SimulationStopped


class Terms:
    """The prices of one momentum, with what the rule set has said of them so far.

    Attributes:
        rules: the rule set.
        state: the prices.
        momentum: whose they are.
    """

    def __init__(self, rules: RuleSet[Any], state: Any, momentum: int) -> None:
        self.rules = rules
        self.state = state
        self.momentum = momentum
        self._bids: dict[tuple[str, int, int], Payment | None] = {}
        self._difficulties: dict[tuple[BlockKind, int], int | None] = {}
        self._alone: dict[BlockKind, int] = {}
        self._per_plasma = rules.difficulty_per_plasma_at(state)

    def of_next(self) -> Terms:
        """The same prices, a momentum later."""
        self.momentum += 1
        return self

    def bid(self, lane: Lane, available: int, raised: int) -> Payment | None:
        """What one of the lane's participants commits for a block: as much fused as it takes, then work.

        Args:
            lane: the lane.
            available: fused plasma that he can commit.
            raised: how often he has raised his bid, this time included, if the lane outbids.

        Returns:
            None if he cannot pay: too little fused plasma and no hashrate, or more work than the rules credit.

        Raises:
            SimulationStopped: more than an array holds, or the rule set refuses the steepest rise.
        """
        key = (lane.name, available, raised if lane.strategy == "outbid" else 1)
        if key not in self._bids:
            self._bids[key] = self._bid(lane, available, raised)
        return self._bids[key]

    def _bid(self, lane: Lane, available: int, raised: int) -> Payment | None:
        kind, terms = lane.kind, self
        if lane.strategy == "outbid":
            more = -(-kind.base_plasma * lane.outbid_percent * raised // 100)
            kind = BlockKind(kind.name, kind.base_plasma + more)
        elif lane.strategy == "headroom" and lane.headroom:
            terms = self._after_rise(lane.headroom)
        fused: int = min(available, self.rules.max_block_plasma)
        alone = terms.least_fused(kind)
        if alone <= fused:
            check_int64(alone, "fused_plasma", self.momentum)
            return Payment(lane.kind.base_plasma, alone, 0)
        if not lane.hashrate:
            return None
        difficulty = terms.required_difficulty(kind, fused)
        if difficulty is None:
            return None
        check_int64(difficulty, "difficulty", self.momentum)
        check_int64(fused, "fused_plasma", self.momentum)
        return Payment(lane.kind.base_plasma, fused, difficulty)

    def _after_rise(self, momentums: int) -> Terms:
        """The prices after so many momentums of the steepest rise."""
        state = self.state
        try:
            for _ in range(momentums):
                state = self.rules.steepest_rise(state)
        except InvalidInput as error:
            raise SimulationStopped(self.momentum, str(error)) from error
        return Terms(self.rules, state, self.momentum)

    def least_fused(self, kind: BlockKind) -> int:
        """The least fused plasma that makes a block valid without work."""
        alone = self._alone.get(kind)
        if alone is None:
            alone = self._alone[kind] = self.rules.least_fused(kind.base_plasma, 0, self.state)
        return alone

    def required_difficulty(self, kind: BlockKind, fused: int) -> int | None:
        """The least that makes a block valid beside so much fused plasma; None if none does."""
        key = (kind, fused)
        if key not in self._difficulties:
            try:
                self._difficulties[key] = self.rules.required_difficulty(kind, self.state, fused)
            except InvalidInput:
                self._difficulties[key] = None
        return self._difficulties[key]

    def least_difficulty(self, kind: BlockKind, fused: int) -> int:
        """The same; more than any array holds if none does."""
        difficulty = self.required_difficulty(kind, fused)
        return INT64_MAX + 1 if difficulty is None else difficulty

    def met_by(self, lane: Lane, fused: Integers, difficulty: Integers) -> Flags:
        """Whether the momentum may contain a block of the lane with each of these payments.

        What its participants never commit, fused plasma or difficulty, is not looked at.
        """
        met: Flags
        if not lane.hashrate:
            met = fused >= self.least_fused(lane.kind)
        elif not fused.size:
            met = difficulty >= self.least_difficulty(lane.kind, 0)
        else:
            met = fused >= self.least_fused(lane.kind)
            worked = np.flatnonzero(~met & (difficulty > 0))
            for part in np.unique(fused[worked]).tolist():
                same = worked[fused[worked] == part]
                met[same] = difficulty[same] >= self.least_difficulty(lane.kind, part)
        return met

    def worked(self, difficulty: Integers) -> Integers:
        """Plasma that each of these difficulties buys."""
        most = min(self.rules.max_pow_plasma, INT64_MAX)
        return np.minimum(difficulty // min(self._per_plasma, INT64_MAX), most)

    @cached_property
    def _weights(self) -> tuple[int, int]:
        """What orders payments: how much one fused plasma counts, and one from work."""
        if isinstance(self.rules, DynamicRules):
            worked = Payment(1, 0, self._per_plasma)
            return self.rules.value(Payment(1, 1, 0), self.state), self.rules.value(worked, self.state)
        return 1, 1

    def values(self, fused: Integers, difficulty: Integers) -> Integers:
        """What orders payments for the same base plasma: the more, the earlier. Without any, one of both may be empty.

        Raises:
            SimulationStopped: a value leaves 64 bits.
        """
        fused_weight, work_weight = self._weights
        worked = self.worked(difficulty) if difficulty.size else difficulty
        most = int(fused.max(initial=0)) * fused_weight + int(worked.max(initial=0)) * work_weight
        check_int64(most, "value of a block", self.momentum)
        if not difficulty.size:
            return fused * fused_weight
        return fused * fused_weight + worked * work_weight if fused.size else worked * work_weight
