"""Judging many works at once, against work.check, and everything that it refuses."""

from __future__ import annotations

import random
import subprocess
import sys
from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.kernels import Kernel, check_many
from powplasma.work import achieved_difficulty, check

MAX = 2**64 - 1
works = st.lists(
    st.tuples(
        st.binary(min_size=32, max_size=32),
        st.binary(min_size=8, max_size=8),
        st.one_of(st.integers(0, 4), st.integers(0, MAX), st.sampled_from([2**32, 2**63, 2**63 + 1, MAX])),
        st.sampled_from([None, 0, 1]),
    ),
    max_size=40,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=works)
def test_agrees_with_the_exact_rule(kernel: Kernel, rows: list[tuple[bytes, bytes, int, int | None]]) -> None:
    data_hashes, nonces = [row[0] for row in rows], [row[1] for row in rows]
    # Besides the drawn difficulty: the largest that the nonce satisfies, and one more.
    difficulties = [
        difficulty if more is None else min(achieved_difficulty(data_hash, nonce) + more, MAX)
        for data_hash, nonce, difficulty, more in rows
    ]
    good = check_many(data_hashes, nonces, difficulties, kernel=kernel.name)
    assert good == [check(*work) for work in zip(data_hashes, nonces, difficulties, strict=True)]


def test_more_works_than_one_call_of_the_library_takes(fast_kernel: Kernel) -> None:
    rng = random.Random(3)
    count = 20_011
    data_hashes, nonces = rng.randbytes(32 * count), rng.randbytes(8 * count)
    good = check_many(data_hashes, nonces, 3, kernel=fast_kernel.name)
    assert good == [check(data_hashes[32 * i : 32 * i + 32], nonces[8 * i : 8 * i + 8], 3) for i in range(count)]


def forms() -> tuple[list[Any], list[Any], list[Any]]:
    rng = random.Random(4)
    data_hashes, nonces = [rng.randbytes(32) for _ in range(9)], [rng.randbytes(8) for _ in range(9)]
    difficulties = [1, 2, 3, 0, 2, 5, 2, 1, MAX]
    hash_array = np.frombuffer(b"".join(data_hashes), dtype=np.uint8).reshape(9, 32)
    nonce_array = np.frombuffer(b"".join(nonces), dtype=np.uint8).reshape(9, 8)
    wide = np.zeros((18, 40), dtype=np.uint8)
    wide[::2, 4:36] = hash_array
    big_endian = np.array(difficulties, dtype=">u8")
    return (
        [data_hashes, tuple(data_hashes), b"".join(data_hashes), bytearray(b"".join(data_hashes)),
         memoryview(b"".join(data_hashes)), hash_array, np.asfortranarray(hash_array), wide[::2, 4:36]],
        [nonces, b"".join(nonces), nonce_array, nonce_array[::-1][::-1]],
        [difficulties, tuple(difficulties), array("Q", difficulties), memoryview(array("Q", difficulties)),
         np.array(difficulties, dtype=np.uint64), big_endian, [np.uint64(d) for d in difficulties],
         np.array(difficulties, dtype=np.uint64).repeat(2)[::2]],
    )  # fmt: skip


def test_every_form_of_argument_gives_the_same_answer() -> None:
    hash_forms, nonce_forms, difficulty_forms = forms()
    expected = [check(*work) for work in zip(hash_forms[0], nonce_forms[0], difficulty_forms[0], strict=True)]
    assert True in expected
    assert False in expected
    for data_hashes in hash_forms:
        for nonces in nonce_forms:
            for difficulties in difficulty_forms:
                good = check_many(data_hashes, nonces, difficulties)
                if any(isinstance(each, np.ndarray) for each in (data_hashes, nonces, difficulties)):
                    assert isinstance(good, np.ndarray)
                    assert good.dtype == np.bool_
                    assert good.flags.writeable
                    good = good.tolist()
                assert good == expected


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint8, np.uint32])
def test_other_integer_arrays_keep_their_values(kind: type) -> None:
    hash_forms, nonce_forms, _ = forms()
    difficulties = [1, 2, 3, 0, 2, 5, 2, 1, 127]
    good = check_many(hash_forms[0], nonce_forms[0], np.array(difficulties, dtype=kind))
    assert list(good) == check_many(hash_forms[0], nonce_forms[0], difficulties)


def test_one_difficulty_for_all_and_no_works_at_all() -> None:
    hash_forms, nonce_forms, _ = forms()
    assert check_many(hash_forms[0], nonce_forms[0], 1) == [True] * 9
    assert check_many([], [], []) == []
    assert check_many(b"", b"", 7) == []
    empty = check_many(np.zeros((0, 32), np.uint8), np.zeros((0, 8), np.uint8), np.zeros(0, np.uint64))
    assert isinstance(empty, np.ndarray)
    assert empty.shape == (0,)


H, N = bytes(32), bytes(8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((H + b"x", N, 1), "data_hashes: 33 bytes are not a whole number of rows (32 bytes each)"),
        (([H, b"ab"], [N, N], 1), "data_hashes[1]: 6162 has 2 bytes (32 bytes)"),
        (([H, "00" * 32], [N, N], 1), f"data_hashes[1]: {'00' * 32} is not bytes (32 bytes)"),
        (("00" * 32, N, 1), f"data_hashes: {'00' * 32} is neither bytes nor a sequence of bytes (32 bytes each)"),
        ((None, N, 1), "data_hashes: None is neither bytes nor a sequence of bytes (32 bytes each)"),
        ((array("Q", [0] * 4), N, 1), "data_hashes[0]: 0 is not bytes (32 bytes)"),
        ((memoryview(array("Q", [0])), N, 1), "data_hashes: buffer of format Q does not hold bytes (32 bytes each)"),
        ((np.zeros((1, 32)), N, 1), "data_hashes: array of float64 has the wrong type (uint8, shape (n, 32))"),
        ((np.zeros(32, np.uint8), N, 1), "data_hashes: shape (32,) is wrong (uint8, shape (n, 32))"),
        ((H, b"1234567", 1), "nonces: 7 bytes are not a whole number of rows (8 bytes each)"),
        ((H, N + N, 1), "nonces: 2 nonces are not one for each data hash (1)"),
        ((H, np.zeros((1, 9), np.uint8), 1), "nonces: shape (1, 9) is wrong (uint8, shape (n, 8))"),
        ((H, N, -1), f"difficulties: -1 is out of range (0 … {MAX})"),
        ((H, N, MAX + 1), f"difficulties: {MAX + 1} is out of range (0 … {MAX})"),
        ((H, N, 1.0), f"difficulties: 1.0 is not an integer (0 … {MAX})"),
        ((H, N, True), f"difficulties: True is not an integer (0 … {MAX})"),
        ((H, N, None), f"difficulties: None is not an integer (0 … {MAX})"),
        ((H, N, "1"), f"difficulties: 1 is not an integer (0 … {MAX})"),
        ((H + H, N + N, [1, -5]), f"difficulties[1]: -5 is out of range (0 … {MAX})"),
        ((H + H, N + N, [1, 2.5]), f"difficulties[1]: 2.5 is not an integer (0 … {MAX})"),
        ((H + H, N + N, [1]), "difficulties: 1 difficulties are not one for each data hash (2, or one integer)"),
        ((H + H, N + N, np.array([1, -5])), f"difficulties[1]: -5 is out of range (0 … {MAX})"),
        ((H, N, np.array([1.0])), "difficulties: array of float64 has the wrong type (an integer type, shape (n,))"),
        ((H, N, np.array([True])), "difficulties: array of bool has the wrong type (an integer type, shape (n,))"),
        ((H, N, np.array([[1]])), "difficulties: shape (1, 1) is wrong (an integer type, shape (n,))"),
        ((H, N, array("q", [1])), "difficulties: buffer of format q is wrong (unsigned 64-bit, n of them)"),
        ((H, N, array("d", [1])), "difficulties: buffer of format d is wrong (unsigned 64-bit, n of them)"),
    ],
)  # fmt: skip
def test_bad_input_is_named(arguments: tuple[Any, Any, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_many(*arguments)
    assert str(caught.value) == message


def test_numpy_is_not_needed() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from powplasma.kernels import check_many\n"
        "print(check_many(bytes(64), bytes(16), [1, 2**64 - 1]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[True, False]\n"
