"""The published vectors, against every kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from powplasma.kernels import Kernel, check_many

POW: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors" / "pow.json").read_text())
CASES = POW["cases"]
PREFIXES = [
    (bytes.fromhex(case["dataHash"]), bytes.fromhex(case["nonce"]), int(case["prefix"])) for case in POW["cases"]
]


def test_the_set_is_whole() -> None:
    assert (len(CASES), len(POW["thresholds"]), len(POW["comparisons"])) == (170, 76, 88)
    assert sum(case["valid"] for case in CASES) == 70


def test_search_of_one_nonce_agrees_with_every_case(kernel: Kernel) -> None:
    for case in CASES:
        counter = int.from_bytes(bytes.fromhex(case["nonce"]), "little")
        data_hash, least = bytes.fromhex(case["dataHash"]), int(case["threshold"])
        result = kernel.search(data_hash, counter, 1, least)
        assert result.counter == (counter if case["valid"] else None), case["id"]
        assert result.hashes == 1
        own = int(case["prefix"])
        assert kernel.search(data_hash, counter, 1, own).counter == counter, case["id"]
        if own < 2**64 - 1:
            assert kernel.search(data_hash, counter, 1, own + 1).counter is None, case["id"]


def test_check_many_agrees_with_every_case(kernel: Kernel) -> None:
    good = check_many(
        b"".join(bytes.fromhex(case["dataHash"]) for case in CASES),
        b"".join(bytes.fromhex(case["nonce"]) for case in CASES),
        [int(case["difficulty"]) for case in CASES],
        kernel=kernel.name,
    )
    assert good == [case["valid"] for case in CASES]


def test_the_first_good_nonce_from_zero(kernel: Kernel) -> None:
    reach = {1: 30_000, 2: 200_000}.get(kernel.lanes, 3_000_000)
    firsts = [case for case in CASES if case["category"] == "first-from-zero" and case["valid"]]
    assert len(firsts) == 13
    for case in firsts:
        counter = int.from_bytes(bytes.fromhex(case["nonce"]), "little")
        if counter < reach:
            result = kernel.search(bytes.fromhex(case["dataHash"]), 0, 2**64 - 1, int(case["threshold"]))
            assert (result.counter, result.hashes) == (counter, counter + 1), case["id"]


def test_check_many_knows_every_threshold(kernel: Kernel) -> None:
    """check_many never computes a threshold, so the published ones are held against its verdicts."""
    difficulties = [int(row["difficulty"]) for row in POW["thresholds"]]
    thresholds = [int(row["threshold"]) for row in POW["thresholds"]]
    for data_hash, nonce, own in PREFIXES:
        works = len(difficulties)
        good = check_many(data_hash * works, nonce * works, difficulties, kernel=kernel.name)
        assert good == [own >= threshold for threshold in thresholds]


def test_comparisons_hold_for_thresholds_as_far_from_a_prefix(kernel: Kernel) -> None:
    """A kernel takes no prefix, so each published pair is moved to where a nonce has its prefix."""
    judged = 0
    for row in POW["comparisons"]:
        distance = int(row["threshold"]) - int(row["prefix"])
        for data_hash, nonce, own in PREFIXES:
            if 0 <= own + distance < 2**64:
                result = kernel.search(data_hash, int.from_bytes(nonce, "little"), 1, own + distance)
                assert (result.counter is not None) == row["meets"], row
                judged += 1
                break
    assert judged >= 80
