"""The first good nonce in counting order, whatever the kernel, the range and the threshold."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.kernels import Kernel, SearchResult
from powplasma.kernels import kernel as choose
from tests.kernels.reference import U64, first_good, prefix, threshold

BLOCK = 32_768
hashes = st.binary(min_size=32, max_size=32)
starts = st.one_of(
    st.integers(0, U64 - 1),
    st.integers(1, 3000).map(lambda back: U64 - back),
    st.builds(lambda block, back: (block * BLOCK - back) % U64, st.integers(0, 2**49), st.integers(0, 3000)),
)
anything = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=False,
)


@anything
@given(data_hash=hashes, start=starts, count=st.integers(1, 3000), difficulty=st.integers(1, 1500))
def test_search_finds_what_hashlib_finds(
    kernel: Kernel, data_hash: bytes, start: int, count: int, difficulty: int
) -> None:
    least = threshold(difficulty)
    assert kernel.search(data_hash, start, count, least) == first_good(data_hash, start, count, least)


@anything
@given(data_hash=hashes, start=starts, count=st.integers(1, 400))
def test_a_prefix_equal_to_the_threshold_is_good_and_one_more_is_not(
    kernel: Kernel, data_hash: bytes, start: int, count: int
) -> None:
    prefixes = [prefix(data_hash, start + i) for i in range(count)]
    best = max(prefixes)
    index = prefixes.index(best)
    found = SearchResult((start + index) % U64, index + 1)
    assert kernel.search(data_hash, start, count, best) == found
    assert kernel.search(data_hash, start, count, best + 1) == SearchResult(None, count)


def test_every_threshold_around_a_run_of_blocks(fast_kernel: Kernel) -> None:
    """Every prefix of more than two blocks, each found as the first of those that reach it."""
    data_hash = random.Random(1).randbytes(32)
    start, count = (1 << 40) - 700, 2 * BLOCK + 1500
    prefixes = [prefix(data_hash, start + i) for i in range(count)]
    position = 0
    while position < count:
        # The records of what remains, from the front: each is the first nonce above the one before.
        best, index = max((value, -i) for i, value in enumerate(prefixes[position:]))
        index = position - index
        result = fast_kernel.search(data_hash, start + position, count - position, best)
        assert result == SearchResult(start + index, index - position + 1)
        position = index + 1


@pytest.mark.parametrize("difficulty", [500, 20_000, 300_000])
def test_all_kernels_find_the_same_nonce(fast_kernel: Kernel, difficulty: int) -> None:
    portable = choose("portable")
    rng = random.Random(difficulty)
    for _ in range(5 if difficulty > 100_000 else 60):
        data_hash, start = rng.randbytes(32), rng.getrandbits(64)
        least = threshold(difficulty)
        count = 3 * difficulty
        assert fast_kernel.search(data_hash, start, count, least) == portable.search(data_hash, start, count, least)


@pytest.mark.parametrize("start", [0, 1, 5, BLOCK - 1, BLOCK, U64 - 1, U64 - BLOCK])
def test_difficulty_one_is_satisfied_by_the_first_nonce(kernel: Kernel, start: int) -> None:
    for count in (1, 2, 7, BLOCK, U64 - 1):
        assert kernel.search(bytes(32), start, count, threshold(1)) == SearchResult(start, 1)


@pytest.mark.parametrize("difficulty", [2**32, 2**63, U64 - 1])
def test_the_hardest_difficulties_are_not_satisfied_by_chance(kernel: Kernel, difficulty: int) -> None:
    count = 2500 if kernel.name == "python" else 70_001
    for start in (12_345, U64 - 1000):
        assert kernel.search(bytes(32), start, count, threshold(difficulty)) == SearchResult(None, count)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("data_hash", (bytes(31), 0, 1, 0)),
        ("start", (bytes(32), -1, 1, 0)),
        ("start", (bytes(32), U64, 1, 0)),
        ("count", (bytes(32), 0, 0, 0)),
        ("count", (bytes(32), 0, U64, 0)),
        ("threshold", (bytes(32), 0, 1, U64)),
    ],
)
def test_native_kernels_refuse_what_c_cannot_hold(
    fast_kernel: Kernel, field: str, arguments: tuple[bytes, int, int, int]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        fast_kernel.search(*arguments)
    assert caught.value.field == field
