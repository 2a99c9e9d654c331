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
from powplasma.simulation.arrays import INT64_MAX, Flags, Integers, check_int64
from powplasma.simulation.lanes import Lane


def bid(rules: RuleSet[Any], state: Any, lane: Lane, available: int, raised: int) -> Payment | None:
    """What a participant commits for a block: as much fused as it takes, then work.

    None if he cannot pay: too little fused plasma and no hashrate, or more work than the rules credit.
    """
    base_plasma = lane.kind.base_plasma
    if lane.strategy == "outbid":
        base_plasma += -(-base_plasma * lane.outbid_percent * raised // 100)
    elif lane.strategy == "headroom":
        for _ in range(lane.headroom):
            state = rules.steepest_rise(state)
    alone = rules.least_fused(base_plasma, 0, state)
    if alone <= min(available, rules.max_block_plasma):
        return Payment(lane.kind.base_plasma, alone, 0)
    if not lane.hashrate:
        return None
    fused = max(0, min(available, rules.max_block_plasma))
    try:
        difficulty = rules.required_difficulty(BlockKind(lane.kind.name, base_plasma), state, fused)
    except InvalidInput:
        return None
    return Payment(lane.kind.base_plasma, fused, difficulty)


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
        self._difficulties: dict[tuple[BlockKind, int], int] = {}
        self._alone: dict[BlockKind, int] = {}
        self._per_plasma = rules.difficulty_per_plasma_at(state)

    def of_next(self) -> Terms:
        """The same prices, a momentum later."""
        self.momentum += 1
        return self

    def bid(self, lane: Lane, available: int, raised: int) -> Payment | None:
        """What one of the lane's participants commits; see ``bid``.

        Raises:
            SimulationStopped: more difficulty than an array holds.
        """
        key = (lane.name, available, raised if lane.strategy == "outbid" else 1)
        if key not in self._bids:
            payment = self._bids[key] = bid(self.rules, self.state, lane, available, raised)
            if payment is not None:
                check_int64(payment.difficulty, "difficulty", self.momentum)
                check_int64(payment.fused_plasma, "fused_plasma", self.momentum)
        return self._bids[key]

    def least_fused(self, kind: BlockKind) -> int:
        """The least fused plasma that makes a block valid without work."""
        alone = self._alone.get(kind)
        if alone is None:
            alone = self._alone[kind] = self.rules.least_fused(kind.base_plasma, 0, self.state)
        return alone

    def least_difficulty(self, kind: BlockKind, fused: int) -> int:
        """The least that makes a block valid beside so much fused plasma; more than any array holds if none does."""
        key = (kind, fused)
        if key not in self._difficulties:
            try:
                difficulty = self.rules.required_difficulty(kind, self.state, fused)
            except InvalidInput:
                difficulty = INT64_MAX + 1
            self._difficulties[key] = difficulty
        return self._difficulties[key]

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
        """What orders payments for the same base plasma: the more, the earlier. Without any work, no difficulties.

        Raises:
            SimulationStopped: a value leaves 64 bits.
        """
        fused_weight, work_weight = self._weights
        if not difficulty.size:
            check_int64(int(fused.max()) * fused_weight, "value of a block", self.momentum)
            return fused * fused_weight
        worked = self.worked(difficulty)
        most = int(fused.max()) * fused_weight + int(worked.max()) * work_weight
        check_int64(most, "value of a block", self.momentum)
        return fused * fused_weight + worked * work_weight
