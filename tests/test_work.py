"""The exact rule against the published vectors, and its own laws."""

import json
from pathlib import Path
from typing import Any

import pytest
from Crypto.Hash import SHA3_256
from hypothesis import assume, given
from hypothesis import strategies as st

import powplasma as pp
from powplasma.work import MAX_DIFFICULTY, U64, counter_of_nonce, difficulty_of_prefix, nonce_of_counter, prefix

VECTORS = json.loads((Path(__file__).parent / "vectors" / "pow.json").read_text())
Case = dict[str, Any]

difficulties = st.integers(0, MAX_DIFFICULTY) | st.sampled_from([0, 1, 2, 2**32, 2**63 - 1, 2**63, 2**63 + 1, U64 - 1])


def test_the_vectors_are_all_there() -> None:
    assert [len(VECTORS[part]) for part in ("cases", "thresholds", "comparisons")] == [170, 76, 88]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_cases(case: Case) -> None:
    nonce, difficulty = case["nonce"], int(case["difficulty"])
    data_hash = bytes.fromhex(case["dataHash"])
    if case["address"] is not None:
        assert pp.data_hash(case["address"], case["previousHash"]) == data_hash
    assert prefix(data_hash, bytes.fromhex(nonce)) == int(case["prefix"])
    assert pp.threshold(difficulty) == int(case["threshold"])
    assert pp.check(data_hash, nonce, difficulty) is case["valid"]
    assert (pp.achieved_difficulty(data_hash, nonce) >= difficulty) is case["valid"]


@pytest.mark.parametrize("case", VECTORS["thresholds"], ids=lambda case: case["difficulty"])
def test_thresholds(case: Case) -> None:
    threshold = pp.threshold(int(case["difficulty"]))
    assert threshold == int(case["threshold"])
    assert threshold.to_bytes(8, "little").hex() == case["thresholdBytesLE"]


@pytest.mark.parametrize("case", VECTORS["comparisons"], ids=lambda case: case["prefixBytes"] + case["thresholdBytes"])
def test_comparisons(case: Case) -> None:
    found, wanted = (int.from_bytes(bytes.fromhex(case[key]), "little") for key in ("prefixBytes", "thresholdBytes"))
    assert (found, wanted) == (int(case["prefix"]), int(case["threshold"]))
    assert (found >= wanted) is case["meets"]


@given(st.integers(0, U64 - 1))
def test_a_prefix_satisfies_exactly_the_difficulties_up_to_its_own(found: int) -> None:
    achieved = difficulty_of_prefix(found)
    assert pp.threshold(achieved) <= found
    assume(achieved < MAX_DIFFICULTY)
    assert pp.threshold(achieved + 1) > found


@given(difficulties, difficulties)
def test_thresholds_grow_with_the_difficulty(a: int, b: int) -> None:
    assert pp.threshold(min(a, b)) <= pp.threshold(max(a, b)) < U64


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=8, max_size=8), difficulties)
def test_check_agrees_with_another_sha3_and_an_integer_inequality(
    data_hash: bytes, nonce: bytes, difficulty: int
) -> None:
    missing = U64 - int.from_bytes(SHA3_256.new(nonce + data_hash).digest()[:8], "little")
    assert pp.check(data_hash, nonce, difficulty) == (difficulty <= 1 or missing * difficulty <= U64)


@given(st.integers(0, U64 - 1))
def test_a_counter_is_a_nonce_read_little_endian(counter: int) -> None:
    assert counter_of_nonce(nonce_of_counter(counter)) == counter


def test_counter_4781497_is_written_as_the_network_writes_it() -> None:
    assert nonce_of_counter(4_781_497).hex() == "b9f5480000000000"


def test_text_and_bytes_give_the_same_data_hash() -> None:
    case = next(case for case in VECTORS["cases"] if case["address"])
    raw_address, raw_hash = pp.address.parse_address(case["address"]), bytes.fromhex(case["previousHash"])
    assert pp.data_hash(raw_address, raw_hash).hex() == case["dataHash"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("00" * 31 + "0", bytes(8), 1), "data_hash"),
        (("0x" + "00" * 31, bytes(8), 1), "data_hash"),
        ((" " + "00" * 31 + "0", bytes(8), 1), "data_hash"),
        ((5, bytes(8), 1), "data_hash"),
        ((bytes(32), "00" * 7 + "0", 1), "nonce"),
        ((bytes(32), bytes(9), 1), "nonce"),
        ((bytes(32), "0_00000000000000", 1), "nonce"),
        ((bytes(32), bytes(8), -1), "difficulty"),
        ((bytes(32), bytes(8), U64), "difficulty"),
        ((bytes(32), bytes(8), 1.5), "difficulty"),
        ((bytes(32), bytes(8), "1"), "difficulty"),
    ],
)
def test_bad_values_are_named(arguments: tuple[Any, Any, Any], field: str) -> None:
    with pytest.raises(pp.InvalidInput) as failure:
        pp.check(*arguments)
    assert failure.value.field == field


@pytest.mark.parametrize("previous_hash", ["00" * 31 + "0", "", bytes(31), None])
def test_a_bad_previous_hash_is_named(previous_hash: Any) -> None:
    with pytest.raises(pp.InvalidInput, match="previous_hash: "):
        pp.data_hash(bytes(20), previous_hash)


@pytest.mark.parametrize("address", [bytes(19), bytes(21), 7, None])
def test_a_bad_address_is_named(address: Any) -> None:
    with pytest.raises(pp.InvalidInput, match="address: "):
        pp.data_hash(address, bytes(32))
