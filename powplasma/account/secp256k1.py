"""Public keys recovered from signatures on the curve secp256k1: what two contract methods check of a legacy key.

Slow and not in constant time, which is good enough for public values. Source: SEC 1, section 4.1.6.
"""

from __future__ import annotations

_P = (1 << 256) - (1 << 32) - 977
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

_Point = tuple[int, int] | None
"""A point of the curve; None is the one at infinity."""


def recovered_public_key(message: bytes, signature: bytes) -> bytes | None:
    """The uncompressed public key (65 bytes) that made a signature; None if no key did.

    Args:
        message: 32 bytes that were signed.
        signature: 65 bytes: r, s, and which of the four possible keys it is.
    """
    r, s, which = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64]
    x = r + _N * (which >> 1)
    if not (0 < r < _N and 0 < s < _N) or which > 3 or x >= _P:
        return None
    square = (pow(x, 3, _P) + 7) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    point = (x, y if y % 2 == which % 2 else _P - y)
    inverse = pow(r, -1, _N)
    key = _sum(_times(s * inverse % _N, point), _times(-int.from_bytes(message) * inverse % _N, _G))
    return None if key is None else b"\4" + key[0].to_bytes(32) + key[1].to_bytes(32)


def _sum(left: _Point, right: _Point) -> _Point:
    if left is None or right is None:
        return right or left
    if left[0] == right[0]:
        if (left[1] + right[1]) % _P == 0:
            return None
        slope = 3 * left[0] * left[0] * pow(2 * left[1], -1, _P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, _P)
    x = (slope * slope - left[0] - right[0]) % _P
    return x, (slope * (left[0] - x) - left[1]) % _P


def _times(factor: int, point: _Point) -> _Point:
    found: _Point = None
    while factor:
        if factor & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        factor >>= 1
    return found
