"""Every prefix of many pairs of data hash and nonce, against hashlib.

POWPLASMA_PAIRS says how many pairs per kernel; 100000 take a few seconds more than the default.
"""

from __future__ import annotations

import os
import random
from array import array

from powplasma.kernels import Kernel, SearchResult
from powplasma.work import difficulty_of_prefix
from tests.kernels.reference import U64, prefix, threshold

PAIRS = int(os.environ.get("POWPLASMA_PAIRS", "3000"))


def test_prefixes_of_random_pairs(kernel: Kernel) -> None:
    """A search of one nonce tells its prefix: that threshold is met and the next one is not."""
    rng = random.Random(PAIRS)
    data_hashes, nonces, enough, too_much = bytearray(), bytearray(), array("Q"), array("Q")
    for _ in range(PAIRS):
        data_hash, counter = rng.randbytes(32), rng.getrandbits(64)
        own = prefix(data_hash, counter)
        assert kernel.search(data_hash, counter, 1, own) == SearchResult(counter, 1)
        assert kernel.search(data_hash, counter, 1, own + 1) == SearchResult(None, 1)
        data_hashes += data_hash
        nonces += counter.to_bytes(8, "little")
        enough.append(difficulty_of_prefix(own))
        too_much.append(difficulty_of_prefix(own) + 1)
    views = memoryview(data_hashes), memoryview(nonces)
    assert kernel.check_many(*views, memoryview(enough)) == b"\x01" * PAIRS
    assert kernel.check_many(*views, memoryview(too_much)) == b"\x00" * PAIRS


def test_hits_in_long_ranges(kernel: Kernel) -> None:
    """All good nonces of ranges longer than a block; each search goes on after the last find."""
    rng = random.Random(PAIRS + 1)
    judged = 0
    while judged < PAIRS:
        data_hash, start = rng.randbytes(32), rng.getrandbits(64)
        count, least = min(50_000, PAIRS - judged), threshold(rng.choice((30, 300, 3000)))
        expected = [i for i in range(count) if prefix(data_hash, start + i) >= least]
        found, position = [], 0
        while position < count:
            result = kernel.search(data_hash, (start + position) % U64, count - position, least)
            position += result.hashes
            if result.counter is not None:
                found.append(position - 1)
                assert result.counter == (start + position - 1) % U64
        assert found == expected
        judged += count
