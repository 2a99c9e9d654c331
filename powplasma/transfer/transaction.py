"""One block from plan to publication: the work runs while others decide, and what became too weak is topped up.

A nonce stays good as long as the account's chain has not moved on: it commits to the account and
its previous block alone. The acknowledged momentum is chosen anew at the last moment, at no cost.
If prices have risen meanwhile, the block is made strong enough by the first of these that does:

1. a higher difficulty is stated, as far as the nonce is good for it by luck;
2. more fused plasma is committed, as far as it is available;
3. a harder nonce is searched for. Hashes of one search do not count for another, so nothing of the
   old one can be kept, and nothing is lost that could have been.

A block that may have been published is never sent a second time under another hash, unless the two cannot stand in
one chain: at the same height, or below, or above another block than the first. What a node says about that is checked
by the hashes of the blocks in between.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, Self

from powplasma.account import AccountBlock, KeyPair
from powplasma.engine import Engine
from powplasma.engine.default import shared_engine
from powplasma.errors import PowPlasmaError
from powplasma.node import (
    BlockingNode,
    BlockRefusal,
    BlockRefused,
    Node,
    NodeBlock,
    NodeUnreachable,
)
from powplasma.transfer.delivery import deliver
from powplasma.transfer.outbox import Outbox, aopen_outbox, digest_of
from powplasma.transfer.plan import Plan, amake_plan
from powplasma.transfer.settling import Attempts, Landed
from powplasma.transfer.terms import Terms
from powplasma.transfer.topup import Adjustment, top_up
from powplasma.validation import Verdict, validate
from powplasma.work import Work

_FRESH_SECONDS = 1.0
"""How long a plan is taken to hold without asking the node again."""

_MAX_ROUNDS = 10
"""How often a plan is made anew because chain or prices moved on."""

_PAUSE_SECONDS = 0.5
"""Before a refused block is planned anew."""

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
"""Refusals of a block that a new plan can mend: its chain, its momentum or its prices have moved on."""


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """A published block.

    Attributes:
        found: the block as the node has it.
        plan: what it was made by.
        work: its proof of work; None if fused plasma paid alone, or for the block of an earlier attempt.
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

    @property
    def state(self) -> Literal["published", "confirmed"]:
        """``confirmed`` if a momentum contains the block; ``published`` if it still waits for one."""
        return "published" if self.found.confirmation is None else "confirmed"

    def confirmed_by(self, found: NodeBlock) -> Receipt:
        """The receipt with the block as the node has it now."""
        return dataclasses.replace(self, found=found)


class AsyncTransaction:
    """One block on its way, for asyncio: ``transaction = await AsyncTransaction.planned(node, template)``.

    Args:
        node: knows the account's chain and publishes.
        template: a block from ``AccountBlock.send`` or ``AccountBlock.receive``.
        plan: by ``amake_plan``.
        terms: what is allowed; see ``Terms``.
        engine: searches; by default the one that ``powplasma.generate`` uses.
        reference: name of the payment, which is not paid twice; see ``asend``.

    Attributes:
        plan: what the block is made by, as of the latest look at the node.

    Raises:
        InvalidInput: field ``reference``.
    """

    def __init__(
        self,
        node: Node,
        template: AccountBlock,
        plan: Plan,
        terms: Terms | None = None,
        engine: Engine | None = None,
        *,
        reference: str | None = None,
    ) -> None:
        self._node = node
        self._template = template
        self._reference = digest_of(reference)
        self._terms = terms or Terms()
        self._engine = engine
        self._search: Future[Work] | None = None
        self._adjustments: list[Adjustment] = []
        self._attempts: Attempts | None = None
        self._planned = time.monotonic()
        self.plan = plan

    @classmethod
    async def planned(
        cls,
        node: Node,
        template: AccountBlock,
        terms: Terms | None = None,
        engine: Engine | None = None,
        *,
        reference: str | None = None,
    ) -> Self:
        """Plans the block; arguments as for the class, errors as for ``amake_plan``."""
        digest_of(reference)  # before anything is asked
        plan = await amake_plan(node, template, terms or Terms())
        return cls(node, template, plan, terms, engine, reference=reference)

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

    async def complete(self) -> AccountBlock:
        """Finishes the unsigned block: with its nonce, as strong as it has to be now, and judged by our own validator.

        Raises:
            SearchTimeout: ``max_seconds`` is over.
            BlockRejected: the validator refuses the block.
            Unsteady: chain or prices do not come to rest.
            PowPlasmaError: as ``amake_plan``.
        """
        for _ in range(_MAX_ROUNDS):
            work = await self._found()
            now = self.plan if time.monotonic() - self._planned < _FRESH_SECONDS else await self._planned_anew()
            if self._attempts is not None:
                await self._attempts.check_excluded(now.block)
            if now.block.previous_hash != self.plan.block.previous_hash:
                self._begin_again(now, Adjustment.CHAIN_MOVED)
                continue
            block, adjustment = top_up(self.plan, now, work)
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

    async def publish(self, key_pair: KeyPair, outbox: Outbox | None = None) -> Receipt:
        """Completes, signs and publishes the block when it is the account's turn, and looks whether the node has it.

        The signed block is on disk until its fate is known. A block that the node refuses because chain, momentum or
        prices have moved on is planned anew. One of which nobody knows whether it was published is looked for, for
        as long as ``patience`` allows. If an earlier attempt at the same transaction turns out to be published, that
        is the receipt.

        Cancelling the task before the block is given to the node prevents that. Later it is reported by an error.

        Args:
            key_pair: owns the account.
            outbox: the account's turn, if the caller holds it; otherwise it is waited for.

        Raises:
            CancelledTooLate: the task was cancelled, but the block is published.
            PublishUnknown: nobody knows whether the block was published; it is in the error.
            StateUnavailable: the turn cannot be taken, or the signed block not be written; nothing was sent.
            NodeError: the block was refused, or could not be sent; or it is lost or displaced.
            PowPlasmaError: as ``complete``.
        """
        if outbox is not None:
            return await self._publish(key_pair, outbox)
        async with aopen_outbox(self.plan.block.chain_identifier, key_pair.address) as own:
            return await self._publish(key_pair, own)

    async def _publish(self, key_pair: KeyPair, outbox: Outbox) -> Receipt:
        attempts = self._attempts = Attempts(self._node, outbox, self._template, self._reference)
        try:
            await attempts.settle(self._terms.patience)
            receipt = await self._publish_own(key_pair, outbox)
        except Landed as landed:
            self.cancel()
            plan = dataclasses.replace(self.plan, block=landed.found.block)
            receipt = Receipt(landed.found, plan, None, (Adjustment.EARLIER_ATTEMPT,))
        finally:
            self._attempts = None
        attempts.published(receipt.block)
        return receipt

    async def _publish_own(self, key_pair: KeyPair, outbox: Outbox) -> Receipt:
        if self._planned < outbox.since:
            self._planned = float("-inf")
        for attempt in range(_MAX_ROUNDS):
            signed = (await self.complete()).signed(key_pair)
            kept = outbox.keep(signed, self._reference)
            try:
                found = await deliver(self._node, signed, self._terms.patience)
            except NodeUnreachable:
                outbox.drop(kept)
                raise
            except BlockRefused as refused:
                if refused.reason not in _PLAN_ANEW or attempt == _MAX_ROUNDS - 1:
                    raise
                self._adjustments.append(Adjustment.PLANNED_ANEW)
                self._planned = float("-inf")
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                work = None if self._search is None else self._search.result()
                return Receipt(found, self.plan, work, tuple(self._adjustments))
        raise AssertionError("the last attempt ends by itself")

    async def _found(self) -> Work | None:
        """The nonce of the search, which is begun if need be; None if the block needs no work."""
        search = self.start()
        if search is None:
            return None
        found: asyncio.Future[Work] = asyncio.wrap_future(search)
        return await found

    async def _planned_anew(self) -> Plan:
        plan = await amake_plan(self._node, self._template, self._terms)
        self._planned = time.monotonic()
        return plan

    def _begin_again(self, plan: Plan, why: Adjustment) -> None:
        """Takes another plan, whose block needs another nonce."""
        self._adjustments.append(why)
        self.cancel()
        self._search = None
        self.plan = plan


class Transaction:
    """One block on its way, without asyncio.

    Args:
        node: knows the account's chain and publishes.
        template: a block from ``AccountBlock.send`` or ``AccountBlock.receive``.
        terms: what is allowed; see ``Terms``.
        engine: searches; by default the one that ``powplasma.generate`` uses.
        reference: name of the payment, which is not paid twice; see ``asend``.

    Raises:
        InvalidInput: field ``reference``.
        PowPlasmaError: as ``make_plan``, by which ``plan`` is made at once.
    """

    def __init__(
        self,
        node: BlockingNode,
        template: AccountBlock,
        terms: Terms | None = None,
        engine: Engine | None = None,
        *,
        reference: str | None = None,
    ) -> None:
        self._node = node
        self._inner = node.call(
            lambda connected: AsyncTransaction.planned(connected, template, terms, engine, reference=reference)
        )

    @property
    def plan(self) -> Plan:
        """What the block is made by, as of the latest look at the node."""
        return self._inner.plan

    def start(self) -> Future[Work] | None:
        """Begins the search for the nonce; as ``AsyncTransaction.start``."""
        return self._inner.start()

    def cancel(self) -> None:
        """Gives the search up."""
        self._inner.cancel()

    def complete(self) -> AccountBlock:
        """Finishes the unsigned block; as ``AsyncTransaction.complete``."""
        return self._node.call(lambda _: self._inner.complete())

    def publish(self, key_pair: KeyPair, outbox: Outbox | None = None) -> Receipt:
        """Completes, signs and publishes the block; as ``AsyncTransaction.publish``.

        An interruption, as by Ctrl-C, counts as a cancellation: if the block is published nevertheless, or if nobody
        knows, ``CancelledTooLate`` or ``PublishUnknown`` is the ``__cause__`` of the ``KeyboardInterrupt``.
        """
        return self._node.call(lambda _: self._inner.publish(key_pair, outbox))
