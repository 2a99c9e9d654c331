"""powplasma: proof-of-work plasma for the Zenon Network of Momentum."""

from importlib import import_module
from typing import TYPE_CHECKING

from powplasma.engine import Engine, Progress, generate
from powplasma.errors import (
    DifficultyTooHigh,
    InvalidInput,
    KernelUnavailable,
    PowPlasmaError,
    SearchCancelled,
    SearchTimeout,
    WorkerLost,
)
from powplasma.kernels import check_many
from powplasma.plasma import Decay, Never, Window, ruleset
from powplasma.validation import Anchor, Expiry, Verdict, anchored_data_hash, validate, validate_many
from powplasma.work import Work, achieved_difficulty, check, data_hash, threshold

if TYPE_CHECKING:
    from powplasma.account import QSR, ZNN, AccountBlock, KeyFile, KeyPair, Wallet
    from powplasma.node import BlockingNode, Node
    from powplasma.processes import freeze_support
    from powplasma.transfer import (
        AsyncTransaction,
        CallFailed,
        CallReceipt,
        Receipt,
        Terms,
        Transaction,
        acall,
        areceive,
        asend,
        call,
        cancel_fuse,
        coins,
        collect,
        delegate,
        fuse,
        receive,
        send,
        stake,
        undelegate,
    )

__all__ = [
    "QSR",
    "ZNN",
    "AccountBlock",
    "Anchor",
    "AsyncTransaction",
    "BlockingNode",
    "CallFailed",
    "CallReceipt",
    "Decay",
    "DifficultyTooHigh",
    "Engine",
    "Expiry",
    "InvalidInput",
    "KernelUnavailable",
    "KeyFile",
    "KeyPair",
    "Never",
    "Node",
    "PowPlasmaError",
    "Progress",
    "Receipt",
    "SearchCancelled",
    "SearchTimeout",
    "Terms",
    "Transaction",
    "Verdict",
    "Wallet",
    "Window",
    "Work",
    "WorkerLost",
    "acall",
    "achieved_difficulty",
    "anchored_data_hash",
    "areceive",
    "asend",
    "call",
    "cancel_fuse",
    "check",
    "check_many",
    "coins",
    "collect",
    "data_hash",
    "delegate",
    "freeze_support",
    "fuse",
    "generate",
    "receive",
    "ruleset",
    "send",
    "stake",
    "threshold",
    "undelegate",
    "validate",
    "validate_many",
]
__version__ = "0.1.0"

_LAZY = {
    **dict.fromkeys(("QSR", "ZNN", "AccountBlock", "KeyFile", "KeyPair", "Wallet"), "powplasma.account"),
    **dict.fromkeys(("BlockingNode", "Node"), "powplasma.node"),
    "freeze_support": "powplasma.processes",
    **dict.fromkeys(
        (
            "AsyncTransaction",
            "CallFailed",
            "CallReceipt",
            "Receipt",
            "Terms",
            "Transaction",
            "acall",
            "areceive",
            "asend",
            "call",
            "cancel_fuse",
            "coins",
            "collect",
            "delegate",
            "fuse",
            "receive",
            "send",
            "stake",
            "undelegate",
        ),
        "powplasma.transfer",
    ),
}
"""Where names are that are imported when they are first used: a search for a nonce needs none of them."""


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_LAZY[name]), name)
    globals()[name] = found
    return found
