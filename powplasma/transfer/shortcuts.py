"""Sending and receiving in one call, with asyncio and without."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from powplasma.account import ZNN, AccountBlock, KeyPair
from powplasma.engine import Engine
from powplasma.node import DEFAULT_NODE, BlockingNode, BlockRefusal, BlockRefused, Node
from powplasma.transfer.confirmation import await_confirmed
from powplasma.transfer.outbox import aopen_outbox
from powplasma.transfer.pending import apending, is_unreceived, pending
from powplasma.transfer.terms import Terms
from powplasma.transfer.transaction import AsyncTransaction, Receipt


async def asend(
    key_pair: KeyPair,
    to_address: str | bytes,
    amount: int = 0,
    token_standard: str | bytes = ZNN,
    data: bytes = b"",
    *,
    node: str | Node | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
    wait: bool = False,
    reference: str | None = None,
) -> Receipt:
    """Sends tokens without a fee: plans the block, works for it, signs, publishes and looks it up.

    Payments of one account take turns, between tasks, threads and processes of one user: the call waits until those
    before it are published. To cancel the task before the block is given to the node prevents the payment; later
    ``CancelledTooLate`` or ``PublishUnknown`` says what has happened. A call for the same payment as an earlier one
    whose fate was not known is another attempt at that one: if it turns out to be published, its block is the receipt.

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
        wait: whether to wait for a momentum that contains the block, for as long as ``terms.wait_seconds``. Without
            it the receipt's state is ``published``: another program with the same key can still displace the block.
        reference: name of this payment, up to 200 characters, for example an order number. A call with the same
            reference from the same account returns the receipt of the payment that was made, instead of paying again,
            for 30 days, even if the process was killed before it could record the first receipt.

    Raises:
        InvalidInput: an argument is not usable, or ``reference`` was used for another payment.
        NotConfirmed: with ``wait``; the block is published, but no momentum contained it in time.
        PowPlasmaError: as ``AsyncTransaction.planned`` and ``AsyncTransaction.publish``.
    """
    template = AccountBlock.send(key_pair.address, to_address, amount, token_standard, data)
    terms = terms or Terms()
    async with connected_to(node) as connected:
        receipt = await send_block(connected, template, key_pair, terms=terms, engine=engine, reference=reference)
        return await _confirmed(connected, receipt, terms) if wait else receipt


async def send_block(
    node: Node,
    template: AccountBlock,
    key_pair: KeyPair,
    *,
    terms: Terms,
    engine: Engine | None,
    reference: str | None,
) -> Receipt:
    """Publishes a block when it is the account's turn; errors as for ``asend``."""
    momentum = await node.frontier_momentum()
    async with aopen_outbox(momentum.chain_identifier, key_pair.address) as outbox:
        transaction = await AsyncTransaction.planned(node, template, terms, engine, reference=reference)
        return await transaction.publish(key_pair, outbox)


async def areceive(
    key_pair: KeyPair,
    *,
    node: str | Node | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
    received: Callable[[Receipt], None] | None = None,
    wait: bool = False,
) -> list[Receipt]:
    """Receives everything that was sent to an account and is confirmed; arguments and errors as for ``asend``.

    Args:
        key_pair: owns the account.
        node: as for ``asend``.
        terms: what is allowed.
        engine: searches.
        received: given each receipt as soon as it is there.
        wait: whether to wait for the momentum that contains each block.
    """
    receipts = []
    one = partial(receive_one, key_pair=key_pair, terms=terms or Terms(), engine=engine, wait=wait)
    async with connected_to(node) as connected:
        async for sent in apending(connected, key_pair.address):
            receipt = await one(connected, block_hash=sent.block.hash)
            if receipt is not None:
                receipts.append(receipt)
                if received is not None:
                    received(receipt)
    return receipts


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
    wait: bool = False,
    reference: str | None = None,
) -> Receipt:
    """Sends tokens without a fee; arguments, result and errors as for ``asend``, without asyncio.

    It cannot be cancelled from outside: a program with asyncio uses ``asend`` rather than this in a thread. An
    interruption by Ctrl-C counts as a cancellation, with the error as the ``__cause__`` of the ``KeyboardInterrupt``.
    """
    with blocking_to(node) as connected:
        return connected.call(
            lambda inner: asend(
                key_pair,
                to_address,
                amount,
                token_standard,
                data,
                node=inner,
                terms=terms,
                engine=engine,
                wait=wait,
                reference=reference,
            )
        )


def receive(
    key_pair: KeyPair,
    *,
    node: str | BlockingNode | None = None,
    terms: Terms | None = None,
    engine: Engine | None = None,
    received: Callable[[Receipt], None] | None = None,
    wait: bool = False,
) -> list[Receipt]:
    """Receives everything that was sent to an account; arguments, result and errors as for ``areceive``."""
    receipts = []
    one = partial(receive_one, key_pair=key_pair, terms=terms or Terms(), engine=engine, wait=wait)
    with blocking_to(node) as connected:
        for sent in pending(connected, key_pair.address):
            receipt = connected.call(partial(one, block_hash=sent.block.hash))
            if receipt is not None:
                receipts.append(receipt)
                if received is not None:
                    received(receipt)
    return receipts


async def receive_one(
    node: Node, *, key_pair: KeyPair, block_hash: bytes, terms: Terms, engine: Engine | None, wait: bool
) -> Receipt | None:
    """Receives one send; None if another program that has the same key has received it meanwhile."""
    template = AccountBlock.receive(key_pair.address, block_hash)
    momentum = await node.frontier_momentum()
    async with aopen_outbox(momentum.chain_identifier, key_pair.address) as outbox:
        if not await is_unreceived(node, key_pair.address, block_hash):
            return None
        transaction = await AsyncTransaction.planned(node, template, terms, engine)
        try:
            receipt = await transaction.publish(key_pair, outbox)
        except BlockRefused as refused:
            if refused.reason is BlockRefusal.FROM_BLOCK_ALREADY_RECEIVED:
                return None
            raise
    return await _confirmed(node, receipt, terms) if wait else receipt


async def _confirmed(node: Node, receipt: Receipt, terms: Terms) -> Receipt:
    return receipt.confirmed_by(await await_confirmed(node, receipt.block, terms.wait_seconds))


def _url(node: str | None) -> str:
    return node or os.environ.get("POWPLASMA_NODE") or DEFAULT_NODE


@contextlib.asynccontextmanager
async def connected_to(node: str | Node | None) -> AsyncIterator[Node]:
    """A node that is given, or one by its URL, which is closed in the end."""
    if node is None or isinstance(node, str):
        async with Node(_url(node)) as connected:
            yield connected
    else:
        yield node


@contextlib.contextmanager
def blocking_to(node: str | BlockingNode | None) -> Iterator[BlockingNode]:
    """As ``connected_to``, without asyncio."""
    if node is None or isinstance(node, str):
        with BlockingNode(_url(node)) as connected:
            yield connected
    else:
        yield node
