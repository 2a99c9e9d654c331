"""Sending and receiving in one call."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from powplasma.account import ZNN, AccountBlock, KeyPair
from powplasma.address import parse_address
from powplasma.engine import Engine
from powplasma.node import DEFAULT_NODE, AnswerInvalid, BlockingNode, BlockRefusal, BlockRefused, NodeBlock
from powplasma.transfer.plan import Terms
from powplasma.transfer.transaction import Receipt, Transaction

_UNRECEIVED = "ledger.getUnreceivedBlocksByAddress"

_MAX_PAGES = 10
"""How many pages of unreceived blocks a node gives."""


def send(
    key_pair: KeyPair,
    to_address: str | bytes,
    amount: int = 0,
    token_standard: str | bytes = ZNN,
    data: bytes = b"",
    *,
    node: str | BlockingNode | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
) -> Receipt:
    """Sends tokens without a fee: plans the block, works for it, signs, publishes and looks it up.

    Args:
        key_pair: owns the account; ``Wallet.key_pair`` gives one.
        to_address: receiver, text (``z1…``) or 20 bytes.
        amount: in base units; ``coins("1.5")`` gives those of 1.5 ZNN or QSR.
        token_standard: text (``zts1…``) or 10 bytes; ZNN if left out.
        data: of the block.
        node: its URL, or one that is connected already; by default the URL in the environment variable
            ``POWPLASMA_NODE``, or else a node on this machine.
        terms: what is allowed.
        engine: searches; by default the one that ``powplasma.generate`` uses.

    Raises:
        PowPlasmaError: as ``Transaction`` and its ``publish``.
    """
    template = AccountBlock.send(key_pair.address, to_address, amount, token_standard, data)
    with _connected(node) as connected:
        return Transaction(connected, template, terms, engine).publish(key_pair)


def receive(
    key_pair: KeyPair,
    *,
    node: str | BlockingNode | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
    received: Callable[[Receipt], None] | None = None,
) -> list[Receipt]:
    """Receives everything that was sent to an account and is confirmed; arguments and errors as for ``send``.

    Args:
        key_pair: owns the account.
        node: as for ``send``.
        terms: what is allowed.
        engine: searches.
        received: given each receipt as soon as it is there.
    """
    receipts = []
    with _connected(node) as connected:
        for sent in pending(connected, key_pair.address):
            template = AccountBlock.receive(key_pair.address, sent.block.hash)
            try:
                receipt = Transaction(connected, template, terms, engine).publish(key_pair)
            except BlockRefused as refused:
                if refused.reason is BlockRefusal.FROM_BLOCK_ALREADY_RECEIVED:
                    continue  # by another program that has the same key
                raise
            receipts.append(receipt)
            if received is not None:
                received(receipt)
    return receipts


def pending(node: BlockingNode, address: str | bytes) -> Iterator[NodeBlock]:
    """The confirmed sends to an account that it has not received, each once, while the account receives them.

    Raises:
        AnswerInvalid: the node names a block that is not addressed to the account, or whose hash is not that of
            its fields: what is received is what the hash commits to.
        NodeError: the node does not answer as it should.
    """
    owner = parse_address(address)
    given: set[bytes] = set()
    while True:
        new = [block for block in _unreceived(node, address) if block.block.hash not in given]
        if not new:
            return
        for block in new:
            if block.block.to_address != owner:
                raise AnswerInvalid(node.url, _UNRECEIVED, "a block that is not addressed to the account")
            if block.block.compute_hash() != block.block.hash:
                raise AnswerInvalid(node.url, _UNRECEIVED, "a block whose hash is not that of its fields")
            given.add(block.block.hash)
            yield block


def _unreceived(node: BlockingNode, address: str | bytes) -> list[NodeBlock]:
    blocks: list[NodeBlock] = []
    for page in range(_MAX_PAGES):
        found = node.unreceived_blocks(address, page)
        blocks += found.blocks
        if not found.blocks or len(blocks) >= found.count:
            break
    return blocks


@contextlib.contextmanager
def _connected(node: str | BlockingNode | None) -> Iterator[BlockingNode]:
    if isinstance(node, BlockingNode):
        yield node
        return
    with BlockingNode(node or os.environ.get("POWPLASMA_NODE") or DEFAULT_NODE) as connected:
        yield connected
