"""Addresses as text: bech32 (BIP-173), strict, for the human-readable part ``z``.

An address is 20 bytes: one kind byte (0 user, 1 contract) and 19 bytes of the SHA3-256 of the
public key. Its text is always 40 characters. Source: go-zenon ``common/types/address.go``; docs/specification.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from powplasma.errors import InvalidInput

ADDRESS_BYTES = 20
ADDRESS_CHARACTERS = 40
ADDRESS_PREFIX = "z"

_ACCEPTED = "40 characters of bech32 that begin with z1"
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_CHARACTERS = 6


def parse_address(address: str | bytes) -> bytes:
    """The 20 bytes of an address given as text or as these bytes.

    Stricter than the node, which also takes upper case and 39 characters: only the one text
    that ``format_address`` gives back is accepted.

    Raises:
        InvalidInput: field ``address``; wrong length, prefix, character or checksum.
    """
    if isinstance(address, str):
        return _decode(address)
    if not isinstance(address, bytes | bytearray | memoryview):
        raise InvalidInput("address", address, "is neither text nor bytes", f"{_ACCEPTED}, or {ADDRESS_BYTES} bytes")
    return _sized(bytes(address))


def format_address(address: bytes) -> str:
    """The text of a 20-byte address.

    Raises:
        InvalidInput: field ``address``; not 20 bytes.
    """
    return _encode(_sized(address))


def _sized(address: bytes) -> bytes:
    if len(address) != ADDRESS_BYTES:
        raise InvalidInput("address", address, f"has {len(address)} bytes", f"{ADDRESS_BYTES} bytes")
    return address


def _encode(address: bytes) -> str:
    values = _to_fives(address)
    state = _checksum_state(ADDRESS_PREFIX, [*values, *(0,) * _CHECKSUM_CHARACTERS]) ^ 1
    checksum = [state >> shift & 31 for shift in range(25, -1, -5)]
    return ADDRESS_PREFIX + "1" + "".join(_ALPHABET[value] for value in (*values, *checksum))


def _decode(text: str) -> bytes:
    if len(text) != ADDRESS_CHARACTERS:
        raise InvalidInput("address", text, f"has {len(text)} characters", _ACCEPTED)
    prefix, separator, data = text.rpartition("1")
    if not separator or prefix != ADDRESS_PREFIX:
        raise InvalidInput("address", text, "does not begin with z1", _ACCEPTED)
    try:
        values = [_VALUE[character] for character in data]
    except KeyError as unknown:
        raise InvalidInput("address", text, f"has a character {unknown} outside bech32", _ACCEPTED) from None
    if _checksum_state(prefix, values) != 1:
        raise InvalidInput("address", text, "has a wrong checksum", _ACCEPTED)
    # 32 characters are exactly 20 bytes: there is no padding that could make two texts of one address.
    return _to_bytes(values[:-_CHECKSUM_CHARACTERS])


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
    """8-bit groups as 5-bit groups; 20 bytes are exactly 32 groups, so nothing is padded."""
    number = int.from_bytes(data, "big")
    return [number >> shift & 31 for shift in range(8 * len(data) - 5, -1, -5)]


def _to_bytes(values: list[int]) -> bytes:
    number = 0
    for value in values:
        number = number << 5 | value
    return number.to_bytes(5 * len(values) // 8, "big")
