"""Feeless transactions from beginning to end: plan, work, sign, publish, and look whether it is there."""

from powplasma.transfer.amounts import coins
from powplasma.transfer.calling import (
    CallFailed,
    CallOptions,
    CallReceipt,
    acall,
    call,
    cancel_fuse,
    collect,
    delegate,
    fuse,
    stake,
    undelegate,
)
from powplasma.transfer.confirmation import (
    NotConfirmed,
    await_block,
    await_confirmed,
    await_outcome,
    wait_confirmed,
    wait_outcome,
)
from powplasma.transfer.delivery import CancelledTooLate, apublish, publish
from powplasma.transfer.outbox import Outbox, StateUnavailable, aopen_outbox, kept_path, networks_of, open_outbox
from powplasma.transfer.pending import apending, is_unreceived, pending
from powplasma.transfer.plan import Plan, amake_plan, call_of, kind_of, make_plan
from powplasma.transfer.shortcuts import areceive, asend, receive, send
from powplasma.transfer.terms import Terms
from powplasma.transfer.topup import Adjustment
from powplasma.transfer.transaction import AsyncTransaction, BlockRejected, Receipt, Transaction

__all__ = [
    "Adjustment",
    "AsyncTransaction",
    "BlockRejected",
    "CallFailed",
    "CallOptions",
    "CallReceipt",
    "CancelledTooLate",
    "NotConfirmed",
    "Outbox",
    "Plan",
    "Receipt",
    "StateUnavailable",
    "Terms",
    "Transaction",
    "acall",
    "amake_plan",
    "aopen_outbox",
    "apending",
    "apublish",
    "areceive",
    "asend",
    "await_block",
    "await_confirmed",
    "await_outcome",
    "call",
    "call_of",
    "cancel_fuse",
    "coins",
    "collect",
    "delegate",
    "fuse",
    "is_unreceived",
    "kept_path",
    "kind_of",
    "make_plan",
    "networks_of",
    "open_outbox",
    "pending",
    "publish",
    "receive",
    "send",
    "stake",
    "undelegate",
    "wait_confirmed",
    "wait_outcome",
]
