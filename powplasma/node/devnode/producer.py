"""Makes the momentums of a devnode: content, prices, hash, signature."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from hashlib import sha3_256

from powplasma.account import AccountBlock
from powplasma.address import ADDRESS_BYTES
from powplasma.node.devnode import pool
from powplasma.node.devnode.contracts import receive_calls
from powplasma.node.devnode.genesis import producer_key
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.momentum import ContentHeader, Momentum
from powplasma.plasma import DynamicRules, DynamicState
from powplasma.plasma.content import judge_content
from powplasma.plasma.pricing import DYNAMIC_MOMENTUM_VERSION, MIN_PRICE
from powplasma.work import ZERO_HASH

_LEGACY_VERSION = 1

_NOBODY = bytes([0]) + sha3_256(b"").digest()[: ADDRESS_BYTES - 1]
"""Producer of the first momentum: the address of no key, as the node has it."""


def produce_first(ledger: Ledger) -> Momentum:
    """The first momentum, which confirms what the accounts begin with."""
    blocks = [entry.block for entries in ledger.waiting() for entry in entries]
    return _produce(ledger, blocks, ledger.start, DynamicState(MIN_PRICE, MIN_PRICE))


def produce(ledger: Ledger, now: int) -> Momentum:
    """The next momentum, with the blocks that wait and may go in, at Unix second ``now`` or later."""
    blocks = pool.content(ledger)
    prices = DynamicState(MIN_PRICE, MIN_PRICE)
    if isinstance(ledger.rules, DynamicRules):
        verdict = judge_content([pool.pool_block(block) for block in blocks], ledger.rules, ledger.state)
        assert verdict.next_state is not None, verdict
        prices = verdict.next_state
    blocks += receive_calls(ledger)
    # Several in one second share it: a chain that is ahead of the clock would count as out of date.
    return _produce(ledger, blocks, max(now, ledger.frontier.timestamp), prices)


def _produce(ledger: Ledger, blocks: Sequence[AccountBlock], timestamp: int, prices: DynamicState) -> Momentum:
    is_first = not ledger.momentums
    dynamic = isinstance(ledger.rules, DynamicRules) and not is_first
    headers = sorted((block.address, block.height, block.hash) for block in blocks)
    key = producer_key()
    unsigned = Momentum(
        version=DYNAMIC_MOMENTUM_VERSION if dynamic else _LEGACY_VERSION,
        chain_identifier=ledger.chain_identifier,
        hash=ZERO_HASH,
        previous_hash=ZERO_HASH if is_first else ledger.frontier.hash,
        height=len(ledger.momentums) + 1,
        timestamp=timestamp,
        data=b"",
        content=tuple(ContentHeader(address, digest, height) for address, height, digest in headers),
        # A node hashes its database here, which a devnode has not; another fork has another hash.
        changes_hash=sha3_256(b"".join(header[2] for header in headers) + ledger.forks.to_bytes(8)).digest(),
        public_key=b"" if is_first else key.public_key,
        signature=b"",
        producer=_NOBODY if is_first else key.address,
        next_fusion_price=prices.fusion_price if dynamic else 0,
        next_work_price=prices.work_price if dynamic else 0,
    )
    own_hash = unsigned.compute_hash()
    momentum = dataclasses.replace(unsigned, hash=own_hash, signature=b"" if is_first else key.sign(own_hash))
    ledger.confirm(momentum)
    return momentum
