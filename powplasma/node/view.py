"""An account at one glance: what it has, what it can pay with, what waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from powplasma.address import parse_address
from powplasma.node.accounts import AccountInfo, BlockPage
from powplasma.node.errors import MethodUnknown
from powplasma.node.holdings import Delegation, Reward, StakePage
from powplasma.node.plasma import Fusion, FusionPage, PlasmaInfo

if TYPE_CHECKING:
    from powplasma.node.client import Node

T = TypeVar("T")

REWARD_CONTRACTS = ("Pillar", "Sentinel", "Stake", "Liquidity")
"""The contracts that pay rewards, each by its method ``CollectReward``."""

_MOST_FUSION_PAGES = 20
"""Pages of fusions that are read for one view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as a node has it.

    The parts come from one request each, so a block that is published meanwhile may be in some of them only.

    Attributes:
        info: height and balances; blocks that no momentum contains yet are counted.
        plasma: the fused plasma: ``current_plasma`` now, ``max_plasma`` once the account's blocks are confirmed.
        fusions: QSR that the account has fused, for itself and others; at most 1,000.
        fusion_count: how many such fusions there are.
        unconfirmed: its blocks that no momentum contains yet, the first 50.
        pending: confirmed sends to it that it has not received, the first 50.
        stakes: its staked ZNN, the first 50; None if the node does not say.
        delegation: the pillar that it delegates to; None if there is none, or the node does not say.
        rewards: what it can collect, by contract; empty if the node does not say.
    """

    info: AccountInfo
    plasma: PlasmaInfo
    fusions: tuple[Fusion, ...]
    fusion_count: int
    unconfirmed: BlockPage
    pending: BlockPage
    stakes: StakePage | None
    delegation: Delegation | None
    rewards: dict[str, Reward]

    @property
    def fused_by_itself(self) -> int:
        """QSR that the account has fused for itself, in base units."""
        return sum(each.qsr_amount for each in self.fusions if each.beneficiary == self.info.address)

    @property
    def fused_by_others(self) -> int:
        """QSR that other accounts have fused for it, in base units."""
        return max(0, self.plasma.qsr_amount - self.fused_by_itself)


async def view_account(node: Node, address: str | bytes) -> AccountView:
    """Asks a node for everything about an account; errors as for each of the questions."""
    address = parse_address(address)
    fusions, count = await _fusions(node, address)
    rewards = {}
    for contract in REWARD_CONTRACTS:
        reward = await _if_known(lambda contract=contract: node.reward(contract, address))  # type: ignore[misc]
        if reward is not None:
            rewards[contract] = reward
    return AccountView(
        info=await node.account_info(address),
        plasma=await node.plasma(address),
        fusions=fusions,
        fusion_count=count,
        unconfirmed=await node.unconfirmed_blocks(address),
        pending=await node.unreceived_blocks(address),
        stakes=await _if_known(lambda: node.stakes(address)),
        delegation=await _if_known(lambda: node.delegation(address)),
        rewards=rewards,
    )


async def _fusions(node: Node, address: bytes) -> tuple[tuple[Fusion, ...], int]:
    found: list[Fusion] = []
    page = FusionPage((), 0, 0)
    for number in range(_MOST_FUSION_PAGES):
        page = await node.fusions(address, number)
        found += page.fusions
        if not page.fusions or len(found) >= page.count:
            break
    return tuple(found), page.count


async def _if_known(ask: Callable[[], Awaitable[T]]) -> T | None:
    """The answer; None if the node does not offer the method."""
    try:
        return await ask()
    except MethodUnknown:
        return None
