"""The main job: a nonce for a plain send of a real account, judged by everyone who can judge it."""

import hashlib
import json
from pathlib import Path

import pytest
from Crypto.Hash import SHA3_256

import powplasma as pp

PLAIN_SEND = 31_500_000
"""Difficulty of 21,000 plasma at 1,500 difficulty per plasma."""

CASE = next(
    case
    for case in json.loads((Path(__file__).parents[1] / "vectors" / "pow.json").read_text())["cases"]
    if case["category"] == "mainnet"
)


@pytest.fixture(scope="module")
def work(engine: pp.Engine) -> pp.Work:
    # In plain Python this would be a minute's work; the rule is the same for any difficulty.
    difficulty = PLAIN_SEND if engine.kernel != "python" else 200_000
    return engine.search(pp.data_hash(CASE["address"], CASE["previousHash"]), difficulty)


@pytest.mark.parametrize(
    "sha3",
    [lambda data: hashlib.sha3_256(data).digest(), lambda data: SHA3_256.new(data).digest()],
    ids=["hashlib", "pycryptodome"],
)
def test_the_nonce_is_good_by(sha3, work: pp.Work) -> None:  # type: ignore[no-untyped-def]
    prefix = int.from_bytes(sha3(work.nonce + bytes.fromhex(CASE["dataHash"]))[:8], "little")
    assert prefix >= 2**64 - 2**64 // work.difficulty


def test_the_nonce_is_good_by_the_check_of_the_python_sdk(work: pp.Work) -> None:
    peer = pytest.importorskip("znn.pow", reason="znn-sdk is not installed (extra peers, Python 3.12 or newer)")
    assert peer.verify(work.data_hash.hex(), work.difficulty, work.nonce.hex())
    spoilt = bytes([work.nonce[0] ^ 1]) + work.nonce[1:]
    assert not peer.verify(work.data_hash.hex(), work.difficulty, spoilt.hex())


def test_the_python_sdk_and_the_engine_find_the_same_first_nonce(engine: pp.Engine) -> None:
    peer = pytest.importorskip("znn.pow", reason="znn-sdk is not installed (extra peers, Python 3.12 or newer)")
    start = bytes.fromhex("fdffffffffffffff")
    ours = engine.search(CASE["dataHash"], 20_000, start_nonce=start)
    assert peer.generate(CASE["dataHash"], 20_000, start_nonce=start) == ours.nonce.hex()
