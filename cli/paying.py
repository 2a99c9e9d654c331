"""From the template of a send to its receipt: what ``send`` and ``call`` have in common."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from powplasma.account import AccountBlock
from powplasma.engine import Engine
from powplasma.node import BlockingNode
from powplasma.transfer import Receipt, Terms, Transaction

from .blocks import block_lines, choice_line, plan_record, receipt_record
from .exits import ExitCode
from .keyring import Signer
from .networks import check_network
from .output import details, json_result, result
from .progress import ProgressLine
from .records import Record
from .sending import answered, confirmation_of, confirmed, finish, ready_engine, turn


@dataclass(frozen=True, kw_only=True)
class Paying:
    """Options of a command that publishes a block; ``wait_seconds`` is None where nothing is waited for."""

    signer: Signer
    node: str
    allowed: Terms
    kernel: str | None
    workers: int | None
    reference: str | None
    dry_run: bool
    yes: bool
    wait_seconds: float | None
    progress: bool | None
    as_json: bool


Ending = Callable[[BlockingNode, Engine, Receipt], tuple[int, Record]]
"""What follows on a block that is confirmed, given its receipt: the exit code, and what to add to the JSON object."""


def pay(template: AccountBlock, options: Paying, ending: Ending | None = None) -> int:
    """Plans, shows, asks, works, publishes and waits; returns the exit code.

    Args:
        template: a block from ``AccountBlock.send``.
        options: of the command.
        ending: what follows once the block is confirmed; nothing if that is not waited for.
    """
    return answered(lambda: _pay(template, options, ending), options.as_json)


def _pay(template: AccountBlock, options: Paying, ending: Ending | None) -> int:
    signer, yes = options.signer, options.yes
    with BlockingNode(options.node) as node, ready_engine(options.workers, options.kernel) as engine:
        check_network(node, signer.address, options.allowed)
        if options.dry_run:
            return _show(Transaction(node, template, options.allowed, engine), options.as_json)
        # While a person thinks, nobody else has to wait for their turn.
        with turn(node, signer.address) if yes else contextlib.nullcontext() as outbox:
            transaction = Transaction(node, template, options.allowed, engine, reference=options.reference)
            transaction.start()
            for line in block_lines(transaction.plan.block, transaction.plan.kind.name):
                details(line)
            details(choice_line(transaction.plan))
            if not confirmed("Send it?", yes):
                transaction.cancel()
                details("not sent")
                return ExitCode.NEGATIVE
            receipt = finish(node, transaction, signer, ProgressLine(options.progress), outbox)
        code: int = ExitCode.DONE
        more: Record = {}
        if options.wait_seconds is not None:
            receipt = confirmation_of(node, receipt, options.wait_seconds)
            if ending is not None:
                code, more = ending(node, engine, receipt)
        if options.as_json:
            json_result({**receipt_record(receipt), **more})
        else:
            result(receipt.block.hash.hex())
        return code


def _show(transaction: Transaction, as_json: bool) -> int:
    plan = transaction.plan
    if as_json:
        json_result(plan_record(plan))
    else:
        for line in block_lines(plan.block, plan.kind.name):
            result(line)
        details(choice_line(plan))
    return ExitCode.DONE
