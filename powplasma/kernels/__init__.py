"""Makers of hashes: their names, which of them run here, and the choice among them."""

from powplasma.kernels.batch import check_many
from powplasma.kernels.choice import ENVIRONMENT, KERNELS, Status, failures, kernel, statuses
from powplasma.kernels.interface import Kernel, SearchResult, Watch

__all__ = [
    "ENVIRONMENT",
    "KERNELS",
    "Kernel",
    "SearchResult",
    "Status",
    "Watch",
    "check_many",
    "failures",
    "kernel",
    "statuses",
]
