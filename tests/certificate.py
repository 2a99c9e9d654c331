"""A certificate for an IP address that vouches for itself, made without a program that a machine may lack."""

from __future__ import annotations

import base64
import datetime
import ipaddress
from pathlib import Path

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from Crypto.Util.asn1 import DerObjectId

_SEQUENCE, _SET, _INTEGER, _BITS, _OCTETS, _TRUTH, _UTF8, _TIME = 0x30, 0x31, 2, 3, 4, 1, 12, 24
_COMMON_NAME, _ALTERNATIVE_NAME, _BASIC_CONSTRAINTS = "2.5.4.3", "2.5.29.17", "2.5.29.19"
_ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"


def write_certificate(certificate: Path, key: Path, address: str = "127.0.0.1", *, days: int = 1) -> None:
    """Writes a new key and its certificate as PEM.

    Args:
        certificate: file for the certificate.
        key: file for the key.
        address: IP address that the certificate is for.
        days: from now on, for which it is good; it begins a day before now, and is out of date with -1 or less.
    """
    private = ECC.generate(curve="P-256")
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    begin, end = now - (2 - min(days, 1)) * day, now + days * day
    algorithm = _der(_SEQUENCE, _id(_ECDSA_WITH_SHA256))
    name = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _id(_COMMON_NAME), _der(_UTF8, certificate.stem.encode()))))
    names = _der(_SEQUENCE, _der(0x87, ipaddress.ip_address(address).packed))
    authority = _der(_SEQUENCE, _der(_TRUTH, b"\xff"))
    content = _der(
        _SEQUENCE,
        _der(0xA0, _der(_INTEGER, bytes([2]))),  # version 3
        _der(_INTEGER, bytes([1])),
        algorithm,
        name,
        _der(_SEQUENCE, *(_der(_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode()) for moment in (begin, end))),
        name,
        private.public_key().export_key(format="DER"),
        _der(
            0xA3,
            _der(
                _SEQUENCE,
                _der(_SEQUENCE, _id(_ALTERNATIVE_NAME), _der(_OCTETS, names)),
                _der(_SEQUENCE, _id(_BASIC_CONSTRAINTS), _der(_OCTETS, authority)),
            ),
        ),
    )
    signature = DSS.new(private, "fips-186-3", encoding="der").sign(SHA256.new(content))
    text = base64.encodebytes(_der(_SEQUENCE, content, algorithm, _der(_BITS, b"\0" + signature))).decode("ascii")
    certificate.write_text(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n", encoding="ascii")
    key.write_text(private.export_key(format="PEM") + "\n", encoding="ascii")


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def _id(number: str) -> bytes:
    encoded: bytes = DerObjectId(number).encode()
    return encoded
