"""An Ed25519 key pair and the address that it owns.

Signatures are plain Ed25519 (RFC 8032). An address is the kind byte 0 and the first 19 bytes of
SHA3-256(public key). Source: go-zenon ``wallet/keypair.go``, ``common/types/address.go``.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from hashlib import sha3_256
from typing import NoReturn, ParamSpec, TypeVar

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from powplasma.address import ADDRESS_BYTES, format_address
from powplasma.errors import InvalidInput, PowPlasmaError

PRIVATE_KEY_BYTES = 32
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

_USER_ADDRESS_KIND = b"\x00"


P = ParamSpec("P")
R = TypeVar("R")


def forgetful(function: Callable[P, R]) -> Callable[P, R]:
    """Has a function that is given a secret leave nothing of it in what it raises.

    Errors of other libraries hold what they failed at: a ``UnicodeEncodeError`` the whole text. And every frame of a
    traceback holds its variables. So an error of powplasma goes without the one that it was raised instead of, and
    the variables of all frames from here on are cleared.
    """

    @functools.wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except BaseException as error:
            if isinstance(error, PowPlasmaError) and error.__suppress_context__ and error.__cause__ is None:
                error.__context__ = None
            each: BaseException | None = error
            while each is not None:
                traceback.clear_frames(each.__traceback__)
                each = each.__cause__ or each.__context__
            raise
        finally:
            del arguments, named

    return call


class Secret(str):
    """Stands for a secret where an error has to name a value: it never holds the value itself."""

    __slots__ = ()

    def __new__(cls) -> Secret:
        """The one text that is shown."""
        return super().__new__(cls, "the secret given")


class KeyPair:
    """A private key, which never leaves by ``repr``, ``str``, pickle or an error, and what it owns.

    Attributes:
        public_key: 32 bytes.
        address: 20 bytes.
    """

    __slots__ = ("_signing_key", "address", "public_key")

    @forgetful
    def __init__(self, private_key: bytes) -> None:
        """A key pair from the 32 bytes of its private key, the seed of RFC 8032.

        Raises:
            InvalidInput: field ``private_key``; its value is not in the error.
        """
        if not isinstance(private_key, bytes) or len(private_key) != PRIVATE_KEY_BYTES:
            size = f"has {len(private_key)} bytes" if isinstance(private_key, bytes) else "is not bytes"
            raise InvalidInput("private_key", Secret(), size, f"{PRIVATE_KEY_BYTES} bytes")
        self._signing_key = SigningKey(private_key)
        self.public_key = bytes(self._signing_key.verify_key)
        self.address = address_of_public_key(self.public_key)

    @forgetful
    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message; a block's message is its 32-byte hash."""
        return bytes(self._signing_key.sign(message).signature)

    def export_private_key(self) -> bytes:
        """The 32 bytes of the private key, for who means to have them."""
        return bytes(self._signing_key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyPair) and other.public_key == self.public_key

    def __hash__(self) -> int:
        return hash(self.public_key)

    def __repr__(self) -> str:
        return f"<KeyPair of {format_address(self.address)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key pair is not pickled: its private key would be in plain sight")


def address_of_public_key(public_key: bytes) -> bytes:
    """The 20 bytes of the user address that a public key owns.

    Raises:
        InvalidInput: field ``public_key``; not 32 bytes.
    """
    if not isinstance(public_key, bytes) or len(public_key) != PUBLIC_KEY_BYTES:
        raise InvalidInput("public_key", public_key, "has the wrong size", f"{PUBLIC_KEY_BYTES} bytes")
    return _USER_ADDRESS_KIND + sha3_256(public_key).digest()[: ADDRESS_BYTES - 1]


def signature_good(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is that of the message by the key; False too for one of a wrong size."""
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        VerifyKey(public_key).verify(message, signature)
    except BadSignatureError:
        return False
    return True
