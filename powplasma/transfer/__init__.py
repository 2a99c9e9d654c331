"""Feeless transactions from beginning to end: plan, work, sign, publish, and look whether it is there."""

from powplasma.transfer.amounts import coins
from powplasma.transfer.plan import Plan, Terms, make_plan
from powplasma.transfer.shortcuts import pending, receive, send
from powplasma.transfer.transaction import Adjustment, BlockRejected, NotConfirmed, Receipt, Transaction, wait_confirmed

__all__ = [
    "Adjustment",
    "BlockRejected",
    "NotConfirmed",
    "Plan",
    "Receipt",
    "Terms",
    "Transaction",
    "coins",
    "make_plan",
    "pending",
    "receive",
    "send",
    "wait_confirmed",
]
