"""The chains of a devnode: one of blocks for every account, and one of momentums that confirm them.

All in memory. Every block keeps the account's state after it, so that any earlier state can be
judged and any number of blocks taken back. Nothing is verified here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha3_256
from typing import Any

from powplasma.account import AccountBlock, MomentumReference
from powplasma.node.accounts import AccountInfo, Balance, Confirmation, NodeBlock
from powplasma.node.devnode.contracts import holdings
from powplasma.node.devnode.genesis import Genesis, tokens
from powplasma.node.momentum import Momentum
from powplasma.node.required import state_after
from powplasma.plasma import RuleSet
from powplasma.validation import BlockType
from powplasma.work import ZERO_HASH


@dataclass(slots=True)
class Entry:
    """A block in the chain of its account.

    Attributes:
        block: the block, its base and used plasma recomputed.
        balances: of the account after it, by token standard.
        fused_total: fused plasma of the account's blocks up to it.
        confirmed: height of the momentum that contains it; None while it waits.
    """

    block: AccountBlock
    balances: dict[bytes, int]
    fused_total: int
    confirmed: int | None = None


@dataclass(slots=True)
class Chain:
    """The blocks of one account, ascending; those that momentums contain come first."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def stable(self) -> int:
        """Height of the newest block that a momentum contains."""
        return self.stable_at(None)

    def stable_at(self, momentum_height: int | None) -> int:
        """The same as of an earlier momentum."""
        for entry in reversed(self.entries):
            confirmed = entry.confirmed
            if confirmed is not None and (momentum_height is None or confirmed <= momentum_height):
                return entry.block.height
        return 0

    @property
    def height(self) -> int:
        """Height of the newest block."""
        return len(self.entries)

    @property
    def waiting(self) -> list[Entry]:
        """The blocks that no momentum contains."""
        return self.entries[self.stable :]

    def at(self, height: int) -> Entry | None:
        """The block of a height."""
        return self.entries[height - 1] if 1 <= height <= len(self.entries) else None

    def balances_at(self, height: int) -> dict[bytes, int]:
        """Balances after the block of a height."""
        return self.entries[height - 1].balances if height else {}

    def fused_total_at(self, height: int) -> int:
        """Fused plasma of the blocks up to a height."""
        return self.entries[height - 1].fused_total if height else 0


class Ledger:
    """All chains, and what can be asked about them.

    Args:
        genesis: what the chains begin with.
        rules: rule set of the network.
        timestamp: of the first momentum, Unix seconds.
    """

    def __init__(self, genesis: Genesis, rules: RuleSet[Any], timestamp: int) -> None:
        self.rules = rules
        self.chain_identifier = genesis.chain_identifier
        self.tokens = tokens()
        self.momentums: list[Momentum] = []
        self.forks = 0
        self._fused = genesis.fused_amounts()
        self._chains: dict[bytes, Chain] = {}
        self._by_hash: dict[bytes, Entry] = {}
        self._received: dict[bytes, Entry] = {}
        self._timestamp = timestamp
        for address, balances in sorted(genesis.balances().items()):
            block = AccountBlock(
                chain_identifier=self.chain_identifier,
                block_type=BlockType.GENESIS_RECEIVE.value,
                address=address,
                changes_hash=sha3_256(repr(sorted(balances.items())).encode()).digest(),
            )
            self._put(Entry(_hashed(block), balances, 0))

    @property
    def frontier(self) -> Momentum:
        """The newest momentum."""
        return self.momentums[-1]

    @property
    def start(self) -> int:
        """Timestamp of the first momentum."""
        return self._timestamp

    @property
    def state(self) -> Any:
        """The prices by which the blocks of the next momentum are judged."""
        return state_after(self.frontier, self.rules)

    def chain(self, address: bytes) -> Chain:
        """The blocks of an account; empty if it has none."""
        return self._chains.get(address) or Chain()

    def waiting(self) -> Iterator[list[Entry]]:
        """For every account that has some, its blocks that no momentum contains."""
        for chain in self._chains.values():
            if chain.height > chain.stable:
                yield chain.waiting

    def momentum(self, reference: MomentumReference) -> Momentum | None:
        """The momentum of that height, if it has that hash."""
        if not 1 <= reference.height <= len(self.momentums):
            return None
        found = self.momentums[reference.height - 1]
        return found if found.hash == reference.hash else None

    def confirmed(self, hash: bytes) -> Entry | None:  # noqa: A002 - as the field
        """A block that a momentum contains."""
        entry = self._by_hash.get(hash)
        return entry if entry is not None and entry.confirmed is not None else None

    def receive_of(self, send_hash: bytes) -> Entry | None:
        """The block that receives a send, confirmed or not."""
        return self._received.get(send_hash)

    def sends_to(self, address: bytes) -> list[Entry]:
        """Confirmed sends to an account that no confirmed block receives, in the order of their confirmation."""
        found = [
            entry
            for entry in self._by_hash.values()
            if entry.confirmed is not None
            and entry.block.block_type in (BlockType.USER_SEND, BlockType.CONTRACT_SEND)
            and entry.block.to_address == address
            and not self._is_received(entry.block.hash)
        ]
        return sorted(found, key=lambda entry: (entry.confirmed, entry.block.address, entry.block.height))

    def unreceived(self, address: bytes) -> list[Entry]:
        """Those of ``sends_to`` that no waiting block receives either."""
        return [entry for entry in self.sends_to(address) if entry.block.hash not in self._received]

    def _is_received(self, send_hash: bytes) -> bool:
        """Whether a confirmed block receives a send."""
        receive = self._received.get(send_hash)
        return receive is not None and receive.confirmed is not None

    def fused_amount(self, address: bytes) -> int:
        """QSR that is fused for an account, in base units."""
        return self.genesis_fused_amount(address) + holdings(self).fused_for(address)

    def genesis_fused_amount(self, address: bytes) -> int:
        """The part of it that was there in the beginning."""
        return self._fused.get(address, 0)

    def available_plasma(self, address: bytes, momentum_height: int, previous_height: int) -> int:
        """Fused plasma that a block can commit after ``previous_height`` if it acknowledges that momentum."""
        chain = self.chain(address)
        committed = chain.fused_total_at(min(chain.stable_at(momentum_height), previous_height))
        return self.rules.available_plasma(self.fused_amount(address), committed, chain.fused_total_at(previous_height))

    def add(self, block: AccountBlock, received: Entry | None) -> Entry:
        """Puts a block on top of its account's chain.

        Args:
            block: with its base and used plasma.
            received: the send that it receives, if it is a receive.
        """
        chain = self.chain(block.address)
        balances = dict(chain.balances_at(chain.height))
        sent = block if received is None else received.block
        sign = -1 if received is None else 1
        if sent.amount:
            balances[sent.token_standard] = balances.get(sent.token_standard, 0) + sign * sent.amount
        entry = Entry(block, balances, chain.fused_total_at(chain.height) + block.fused_plasma)
        self._put(entry)
        if received is not None:
            self._received[received.block.hash] = entry
        return entry

    def take_back(self, address: bytes, height: int) -> None:
        """Removes the blocks of an account above a height."""
        chain = self.chain(address)
        while chain.height > height:
            block = chain.entries.pop().block
            del self._by_hash[block.hash]
            self._received.pop(block.from_block_hash, None)

    def confirm(self, momentum: Momentum) -> None:
        """Puts a momentum on top, and marks what it contains."""
        self.momentums.append(momentum)
        for header in momentum.content:
            self._by_hash[header.hash].confirmed = momentum.height

    def reorganise(self, count: int) -> None:
        """Takes back the newest ``count`` momentums, and all blocks that the others do not contain.

        As in a node, whose pool is empty after a reorganisation: other nodes would have to send its blocks again.
        """
        if not 0 < count < len(self.momentums):
            raise ValueError(f"{count} of {len(self.momentums)} momentums cannot be taken back")
        del self.momentums[-count:]
        self.forks += 1
        for entry in self._by_hash.values():
            if entry.confirmed is not None and entry.confirmed > len(self.momentums):
                entry.confirmed = None
        for address, chain in self._chains.items():
            self.take_back(address, chain.stable)

    def described(self, entry: Entry) -> NodeBlock:
        """A block with all that a node says about it."""
        block = entry.block
        if block.block_type in (BlockType.USER_SEND, BlockType.CONTRACT_SEND):
            other = self._received.get(block.hash)
        else:
            other = self._by_hash.get(block.from_block_hash)
        # A node names a receive only once a momentum contains it.
        paired = self._alone(other) if other is not None and other.confirmed is not None else None
        return dataclasses.replace(self._alone(entry), paired=paired)

    def account_info(self, address: bytes) -> AccountInfo:
        """Height and balances of an account."""
        chain = self.chain(address)
        balances = {
            token: Balance(self.tokens[token], amount) for token, amount in chain.balances_at(chain.height).items()
        }
        return AccountInfo(address, chain.height, balances)

    def _alone(self, entry: Entry) -> NodeBlock:
        return NodeBlock(entry.block, self._confirmation(entry), self.tokens.get(entry.block.token_standard))

    def _confirmation(self, entry: Entry) -> Confirmation | None:
        if entry.confirmed is None:
            return None
        momentum = self.momentums[entry.confirmed - 1]
        return Confirmation(len(self.momentums) - entry.confirmed + 1, momentum.reference, momentum.timestamp)

    def _put(self, entry: Entry) -> None:
        self._chains.setdefault(entry.block.address, Chain()).entries.append(entry)
        self._by_hash[entry.block.hash] = entry


def _hashed(block: AccountBlock) -> AccountBlock:
    assert block.hash == ZERO_HASH
    return AccountBlock.from_json(block.to_json() | {"hash": block.compute_hash().hex()})
