"""SLIP-0010 for Ed25519: from a seed to the private keys of a wallet's accounts.

Every step is hardened; the network's path is m/44'/73404'/account'. Source: SLIP-0010; go-zenon
``wallet/bip44.go``.
"""

from __future__ import annotations

import hmac
import re

from powplasma.account.keys import Secret, forgetful
from powplasma.errors import InvalidInput, check_integer

COIN_TYPE = 73404
"""Number of the network in SLIP-0044."""

MAX_ACCOUNT = (1 << 31) - 1
"""Largest index of an account: indices are hardened."""

_HARDENED = 1 << 31
_PATH = re.compile(r"m(?:/(?:0|[1-9][0-9]{0,9})')*\Z", re.ASCII)


def account_path(index: int) -> str:
    """The path of a wallet's account.

    Raises:
        InvalidInput: field ``index``.
    """
    return f"m/44'/{COIN_TYPE}'/{check_integer('index', index, 0, MAX_ACCOUNT)}'"


@forgetful
def derive(seed: bytes, path: str) -> tuple[bytes, bytes]:
    """Private key and chain code, 32 bytes each, at a path such as ``m/44'/73404'/0'``.

    Raises:
        InvalidInput: field ``path``, not such a path, or a step of it above 2^31 - 1; or ``seed``, not bytes, whose
            value is not in the error.
    """
    if not isinstance(seed, bytes):
        raise InvalidInput("seed", Secret(), "is not bytes", "bytes, 64 of a wallet's words")
    if not isinstance(path, str) or not _PATH.match(path):
        raise InvalidInput("path", path, "is no path of hardened steps", "as in m/44'/73404'/0'")
    key, chain_code = _halves(b"ed25519 seed", seed)
    for step in path.split("/")[1:]:
        index = int(step.rstrip("'"))
        if index > MAX_ACCOUNT:
            raise InvalidInput("path", path, f"has the step {index}", f"0 … {MAX_ACCOUNT}")
        key, chain_code = _halves(chain_code, b"\x00" + key + (index + _HARDENED).to_bytes(4))
    return key, chain_code


def _halves(key: bytes, message: bytes) -> tuple[bytes, bytes]:
    digest = hmac.digest(key, message, "sha512")
    return digest[:32], digest[32:]
