"""Keys, key files and account blocks: what owns an account, and what its owner signs."""

from powplasma.account.block import MAINNET, QSR, ZNN, AccountBlock, MomentumReference, SealFlaw
from powplasma.account.keyfile import KeyFile, WrongPassword
from powplasma.account.keys import KeyPair
from powplasma.account.mnemonic import WalletUnavailable
from powplasma.account.wallet import Wallet

__all__ = [
    "MAINNET",
    "QSR",
    "ZNN",
    "AccountBlock",
    "KeyFile",
    "KeyPair",
    "MomentumReference",
    "SealFlaw",
    "Wallet",
    "WalletUnavailable",
    "WrongPassword",
]
