"""Calls of contracts in one line, from the check of every argument to what became of the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from powplasma.account import QSR, ZNN, KeyPair
from powplasma.account.abi import call_block
from powplasma.account.abi.arguments import STAKING_MONTH
from powplasma.address import format_address
from powplasma.deadline import Deadline
from powplasma.engine import Engine
from powplasma.errors import InvalidInput, PowPlasmaError, check_integer
from powplasma.node import BlockingNode, CallOutcome, CallState, Node
from powplasma.node.view import REWARD_CONTRACTS
from powplasma.transfer.confirmation import await_confirmed, await_outcome
from powplasma.transfer.shortcuts import blocking_to, connected_to, receive_one, send_block
from powplasma.transfer.terms import Terms
from powplasma.transfer.transaction import Receipt


@dataclass(frozen=True, slots=True)
class CallReceipt:
    """A call of a contract that is published.

    Attributes:
        sent: the receipt of the call's block.
        outcome: what became of the call; None if that was not waited for.
        received: receipts of the blocks by which the contract paid, as far as they were received.
    """

    sent: Receipt
    outcome: CallOutcome | None = None
    received: tuple[Receipt, ...] = ()


class CallFailed(PowPlasmaError):
    """A call is in the chain, and the contract refused it; the chain does not say why.

    Attributes:
        receipt: of the call, with the refund among ``received`` if there is one and it was received.
    """

    def __init__(self, receipt: CallReceipt) -> None:
        self.receipt = receipt
        sent = receipt.sent
        what = f"{sent.plan.kind.name} failed: the contract refused block {sent.block.hash.hex()}"
        refund = receipt.outcome.refund if receipt.outcome else None
        if refund is not None:
            state = "is received" if receipt.received else "waits to be received"
            what += f"; the amount came back by block {refund.hash.hex()} and {state}"
        super().__init__(what)


class CallOptions(TypedDict, total=False):
    """What the calls for single methods take beside their own arguments; see ``call``."""

    node: str | BlockingNode | None
    terms: Terms | None
    engine: Engine | None
    wait: bool
    receive: bool
    reference: str | None


async def acall(
    key_pair: KeyPair,
    method: str,
    arguments: dict[str, object] | None = None,
    amount: int = 0,
    token_standard: str | bytes = ZNN,
    *,
    node: str | Node | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
    wait: bool = True,
    receive: bool = True,
    reference: str | None = None,
) -> CallReceipt:
    """Calls a contract's method, and says what became of it.

    Arguments, amount and token are checked before anything is searched. What only the contract's state can tell, such
    as whether a pillar exists, shows in the outcome.

    Args:
        key_pair: owns the account.
        method: contract and method, such as ``Plasma.Fuse``.
        arguments: a value for every parameter, by name; ``powplasma.account.abi.read_arguments`` reads texts.
        amount: that is sent along, in base units.
        token_standard: of the amount.
        node: as for ``asend``.
        terms: what is allowed; ``wait_seconds`` is the longest wait for the outcome.
        engine: searches.
        wait: whether to wait for the outcome.
        receive: whether to receive what the contract pays, such as the refund of a failed call.
        reference: as for ``asend``.

    Raises:
        InvalidInput: the node would refuse the call; names the parameter or ``amount``.
        CallFailed: with ``wait``; the contract refused the call.
        PowPlasmaError: as ``asend``.
    """
    template = call_block(key_pair.address, method, arguments, amount, token_standard)
    terms = terms or Terms()
    deadline = Deadline(terms.wait_seconds)
    async with connected_to(node) as connected:
        sent = await send_block(connected, template, key_pair, terms=terms, engine=engine, reference=reference)
        if not wait:
            return CallReceipt(sent)
        sent = sent.confirmed_by(await await_confirmed(connected, sent.block, deadline.left))
        outcome = await await_outcome(connected, sent.block, deadline.left)
        receipts = []
        for payout in outcome.payouts if receive else ():
            one = await receive_one(
                connected, key_pair=key_pair, block_hash=payout.hash, terms=terms, engine=engine, wait=False
            )
            if one is not None:
                receipts.append(one)
    receipt = CallReceipt(sent, outcome, tuple(receipts))
    if outcome.state is CallState.FAILED:
        raise CallFailed(receipt)
    return receipt


def call(
    key_pair: KeyPair,
    method: str,
    arguments: dict[str, object] | None = None,
    amount: int = 0,
    token_standard: str | bytes = ZNN,
    **options: Unpack[CallOptions],
) -> CallReceipt:
    """Calls a contract's method; arguments, result and errors as for ``acall``, without asyncio."""
    call_block(key_pair.address, method, arguments, amount, token_standard)  # before any node is asked
    others: dict[str, Any] = dict(options)
    with blocking_to(others.pop("node", None)) as connected:
        return connected.call(
            lambda inner: acall(key_pair, method, arguments, amount, token_standard, node=inner, **others)
        )


def fuse(
    key_pair: KeyPair, amount: int, beneficiary: str | bytes | None = None, **options: Unpack[CallOptions]
) -> CallReceipt:
    """Fuses QSR (10 at least, in whole QSR) for an account, by default the caller's own; as ``call``.

    The hash of the call is the id by which ``cancel_fuse`` gets the QSR back, 3,600 momentums later at the earliest.
    """
    address = format_address(key_pair.address) if beneficiary is None else beneficiary
    return call(key_pair, "Plasma.Fuse", {"address": address}, amount, QSR, **options)


def cancel_fuse(key_pair: KeyPair, fusion_id: str | bytes, **options: Unpack[CallOptions]) -> CallReceipt:
    """Ends a fusion; the QSR comes back and is received. As ``call``."""
    return call(key_pair, "Plasma.CancelFuse", {"id": fusion_id}, **options)


def delegate(key_pair: KeyPair, name: str, **options: Unpack[CallOptions]) -> CallReceipt:
    """Delegates the account's weight to the pillar of that name, in place of an earlier one; as ``call``."""
    return call(key_pair, "Pillar.Delegate", {"name": name}, **options)


def undelegate(key_pair: KeyPair, **options: Unpack[CallOptions]) -> CallReceipt:
    """Ends the delegation; as ``call``."""
    return call(key_pair, "Pillar.Undelegate", **options)


def stake(key_pair: KeyPair, amount: int, months: int = 1, **options: Unpack[CallOptions]) -> CallReceipt:
    """Stakes ZNN (1 at least) for 1 … 12 months of 30 days; as ``call``."""
    seconds = check_integer("months", months, 1, 12) * STAKING_MONTH
    return call(key_pair, "Stake.Stake", {"durationInSec": seconds}, amount, ZNN, **options)


def collect(key_pair: KeyPair, contract: str = "Stake", **options: Unpack[CallOptions]) -> CallReceipt:
    """Collects rewards from ``Pillar``, ``Sentinel``, ``Stake`` or ``Liquidity``; as ``call``.

    The reward comes by way of the contract Token a momentum or two later, and has to be received.
    """
    if contract not in REWARD_CONTRACTS:
        raise InvalidInput("contract", contract, "pays no rewards", ", ".join(REWARD_CONTRACTS))
    return call(key_pair, f"{contract}.CollectReward", **options)
