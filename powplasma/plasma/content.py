"""Dynamic Plasma in the pool and in a momentum: which blocks wait, which go in, whether the result is valid.

Source: go-zenon ``pillar/content_selector.go``, ``verifier/momentum.go``, ``chain/account_pool.go``;
docs/specification.md, section 5.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cmp_to_key

from powplasma.errors import InvalidInput, plain_integer
from powplasma.plasma.pricing import (
    DYNAMIC_MOMENTUM_VERSION,
    MIN_PRICE,
    DynamicRules,
    DynamicState,
    Payment,
    PricedMomentum,
)


@dataclass(frozen=True, slots=True)
class PoolBlock:
    """An account block that waits for, or stands in, a momentum.

    Attributes:
        address: of its account; any hashable text.
        height: in the chain of its account.
        hash: 32 bytes; orders blocks of the same price.
        payment: what it commits, with the base plasma recomputed from the block.
        contract: whether its account is an embedded contract.
        contract_send: whether it is a send of a contract, which stands in one batch with the
            receive that follows it.
    """

    address: str
    height: int
    hash: bytes
    payment: Payment
    contract: bool = False
    contract_send: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "height", plain_integer("height", self.height))


class MomentumReason(StrEnum):
    """Why a momentum is not valid, or that it is."""

    ACCEPTED = "accepted"
    WRONG_VERSION = "wrong version"
    NEXT_PRICE_BELOW_MINIMUM = "next price below the minimum"
    DUPLICATE_BLOCK = "duplicate block"
    TOO_MANY_CONTRACT_BLOCKS = "too many contract blocks"
    PRICE_TOO_LOW = "price too low"
    TOO_MUCH_BASE_PLASMA = "too much base plasma"
    WRONG_NEXT_PRICE = "wrong next price"


@dataclass(frozen=True, slots=True)
class MomentumVerdict:
    """What became of a momentum.

    Attributes:
        reason: the first thing wrong, or that nothing is.
        fused_base_plasma: nominal base plasma paid for with fused plasma, of the blocks judged.
        pow_base_plasma: the same for work.
        next_state: the prices that the momentum must carry; None unless its content is valid.
        block: position of the block at fault, None if no single one is.
    """

    reason: MomentumReason
    fused_base_plasma: int
    pow_base_plasma: int
    next_state: DynamicState | None = None
    block: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the momentum is valid."""
        return self.reason is MomentumReason.ACCEPTED


def order_blocks(blocks: Sequence[PoolBlock], rules: DynamicRules, state: DynamicState) -> list[PoolBlock]:
    """The order in which a pillar considers blocks: contracts first, then the best-paying next block of any account.

    Inside an account blocks stand by ascending height. Of two users' blocks that pay the same, the
    larger hash goes first. Accounts of contracts keep the order in which they first appear.
    """
    accounts: dict[str, list[PoolBlock]] = {}
    for block in blocks:
        accounts.setdefault(block.address, []).append(block)
    ordered: list[PoolBlock] = []
    queues: list[list[PoolBlock]] = []
    for queue in accounts.values():
        queue.sort(key=lambda block: block.height)
        if queue[0].contract:
            ordered.extend(queue)
        else:
            queues.append(queue)

    def compare(a: PoolBlock, b: PoolBlock) -> int:
        return rules.compare(b.payment, a.payment, state) or (b.hash > a.hash) - (b.hash < a.hash)

    rank = cmp_to_key(compare)
    heap = [(rank(queue[0]), position, 0) for position, queue in enumerate(queues)]
    heapq.heapify(heap)
    while heap:
        _, position, index = heap[0]
        queue = queues[position]
        ordered.append(queue[index])
        if index + 1 < len(queue):
            heapq.heapreplace(heap, (rank(queue[index + 1]), position, index + 1))
        else:
            heapq.heappop(heap)
    return ordered


def select_content(blocks: Sequence[PoolBlock], rules: DynamicRules, state: DynamicState) -> list[PoolBlock]:
    """The blocks that a pillar puts into a momentum, in their order.

    One pass over ``order_blocks``. A block that does not fit or pays too little is left out, with
    all later blocks of its account. Sends of a contract are taken only together with the receive
    that closes their batch.
    """
    chosen: list[PoolBlock] = []
    batch: list[PoolBlock] = []
    skipped: set[str] = set()
    contract_blocks = 0
    base_plasma = 0
    for block in order_blocks(blocks, rules, state):
        if block.address in skipped:
            continue
        if block.contract:
            batch.append(block)
            if block.contract_send:
                continue
            if contract_blocks + len(batch) > rules.max_contract_blocks:
                skipped.update(dropped.address for dropped in batch)
            else:
                chosen.extend(batch)
                contract_blocks += len(batch)
            batch = []
        elif base_plasma + block.payment.base_plasma > rules.max_base_plasma_in_momentum or not rules.price_valid(
            block.payment, state
        ):
            skipped.add(block.address)
        else:
            base_plasma += block.payment.base_plasma
            chosen.append(block)
    return chosen


def momentum_totals(blocks: Iterable[PoolBlock], rules: DynamicRules, state: DynamicState) -> tuple[int, int]:
    """Nominal base plasma of a momentum's user blocks: (fused, worked)."""
    fused = worked = 0
    for block in blocks:
        if not block.contract:
            fused_part, worked_part = rules.nominal_base_plasma(block.payment, state)
            fused += fused_part
            worked += worked_part
    return fused, worked


def judge_content(blocks: Sequence[PoolBlock], rules: DynamicRules, state: DynamicState) -> MomentumVerdict:
    """Whether blocks, in this order, may stand in a momentum whose blocks are judged by ``state``.

    The order by price is not judged: no rule demands it.
    """
    fused = worked = contract_blocks = 0
    seen: set[tuple[str, int, bytes]] = set()
    for position, block in enumerate(blocks):
        identity = (block.address, block.height, block.hash)
        if identity in seen:
            return MomentumVerdict(MomentumReason.DUPLICATE_BLOCK, fused, worked, block=position)
        seen.add(identity)
    for position, block in enumerate(blocks):
        if block.contract:
            contract_blocks += 1
            if contract_blocks > rules.max_contract_blocks:
                return MomentumVerdict(MomentumReason.TOO_MANY_CONTRACT_BLOCKS, fused, worked, block=position)
            continue
        if not rules.price_valid(block.payment, state):
            return MomentumVerdict(MomentumReason.PRICE_TOO_LOW, fused, worked, block=position)
        fused_part, worked_part = rules.nominal_base_plasma(block.payment, state)
        fused += fused_part
        worked += worked_part
        if fused + worked > rules.max_base_plasma_in_momentum:
            return MomentumVerdict(MomentumReason.TOO_MUCH_BASE_PLASMA, fused, worked, block=position)
    following = rules.next_state(PricedMomentum(state.fusion_price, state.work_price, fused, worked))
    return MomentumVerdict(MomentumReason.ACCEPTED, fused, worked, following)


def judge_momentum(
    blocks: Sequence[PoolBlock],
    rules: DynamicRules,
    state: DynamicState,
    *,
    version: int,
    next_fusion_price: int,
    next_work_price: int,
) -> MomentumVerdict:
    """Whether a momentum with these blocks may state this version and these next prices, the spork active."""
    if plain_integer("version", version) != DYNAMIC_MOMENTUM_VERSION:
        return MomentumVerdict(MomentumReason.WRONG_VERSION, 0, 0)
    stated = DynamicState(next_fusion_price, next_work_price)
    if min(stated.fusion_price, stated.work_price) < MIN_PRICE:
        return MomentumVerdict(MomentumReason.NEXT_PRICE_BELOW_MINIMUM, 0, 0)
    verdict = judge_content(blocks, rules, state)
    if verdict.accepted and verdict.next_state != stated:
        return MomentumVerdict(
            MomentumReason.WRONG_NEXT_PRICE, verdict.fused_base_plasma, verdict.pow_base_plasma, verdict.next_state
        )
    return verdict


def check_pool_room(pending: int, rules: DynamicRules) -> None:
    """Refuses a block that extends a user's chain of already so many unconfirmed blocks beyond the pool's limit.

    Raises:
        InvalidInput: field ``pending``.
    """
    pending = plain_integer("pending", pending)
    if pending + 1 > rules.max_pending_blocks:
        raise InvalidInput(
            "pending", pending, "unconfirmed blocks leave no room for another", f"at most {rules.max_pending_blocks}"
        )


def replaces(new: PoolBlock, old: PoolBlock, rules: DynamicRules, state: DynamicState) -> bool:
    """Whether the pool takes ``new`` in place of ``old`` at the same height of one account.

    ``state``: the frontier momentum's next prices. At the same price the smaller hash stays, the
    opposite of the order of ``order_blocks``.
    """
    better = rules.compare(new.payment, old.payment, state)
    return better > 0 or (better == 0 and new.hash < old.hash)
