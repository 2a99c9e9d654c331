"""A node in memory that does as a test tells it, and an engine whose luck a test decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from hashlib import sha3_256
from typing import Any, TypeVar

from powplasma.account import ZNN, AccountBlock, Wallet
from powplasma.engine import generate
from powplasma.errors import InvalidInput
from powplasma.node import (
    AccountInfo,
    Balance,
    BlockingNode,
    BlockPage,
    BlockRefused,
    Confirmation,
    MethodUnknown,
    Momentum,
    NodeBlock,
    PublishDisplaced,
    RequiredPow,
    SyncInfo,
    SyncState,
    Token,
)
from powplasma.plasma import DynamicRules, DynamicState
from powplasma.transfer.plan import kind_of
from powplasma.work import Work, achieved_difficulty, data_hash

T = TypeVar("T")

WALLET = Wallet(bytes(range(32)))
KEY_PAIR = WALLET.key_pair(0)
OTHER = WALLET.key_pair(1)
COIN = Token(
    token_standard=ZNN,
    name="Zenon Coin",
    symbol="ZNN",
    domain="zenon.network",
    decimals=8,
    owner=bytes(20),
    total_supply=10**15,
    max_supply=10**16,
    burnable=True,
    mintable=True,
    utility=True,
)


def refusal(text: str) -> BlockRefused:
    """The node's refusal of a block in these words."""
    return BlockRefused("fake", "ledger.publishRawTransaction", -32000, text)


class _Asynchronous:
    """The asynchronous face of a ``FakeNode``."""

    def __init__(self, node: FakeNode) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._node, name)
        if not callable(found):
            return found

        async def call(*arguments: Any) -> Any:
            await asyncio.sleep(0)
            return found(*arguments)

        return call


class FakeNode(BlockingNode):
    """One account's chain; everything it says can be changed by a test at any time."""

    def __init__(self, version: int = 1, fusion_price: int = 1_000, work_price: int = 1_000) -> None:
        self.url = "fake"
        self.version = version
        self.prices = [fusion_price, work_price]
        self.available = 0
        self.asks: int | None = None
        self.height = 10
        self.balance = 10**12
        self.chain: list[NodeBlock] = []
        self.unreceived: list[NodeBlock] = []
        self.outcomes: list[Callable[[AccountBlock], None]] = []
        self.published: list[AccountBlock] = []
        self.at_momentum: Callable[[], None] = lambda: None
        self.sync = SyncInfo(SyncState.DONE, 10, 10)
        self.age = 0.0
        self.asynchronous: Any = _Asynchronous(self)

    def close(self) -> None:
        """Nothing is open."""

    def call(self, function: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run(function(self.asynchronous))

    def sync_info(self) -> SyncInfo | None:
        return self.sync

    def reorganise(self) -> None:
        """Another newest momentum."""
        self.height += 1

    def frontier_momentum(self) -> Momentum:
        self.at_momentum()
        return Momentum(
            version=self.version,
            chain_identifier=100,
            hash=sha3_256(str(self.height).encode()).digest(),
            previous_hash=bytes(32),
            height=self.height,
            timestamp=int(time.time() - self.age),
            data=b"",
            content=(),
            changes_hash=bytes(32),
            public_key=b"",
            signature=b"",
            producer=bytes(20),
            next_fusion_price=self.prices[0] if self.version > 1 else 0,
            next_work_price=self.prices[1] if self.version > 1 else 0,
        )

    def frontier_block(self, address: Any) -> NodeBlock | None:
        return self.chain[-1] if self.chain else None

    def blocks_by_height(self, address: Any, height: int, count: int) -> BlockPage:
        return BlockPage(tuple(self.chain[height - 1 : height - 1 + count]), len(self.chain))

    def plasma_variables(self) -> DynamicRules:
        raise MethodUnknown("fake", "embedded.plasma.getVariables", -32601, "does not exist")

    def account_info(self, address: Any) -> AccountInfo:
        return AccountInfo(bytes(20), len(self.chain), {ZNN: Balance(COIN, self.balance)})

    def required_pow(self, address: Any, block_type: int, to_address: Any = None, data: bytes = b"") -> RequiredPow:
        block = AccountBlock(block_type=block_type, address=address, to_address=to_address or bytes(20), data=data)
        base_plasma = kind_of(block).base_plasma
        if self.asks is not None:
            return RequiredPow(self.available, base_plasma, self.asks)
        if self.version == 1:
            return RequiredPow(self.available, base_plasma, 1_500 * max(0, base_plasma - self.available))
        state = DynamicState(*self.prices)
        try:
            difficulty = DynamicRules().suggestion(base_plasma, self.available, state).difficulty
        except InvalidInput:
            difficulty = 0
        return RequiredPow(self.available, base_plasma, difficulty)

    def publish_and_find(self, block: AccountBlock) -> NodeBlock:
        self.published.append(block)
        if self.outcomes:
            self.outcomes.pop(0)(block)
        self.take(block)
        return self.chain[-1]

    def take(self, block: AccountBlock) -> None:
        """Puts a block at the end of the chain."""
        self.chain.append(NodeBlock(block))
        self.unreceived = [sent for sent in self.unreceived if sent.block.hash != block.from_block_hash]

    def confirm(self) -> None:
        """A momentum with the last block."""
        confirmation = Confirmation(1, self.frontier_momentum().reference, 0)
        self.chain[-1] = replace(self.chain[-1], confirmation=confirmation)

    def find_block(self, block: AccountBlock) -> NodeBlock | None:
        if len(self.chain) < block.height:
            return None
        found = self.chain[block.height - 1]
        if found.block.hash != block.hash:
            raise PublishDisplaced("fake", f"another block stands at height {block.height}", block)
        return found

    def unreceived_blocks(self, address: Any, page: int = 0, size: int = 50) -> BlockPage:
        blocks = self.unreceived[page * size : (page + 1) * size]
        return BlockPage(tuple(blocks), len(self.unreceived))


class FakeEngine:
    """Finds at once a nonce with a chosen luck, or a wrong one.

    Attributes:
        asked: every search: data hash and difficulty.
    """

    def __init__(self, luck: int = 1, *, wrong: bool = False, after: Callable[[], None] = lambda: None) -> None:
        self.luck = luck
        self.wrong = wrong
        self.after = after
        self.asked: list[tuple[bytes, int]] = []

    def submit(self, data_hash: bytes, difficulty: int, *, timeout: float | None = None) -> Future[Work]:
        self.asked.append((data_hash, difficulty))
        future: Future[Work] = Future()
        nonce = _wrong(data_hash, difficulty) if self.wrong else _good(data_hash, difficulty * self.luck)
        achieved = achieved_difficulty(data_hash, nonce)
        future.set_result(Work(data_hash, nonce, difficulty, achieved, 1, 0.0, "fake", 0))
        self.after()
        return future


def _good(data_hash: bytes, difficulty: int) -> bytes:
    return generate(data_hash, difficulty).nonce


def _wrong(data_hash: bytes, difficulty: int) -> bytes:
    return next(n.to_bytes(8) for n in range(100) if achieved_difficulty(data_hash, n.to_bytes(8)) < difficulty)


def sent_to_us(amount: int, height: int) -> NodeBlock:
    """A confirmed send to the account."""
    block = AccountBlock.send(OTHER.address, KEY_PAIR.address, amount, height=height).signed(OTHER)
    return NodeBlock(block, Confirmation(1, block.momentum_acknowledged, 0), COIN)


__all__ = ["KEY_PAIR", "OTHER", "FakeEngine", "FakeNode", "data_hash", "refusal", "sent_to_us"]
