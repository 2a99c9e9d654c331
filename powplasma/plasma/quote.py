"""What a block costs: every figure a person or a wallet needs before it commits plasma.

A quote is arithmetic on a rule set and a state; how long the work takes is for the one who has a
hashrate to say. Source: docs/specification.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX, check_type
from powplasma.plasma.costs import BlockKind
from powplasma.plasma.interface import RuleSet

State = TypeVar("State")

MAX_HEADROOM = 10_000
"""Most momentums that a quote looks ahead: more than a day."""


@dataclass(frozen=True, slots=True)
class Quote(Generic[State]):
    """The cost of one block under one rule set.

    Every amount is what the dearest state within the headroom asks for; an amount is None where
    the rules allow no block that pays this way.

    Attributes:
        rules: the rule set.
        state: the state quoted for, before any headroom.
        kind: the kind of block.
        fused: fused plasma that the block is to commit beside its work.
        headroom: momentums of the steepest rise that the amounts survive at least.
        priced_state: ``state`` after that rise; what the amounts pay.
        pow_plasma: least plasma from work beside ``fused``.
        difficulty: difficulty of that work, which is also the expected number of hashes.
        fused_plasma_alone: least fused plasma that pays without any work.
        qsr_alone: QSR in base units that gives it, in whole QSR.
        fused_plasma_with_most_work: least fused plasma beside the most work that a block may state;
            0 if work alone can pay.
    """

    rules: RuleSet[State]
    state: State
    kind: BlockKind
    fused: int
    headroom: int
    priced_state: State
    pow_plasma: int | None
    difficulty: int | None
    fused_plasma_alone: int | None
    qsr_alone: int | None
    fused_plasma_with_most_work: int

    def survives(self) -> int | None:
        """Momentums of the steepest rise from ``state`` after which the payment still pays.

        None if no rise makes it too little; -1 if there is no such payment; at most 10,000.
        """
        if self.difficulty is None:
            return -1
        state = self.state
        for momentums in range(MAX_HEADROOM):
            risen = self.rules.steepest_rise(state)
            if risen == state:
                return None
            worked = self.rules.plasma_of_difficulty(self.difficulty, risen)
            if not self.rules.price_met(self.kind.base_plasma, self.fused, worked, risen):
                return momentums
            state = risen
        return MAX_HEADROOM


def quote(
    rules: RuleSet[State], kind: BlockKind, state: State | None = None, fused: int = 0, headroom: int = 0
) -> Quote[State]:
    """What a block of this kind costs.

    Args:
        rules: the rule set.
        kind: the kind of block.
        state: state of the momentum that is to contain the block; the initial state if left out.
        fused: fused plasma that the block commits beside its work.
        headroom: momentums of the steepest rise that the payment has to survive.

    Raises:
        InvalidInput: field ``fused`` or ``headroom`` out of range, or a field of ``state``; also
            ``headroom`` if a price leaves 64 bits within it.
    """
    check_type("kind", kind, BlockKind)
    fused = check_integer("fused", fused, 0, rules.max_fused_plasma, f"plasma under {rules.name}")
    headroom = check_integer("headroom", headroom, 0, MAX_HEADROOM, "momentums")
    state = rules.state_or_initial(state)
    priced = state
    for risen in range(headroom):
        try:
            priced = rules.steepest_rise(priced)
        except InvalidInput as beyond:
            problem = f"momentums of the steepest rise lead {beyond.field} beyond 64 bits"
            raise InvalidInput("headroom", headroom, problem, f"0 … {risen} momentums at this price") from None
    most = rules.most_pow_plasma(priced)
    pow_plasma = rules.least_pow_plasma(kind.base_plasma, fused, priced)
    payable = pow_plasma <= most and fused + pow_plasma <= rules.max_block_plasma
    alone = rules.least_fused(kind.base_plasma, 0, priced)
    fusable = alone <= min(rules.max_fused_plasma, rules.max_block_plasma, U64_MAX)
    return Quote(
        rules=rules,
        state=state,
        kind=kind,
        fused=fused,
        headroom=headroom,
        priced_state=priced,
        pow_plasma=pow_plasma if payable else None,
        difficulty=rules.required_difficulty(kind, priced, fused) if payable else None,
        fused_plasma_alone=alone if fusable else None,
        qsr_alone=rules.fused_of_plasma(alone) if fusable else None,
        fused_plasma_with_most_work=rules.least_fused(kind.base_plasma, most, priced),
    )
