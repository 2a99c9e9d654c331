"""``powplasma receive``: what was sent to an account, now and with --watch from now on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NoReturn

import click

from powplasma.account import AccountBlock
from powplasma.engine import Engine
from powplasma.node import BlockingNode, NodeBlock, NodeError, NodeStale
from powplasma.transfer import Receipt, Terms, Transaction, pending

from .blocks import moved, plan_record, receipt_record
from .command import Command
from .exits import ExitCode
from .keyring import Signer, key_options
from .network import node_option, terms_options, wait_options
from .networks import check_network
from .output import details, json_result, note, result
from .parameters import json_option, seconds
from .progress import ProgressLine, progress_option
from .sending import answered, confirmation_of, ready_engine, receive_one
from .tokens import amount_text

_POLL_SECONDS = 5.0

_AWAY_SECONDS = 2.0
"""Longest pause before a node that is away is asked again."""


@click.command(cls=Command)
@key_options
@node_option
@terms_options
@click.option("--dry-run", is_flag=True, help="Show what would be received, and receive nothing.")
@click.option(
    "--watch", is_flag=True, help="Go on receiving what comes until interrupted, also while the node restarts."
)
@click.option(
    "--poll",
    callback=seconds,
    metavar="SECONDS",
    default=_POLL_SECONDS,
    show_default=True,
    help="With --watch by HTTP: how often to ask the node. By WebSocket it tells.",
)
@wait_options(default=False)
@progress_option
@json_option
def command(
    *,
    signer: Signer,
    node: str,
    allowed: Terms,
    kernel: str | None,
    workers: int | None,
    dry_run: bool,
    watch: bool,
    poll: float,
    wait: bool,
    wait_seconds: float,
    progress: bool | None,
    json: bool,
) -> int:
    """Receive everything that was sent to an account and is confirmed; with --json a JSON object for each.

    Nothing is asked: to receive gives nothing away.
    """

    def act() -> int:
        with BlockingNode(node) as connected, ready_engine(workers, kernel) as engine:
            receiver = _Receiver(connected, signer, allowed, engine, progress, wait_seconds if wait else None, json)
            if watch:
                receiver.watch(poll)
            check_network(connected, signer.address, allowed)
            if dry_run:
                return receiver.show()
            if not receiver.receive():
                details("nothing to receive")
            return ExitCode.DONE

    return answered(act, json)


@dataclass(frozen=True)
class _Receiver:
    node: BlockingNode
    signer: Signer
    allowed: Terms
    engine: Engine
    progress: bool | None
    wait: float | None
    as_json: bool

    def show(self) -> int:
        """Prints what is there to be received."""
        for sent in pending(self.node, self.signer.address):
            plan = self.transaction(sent).plan
            if self.as_json:
                json_result({**plan_record(plan), **moved(sent.block)})
            else:
                result(f"{sent.block.hash.hex()}  {amount_text(sent.block, sent.token)}")
        return ExitCode.DONE

    def watch(self, poll: float) -> NoReturn:
        """Receives what comes, for ever; a node that is away, restarts or fetches momentums is waited for."""
        trouble = ""
        while True:
            try:
                check_network(self.node, self.signer.address, self.allowed)
                for _ in self.node.momentums(poll_seconds=poll):
                    self.receive()
                    trouble = ""
            except (NodeError, NodeStale) as error:
                if str(error) != trouble:
                    trouble = str(error)
                    note(f"{trouble}; trying again")
                time.sleep(min(poll, _AWAY_SECONDS))

    def receive(self) -> int:
        """Receives what is there, and returns how many blocks that was."""
        count = 0
        for sent in pending(self.node, self.signer.address):
            receipt = self._receive_one(sent)
            if receipt is None:
                note(f"{sent.block.hash.hex()} was received by another program meanwhile")
                continue
            count += 1
            if self.as_json:
                json_result({**receipt_record(receipt), **moved(sent.block)})
            else:
                result(f"{receipt.block.hash.hex()}  {amount_text(sent.block, sent.token)}")
        return count

    def _receive_one(self, sent: NodeBlock) -> Receipt | None:
        """Receives one send; None if it has been received meanwhile."""
        receipt = receive_one(
            self.node,
            self.signer,
            sent.block.hash,
            allowed=self.allowed,
            engine=self.engine,
            line=ProgressLine(self.progress),
        )
        return receipt if receipt is None or self.wait is None else confirmation_of(self.node, receipt, self.wait)

    def transaction(self, sent: NodeBlock) -> Transaction:
        """The receive of one send."""
        template = AccountBlock.receive(self.signer.address, sent.block.hash)
        return Transaction(self.node, template, self.allowed, self.engine)
