"""One block from plan to publication: the work runs while others decide, and what became too weak is topped up.

A nonce stays good as long as the account's chain has not moved on: it commits to the account and
its previous block alone. The acknowledged momentum is chosen anew at the last moment, at no cost.
If prices have risen meanwhile, the block is made strong enough by the first of these that does:

1. a higher difficulty is stated, as far as the nonce is good for it by luck;
2. more fused plasma is committed, as far as it is available;
3. a harder nonce is searched for. Hashes of one search do not count for another, so nothing of the
   old one can be kept, and nothing is lost that could have been.

A block that may have been published is never replaced by another one, nor followed by one. A node's
refusal may be a lie: after it, a new block is only signed where no honest chain can hold both.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum

from powplasma.account import AccountBlock, KeyPair
from powplasma.engine import Engine
from powplasma.engine.default import shared_engine
from powplasma.errors import PowPlasmaError
from powplasma.node import (
    BlockingNode,
    BlockRefusal,
    BlockRefused,
    NodeBlock,
    NodeError,
    PublishDisplaced,
    PublishUnknown,
)
from powplasma.transfer.plan import Plan, Terms, make_plan
from powplasma.validation import Verdict, validate
from powplasma.work import Work

_FRESH_SECONDS = 1.0
"""How long a plan is taken to hold without asking the node again."""

_MAX_ROUNDS = 10
"""How often a plan is made anew because chain or prices moved on."""

_LOOK_SECONDS = 0.5
"""Between two looks for a block."""

_PLAN_ANEW = frozenset(
    {
        BlockRefusal.PREVIOUS_MISSING,
        BlockRefusal.PREVIOUS_HAS_CEMENTED_ON_TOP,
        BlockRefusal.PREVIOUS_HEIGHT_EXISTS,
        BlockRefusal.PREVIOUS_HASH_MISSING,
        BlockRefusal.PREVIOUS_HASH_MUST_BE_ZERO,
        BlockRefusal.MOMENTUM_MISSING,
        BlockRefusal.MOMENTUM_GAP,
        BlockRefusal.NOT_ENOUGH_PLASMA,
        BlockRefusal.NOT_ENOUGH_TOTAL_PLASMA,
        BlockRefusal.POOL_RATIO_WORSE,
        BlockRefusal.POOL_HASH_WORSE,
    }
)
"""Refusals of a block that a new plan can mend: its chain, its momentum or its prices have moved on.

The node says that it did not take the block; ``Transaction`` sees to it that another one cannot double it."""


class Adjustment(StrEnum):
    """What was changed in a block after its work had begun."""

    CHAIN_MOVED = "the account's chain moved on: a new nonce was searched for"
    DIFFICULTY_RESTATED = "prices rose: the nonce is good for a higher difficulty, which is stated"
    FUSED_RAISED = "prices rose: more fused plasma is committed"
    SEARCHED_AGAIN = "prices rose: a harder nonce was searched for"
    PLANNED_ANEW = "the node refused the block as it was: it was planned anew"


class BlockRejected(PowPlasmaError):
    """A finished block is not valid by our own rules, so it is not signed.

    Attributes:
        verdict: what the validator says.
    """

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(f"the block is not signed: {verdict.explain()}")


class Unsteady(PowPlasmaError):
    """Chain or prices moved on faster than a block could be finished."""

    def __init__(self) -> None:
        super().__init__(f"the account's chain or the prices moved on {_MAX_ROUNDS} times before the block was ready")


class NotConfirmed(PowPlasmaError):
    """No momentum contained the block in time; it is published and may still be confirmed.

    Attributes:
        block: the block.
        seconds: how long was waited.
    """

    def __init__(self, block: AccountBlock, seconds: float) -> None:
        self.block = block
        self.seconds = seconds
        super().__init__(f"block {block.hash.hex()} is published, but not confirmed after {seconds:g} s")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A published block.

    Attributes:
        found: the block as the node has it.
        plan: what it was made by.
        work: its proof of work; None if fused plasma paid alone.
        adjustments: what was changed after the work had begun, in order.
    """

    found: NodeBlock
    plan: Plan
    work: Work | None
    adjustments: tuple[Adjustment, ...]

    @property
    def block(self) -> AccountBlock:
        """The block."""
        return self.found.block


class Transaction:
    """One block on its way.

    Args:
        node: knows the account's chain and publishes.
        template: a block from ``AccountBlock.send`` or ``AccountBlock.receive``.
        terms: what is allowed; see ``Terms``.
        engine: searches; by default the one that ``powplasma.generate`` uses.

    Raises:
        PowPlasmaError: as ``make_plan``, by which ``plan`` is made at once.
    """

    def __init__(
        self, node: BlockingNode, template: AccountBlock, terms: Terms | None = None, engine: Engine | None = None
    ) -> None:
        self._node = node
        self._template = template
        self._terms = terms or Terms()
        self._engine = engine
        self._search: Future[Work] | None = None
        self._adjustments: list[Adjustment] = []
        self._sent: list[AccountBlock] = []
        self.plan = self._made()

    def start(self) -> Future[Work] | None:
        """Begins the search for the nonce, so that it runs while the caller does something else.

        Returns:
            The search, for the caller to watch; None if the block needs no work.
        """
        if self._search is None and self.plan.block.difficulty:
            engine = self._engine or shared_engine()
            block = self.plan.block
            self._search = engine.submit(block.data_hash, block.difficulty, timeout=self._terms.max_seconds)
        return self._search

    def cancel(self) -> None:
        """Gives the search up."""
        if self._search is not None:
            self._search.cancel()

    def complete(self) -> AccountBlock:
        """The unsigned block with its nonce, as strong as it has to be now, and judged by our own validator.

        Raises:
            SearchTimeout: ``max_seconds`` is over.
            BlockRejected: the validator refuses the block.
            Unsteady: chain or prices do not come to rest.
            PublishUnknown: the node had refused a block, and now names a chain that may hold it.
            PowPlasmaError: as ``make_plan``.
        """
        for _ in range(_MAX_ROUNDS):
            search = self.start()
            work = None if search is None else search.result()
            now = self.plan if time.monotonic() - self._planned < _FRESH_SECONDS else self._made()
            if now.block.previous_hash != self.plan.block.previous_hash:
                self._check_apart(now.block)
                self._begin_again(now, Adjustment.CHAIN_MOVED)
                continue
            block, adjustment = settle(self.plan, now, work)
            if block is None:
                self._begin_again(now, Adjustment.SEARCHED_AGAIN)
                continue
            if adjustment is not None:
                self._adjustments.append(adjustment)
            verdict = validate(block, rules=now.rules, state=now.state, available_plasma=now.available_plasma)
            if not verdict.accepted:
                raise BlockRejected(verdict)
            self.plan = dataclasses.replace(now, block=block)
            return block
        raise Unsteady

    def publish(self, key_pair: KeyPair, before: Callable[[AccountBlock], None] | None = None) -> Receipt:
        """Completes, signs and publishes the block, and looks whether the node has it.

        A block that the node refuses because chain, momentum or prices have moved on is planned
        anew. One of which nobody knows whether it was published is looked for, for as long as
        ``patience`` allows, and never sent again or replaced.

        Args:
            key_pair: owns the account.
            before: given the signed block before it is sent.

        Raises:
            PublishUnknown: nobody knows whether the block was published; it is in the error.
            NodeError: the block was refused, or could not be sent; or it is lost or displaced.
            PowPlasmaError: as ``complete``.
        """
        for attempt in range(_MAX_ROUNDS):
            signed = self.complete().signed(key_pair)
            if before is not None:
                before(signed)
            self._sent.append(signed)
            try:
                found = self._node.publish_and_find(signed)
            except BlockRefused as refused:
                if refused.reason not in _PLAN_ANEW or attempt == _MAX_ROUNDS - 1:
                    raise
                self._adjustments.append(Adjustment.PLANNED_ANEW)
                self._planned = float("-inf")
                time.sleep(_LOOK_SECONDS)
                continue
            except PublishUnknown:
                looked = look_for(self._node, signed, self._terms.patience)
                if looked is None:
                    raise
                found = looked
            work = None if self._search is None else self._search.result()
            return Receipt(found, self.plan, work, tuple(self._adjustments))
        raise AssertionError("the last attempt ends by itself")

    def _made(self) -> Plan:
        plan = make_plan(self._node, self._template, self._terms)
        self._planned = time.monotonic()
        return plan

    def _check_apart(self, block: AccountBlock) -> None:
        """Refuses a block that could stand in one chain with a block that was sent before.

        Two blocks exclude each other unless the later one is built on the earlier one, directly or
        not. So one at the same height or below is apart from it, and so is the one right above
        whose previous block is another. Of one that is higher nobody knows.

        Raises:
            PublishUnknown: with the block that was sent.
        """
        for sent in self._sent:
            above = block.height - sent.height
            if above > 1 or (above == 1 and block.previous_hash == sent.hash):
                why = "the node refused it, and now names a chain that may hold it; nothing more was sent"
                raise PublishUnknown(self._node.url, why, sent)

    def _begin_again(self, plan: Plan, why: Adjustment) -> None:
        """Takes another plan, whose block needs another nonce."""
        self._adjustments.append(why)
        self.cancel()
        self._search = None
        self.plan = plan


def settle(plan: Plan, now: Plan, work: Work | None) -> tuple[AccountBlock | None, Adjustment | None]:
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


def look_for(node: BlockingNode, block: AccountBlock, seconds: float) -> NodeBlock | None:
    """The block in the node's chain, looked for again and again for so many seconds; None if it is not there.

    Raises:
        PublishDisplaced: another block stands at its height.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            found = node.find_block(block)
        except PublishDisplaced:
            raise
        except NodeError:
            found = None  # the node is away, and may come back
        if found is not None or time.monotonic() > end:
            return found
        time.sleep(_LOOK_SECONDS)


def wait_confirmed(
    node: BlockingNode, block: AccountBlock, seconds: float = 120.0, pause: float = _LOOK_SECONDS
) -> NodeBlock:
    """Waits until a momentum contains a published block.

    Args:
        node: asked again and again.
        block: the block.
        seconds: how long to wait.
        pause: seconds between two questions.

    Raises:
        NotConfirmed: none did in time. Under Dynamic Plasma it may wait for its price to fall.
        PublishDisplaced: another block stands at its height.
        NodeError: the node does not answer.
    """
    end = time.monotonic() + seconds
    while True:
        found = node.find_block(block)
        if found is not None and found.confirmation is not None:
            return found
        if time.monotonic() > end:
            raise NotConfirmed(block, seconds)
        time.sleep(pause)
