"""The drop-in for znn-sdk: refuses what it refuses, finds what it finds, and its own check takes the result."""

import asyncio
import random
import sys
from hashlib import sha3_256

import pytest

from powplasma.errors import DifficultyTooHigh, InvalidInput, SearchCancelled
from powplasma.integrations import znn_sdk
from powplasma.work import check

ABSENT = "znn-sdk is not installed (extra peers, Python 3.12 or newer)"
HASH = sha3_256(b"a block").hexdigest()

BAD = [
    ((HASH.upper(), 5), ValueError),
    ((HASH[:-1], 5), ValueError),
    ((HASH + "0", 5), ValueError),
    (("g" * 64, 5), ValueError),
    (("  " + HASH[:-2], 5), ValueError),
    ((HASH[:-1] + "\n", 5), ValueError),
    ((bytes(32), 5), ValueError),
    ((None, 5), ValueError),
    ((HASH, -1), ValueError),
    ((HASH, 2**64), ValueError),
    ((HASH, True), ValueError),
    ((HASH, 5.0), ValueError),
    ((HASH, "5"), ValueError),
    ((HASH, 141_750_001), ValueError),
    ((HASH, 5, b"1234567"), ValueError),
    ((HASH, 5, bytes(9)), ValueError),
    ((HASH, 5, "00" * 8), TypeError),
    ((HASH, 5, 7), TypeError),
    ((HASH, 5, None, "cancel"), TypeError),
    ((HASH, 0, None, 7), TypeError),
]


@pytest.mark.parametrize(("arguments", "error"), BAD, ids=str)
def test_bad_arguments_are_refused(arguments, error) -> None:
    with pytest.raises(error):
        znn_sdk.generate(*arguments)


@pytest.mark.parametrize(("arguments", "error"), BAD, ids=str)
def test_the_sdk_refuses_the_same(arguments, error) -> None:
    peer = pytest.importorskip("znn.pow", reason=ABSENT)
    with pytest.raises(error):
        peer.generate(*arguments)


@pytest.mark.parametrize("difficulty", [1, 2, 1_000, 50_000, 1_000_000])
def test_nonces_are_good(difficulty) -> None:
    assert check(HASH, znn_sdk.generate(HASH, difficulty), difficulty)
    assert check(HASH, asyncio.run(znn_sdk.provide(HASH, difficulty)), difficulty)
    assert check(HASH, znn_sdk.generate(HASH, difficulty, cancel=lambda: False), difficulty)


def test_difficulty_0_gives_the_zero_nonce() -> None:
    assert znn_sdk.generate(HASH, 0) == "0" * 16 == asyncio.run(znn_sdk.provide(HASH, 0))


def test_the_sdk_takes_the_nonces() -> None:
    peer = pytest.importorskip("znn.pow", reason=ABSENT)
    for difficulty in (0, 1, 2, 1_500, 100_000, 3_000_000):
        assert peer.verify(HASH, difficulty, znn_sdk.generate(HASH, difficulty))
        assert peer.verify(HASH, difficulty, asyncio.run(znn_sdk.provide(HASH, difficulty)))


def test_the_same_start_leads_to_the_same_nonce() -> None:
    peer = pytest.importorskip("znn.pow", reason=ABSENT)
    source = random.Random(7)
    starts = [source.randbytes(8) for _ in range(5)] + [bytes(8), b"\xff" * 8, bytearray(8), memoryview(bytes(8))]
    for start in starts:
        assert znn_sdk.generate(HASH, 3_000, start) == peer.generate(HASH, 3_000, start)


def test_a_search_can_be_cancelled() -> None:
    calls = []

    def cancel() -> bool:
        calls.append(1)
        return len(calls) > 3

    def search_on() -> None:
        while True:  # until one is cancelled: a nonce may be found before by luck
            znn_sdk.generate(HASH, 141_750_000, cancel=cancel)

    with pytest.raises((RuntimeError, SearchCancelled), match="was cancelled"):
        search_on()
    assert len(calls) == 4
    with pytest.raises((RuntimeError, SearchCancelled)):
        znn_sdk.generate(HASH, 1, cancel=lambda: True)


def test_the_error_of_a_cancelled_search_is_that_of_the_sdk() -> None:
    peer = pytest.importorskip("znn.pow", reason=ABSENT)
    with pytest.raises(peer.PowCancelledError):
        znn_sdk.generate(HASH, 1_000, cancel=lambda: True)


def test_errors_are_those_of_powplasma_too() -> None:
    with pytest.raises(DifficultyTooHigh, match="141750001 is out of range"):
        znn_sdk.generate(HASH, 141_750_001)
    with pytest.raises(InvalidInput, match="hash_hex"):
        asyncio.run(znn_sdk.provide("x", 5))


def test_without_the_sdk_install_says_so(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "znn.sdk", None)
    with pytest.raises(znn_sdk.NotInstalled, match=r"pip install 'powplasma\[peers\]'"):
        znn_sdk.install()


def test_the_sdk_works_with_it() -> None:
    sdk = pytest.importorskip("znn.sdk", reason=ABSENT)
    transactions = pytest.importorskip("znn.wallet.transact", reason=ABSENT)
    znn_sdk.install()
    try:
        assert sdk.zenon.pow_provider is znn_sdk.provide
    finally:
        sdk.zenon.clear_pow_provider()
    own = sdk.Zenon()
    znn_sdk.install(own)
    transact = transactions.Transact("00" * 32, pow_provider=own.pow_provider)
    nonce = asyncio.run(transact._generate_nonce(HASH, 200_000))
    assert check(HASH, nonce, 200_000)
