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
from powplasma.plasma import ruleset
from powplasma.validation import Verdict, validate, validate_many
from powplasma.work import Work, achieved_difficulty, check, data_hash, threshold

__all__ = [
    "DifficultyTooHigh",
    "Engine",
    "InvalidInput",
    "KernelUnavailable",
    "PowPlasmaError",
    "Progress",
    "SearchCancelled",
    "SearchTimeout",
    "Verdict",
    "Work",
    "WorkerLost",
    "achieved_difficulty",
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
