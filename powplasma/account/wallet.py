"""A wallet: the entropy behind some words, and the key pairs that come from it."""

from __future__ import annotations

import secrets
from typing import NoReturn

from powplasma.account.derivation import account_path, derive
from powplasma.account.keys import KeyPair, forgetful
from powplasma.account.mnemonic import (
    ENTROPY_SIZES,
    check_entropy,
    entropy_of_words,
    seed_of_entropy,
    words_of_entropy,
)
from powplasma.address import format_address


class Wallet:
    """The entropy of a wallet, which never leaves by ``repr``, ``str``, pickle or an error.

    Needs the extra ``wallet``: keys are derived from the words of the entropy.

    Attributes:
        base_address: 20 bytes: the address of account 0.
    """

    __slots__ = ("_entropy", "_seed", "base_address")

    @forgetful
    def __init__(self, entropy: bytes) -> None:
        """A wallet from 16, 20, 24, 28 or 32 bytes of entropy.

        Raises:
            InvalidInput: field ``entropy``; its value is not in the error.
            WalletUnavailable: the extra is not installed.
        """
        check_entropy(entropy)
        self._entropy = entropy
        self._seed = seed_of_entropy(entropy)
        self.base_address = self.key_pair(0).address

    @classmethod
    def generate(cls) -> Wallet:
        """A new wallet of 24 words, from the system's source of randomness."""
        return cls(secrets.token_bytes(ENTROPY_SIZES[-1]))

    @classmethod
    @forgetful
    def from_words(cls, words: str) -> Wallet:
        """The wallet of BIP-39 words; errors as ``entropy_of_words``."""
        return cls(entropy_of_words(words))

    @forgetful
    def key_pair(self, index: int = 0) -> KeyPair:
        """The key pair of an account.

        Raises:
            InvalidInput: field ``index``; not 0 … 2^31 - 1.
        """
        private_key, _ = derive(self._seed, account_path(index))
        return KeyPair(private_key)

    def export_words(self) -> str:
        """The words, for who means to have them."""
        return words_of_entropy(self._entropy)

    def export_entropy(self) -> bytes:
        """The entropy, for who means to have it."""
        return self._entropy

    def __repr__(self) -> str:
        return f"<Wallet of {format_address(self.base_address)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a wallet is not pickled: its entropy would be in plain sight")
