"""What can be asked of a devnode about what its contracts keep.

Source: go-zenon ``rpc/api/embedded/``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from powplasma.account import ZNN
from powplasma.node.devnode.contracts import PILLAR_NAME, holdings
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.holdings import Delegation, Reward, StakePage
from powplasma.node.plasma import Fusion, FusionPage
from powplasma.work import ZERO_HASH

_ACTIVE = 1


def contract_queries(
    ledger: Ledger, check_size: Callable[[int], None]
) -> dict[str, tuple[Callable[..., object], bool]]:
    """Each method by its name: what answers to an address, and whether page and size follow.

    Args:
        ledger: is asked.
        check_size: refuses a page that is too big.
    """

    def paged(answer: Callable[[Ledger, bytes, int, int], object]) -> Callable[..., object]:
        def run(address: bytes, page: int, size: int) -> object:
            check_size(size)
            return answer(ledger, address, page, size)

        return run

    questions: dict[str, tuple[Callable[..., object], bool]] = {
        "embedded.plasma.getEntriesByAddress": (paged(_fusions), True),
        "embedded.stake.getEntriesByAddress": (paged(_stakes), True),
        "embedded.pillar.getDelegatedPillar": (partial(_delegation, ledger), False),
    }
    for contract in ("pillar", "sentinel", "stake", "liquidity"):
        questions[f"embedded.{contract}.getUncollectedReward"] = (_reward, False)
    return questions


def _fusions(ledger: Ledger, address: bytes, page: int, size: int) -> object:
    amount = ledger.genesis_fused_amount(address)
    fusions = [Fusion(amount, address, 0, ZERO_HASH)] if amount else []
    fusions += holdings(ledger).fused_by(address)
    total = sum(fusion.qsr_amount for fusion in fusions)
    return FusionPage(tuple(fusions[page * size : (page + 1) * size]), len(fusions), total).to_json()


def _stakes(ledger: Ledger, address: bytes, page: int, size: int) -> object:
    stakes = [stake for stake in holdings(ledger).stakes.values() if stake.address == address]
    total, weighted = sum(stake.amount for stake in stakes), sum(stake.weighted_amount for stake in stakes)
    return StakePage(tuple(stakes[page * size : (page + 1) * size]), len(stakes), total, weighted).to_json()


def _delegation(ledger: Ledger, address: bytes) -> object:
    if address not in holdings(ledger).delegations:
        return None
    chain = ledger.chain(address)
    return Delegation(PILLAR_NAME, _ACTIVE, chain.balances_at(chain.height).get(ZNN, 0)).to_json()


def _reward(address: bytes) -> object:
    """Nobody earns anything on a devnode."""
    return Reward(address, 0, 0).to_json()
