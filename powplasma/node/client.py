"""A node, asked asynchronously: the calls that a feeless transaction needs, by HTTP or WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from powplasma.account import AccountBlock
from powplasma.account.wire import Record, to_base64
from powplasma.address import format_address, format_token_standard, parse_address, parse_token_standard
from powplasma.errors import InvalidInput, check_asyncio, check_integer
from powplasma.node.accounts import AccountInfo, BlockPage, NodeBlock, Token
from powplasma.node.endpoint import DEFAULT_NODE, parse_endpoint
from powplasma.node.errors import (
    AnswerInvalid,
    BlockRefused,
    CallRefused,
    ConnectionLost,
    HttpRefusal,
    MethodUnknown,
    NodeError,
    NodeTimeout,
    NodeUnreachable,
    PublishDisplaced,
    PublishLost,
    PublishUnknown,
    RpcError,
    Unanswered,
)
from powplasma.node.holdings import Delegation, Reward, StakePage
from powplasma.node.http import HttpTransport
from powplasma.node.message import PUBLISH
from powplasma.node.momentum import Momentum, MomentumPage
from powplasma.node.plasma import FusionPage, PlasmaInfo, RequiredPow, variables_from_json
from powplasma.node.refusals import BlockRefusal
from powplasma.node.required import check_payable, kind_of_block, rules_for, state_after
from powplasma.node.sync import SyncInfo
from powplasma.node.transport import MAX_ANSWER_BYTES, Limits, Transport
from powplasma.node.view import REWARD_CONTRACTS, AccountView, view_account
from powplasma.node.watch import MomentumWatch
from powplasma.node.websocket import WebSocketTransport
from powplasma.plasma import DynamicRules
from powplasma.validation import BlockType
from powplasma.work import parse_hash

T = TypeVar("T")

MAX_PAGE = 50
"""Most blocks of one page that the client asks for: the node's own limit for unreceived blocks."""

MAX_MOMENTUMS = 1024
"""Most momentums of one page. go-zenon ``RpcMaxCountSize``."""

FIRST_PAUSE = 0.1
"""Seconds before a call is repeated; doubled every time."""

LONGEST_PAUSE = 5.0
"""Most seconds before a call is repeated."""

LOOKS_SECONDS = (0.0, 0.05, 0.2, 0.5)
"""Pauses between the looks for a block that was published."""


class Node:
    """One node. To be used inside one running event loop, and closed: ``async with Node(url) as node``.

    Calls that only read are repeated a few times when the connection fails, no answer comes or
    the node has an internal fault. A publish is sent once, whatever happens.

    Args:
        url: ``http://``, ``https://``, ``ws://`` or ``wss://``, by address rather than ``localhost``.
        timeout: seconds from sending a request to the end of its answer.
        connect_timeout: seconds until a connection stands.
        retries: how often a call that only reads is repeated.
        max_answer_bytes: longest answer.

    Raises:
        InvalidInput: an argument that is not usable.
        NodeUnavailable: the extra ``node`` is not installed.
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
        check_asyncio("Node", "use BlockingNode, in a thread under trio")
        endpoint = parse_endpoint(url)
        retries = check_integer("retries", retries, 0, 100)
        limits = Limits(timeout, connect_timeout, max_answer_bytes)
        self.url = endpoint.url
        self._retries = retries
        self._transport: Transport = (WebSocketTransport if endpoint.websocket else HttpTransport)(url, limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all connections."""
        await self._transport.close()

    async def frontier_momentum(self) -> Momentum:
        """The newest momentum."""
        return await self._read("ledger.getFrontierMomentum", [], Momentum.from_json)

    async def momentums_by_height(self, height: int, count: int) -> MomentumPage:
        """Up to ``count`` (at most 1,024) momentums from ``height`` (1 and more) on, ascending."""
        height = check_integer("height", height, 1, (1 << 63) - 1)
        count = check_integer("count", count, 0, MAX_MOMENTUMS, "momentums")
        return await self._read("ledger.getMomentumsByHeight", [height, count], MomentumPage.from_json)

    async def frontier_block(self, address: str | bytes) -> NodeBlock | None:
        """The newest block of an account, confirmed or not; None for an account without blocks."""
        method, text = "ledger.getFrontierAccountBlock", _address(address)
        found = await self._read(method, [text], _optional(NodeBlock.from_json))
        if found is not None and format_address(found.block.address) != text:
            raise AnswerInvalid(self.url, method, "a block of another account")
        return found

    async def block_by_hash(self, hash: str | bytes) -> NodeBlock | None:  # noqa: A002 - the public name
        """A block that a momentum contains; None for one that waits, or that the node does not know."""
        method, wanted = "ledger.getAccountBlockByHash", parse_hash(hash, "hash")
        found = await self._read(method, [wanted.hex()], _optional(NodeBlock.from_json))
        if found is not None and (found.block.hash != wanted or not found.genuine):
            raise AnswerInvalid(self.url, method, "a block that does not have this hash")
        return found

    async def blocks_by_height(self, address: str | bytes, height: int, count: int) -> BlockPage:
        """Up to ``count`` (at most 1,024) blocks of an account from ``height`` (1 and more) on, confirmed or not.

        Raises:
            AnswerInvalid: a block of another account, or of another height than its place in the answer.
        """
        height = check_integer("height", height, 1, (1 << 63) - 1)
        count = check_integer("count", count, 0, MAX_MOMENTUMS, "blocks")
        method, text = "ledger.getAccountBlocksByHeight", _address(address)
        page = await self._read(method, [text, height, count], BlockPage.from_json)
        for place, found in enumerate(page.blocks[: count + 1]):
            if place == count or found.block.height != height + place or format_address(found.block.address) != text:
                raise AnswerInvalid(self.url, method, "blocks that were not asked for")
        return page

    async def blocks_by_page(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """The blocks of an account, the newest first, confirmed or not; pages shift as blocks are added.

        Raises:
            AnswerInvalid: more blocks than were asked for, or one of another account.
        """
        method, owner = "ledger.getAccountBlocksByPage", parse_address(address)
        found = await self._page(method, owner, page, size, BlockPage.from_json)
        if len(found.blocks) > size or any(each.block.address != owner for each in found.blocks):
            raise AnswerInvalid(self.url, method, "blocks that were not asked for")
        return found

    async def sync_info(self) -> SyncInfo | None:
        """What the node says about being up to date; None for a node that does not offer the method."""
        with contextlib.suppress(MethodUnknown):
            return await self._read("stats.syncInfo", [], SyncInfo.from_json)
        return None

    async def unconfirmed_blocks(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """The blocks of an account that no momentum contains yet, by ascending height."""
        return await self._page("ledger.getUnconfirmedBlocksByAddress", address, page, size, BlockPage.from_json)

    async def unreceived_blocks(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> BlockPage:
        """Confirmed sends to an account that it has not received; ten pages (0 … 9) at most."""
        check_integer("page", page, 0, 9)
        return await self._page("ledger.getUnreceivedBlocksByAddress", address, page, size, BlockPage.from_json)

    async def account_info(self, address: str | bytes) -> AccountInfo:
        """Height and balances of an account.

        Raises:
            AnswerInvalid: those of another account.
        """
        method, text = "ledger.getAccountInfoByAddress", _address(address)
        found = await self._read(method, [text], AccountInfo.from_json)
        if format_address(found.address) != text:
            raise AnswerInvalid(self.url, method, "another account")
        return found

    async def account_view(self, address: str | bytes) -> AccountView:
        """Balances, plasma, fusions, stakes, rewards, and what waits: several questions, one after another."""
        return await view_account(self, address)

    async def token(self, token_standard: str | bytes) -> Token | None:
        """Symbol, decimals and more of a token; None for one that the node does not know.

        Raises:
            AnswerInvalid: another token.
        """
        method, wanted = "embedded.token.getByZts", parse_token_standard(token_standard)
        found = await self._read(method, [format_token_standard(wanted)], _optional(_token))
        if found is not None and found.token_standard != wanted:
            raise AnswerInvalid(self.url, method, "another token")
        return found

    async def plasma(self, address: str | bytes) -> PlasmaInfo:
        """The fused plasma of an account."""
        return await self._read("embedded.plasma.get", [_address(address)], PlasmaInfo.from_json)

    async def fusions(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> FusionPage:
        """What an account has fused, for itself or others."""
        return await self._page("embedded.plasma.getEntriesByAddress", address, page, size, FusionPage.from_json)

    async def stakes(self, address: str | bytes, page: int = 0, size: int = MAX_PAGE) -> StakePage:
        """The ZNN that an account has staked."""
        return await self._page("embedded.stake.getEntriesByAddress", address, page, size, StakePage.from_json)

    async def delegation(self, address: str | bytes) -> Delegation | None:
        """The pillar that an account delegates to; None if it delegates to none."""
        method = "embedded.pillar.getDelegatedPillar"
        return await self._read(method, [_address(address)], _optional(Delegation.from_json))

    async def reward(self, contract: str, address: str | bytes) -> Reward:
        """What an account can collect from ``Pillar``, ``Sentinel``, ``Stake`` or ``Liquidity``.

        Raises:
            InvalidInput: field ``contract``; it pays no rewards.
        """
        if contract not in REWARD_CONTRACTS:
            raise InvalidInput("contract", contract, "pays no rewards", ", ".join(REWARD_CONTRACTS))
        method = f"embedded.{contract.lower()}.getUncollectedReward"
        return await self._read(method, [_address(address)], Reward.from_json)

    async def plasma_variables(self) -> DynamicRules:
        """The rules of Dynamic Plasma with the variables in force; a node without it does not know the method.

        Raises:
            MethodUnknown: the node is of the time before Dynamic Plasma.
        """
        return await self._read("embedded.plasma.getVariables", [], variables_from_json)

    async def required_pow(
        self,
        address: str | bytes,
        block_type: int,
        to_address: str | bytes | None = None,
        data: bytes = b"",
    ) -> RequiredPow:
        """What the node says that a block needs; ``required_work`` judges it.

        Args:
            address: of the account.
            block_type: 2 for a send, 3 for a receive.
            to_address: receiver of a send.
            data: of the block.

        Raises:
            PlasmaMissing: proof of work cannot pay what the account's fused plasma leaves.
        """
        record: dict[str, object] = {"address": _address(address), "blockType": int(block_type)}
        if block_type == BlockType.USER_SEND:
            record |= {"toAddress": None if to_address is None else _address(to_address), "data": to_base64(data)}
        method = "embedded.plasma.getRequiredPoWForAccountBlock"
        try:
            return await self._read(method, [record], RequiredPow.from_json)
        except CallRefused as refused:
            if refused.message == BlockRefusal.CALL_PARAMETER:  # the node's words for a cost that cannot be paid
                await self._check_payable(address, block_type, to_address, data)
            raise

    async def _check_payable(
        self, address: str | bytes, block_type: int, to_address: str | bytes | None, data: bytes
    ) -> None:
        """Says in our own words what a block lacks, if it lacks fused plasma."""
        kind = kind_of_block(block_type, bytes(20) if to_address is None else parse_address(to_address), data)
        momentum, plasma = await self.frontier_momentum(), await self.plasma(address)
        rules = rules_for(momentum)
        check_payable(kind, rules, state_after(momentum, rules), plasma.current_plasma)

    async def publish(self, block: AccountBlock) -> None:
        """Sends a signed block to the node, once. Success only says that the node's checks have passed.

        ``publish_and_find`` does this and then looks for the block.

        Raises:
            BlockRefused: the node says, in the words of one of its checks, that it does not take the block;
                ``reason`` names the check.
            RpcError: the node says that it could not read the request.
            NodeUnreachable, HttpRefusal: it was not sent, or nothing read it.
            PublishUnknown: it was sent, and nobody knows what became of it.
        """
        try:
            result = await self._transport.call(PUBLISH, [block.to_json()])
            if result is not None:
                raise AnswerInvalid(self.url, PUBLISH, "a result that is not null")
        except NodeUnreachable:
            raise
        except RpcError as refused:
            if _before_the_pool(refused):
                raise
            raise self._unknown(block, refused) from refused
        except HttpRefusal as refused:
            # A proxy's 5xx may come after the node has read the block, and a node never answers with another 2xx.
            if 300 <= refused.status < 500:
                raise
            raise self._unknown(block, refused) from refused
        except (ConnectionLost, NodeTimeout, AnswerInvalid) as error:
            raise self._unknown(block, error) from error

    async def find_block(self, block: AccountBlock) -> NodeBlock | None:
        """The same block in the node's chain, confirmed or not; None if the node does not have it.

        Raises:
            PublishDisplaced: another block stands at its height.
            AnswerInvalid: the node states a block whose hash is not that of its fields.
        """
        page = await self.blocks_by_height(block.address, block.height, 1)
        if not page.blocks:
            return None
        (found,) = page.blocks
        if found.block.compute_hash() != found.block.hash:
            # Neither that the block is there nor that another one stands in its place.
            raise AnswerInvalid(self.url, f"looking for block {block.hash.hex()}", "a block under another block's hash")
        if found.block.hash != block.hash:
            where = f"height {block.height} of {format_address(block.address)}"
            raise PublishDisplaced(self.url, f"another block stands at {where}", block)
        return found

    async def publish_and_find(self, block: AccountBlock) -> NodeBlock:
        """Publishes a signed block, once, and looks whether it is in the node's chain, whatever the answer was.

        A refusal counts only if the look confirms it: a block that is there was taken, whatever the node said.

        Raises:
            NodeUnreachable: it was not sent.
            BlockRefused, RpcError, HttpRefusal: the node or a proxy refused it, and it is not there.
            PublishUnknown: no answer came, or one that proves nothing, and the block is not there or cannot be
                looked for; it may still come.
            PublishLost: the node took it, but does not have it.
            PublishDisplaced: the node took it, and another block stands at its height.
        """
        doubt: NodeError | None = None
        try:
            await self.publish(block)
        except NodeUnreachable:
            raise
        except NodeError as error:
            doubt = error
        refused = doubt is not None and not isinstance(doubt, PublishUnknown)
        for pause in LOOKS_SECONDS[:1] if refused else LOOKS_SECONDS:
            await asyncio.sleep(pause)
            try:
                found = await self.find_block(block)
            except PublishDisplaced:
                if refused:
                    break
                raise
            except NodeError as error:
                if isinstance(doubt, PublishUnknown):
                    raise doubt from error
                raise self._unknown(block, doubt or error) from error
            if found is not None:
                return found
        if doubt is not None:
            raise doubt
        raise PublishLost(self.url, f"no block at height {block.height} of its account", block)

    def momentums(self, *, poll_seconds: float = 5.0, patience: float = 60.0) -> AsyncGenerator[Momentum]:
        """The newest momentum, and then every later one by ascending height, for as long as it is asked for.

        By WebSocket the node tells of each, and a connection that is lost is made again; by HTTP it is
        asked. None is left out: what was missed meanwhile is fetched. After a reorganisation heights
        come again, with the momentums that now stand there.

        Args:
            poll_seconds: seconds between questions where the node does not tell.
            patience: seconds that the node may be away.

        Raises:
            NodeError: the node was away for longer, or answers with something else than momentums.
        """
        return MomentumWatch(self, self._transport.wait_for_momentum, poll_seconds, patience).run()

    async def _page(self, method: str, address: str | bytes, page: int, size: int, reader: Callable[[object], T]) -> T:
        page = check_integer("page", page, 0, (1 << 32) // MAX_PAGE)
        size = check_integer("size", size, 1, MAX_PAGE, "blocks")
        return await self._read(method, [_address(address), page, size], reader)

    async def _read(self, method: str, params: Sequence[object], reader: Callable[[object], T]) -> T:
        """A call that changes nothing, repeated where that may help."""
        began = time.monotonic()
        for attempt in range(self._retries + 1):
            try:
                result = await self._transport.call(method, params)
                break
            except (Unanswered, HttpRefusal) as error:
                hopeless = isinstance(error, HttpRefusal) and error.status < 500
                if hopeless or attempt == self._retries:
                    if isinstance(error, Unanswered) and attempt:
                        raise error.repeated(attempt + 1, time.monotonic() - began) from error
                    raise
            await asyncio.sleep(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))
        try:
            return reader(result)
        except InvalidInput as wrong:
            raise AnswerInvalid(self.url, method, str(wrong)) from wrong

    def _unknown(self, block: AccountBlock, error: NodeError) -> PublishUnknown:
        return PublishUnknown(self.url, error.why, block)


def _before_the_pool(refused: RpcError) -> bool:
    """Whether a node gives this answer only before it takes a block: words that it is known to use, or no call at all.

    Anything else, as an internal error, may come after the block was taken.
    """
    if isinstance(refused, BlockRefused):
        return refused.reason is not None
    return refused.code in _UNREAD_CODES


_UNREAD_CODES = (-32700, -32600, -32601, -32602)
"""Codes of a request that did not reach the method: not JSON, not a request, unknown method, bad parameters."""


def _optional(reader: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else reader(value)


def _token(value: object) -> Token:
    return Token.from_json(Record(value, "token"))


def _address(address: str | bytes) -> str:
    """The one text of an address, after a check of it."""
    return format_address(parse_address(address))
