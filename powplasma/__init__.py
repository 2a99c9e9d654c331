"""powplasma: proof-of-work plasma for the Zenon Network of Momentum."""

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

__all__ = [
    "Anchor",
    "Decay",
    "DifficultyTooHigh",
    "Engine",
    "Expiry",
    "InvalidInput",
    "KernelUnavailable",
    "Never",
    "PowPlasmaError",
    "Progress",
    "SearchCancelled",
    "SearchTimeout",
    "Verdict",
    "Window",
    "Work",
    "WorkerLost",
    "achieved_difficulty",
    "anchored_data_hash",
    "check",
    "check_many",
    "data_hash",
    "generate",
    "ruleset",
    "threshold",
    "validate",
    "validate_many",
]
__version__ = "0.1.0"
