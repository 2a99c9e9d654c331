"""Keys, key files and account blocks: what owns an account, and what its owner signs."""

from powplasma.account.block import MAINNET, QSR, ZNN, AccountBlock, MomentumReference, SealFlaw
from powplasma.account.keys import KeyPair

__all__ = [
    "MAINNET",
    "QSR",
    "ZNN",
    "AccountBlock",
    "KeyPair",
    "MomentumReference",
    "SealFlaw",
]
