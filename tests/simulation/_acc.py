"""Accounts with their open block, and what is fused, confined and still available in them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma.costs import BlockKind
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import Payment
from powplasma.plasma.recharge import Confinement, confined_plasma
from powplasma.simulation.lanes import Lane


@dataclass(slots=True, eq=False)
class OpenBlock:
    """A block that its account works for, or that waits for a momentum.

    Attributes:
        account: who sends it.
        wished: when he began to want it, in seconds.
        ready: when its nonce is found; when it is made, without work.
        payment: what it commits.
        hash: orders blocks that pay the same.
        raised: from 1; how often its account has raised its bid to get in, or made it again.
        attempts: how many blocks its account has made of this wish.
        work_seconds: of all of them.
        closed: included, given up or replaced by another attempt.
    """

    account: Account
    wished: float
    ready: float
    payment: Payment
    hash: bytes
    raised: int
    attempts: int
    work_seconds: float
    closed: bool = False


@dataclass(slots=True, eq=False)
class Account:
    """One participant.

    Attributes:
        lane: what sort of participant he is.
        position: of the lane.
        number: in his lane, from 0.
        fused_plasma: of all his fused QSR, as far as it counts.
        height: of his last confirmed block.
        wishes: when he began to want each block that is not included yet, in seconds, oldest first.
        block: the one he has made of the oldest wish; there is never a second one.
        waiting: he cannot pay for it now.
        attempts: blocks that he has made of his oldest wish.
        work_seconds: that he has worked for them.
        confinement: fused plasma that his confirmed blocks hold back; under ``forum`` only.
    """

    lane: Lane
    position: int
    number: int
    fused_plasma: int
    height: int = 0
    wishes: deque[float] = field(default_factory=deque)
    block: OpenBlock | None = None
    waiting: bool = False
    attempts: int = 0
    work_seconds: float = 0.0
    confinement: Confinement | None = None

    @property
    def address(self) -> str:
        """A text that no other account has."""
        return f"{self.lane.name}/{self.number}"

    def available(self, momentum: int) -> int:
        """Fused plasma that he can commit after this momentum; without what his open block commits."""
        open_plasma = self.block.payment.fused_plasma if self.block else 0
        confined = confined_plasma(self.confinement, momentum)
        return self.fused_plasma - confined - open_plasma

    def confirm(self, rules: RuleSet[Any], state: Any, momentum: int) -> None:
        """His open block is in this momentum: he has none any more, and its fused plasma is confined if the rules do.

        Raises:
            InvalidInput: the recharge rate is 0, so that nothing would ever recharge.
        """
        assert self.block is not None
        fused = self.block.payment.fused_plasma
        if fused and isinstance(rules, ForumRules) and isinstance(state, ForumState):
            self.confinement = rules.confine(
                fused, self.fused_plasma, state.fusion_recharge_rate, momentum, self.confinement
            )
        self.height += 1
        self.close()

    def recharged_at(self, plasma: int, momentum: int) -> int:
        """The first momentum, not before this one, after which so much of his fused plasma is available.

        He has no open block, and ``plasma`` is no more than all that he has.
        """
        if self.confinement is None:
            return momentum
        first, last = momentum, max(momentum, self.confinement.height + self.confinement.target)
        while first < last:
            middle = (first + last) // 2
            if self.available(middle) >= plasma:
                last = middle
            else:
                first = middle + 1
        return first

    def end_wish(self) -> None:
        """His oldest wish is fulfilled or given up."""
        self.wishes.popleft()
        self.attempts, self.work_seconds = 0, 0.0

    def close(self) -> None:
        """He has no open block any more."""
        assert self.block is not None
        self.block.closed = True
        self.block = None


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
