"""Judging a whole account block by a rule set: verdicts with reasons."""

from powplasma.validation.batch import NonceCheck, validate_many
from powplasma.validation.block import AccountBlockFields, BlockType, JudgedBlock
from powplasma.validation.expiry import Anchor, Expiry, MomentumHash, anchored_data_hash
from powplasma.validation.validator import validate
from powplasma.validation.verdict import Reason, Verdict

__all__ = [
    "AccountBlockFields",
    "Anchor",
    "BlockType",
    "Expiry",
    "JudgedBlock",
    "MomentumHash",
    "NonceCheck",
    "Reason",
    "Verdict",
    "anchored_data_hash",
    "validate",
    "validate_many",
]
