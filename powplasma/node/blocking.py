"""A node, asked by blocking calls: the same as ``Node`` for code that does not use asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from powplasma.account import AccountBlock
from powplasma.background import LoopThread
from powplasma.node.accounts import AccountInfo, BlockPage, NodeBlock, Token
from powplasma.node.client import MAX_PAGE, Node
from powplasma.node.endpoint import DEFAULT_NODE
from powplasma.node.holdings import Delegation, Reward, StakePage
from powplasma.node.momentum import Momentum, MomentumPage
from powplasma.node.plasma import FusionPage, PlasmaInfo, RequiredPow
from powplasma.node.sync import SyncInfo
from powplasma.node.transport import MAX_ANSWER_BYTES
from powplasma.node.view import AccountView
from powplasma.plasma import DynamicRules

T = TypeVar("T")


class BlockingNode:
    """One node; every method is that of ``Node`` with the same arguments, results and errors.

    May be used by several threads. The calls run in an event loop in a thread of its own, which
    ``close`` ends: ``with BlockingNode(url) as node``.

    Args:
        url: as for ``Node``.
        timeout: as for ``Node``.
        connect_timeout: as for ``Node``.
        retries: as for ``Node``.
        max_answer_bytes: as for ``Node``.
    """

    def __init__(
        self,
        url: str = DEFAULT_NODE,
        *,
        timeout: float = 10.0,
        connect_timeout: float = 5.0,
        retries: int = 2,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._loop = LoopThread("powplasma-node")
        try:
            self._node = self._run(
                _made(
                    url,
                    timeout=timeout,
                    connect_timeout=connect_timeout,
                    retries=retries,
                    max_answer_bytes=max_answer_bytes,
                )
            )
        except BaseException:
            self._loop.close()
            raise
        self.url = self._node.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections and the thread; a second time it does nothing."""
        if not self._loop.closed:
            try:
                self._run(self._node.close())
            finally:
                self._loop.close()

    def frontier_momentum(self) -> Momentum:
        """The newest momentum."""
        return self._run(self._node.frontier_momentum())

    def momentums_by_height(self, height: int, count: int) -> MomentumPage:
        """As ``Node.momentums_by_height``."""
        return self._run(self._node.momentums_by_height(height, count))

    def frontier_block(self, address: str | bytes) -> NodeBlock | None:
        """As ``Node.frontier_block``."""
        return self._run(self._node.frontier_block(address))

    def block_by_hash(self, hash: str | bytes) -> NodeBlock | None:  # noqa: A002 - the public name
        """As ``Node.block_by_hash``."""
        return self._run(self._node.block_by_hash(hash))

    def blocks_by_height(self, address: str | bytes, height: int, count: int) -> BlockPage:
        """As ``Node.blocks_by_height``."""
        return self._run(self._node.blocks_by_height(address, height, count))

    def blocks_by_page(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """As ``Node.blocks_by_page``."""
        return self._run(self._node.blocks_by_page(address, page, size))

    def sync_info(self) -> SyncInfo | None:
        """As ``Node.sync_info``."""
        return self._run(self._node.sync_info())

    def unconfirmed_blocks(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """As ``Node.unconfirmed_blocks``."""
        return self._run(self._node.unconfirmed_blocks(address, page, size))

    def unreceived_blocks(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """As ``Node.unreceived_blocks``."""
        return self._run(self._node.unreceived_blocks(address, page, size))

    def account_info(self, address: str | bytes) -> AccountInfo:
        """As ``Node.account_info``."""
        return self._run(self._node.account_info(address))

    def account_view(self, address: str | bytes) -> AccountView:
        """As ``Node.account_view``."""
        return self._run(self._node.account_view(address))

    def token(self, token_standard: str | bytes) -> Token | None:
        """As ``Node.token``."""
        return self._run(self._node.token(token_standard))

    def plasma(self, address: str | bytes) -> PlasmaInfo:
        """As ``Node.plasma``."""
        return self._run(self._node.plasma(address))

    def fusions(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> FusionPage:
        """As ``Node.fusions``."""
        return self._run(self._node.fusions(address, page, size))

    def stakes(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> StakePage:
        """As ``Node.stakes``."""
        return self._run(self._node.stakes(address, page, size))

    def delegation(self, address: str | bytes) -> Delegation | None:
        """As ``Node.delegation``."""
        return self._run(self._node.delegation(address))

    def reward(self, contract: str, address: str | bytes) -> Reward:
        """As ``Node.reward``."""
        return self._run(self._node.reward(contract, address))

    def plasma_variables(self) -> DynamicRules:
        """As ``Node.plasma_variables``."""
        return self._run(self._node.plasma_variables())

    def required_pow(
        self, address: str | bytes, block_type: int, to_address: str | bytes | None = None, data: bytes = b""
    ) -> RequiredPow:
        """As ``Node.required_pow``."""
        return self._run(self._node.required_pow(address, block_type, to_address, data))

    def publish(self, block: AccountBlock) -> None:
        """As ``Node.publish``."""
        self._run(self._node.publish(block))

    def find_block(self, block: AccountBlock) -> NodeBlock | None:
        """As ``Node.find_block``."""
        return self._run(self._node.find_block(block))

    def publish_and_find(self, block: AccountBlock) -> NodeBlock:
        """As ``Node.publish_and_find``."""
        return self._run(self._node.publish_and_find(block))

    def momentums(self, *, poll_seconds: float = 5.0, patience: float = 60.0) -> Iterator[Momentum]:
        """As ``Node.momentums``."""
        momentums = self._node.momentums(poll_seconds=poll_seconds, patience=patience)
        try:
            while True:
                yield self._run(_next(momentums))
        finally:
            if not self._loop.closed:
                self._run(_closed(momentums))

    def call(self, function: Callable[[Node], Coroutine[Any, Any, T]]) -> T:
        """The result of an asynchronous function, which is given this node's ``Node`` and runs in its event loop.

        An interruption of the caller, as by Ctrl-C, cancels the function and waits a moment for its end. If it ends
        with an error of powplasma, which says what had already happened, that is the interruption's ``__cause__``.
        """
        return self._run(function(self._node))

    def _run(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine in the event loop's thread."""
        return self._loop.run(call)


async def _made(url: str, **arguments: Any) -> Node:
    """A node that belongs to the loop that runs."""
    return Node(url, **arguments)


async def _next(momentums: AsyncGenerator[Momentum]) -> Momentum:
    return await anext(momentums)


async def _closed(momentums: AsyncGenerator[Momentum]) -> None:
    await momentums.aclose()
