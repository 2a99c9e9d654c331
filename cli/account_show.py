"""``powplasma account show``: an account at one glance."""

from __future__ import annotations

from collections.abc import Iterator

import click

from powplasma.account import QSR, ZNN
from powplasma.address import format_address, format_token_standard
from powplasma.node import AccountView, BlockingNode, BlockPage

from .account_options import account_options
from .command import Command
from .found import moment
from .output import json_result, result
from .parameters import json_option
from .records import Record
from .tokens import coins_text

_LABEL_WIDTH = 14


@click.command(cls=Command)
@account_options
@json_option
def command(*, account: bytes, node: str, json: bool) -> int:
    """Show what ADDRESS has: balances, plasma, fusions, stakes, rewards, and what waits.

    Without ADDRESS it is the address that the key file states.
    """
    with BlockingNode(node) as connected:
        view = connected.account_view(account)
    if json:
        json_result(_record(view))
        return 0
    result(format_address(view.info.address))
    before = None
    for label, text in _lines(view):
        result(f"{'' if label == before else label:<{_LABEL_WIDTH}}{text}")
        before = label
    return 0


def _lines(view: AccountView) -> Iterator[tuple[str, str]]:
    info, plasma = view.info, view.plasma
    waiting = f", {_number(view.unconfirmed)} of its blocks not confirmed yet" if view.unconfirmed.count else ""
    yield "height", f"{info.height}{waiting}"
    balances = [coins_text(each.amount, token, each.token) for token, each in info.balances.items() if each.amount]
    yield from (("balance", text) for text in balances or ["nothing"])
    later = "" if plasma.max_plasma == plasma.current_plasma else f", {plasma.max_plasma} once its blocks are confirmed"
    yield "plasma", f"{plasma.current_plasma} now{later}"
    own, others = coins_text(view.fused_by_itself, QSR), coins_text(view.fused_by_others, QSR)
    yield "fused for it", f"{coins_text(plasma.qsr_amount, QSR)}: {own} by itself, {others} by others"
    for fusion in view.fusions:
        whom = "itself" if fusion.beneficiary == info.address else format_address(fusion.beneficiary)
        yield "fused by it", f"{coins_text(fusion.qsr_amount, QSR)} for {whom}"
        yield "fused by it", f"can be cancelled from momentum {fusion.expiration_height} on, by the id"
        yield "fused by it", fusion.id.hex()
    if view.fusion_count > len(view.fusions):
        yield "fused by it", f"and {view.fusion_count - len(view.fusions)} more"
    for stake in view.stakes.stakes if view.stakes else ():
        yield "staked", coins_text(stake.amount, ZNN)
        yield "staked", f"can be cancelled from {moment(stake.expiration)} UTC on, by the id"
        yield "staked", stake.id.hex()
    if view.delegation is not None:
        state = "" if view.delegation.status == 1 else ", which is not active"
        yield "delegates to", f"{view.delegation.name}{state}"
    for contract, reward in view.rewards.items():
        amounts = [(reward.znn_amount, ZNN), (reward.qsr_amount, QSR)]
        texts = [coins_text(amount, token) for amount, token in amounts if amount]
        if texts:
            yield "to collect", f"{' and '.join(texts)} from {contract}"
    if view.pending.count:
        sends = "1 send" if view.pending.count == 1 else f"{_number(view.pending)} sends"
        yield "to receive", f"{sends}: `powplasma account pending`"


def _number(page: BlockPage) -> str:
    return f"more than {page.count}" if page.more else str(page.count)


def _record(view: AccountView) -> Record:
    info, plasma, stakes = view.info, view.plasma, view.stakes
    return {
        "address": format_address(info.address),
        "height": info.height,
        "balances": [
            {
                "token_standard": format_token_standard(token),
                "symbol": each.token.symbol,
                "name": each.token.name,
                "decimals": each.token.decimals,
                "amount": str(each.amount),
            }
            for token, each in info.balances.items()
        ],
        "available_plasma": str(plasma.current_plasma),
        "max_plasma": str(plasma.max_plasma),
        "fused_amount": str(plasma.qsr_amount),
        "fused_by_itself": str(view.fused_by_itself),
        "fused_by_others": str(view.fused_by_others),
        "fusions": [
            {
                "id": fusion.id.hex(),
                "amount": str(fusion.qsr_amount),
                "beneficiary": format_address(fusion.beneficiary),
                "expiration_height": fusion.expiration_height,
            }
            for fusion in view.fusions
        ],
        "fusion_count": view.fusion_count,
        "stakes": stakes
        and [
            {"id": each.id.hex(), "amount": str(each.amount), "start": each.start, "expiration": each.expiration}
            for each in stakes.stakes
        ],
        "stake_count": stakes and stakes.count,
        "delegation": view.delegation and {"name": view.delegation.name, "status": view.delegation.status},
        "rewards": {
            contract: {"znn_amount": str(reward.znn_amount), "qsr_amount": str(reward.qsr_amount)}
            for contract, reward in view.rewards.items()
        },
        "unconfirmed": view.unconfirmed.count,
        "pending": view.pending.count,
        "pending_more": view.pending.more,
    }
