"""Judging a whole account block by a rule set: verdicts with reasons."""

from powplasma.validation.batch import NonceCheck, validate_many
from powplasma.validation.block import AccountBlockFields, BlockType, JudgedBlock
from powplasma.validation.validator import validate
from powplasma.validation.verdict import Reason, Verdict

__all__ = [
    "AccountBlockFields",
    "BlockType",
    "JudgedBlock",
    "NonceCheck",
    "Reason",
    "Verdict",
    "validate",
    "validate_many",
]
