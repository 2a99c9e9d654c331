"""Addresses and token standards as text: bech32 (BIP-173), strict.

An address is 20 bytes: one kind byte (0 user, 1 contract) and 19 bytes of the SHA3-256 of the
public key. Its text is always 40 characters, with the human-readable part ``z``. A token standard
is 10 bytes, and 26 characters with the human-readable part ``zts``. Source: go-zenon
``common/types/address.go``, ``common/types/tokenstandard.go``; docs/specification.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from powplasma.errors import InvalidInput

ADDRESS_BYTES = 20
ADDRESS_CHARACTERS = 40
ADDRESS_PREFIX = "z"

TOKEN_STANDARD_BYTES = 10
TOKEN_STANDARD_CHARACTERS = 26

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of text: what it is called, its prefix, and how long it and its bytes are."""

    field: str
    prefix: str
    characters: int
    size: int

    @property
    def accepted(self) -> str:
        return f"{self.characters} characters of bech32 that begin with {self.prefix}1"

    def parse(self, value: object) -> bytes:
        if isinstance(value, str):
            return self._decode(value)
        if not isinstance(value, bytes | bytearray | memoryview):
            accepted = f"{self.accepted}, or {self.size} bytes"
            raise InvalidInput(self.field, value, "is neither text nor bytes", accepted)
        return self._sized(bytes(value))

    def format(self, data: bytes) -> str:
        values = _to_fives(self._sized(data))
        state = _checksum_state(self.prefix, [*values, *(0,) * _CHECKSUM_CHARACTERS]) ^ 1
        checksum = [state >> shift & 31 for shift in range(25, -1, -5)]
        return self.prefix + "1" + "".join(_ALPHABET[value] for value in (*values, *checksum))

    def _sized(self, data: bytes) -> bytes:
        if len(data) != self.size:
            raise InvalidInput(self.field, data, f"has {len(data)} bytes", f"{self.size} bytes")
        return data

    def _decode(self, text: str) -> bytes:
        if len(text) != self.characters:
            raise InvalidInput(self.field, text, f"has {len(text)} characters", self.accepted)
        small = text.lower()
        if text not in (small, text.upper()):
            raise InvalidInput(self.field, text, "mixes capitals and small letters", self.accepted)
        prefix, separator, data = small.rpartition("1")
        if not separator or prefix != self.prefix:
            raise InvalidInput(self.field, text, f"does not begin with {self.prefix}1", self.accepted)
        try:
            values = [_VALUE[character] for character in data]
        except KeyError as unknown:
            problem = f"has a character {unknown} outside bech32"
            raise InvalidInput(self.field, text, problem, self.accepted) from None
        if _checksum_state(prefix, values) != 1:
            raise InvalidInput(self.field, text, "has a wrong checksum", self.accepted)
        # 20 bytes are exactly 32 characters, 10 are 16: there is no padding that could make two texts of one value.
        return _to_bytes(values[:-_CHECKSUM_CHARACTERS])


_ADDRESS = _Form("address", ADDRESS_PREFIX, ADDRESS_CHARACTERS, ADDRESS_BYTES)
_TOKEN_STANDARD = _Form("token_standard", "zts", TOKEN_STANDARD_CHARACTERS, TOKEN_STANDARD_BYTES)


def parse_address(address: str | bytes) -> bytes:
    """The 20 bytes of an address given as text or as these bytes.

    The text may be all in capitals (BIP-173), as QR codes have it. Stricter than the node, which also
    takes 39 characters.

    Raises:
        InvalidInput: field ``address``; wrong length, prefix, character or checksum.
    """
    return _ADDRESS.parse(address)


def format_address(address: bytes) -> str:
    """The text of a 20-byte address.

    Raises:
        InvalidInput: field ``address``; not 20 bytes.
    """
    return _ADDRESS.format(address)


def parse_token_standard(token_standard: str | bytes) -> bytes:
    """The 10 bytes of a token standard given as text (``zts1…``) or as these bytes; as strict as ``parse_address``.

    Raises:
        InvalidInput: field ``token_standard``; wrong length, prefix, character or checksum.
    """
    return _TOKEN_STANDARD.parse(token_standard)


def format_token_standard(token_standard: bytes) -> str:
    """The text of a 10-byte token standard.

    Raises:
        InvalidInput: field ``token_standard``; not 10 bytes.
    """
    return _TOKEN_STANDARD.format(token_standard)


def _checksum_state(prefix: str, values: Iterable[int]) -> int:
    """State of the BCH code of BIP-173 over prefix and values; 1 for a valid text."""
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *values]
    state = 1
    for value in expanded:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                state ^= generator
    return state


def _to_fives(data: bytes) -> list[int]:
    """8-bit groups as 5-bit groups; 20 and 10 bytes are exactly 32 and 16 groups, so nothing is padded."""
    number = int.from_bytes(data, "big")
    return [number >> shift & 31 for shift in range(8 * len(data) - 5, -1, -5)]


def _to_bytes(values: list[int]) -> bytes:
    number = 0
    for value in values:
        number = number << 5 | value
    return number.to_bytes(5 * len(values) // 8, "big")
