"""A block whose prices have moved on since its nonce was searched for, made strong enough again."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

from powplasma.account import AccountBlock
from powplasma.transfer.plan import Plan
from powplasma.work import Work


class Adjustment(StrEnum):
    """What was changed in a block after its work had begun."""

    CHAIN_MOVED = "the account's chain moved on: a new nonce was searched for"
    DIFFICULTY_RESTATED = "prices rose: the nonce is good for a higher difficulty, which is stated"
    FUSED_RAISED = "prices rose: more fused plasma is committed"
    SEARCHED_AGAIN = "prices rose: a harder nonce was searched for"
    PLANNED_ANEW = "the node refused the block as it was: it was planned anew"
    EARLIER_ATTEMPT = "an earlier attempt at the same transaction is published: it counts, and nothing more was sent"


def top_up(plan: Plan, now: Plan, work: Work | None) -> tuple[AccountBlock | None, Adjustment | None]:
    """The block of a plan with its nonce, strong enough by the plan of now; (None, None) if it takes another nonce.

    Args:
        plan: what the work was done for.
        now: a plan for the same previous block.
        work: its nonce; None if it needed none.
    """
    block, base_plasma, rules = plan.block, plan.kind.base_plasma, now.rules
    nonce = work.nonce if work else bytes(8)
    achieved = min(work.achieved_difficulty, rules.max_difficulty_at(now.state)) if work else 0

    def made(fused: int, difficulty: int) -> AccountBlock:
        return dataclasses.replace(
            block,
            chain_identifier=now.block.chain_identifier,
            height=now.block.height,
            momentum_acknowledged=now.block.momentum_acknowledged,
            fused_plasma=fused,
            difficulty=difficulty,
            nonce=nonce,
        )

    fused = min(block.fused_plasma, now.available_plasma)
    worked = rules.plasma_of_difficulty(block.difficulty, now.state)
    if fused + worked >= base_plasma and rules.price_met(base_plasma, fused, worked, now.state):
        return made(fused, block.difficulty), None
    for state in (now.priced_state, now.state):
        plasma = rules.least_pow_plasma(base_plasma, fused, state)
        difficulty = plasma * rules.difficulty_per_plasma_at(state)
        if difficulty <= achieved and plasma <= rules.max_pow_plasma:
            return made(fused, difficulty), Adjustment.DIFFICULTY_RESTATED
        more = rules.least_fused(base_plasma, rules.plasma_of_difficulty(achieved, state), state)
        if more <= min(now.available_plasma, rules.max_fused_plasma):
            return made(more, achieved), Adjustment.FUSED_RAISED
    return None, None
