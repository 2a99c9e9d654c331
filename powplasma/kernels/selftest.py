"""A known-answer test that every kernel passes before it is used: a few ms, once per process.

It is there for what a test suite cannot see: a library that was damaged or badly built, a faulty
processor. The searches pass over both ends of a native kernel's block of 32,768 counters and all
of one, over the end of the counters, and on both sides of a threshold that a prefix equals.
"""

from __future__ import annotations

from array import array

from powplasma.kernels.interface import Kernel
from powplasma.work import U64, achieved_difficulty, check, nonce_of_counter, threshold

_DATA_HASH = bytes(range(32))

_START = 0x0123456789AB7448
_COUNT = 40_000
_DIFFICULTY = 1024
_GOOD = (
    1486, 1530, 3216, 3716, 5307, 7035, 7477, 8413, 11507, 12113, 12401, 13193, 13464, 13633, 14522, 16931, 17042,
    17412, 17855, 18244, 18927, 19174, 23721, 25948, 26297, 27331, 27387, 28628, 28703, 29168, 29258, 30049, 32017,
    34426, 34644, 34672, 34864, 35523, 36725, 38984,
)  # fmt: skip
"""Distance from _START of every good counter among _COUNT; from hashlib."""

_WRAP_START = U64 - 700
_WRAP_COUNT = 1500
_WRAP_BEST = 756
_WRAP_PREFIX = 0xFFF75E88487AD3AB
"""The largest prefix among 1,500 counters around the last one, and its distance; from hashlib."""


def self_test(kernel: Kernel) -> str:
    """What ``kernel`` gets wrong, in words; empty if nothing."""
    # A kernel without a block of its own has nothing to show in a long search, and is slow.
    count = _COUNT if kernel.lanes >= 4 else 2000
    return _search_all(kernel, count) or _search_around_the_end(kernel) or _check_many(kernel)


def one_known_answer(kernel: Kernel) -> str:
    """What ``kernel`` gets wrong in one short search; empty if nothing."""
    result = kernel.search(_DATA_HASH, _START, 2000, threshold(_DIFFICULTY))
    expected = (_START + _GOOD[0], _GOOD[0] + 1)
    found = (result.counter, result.hashes)
    return "" if found == expected else f"found {found[0]} after {found[1]} hashes, expected {expected}"


def _search_all(kernel: Kernel, count: int) -> str:
    """Finds every good counter of the long range, each search beginning after the last find."""
    position, found = 0, []
    while position < count:
        start = _START + position
        result = kernel.search(_DATA_HASH, start, count - position, threshold(_DIFFICULTY))
        if result.counter is None:
            position += result.hashes
            break
        if result.counter - start + 1 != result.hashes:
            return f"a search from {start} found {result.counter} after {result.hashes} hashes"
        position += result.hashes
        found.append(position - 1)
    expected = [distance for distance in _GOOD if distance < count]
    if found != expected or position != count:
        return f"{count} nonces from {_START} on: {len(found)} finds where {len(expected)} others are right"
    return ""


def _search_around_the_end(kernel: Kernel) -> str:
    best = (_WRAP_START + _WRAP_BEST) % U64
    for least, expected in (
        (_WRAP_PREFIX, (best, _WRAP_BEST + 1)),
        (_WRAP_PREFIX + 1, (None, _WRAP_COUNT)),
    ):
        result = kernel.search(_DATA_HASH, _WRAP_START, _WRAP_COUNT, least)
        if (result.counter, result.hashes) != expected:
            return f"threshold {least}: found {result.counter} after {result.hashes} hashes, expected {expected}"
    return ""


def _check_many(kernel: Kernel) -> str:
    """Works of two data hashes in turn, each judged by the largest difficulty it satisfies and by one more."""
    hashes, nonces, difficulties, expected = bytearray(), bytearray(), array("Q"), bytearray()
    for index, distance in enumerate(_GOOD[:19]):
        data_hash = _DATA_HASH if index % 3 else _DATA_HASH[::-1]
        nonce = nonce_of_counter(_START + distance)
        difficulty = achieved_difficulty(data_hash, nonce) + index % 2
        hashes += data_hash
        nonces += nonce
        difficulties.append(difficulty)
        expected.append(check(data_hash, nonce, difficulty))
    good = kernel.check_many(memoryview(hashes), memoryview(nonces), memoryview(difficulties))
    return "" if good == expected else f"check_many: {good.hex()} where {expected.hex()} is right"
