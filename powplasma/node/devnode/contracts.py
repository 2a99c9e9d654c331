"""Contracts of a devnode: they receive calls, and keep fusions, stakes, delegations and deposits.

Every call that a momentum contains is received in the next one, as in the network. Calls of methods that are not named
here fail, and their amount comes back. What the contracts keep is computed from the calls that they have received, so
that a reorganisation takes it back. Source: go-zenon ``vm/embedded/implementation/``, ``vm/vm.go``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from powplasma.account import QSR, ZNN, AccountBlock
from powplasma.account.abi import Call, check_call, decode_call
from powplasma.account.abi.arguments import STAKING_MONTH
from powplasma.address import parse_address
from powplasma.errors import InvalidInput
from powplasma.node.holdings import Stake
from powplasma.node.outcome import CallState
from powplasma.node.plasma import Fusion
from powplasma.plasma.costs import CONTRACT_ADDRESSES
from powplasma.validation import BlockType
from powplasma.validation.block import CONTRACT_ADDRESS_KIND
from powplasma.work import ZERO_HASH

if TYPE_CHECKING:
    from powplasma.node.devnode.ledger import Entry, Ledger

PILLAR_NAME = "Devnode"
"""The one pillar that can be delegated to."""

FUSION_MOMENTUMS = 3_600
"""Momentums until a fusion can be cancelled. go-zenon ``FuseExpiration``."""

_RESULT_BYTES = 8
_ALWAYS_DONE = frozenset(
    {
        "Plasma.Fuse",
        "Stake.Stake",
        "Pillar.DepositQsr",
        "Sentinel.DepositQsr",
        "Accelerator.Donate",
        "Liquidity.Donate",
        "Htlc.AllowProxyUnlock",
        "Htlc.DenyProxyUnlock",
    }
)
_DONE = CallState.DONE.value.to_bytes(_RESULT_BYTES)


@dataclass(slots=True)
class Holdings:
    """What the contracts keep.

    Attributes:
        fusions: by id, each with its owner.
        stakes: by id.
        delegations: name of the pillar by account.
        deposits: QSR by contract and account.
    """

    fusions: dict[bytes, tuple[bytes, Fusion]] = field(default_factory=dict)
    stakes: dict[bytes, Stake] = field(default_factory=dict)
    delegations: dict[bytes, str] = field(default_factory=dict)
    deposits: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def fused_for(self, address: bytes) -> int:
        """QSR that is fused for an account, in base units."""
        return sum(fusion.qsr_amount for _, fusion in self.fusions.values() if fusion.beneficiary == address)

    def fused_by(self, address: bytes) -> list[Fusion]:
        """The fusions that an account owns."""
        return [fusion for owner, fusion in self.fusions.values() if owner == address]


def holdings(ledger: Ledger) -> Holdings:
    """What the contracts keep after all calls that they have received."""
    found = Holdings()
    receives = [
        entry
        for address in CONTRACT_ADDRESSES.values()
        for entry in ledger.chain(parse_address(address)).entries
        if entry.block.data == _DONE and entry.block.block_type == BlockType.CONTRACT_RECEIVE
    ]
    for entry in sorted(receives, key=lambda entry: entry.block.momentum_acknowledged.height):
        send = ledger.confirmed(entry.block.from_block_hash)
        assert send is not None
        _apply(decode_call(send.block.to_address, send.block.data), send.block, entry.block, found, ledger)
    return found


def receive_calls(ledger: Ledger) -> list[AccountBlock]:
    """Makes the contracts receive the calls that the newest momentum contains; returns the blocks of the contracts."""
    made: list[AccountBlock] = []
    for entry in _waiting(ledger):
        made += _receive(entry, ledger)
    return made


def _waiting(ledger: Ledger) -> Iterator[Entry]:
    for header in ledger.frontier.content:
        entry = ledger.confirmed(header.hash)
        if (
            entry is not None
            and entry.block.block_type == BlockType.USER_SEND
            and entry.block.to_address[0] == CONTRACT_ADDRESS_KIND
            and ledger.receive_of(header.hash) is None
        ):
            yield entry


def _receive(entry: Entry, ledger: Ledger) -> list[AccountBlock]:
    """The contract's receive of a call, and before it the block by which it pays."""
    send = entry.block
    state, payout = _judge(send, ledger)
    if state is CallState.FAILED and send.amount:
        payout = (send.amount, send.token_standard)
    paid = []
    if payout is not None:
        amount, token_standard = payout
        block = AccountBlock(
            block_type=BlockType.CONTRACT_SEND.value,
            to_address=send.address,
            amount=amount,
            token_standard=token_standard,
            **_place(send.to_address, ledger),
        )
        paid.append(_hashed(block))
        ledger.add(paid[0], None)
    receive = AccountBlock(
        block_type=BlockType.CONTRACT_RECEIVE.value,
        from_block_hash=send.hash,
        descendant_blocks=tuple(paid),
        data=state.value.to_bytes(_RESULT_BYTES),
        **_place(send.to_address, ledger),
    )
    ledger.add(_hashed(receive), entry)
    return [*paid, _hashed(receive)]


def _place(address: bytes, ledger: Ledger) -> dict[str, Any]:
    """Where the next block of a contract stands."""
    chain = ledger.chain(address)
    previous = chain.at(chain.height)
    return {
        "address": address,
        "chain_identifier": ledger.chain_identifier,
        "height": chain.height + 1,
        "previous_hash": previous.block.hash if previous else ZERO_HASH,
        "momentum_acknowledged": ledger.frontier.reference,
    }


def _hashed(block: AccountBlock) -> AccountBlock:
    return dataclasses.replace(block, hash=block.compute_hash())


def _judge(send: AccountBlock, ledger: Ledger) -> tuple[CallState, tuple[int, bytes] | None]:
    """Whether a call succeeds, and what it pays out then."""
    try:
        call = decode_call(send.to_address, send.data)
        check_call(call, send.address, send.amount, send.token_standard, as_the_node=True)
    except InvalidInput:
        return CallState.FAILED, None
    if call.name in _ALWAYS_DONE:
        return CallState.DONE, None
    kept, frontier = holdings(ledger), ledger.frontier
    payout: tuple[int, bytes] | None = None
    done = False
    if call.name == "Plasma.CancelFuse":
        owner, fusion = kept.fusions.get(_id(call), (b"", None))
        done = fusion is not None and owner == send.address and fusion.expiration_height <= frontier.height
        payout = (fusion.qsr_amount, QSR) if fusion else None
    elif call.name == "Stake.Cancel":
        stake = kept.stakes.get(_id(call))
        done = stake is not None and stake.address == send.address and stake.expiration <= frontier.timestamp
        payout = (stake.amount, ZNN) if stake else None
    elif call.name == "Pillar.Delegate":
        done = call.arguments["name"] == PILLAR_NAME
    elif call.name == "Pillar.Undelegate":
        done = send.address in kept.delegations
    elif call.method == "WithdrawQsr":
        amount = kept.deposits.get((call.contract, send.address), 0)
        done, payout = bool(amount), (amount, QSR)
    return (CallState.DONE, payout) if done else (CallState.FAILED, None)


def _id(call: Call) -> bytes:
    found = call.arguments["id"]
    assert isinstance(found, bytes)
    return found


def _apply(call: Call, send: AccountBlock, receive: AccountBlock, kept: Holdings, ledger: Ledger) -> None:
    """What a call that succeeded changes."""
    height = receive.momentum_acknowledged.height
    owner, name = send.address, call.name
    if name == "Plasma.Fuse":
        beneficiary = call.arguments["address"]
        assert isinstance(beneficiary, bytes)
        kept.fusions[send.hash] = (owner, Fusion(send.amount, beneficiary, height + FUSION_MOMENTUMS, send.hash))
    elif name == "Plasma.CancelFuse":
        del kept.fusions[_id(call)]
    elif name == "Stake.Stake":
        seconds = call.arguments["durationInSec"]
        assert isinstance(seconds, int)
        start = ledger.momentums[height - 1].timestamp
        weighted = send.amount * (9 + seconds // STAKING_MONTH) // 10
        kept.stakes[send.hash] = Stake(send.amount, weighted, start, start + seconds, owner, send.hash)
    elif name == "Stake.Cancel":
        del kept.stakes[_id(call)]
    elif name == "Pillar.Delegate":
        kept.delegations[owner] = PILLAR_NAME
    elif name == "Pillar.Undelegate":
        del kept.delegations[owner]
    elif call.method == "DepositQsr":
        key = (call.contract, owner)
        kept.deposits[key] = kept.deposits.get(key, 0) + send.amount
    elif call.method == "WithdrawQsr":
        del kept.deposits[call.contract, owner]
