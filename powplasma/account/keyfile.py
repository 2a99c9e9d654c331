"""Key files in the network's format, version 1: a wallet's entropy, encrypted with a password.

The key is Argon2id (version 1.3, 1 pass, 65,536 KiB, 4 lanes, 32 bytes) of the password's UTF-8
bytes, the cipher AES-256-GCM with a 12-byte nonce and the additional data ``zenon``, the plaintext
the raw entropy. Source: go-zenon ``wallet/keyfile.go``.

Two things are stricter than in the node, which takes any base address: a file without one, or
whose base address is not that of its entropy, is refused unless that is asked for. One is wider:
costs of Argon2 that a file states are honoured, as in the SDKs for Go and Python; the node
ignores them. Files written here have the costs of the node.

The SDK for TypeScript (DexterLabZ/znn.ts) encrypts the entropy as text, and writes ``salt``, ``nonce`` and
``cipherData`` twice in hexadecimal: as the digits of the text ``0x…``. Such a file is read, and written, as it is.
"""

from __future__ import annotations

import errno
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from Crypto.Cipher import AES

from powplasma import files
from powplasma.account.keys import Secret, forgetful
from powplasma.account.mnemonic import ENTROPY_SIZES, WalletUnavailable
from powplasma.account.wallet import Wallet
from powplasma.account.wire import Record
from powplasma.address import format_address
from powplasma.errors import InvalidInput, check_integer
from powplasma.folders import user_path

VERSION = 1
CIPHER_NAME = "aes-256-gcm"
KEY_DERIVATION = "argon2.IDKey"
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16

_KEY_BYTES = 32
_ADDITIONAL_DATA = b"zenon"
_CIPHER_SIZES = tuple(size + TAG_BYTES for size in ENTROPY_SIZES)
_TEXT_CIPHER_SIZES = tuple(2 * size + TAG_BYTES for size in ENTROPY_SIZES)
_MAX_MEMORY = 1 << 20
_MAX_WORK = 1 << 22
"""Most KiB times passes: some seconds, and 64 times what the network's own files cost."""

_TEXT_MARK = b"0x".hex()
"""Beginning of each value of a file of znn.ts."""

_MAX_BYTES = 65_536
"""Far more than any key file has."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What deriving the key from a password costs.

    Attributes:
        time: passes over the memory.
        memory: KiB.
        parallelism: lanes.
    """

    time: int = 1
    memory: int = 65_536
    parallelism: int = 4

    def __post_init__(self) -> None:
        # The upper limits keep a hostile file from taking all memory or all day.
        check_integer("parallelism", self.parallelism, 1, 64, "lanes")
        check_integer("memoryCost", self.memory, 8 * self.parallelism, _MAX_MEMORY, "KiB")
        check_integer("timeCost", self.time, 1, _MAX_WORK // self.memory, f"passes over {self.memory} KiB")


NETWORK_COSTS = Costs()


class WrongPassword(InvalidInput):
    """The password does not open the key file, or the file was altered: the cipher cannot tell which."""

    def __init__(self) -> None:
        problem = "does not open the key file, or the file was altered"
        super().__init__("password", Secret(), problem, "the password that the file was made with")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file as read, its wallet still encrypted.

    Attributes:
        base_address: 20 bytes: address of account 0 as the file states it; None if it does not.
        salt: 16 bytes.
        nonce: 12 bytes.
        cipher_data: ciphertext and the 16-byte tag.
        timestamp: seconds since 1970.
        costs: of deriving the key.
        as_text: whether the entropy is encrypted as its hexadecimal text, as znn.ts does.
    """

    base_address: bytes | None
    salt: bytes
    nonce: bytes
    cipher_data: bytes
    timestamp: int
    costs: Costs = NETWORK_COSTS
    as_text: bool = False

    @classmethod
    @forgetful
    def encrypt(cls, wallet: Wallet, password: str) -> Self:
        """A key file for a wallet, with a new salt and nonce and the costs of the network.

        Raises:
            InvalidInput: field ``password``; not text that UTF-8 can hold.
            WalletUnavailable: the extra is not installed.
        """
        salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        cipher = _cipher(password, salt, nonce, NETWORK_COSTS)
        ciphertext, tag = cipher.encrypt_and_digest(wallet.export_entropy())
        return cls(wallet.base_address, salt, nonce, ciphertext + tag, int(time.time()))

    @forgetful
    def decrypt(self, password: str, *, any_address: bool = False) -> Wallet:
        """The wallet in the file.

        Args:
            password: as it was when the file was made; it is not normalised.
            any_address: take a file that states no base address, or another one than its own.

        Raises:
            WrongPassword: it does not open the file, or the file was altered.
            InvalidInput: field ``baseAddress``, missing or of another wallet; ``password``, no text.
            WalletUnavailable: the extra is not installed.
        """
        cipher = _cipher(password, self.salt, self.nonce, self.costs)
        try:
            entropy = cipher.decrypt_and_verify(self.cipher_data[:-TAG_BYTES], self.cipher_data[-TAG_BYTES:])
            if self.as_text:
                entropy = bytes.fromhex(entropy.decode("ascii"))
        except ValueError:
            raise WrongPassword from None
        wallet = Wallet(entropy)
        own = format_address(wallet.base_address)
        if not any_address and self.base_address is None:
            raise InvalidInput("baseAddress", None, "is missing, so nothing says whose keys these are", own)
        if not any_address and self.base_address not in (None, wallet.base_address):
            stated = format_address(self.base_address) if self.base_address else None
            raise InvalidInput("baseAddress", stated, "is not the address of the wallet in the file", own)
        return wallet

    @classmethod
    @forgetful
    def from_json(cls, document: object) -> Self:
        """The key file of a JSON object; keys that it does not know are passed over.

        Raises:
            InvalidInput: a field by its name in the file.
        """
        if not isinstance(document, dict):  # which may be the words themselves, or a password
            raise InvalidInput("key_file", Secret(), "is no object", "the JSON object of a key file")
        file = Record(document, "key_file")
        _same("version", file.integer("version"), VERSION)
        crypto = file.record("crypto")
        _same("cipherName", crypto.text("cipherName"), CIPHER_NAME)
        _same("kdf", crypto.text("kdf"), KEY_DERIVATION)
        argon2 = crypto.record("argon2Params")
        _same("hashLength", argon2.integer("hashLength", _KEY_BYTES), _KEY_BYTES)
        as_text = crypto.text("cipherData").startswith(_TEXT_MARK)
        return cls(
            base_address=file.address("baseAddress") if file.has("baseAddress") else None,
            salt=_hex("salt", argon2.text("salt"), (SALT_BYTES,), as_text=as_text),
            nonce=_hex("nonce", crypto.text("nonce"), (NONCE_BYTES,), as_text=as_text),
            cipher_data=_hex(
                "cipherData",
                crypto.text("cipherData"),
                _TEXT_CIPHER_SIZES if as_text else _CIPHER_SIZES,
                as_text=as_text,
            ),
            timestamp=file.integer("timestamp", 0),
            costs=Costs(
                argon2.integer("timeCost", NETWORK_COSTS.time),
                argon2.integer("memoryCost", NETWORK_COSTS.memory),
                argon2.integer("parallelism", NETWORK_COSTS.parallelism),
            ),
            as_text=as_text,
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the file; costs are stated only where they are not those of the network."""
        argon2: dict[str, Any] = {"salt": self._written(self.salt)}
        if self.costs != NETWORK_COSTS:
            argon2 |= {
                "timeCost": self.costs.time,
                "memoryCost": self.costs.memory,
                "hashLength": _KEY_BYTES,
                "parallelism": self.costs.parallelism,
            }
        return {
            **({"baseAddress": format_address(self.base_address)} if self.base_address else {}),
            "crypto": {
                "argon2Params": argon2,
                "cipherData": self._written(self.cipher_data),
                "cipherName": CIPHER_NAME,
                "kdf": KEY_DERIVATION,
                "nonce": self._written(self.nonce),
            },
            "timestamp": self.timestamp,
            "version": VERSION,
        }

    def _written(self, data: bytes) -> str:
        text = "0x" + data.hex()
        return text.encode("ascii").hex() if self.as_text else text

    @classmethod
    @forgetful
    def read(cls, path: str | Path) -> Self:
        """The key file at a path.

        Raises:
            InvalidInput: field ``key_file``, it cannot be read or is not JSON; or a field of it.
        """
        return cls.from_json(files.read_json(user_path(path, "key_file"), "key_file", _MAX_BYTES))

    def write(self, path: str | Path) -> None:
        """Writes a new file that only its owner can read, whole or not at all.

        Raises:
            InvalidInput: field ``key_file``; there is something at the path already.
            OSError: it cannot be written.
        """
        files.write_new(path, json.dumps(self.to_json(), indent=2) + "\n", "key_file", secret=True)


@forgetful
def derive_key(password: str, salt: bytes, costs: Costs) -> bytes:
    """The 32-byte key of the cipher; errors as ``KeyFile.encrypt``.

    Raises:
        OSError: there is not as much memory as the costs say.
    """
    try:
        raw = password.encode("utf-8")
    except (UnicodeEncodeError, AttributeError):
        raise InvalidInput("password", Secret(), "is not text that UTF-8 can hold", "text") from None
    # Not the Argon2id of pynacl: libsodium has one lane, the network four, and each gives another key.
    try:
        from argon2.exceptions import HashingError  # noqa: PLC0415 - an extra
        from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise WalletUnavailable from error
    try:
        return hash_secret_raw(raw, salt, costs.time, costs.memory, costs.parallelism, _KEY_BYTES, Type.ID)
    except HashingError as failed:  # the costs are known to be sound, so it is the machine
        why = f"the key of the key file, which takes {costs.memory} KiB, cannot be derived: {failed}"
        raise OSError(errno.ENOMEM, why) from failed


def _cipher(password: str, salt: bytes, nonce: bytes, costs: Costs) -> Any:
    cipher = AES.new(derive_key(password, salt, costs), AES.MODE_GCM, nonce=nonce)
    cipher.update(_ADDITIONAL_DATA)
    return cipher


def _same(key: str, value: object, only: object) -> None:
    if value != only:
        raise InvalidInput(key, value, "is unknown", f"{only}")


def _hex(key: str, text: str, sizes: tuple[int, ...], *, as_text: bool) -> bytes:
    lengths = f"0x and {' or '.join(str(2 * size) for size in sizes)} hex digits"
    if as_text:
        lengths += ", as the hex digits of this text"
        try:
            text = bytes.fromhex(text).decode("ascii")
        except ValueError:
            raise InvalidInput(key, text, "is not the text of hex digits in hexadecimal", lengths) from None
    if not text.startswith("0x"):
        raise InvalidInput(key, text, "does not begin with 0x", lengths)
    try:
        data = bytes.fromhex(text[2:])
    except ValueError:
        data = None
    if data is None or data.hex() != text[2:].lower():
        raise InvalidInput(key, text, "is not hexadecimal", lengths)
    if len(data) not in sizes:
        raise InvalidInput(key, text, f"has {len(data)} bytes", lengths)
    return data
