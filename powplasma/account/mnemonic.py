"""BIP-39 words, in English and without a passphrase, as every wallet of the network has them; extra ``wallet``.

No error holds a word: a word that is not in the list is named by its position.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from powplasma.account.keys import Secret, forgetful
from powplasma.errors import ExtraMissing, InvalidInput

if TYPE_CHECKING:
    from mnemonic import Mnemonic

ENTROPY_SIZES = (16, 20, 24, 28, 32)
"""Bytes of entropy that words can hold; each 4 bytes are 3 words."""

WORD_COUNTS = tuple(size * 3 // 4 for size in ENTROPY_SIZES)

_PBKDF2_ROUNDS = 2048
_ACCEPTED = f"{', '.join(map(str, WORD_COUNTS[:-1]))} or {WORD_COUNTS[-1]} English words of BIP-39"


class WalletUnavailable(ExtraMissing):
    """The libraries for words and key files are not installed."""

    need = "words and key files need"
    extra = "wallet"


@forgetful
def words_of_entropy(entropy: bytes) -> str:
    """The words of 16 … 32 bytes of entropy, with single spaces between them.

    Raises:
        InvalidInput: field ``entropy``; its value is not in the error.
        WalletUnavailable: the extra is not installed.
    """
    check_entropy(entropy)
    return str(_english().to_mnemonic(entropy))


@forgetful
def entropy_of_words(words: str) -> bytes:
    """The entropy of words, whatever space is between them, in small letters or capitals.

    Raises:
        InvalidInput: field ``words``; a wrong number of them, one that is not in the list, or a wrong checksum.
        WalletUnavailable: the extra is not installed.
    """
    english = _english()
    if not isinstance(words, str):
        raise InvalidInput("words", Secret(), "is not text", _ACCEPTED)
    found = words.lower().split()
    if len(found) not in WORD_COUNTS:
        raise InvalidInput("words", Secret(), f"has {len(found)} words", _ACCEPTED)
    known = set(english.wordlist)
    for position, word in enumerate(found, 1):
        if word not in known:
            raise InvalidInput("words", Secret(), f"has a word {position} that is not in the list", _ACCEPTED)
    try:
        return bytes(english.to_entropy(found))
    except ValueError:
        raise InvalidInput(
            "words", Secret(), "has a wrong checksum: a word is wrong or out of place", _ACCEPTED
        ) from None


@forgetful
def seed_of_entropy(entropy: bytes) -> bytes:
    """The 64 bytes from which keys are derived; errors as ``words_of_entropy``."""
    return hashlib.pbkdf2_hmac("sha512", words_of_entropy(entropy).encode("ascii"), b"mnemonic", _PBKDF2_ROUNDS)


@forgetful
def check_entropy(entropy: bytes) -> None:
    """Refuses what no words can hold.

    Raises:
        InvalidInput: field ``entropy``.
    """
    if not isinstance(entropy, bytes) or len(entropy) not in ENTROPY_SIZES:
        raise InvalidInput("entropy", Secret(), "has the wrong size", "16, 20, 24, 28 or 32 bytes")


@cache
def _english() -> Mnemonic:
    try:
        from mnemonic import Mnemonic  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise WalletUnavailable from error
    return Mnemonic("english")
