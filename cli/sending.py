"""One block from question to receipt, with the search running while the person reads and types."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import click

from powplasma.account import AccountBlock
from powplasma.engine import Engine
from powplasma.errors import InvalidInput, PowPlasmaError, SearchTimeout
from powplasma.node import (
    BlockingNode,
    BlockRefused,
    DifficultyRefused,
    PublishDisplaced,
    PublishError,
    PublishLost,
)
from powplasma.transfer import BlockRejected, NotConfirmed, Receipt, Transaction, wait_confirmed
from powplasma.work import Work

from .blocks import write_block
from .exits import ExitCode, Terminated
from .keyring import Signer
from .notices import kernel_notices
from .output import details, json_result, note
from .parameters import Missing
from .progress import ProgressLine
from .report import duration

_PAUSE_SECONDS = 0.1

_NEGATIVE = (
    BlockRefused,
    BlockRejected,
    DifficultyRefused,
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
        kept: a file that has the block already; else one that may be published is written to a new file.
    """
    try:
        return act()
    except PublishError as error:
        if kept is None:
            _keep(error.block)
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


def _keep(block: AccountBlock) -> None:
    path = _path(block)
    try:
        if not path.exists():
            write_block(block, path)
    except (OSError, InvalidInput) as error:
        note(f"the signed block cannot be kept in a file ({error}); this is it:")
        details(json.dumps(block.to_json()))
        return
    note(f"{path} has the signed block: `powplasma block publish {path}` looks for it, and sends it if it is not there")


def _path(block: AccountBlock) -> Path:
    return Path(f"block-{block.hash.hex()[:16]}.json")


class _Held:
    """A signed block, in a file before it is sent, so that it outlives a process that is killed meanwhile."""

    block: AccountBlock | None = None

    def hold(self, block: AccountBlock) -> None:
        """Takes a block in place of the one before, which was refused."""
        self.drop()
        self.block = block
        with contextlib.suppress(OSError, InvalidInput):  # it is kept on the terminal if need be
            write_block(block, _path(block))

    def drop(self) -> None:
        """Takes the file away: what became of the block is known."""
        if self.block is not None:
            with contextlib.suppress(OSError):
                _path(self.block).unlink(missing_ok=True)


def finish(
    node: BlockingNode, transaction: Transaction, signer: Signer, line: ProgressLine, wait: float | None
) -> Receipt:
    """Asks for the password, waits for the nonce, publishes, and waits for a momentum if that is wanted.

    Args:
        node: where to.
        transaction: its search has begun.
        signer: signs.
        line: shows the search.
        wait: seconds to wait for a momentum; None does not wait.

    Raises:
        PowPlasmaError: as ``Transaction.publish`` and ``wait_confirmed``.
    """
    key_pair = signer.key_pair
    watch(transaction.start(), transaction.plan.block.difficulty, line)
    held = _Held()
    try:
        receipt = transaction.publish(key_pair, before=held.hold)
    except (KeyboardInterrupt, Terminated):
        if held.block is not None:
            _keep(held.block)
        raise
    except PublishError:
        raise  # the file stays
    except PowPlasmaError:
        held.drop()
        raise
    held.drop()
    for adjustment in receipt.adjustments:
        note(adjustment.value)
    if wait is not None:
        details(f"published {receipt.block.hash.hex()}, waiting for a momentum")
        receipt = dataclasses.replace(receipt, found=wait_confirmed(node, receipt.block, wait))
    return receipt
