"""One block from question to receipt, with the search running while the person reads and types."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import click

from powplasma.account import AccountBlock
from powplasma.engine import Engine
from powplasma.errors import PowPlasmaError, SearchTimeout
from powplasma.fields import Missing
from powplasma.node import (
    BlockingNode,
    BlockRefusal,
    BlockRefused,
    DifficultyRefused,
    FusedPlasmaMissing,
    PublishDisplaced,
    PublishError,
    PublishLost,
)
from powplasma.transfer import (
    BlockRejected,
    CancelledTooLate,
    NotConfirmed,
    Outbox,
    Receipt,
    Terms,
    Transaction,
    is_unreceived,
    kept_path,
    open_outbox,
    wait_confirmed,
)
from powplasma.work import Work

from .blocks import block_lines
from .exits import ExitCode, Terminated
from .keyring import Signer
from .notices import kernel_notices
from .output import details, json_result, note
from .progress import ProgressLine
from .report import duration

_PAUSE_SECONDS = 0.1

_NEGATIVE = (
    BlockRefused,
    BlockRejected,
    DifficultyRefused,
    FusedPlasmaMissing,
    NotConfirmed,
    PublishDisplaced,
    PublishLost,
    SearchTimeout,
)
"""Errors that are answers: the block is not sent, or not confirmed yet, and nothing is broken."""


@contextlib.contextmanager
def ready_engine(workers: int | None, kernel: str | None) -> Iterator[Engine]:
    """An engine, with a word about its kernel."""
    with Engine(workers, kernel) as engine:
        kernel_notices(engine.kernel, kernel)
        yield engine


def check_answerable(yes: bool) -> None:
    """Refuses early where nobody can be asked.

    Raises:
        InvalidInput: field ``yes``.
    """
    if not yes and not sys.stdin.isatty():
        raise Missing("yes", "--yes, or a terminal to confirm in")


def confirmed(question: str, yes: bool) -> bool:
    """Whether the person agrees."""
    return yes or click.confirm(question, err=True)


def watch(search: Future[Work] | None, difficulty: int, line: ProgressLine) -> None:
    """Shows that a search is going on until it is over, whatever its outcome."""
    began = time.monotonic()
    with line:
        while search is not None and not search.done():
            with contextlib.suppress(TimeoutError, PowPlasmaError):
                search.result(_PAUSE_SECONDS)
            line.show(f"searching a nonce for difficulty {difficulty} · {duration(time.monotonic() - began)}")


def answered(act: Callable[[], int], as_json: bool, kept: Path | None = None) -> int:
    """Carries something out; an error that is an answer is said as one.

    Args:
        act: what to do.
        as_json: whether the answer is JSON.
        kept: a file of the caller that has the block; else the one that was written before it was sent is named.
    """
    try:
        return act()
    except (KeyboardInterrupt, Terminated) as interruption:
        _tell(interruption.__cause__, kept)
        raise
    except PublishError as error:
        _tell(error, kept)
        if not isinstance(error, _NEGATIVE):
            raise
        return _negative(error, as_json)
    except _NEGATIVE as error:
        return _negative(error, as_json)


def _negative(error: PowPlasmaError, as_json: bool) -> int:
    if as_json:
        block = getattr(error, "block", None)
        json_result(
            {
                "published": isinstance(error, NotConfirmed),
                "hash": block.hash.hex() if block else None,
                "reason": str(error),
            }
        )
    details(str(error))
    return ExitCode.NEGATIVE


def _tell(error: BaseException | None, kept: Path | None) -> None:
    """Says what has happened to a block that may be published, and where it is."""
    if isinstance(error, CancelledTooLate):
        note(str(error))
    elif isinstance(error, PublishError):
        path = kept or kept_path(error.block)
        if path is not None:
            note(
                f"{path} has the signed block: the same command again finds out what became of it before it sends "
                f"anything, and `powplasma block publish {path}` sends this block if it is not there"
            )


@contextlib.contextmanager
def turn(node: BlockingNode, address: bytes) -> Iterator[Outbox]:
    """The turn of an account: whoever else sends from it waits, and is waited for, with a word about that."""
    chain_identifier = node.frontier_momentum().chain_identifier

    def waiting() -> None:
        note("another transaction of this account is on its way: waiting for its end")

    with open_outbox(node, chain_identifier, address, waiting) as outbox:
        yield outbox


def finish(
    node: BlockingNode, transaction: Transaction, signer: Signer, line: ProgressLine, outbox: Outbox | None
) -> Receipt:
    """Asks for the password, waits for the nonce and for the account's turn, and publishes.

    Args:
        node: where to.
        transaction: its search has begun.
        signer: signs.
        line: shows the search.
        outbox: the account's turn, if the caller holds it.

    Raises:
        PowPlasmaError: as ``Transaction.publish``.
    """
    key_pair = signer.key_pair
    watch(transaction.start(), transaction.plan.block.difficulty, line)
    with contextlib.nullcontext(outbox) if outbox else turn(node, signer.address) as held:
        receipt = transaction.publish(key_pair, held)
    for adjustment in receipt.adjustments:
        note(adjustment.value)
    return receipt


def receive_one(
    node: BlockingNode, signer: Signer, sent: bytes, *, allowed: Terms, engine: Engine, line: ProgressLine
) -> Receipt | None:
    """Receives the send with this hash; None if it has been received meanwhile.

    Raises:
        PowPlasmaError: as ``Transaction.publish``.
    """
    with turn(node, signer.address) as outbox:
        if not node.call(lambda inner: is_unreceived(inner, signer.address, sent)):
            return None
        transaction = Transaction(node, AccountBlock.receive(signer.address, sent), allowed, engine)
        transaction.start()
        for text in block_lines(transaction.plan.block, transaction.plan.kind.name):
            details(text)
        try:
            return finish(node, transaction, signer, line, outbox)
        except BlockRefused as refused:
            if refused.reason is BlockRefusal.FROM_BLOCK_ALREADY_RECEIVED:
                return None
            raise


def confirmation_of(node: BlockingNode, receipt: Receipt, seconds: float) -> Receipt:
    """The receipt with the momentum that contains the block, after it was waited for.

    Raises:
        PowPlasmaError: as ``wait_confirmed``.
    """
    if receipt.state == "confirmed":
        return receipt
    details(f"published {receipt.block.hash.hex()}, waiting for a momentum")
    return receipt.confirmed_by(wait_confirmed(node, receipt.block, seconds))
