"""Anchored work on the command line: ``generate``, ``verify``, and files of both."""

import json
from hashlib import sha3_256
from pathlib import Path

import pytest

from powplasma import anchored_data_hash

from .conftest import ADDRESS, ZERO_HASH, Run, is_good, write_lines

ANCHOR = sha3_256(b"a momentum").hexdigest()
OTHER = sha3_256(b"another").hexdigest()
DATA_HASH = anchored_data_hash(ADDRESS, ZERO_HASH, ANCHOR).hex()
PLACE = ["--address", ADDRESS, "--previous-hash", ZERO_HASH]
ANCHORED = ["--anchor-hash", ANCHOR, "--anchor-height", "990"]
WORK = ["--difficulty", "1000"]
TAIL = {"address": ADDRESS, "previous_hash": ZERO_HASH, "anchor_hash": ANCHOR, "anchor_height": "990"}


@pytest.fixture(scope="module")
def nonce() -> str:
    """A nonce that is good for the anchored data hash, and for no other of these tests."""
    found = (counter.to_bytes(8, "little").hex() for counter in range(1 << 30))
    others = anchored_data_hash(ADDRESS, ZERO_HASH, OTHER).hex(), sha3_256(bytes(52)).hexdigest()
    return next(n for n in found if is_good(DATA_HASH, n, 1000) and not any(is_good(h, n, 1000) for h in others))


def test_generate_searches_for_the_anchored_data_hash(program: Run) -> None:
    done = program("generate", *PLACE, *ANCHORED, *WORK, "--json")
    record = done.record
    assert done.code == 0
    assert record["data_hash"] == DATA_HASH
    assert {key: record[key] for key in TAIL} == TAIL
    assert is_good(DATA_HASH, record["nonce"], 1000)
    verified = program("verify", *PLACE, *ANCHORED, "--nonce", record["nonce"], *WORK, "--json").record
    assert (verified["valid"], verified["anchor_hash"], verified["anchor_height"]) == (True, ANCHOR, "990")
    assert not {"age", "reason"} & verified.keys()


def test_a_search_that_finds_nothing_says_what_it_was_for(call: Run) -> None:
    done = call("generate", *PLACE, *ANCHORED, "--difficulty", "141750000", "--max-hashes", "1", "--json")
    assert (done.code, done.record["found"]) == (1, False)
    assert {key: done.record[key] for key in TAIL} == TAIL


def test_work_without_an_anchor_is_what_it_was(call: Run) -> None:
    first = ["--start-nonce", "0" * 16, "--json"]
    record = call("generate", *PLACE, *WORK, *first).record
    assert not {"address", "previous_hash", "anchor_hash", "anchor_height"} & record.keys()
    assert record["data_hash"] != DATA_HASH
    assert record["nonce"] != call("generate", *PLACE, *ANCHORED, *WORK, *first).record["nonce"]


@pytest.mark.parametrize(
    ("frontier", "window", "age", "reason"),
    [
        ("990", "0", "0", None),
        ("1000", "10", "10", None),
        ("1001", "10", "11", "expired"),
        ("989", "10", "-1", "anchor_in_future"),
        (str(2**64 - 1), str(2**64 - 1), str(2**64 - 991), None),
    ],
)
def test_verify_asks_for_a_young_anchor(
    call: Run, nonce: str, frontier: str, window: str, age: str, reason: str | None
) -> None:
    asked = ["--frontier-height", frontier, "--window", window]
    done = call("verify", *PLACE, *ANCHORED, "--nonce", nonce, *WORK, *asked, "--json")
    assert done.code == (1 if reason else 0)
    assert (done.record["valid"], done.record["age"], done.record["reason"]) == (reason is None, age, reason)
    assert done.err.startswith("Note: an anchor is judged by its height")
    words = call("verify", *PLACE, *ANCHORED, "--nonce", nonce, *WORK, *asked)
    assert words.out.startswith("invalid: " if reason else "valid: ")
    assert words.code == done.code


def test_verify_tells_the_reasons_apart(call: Run, nonce: str) -> None:
    asked = ["--nonce", nonce, *WORK, "--frontier-height", "1000", "--window", "10", "--json"]
    bare = call("verify", *PLACE, *asked).record
    assert (bare["valid"], bare["age"], bare["reason"]) == (False, None, "anchor_missing")
    other = call("verify", *PLACE, "--anchor-hash", OTHER, "--anchor-height", "990", *asked).record
    assert (other["valid"], other["age"], other["reason"]) == (False, "10", "bad_nonce")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--anchor-hash", ANCHOR], "--anchor-height is missing"),
        (["--anchor-height", "5"], "--anchor-hash is missing"),
        (["--anchor-hash", ANCHOR[1:], "--anchor-height", "5"], "--anchor-hash: "),
        (["--anchor-hash", ANCHOR, "--anchor-height", "0"], "--anchor-height: 0 is out of range"),
        (["--anchor-hash", ANCHOR, "--anchor-height", "1.5"], "--anchor-height: 1.5 is not an integer"),
        (["--anchor-hash", ANCHOR, "--anchor-height", str(2**64)], "--anchor-height: 18446744073709551616 is out of"),
        ([*ANCHORED, "--data-hash", ZERO_HASH], "--data-hash: "),
    ],
)
@pytest.mark.parametrize("command", ["generate", "verify"])
def test_half_an_anchor_or_a_wrong_one_is_refused(call: Run, command: str, options: list[str], problem: str) -> None:
    nonce = ["--nonce", "0" * 16] if command == "verify" else []
    done = call(command, *PLACE, *options, *WORK, *nonce)
    assert (done.code, done.out) == (2, "")
    assert done.problem.startswith(f"Error: {problem}")


@pytest.mark.parametrize("command", ["generate", "verify"])
def test_a_data_hash_alone_does_not_show_an_anchor(call: Run, command: str) -> None:
    nonce = ["--nonce", "0" * 16] if command == "verify" else []
    assert call(command, "--data-hash", DATA_HASH, *ANCHORED, *WORK, *nonce).problem.startswith("Error: --address is")
    assert call(command, "--data-hash", DATA_HASH, *PLACE, *ANCHORED, *WORK, *nonce).code in (0, 1)


@pytest.mark.parametrize(
    ("expiry", "frontier", "credited", "reason"),
    [
        ("window:10", "1000", "1000", None),
        ("window:9", "1000", "0", "expired"),
        ("decay:10", "990", "1000", None),
        ("decay:10", "1000", "500", None),
        ("decay:10", "995", "707", None),  # floor(1000 / sqrt(2))
        ("decay:10", "1090", "0", None),  # 1000 / 2^10 is below 1, and yet 2^64 - 1 would count
        ("decay:1", "1054", "0", "expired"),  # 64 half-lives
        ("decay:10", "989", "0", "anchor_in_future"),
    ],
)
def test_verify_says_what_age_leaves(
    call: Run, nonce: str, expiry: str, frontier: str, credited: str, reason: str | None
) -> None:
    asked = ["--nonce", nonce, *WORK, "--frontier-height", frontier, "--expiry", expiry]
    done = call("verify", *PLACE, *ANCHORED, *asked, "--json")
    assert done.code == (1 if reason else 0)
    assert (done.record["credited_difficulty"], done.record["reason"]) == (credited, reason)
    words = call("verify", *PLACE, *ANCHORED, *asked).out
    assert (f"it counts for {credited}" in words) == (reason is None and credited != "1000")


def test_verify_credits_nothing_to_a_nonce_that_is_not_good(call: Run, nonce: str) -> None:
    asked = ["--nonce", nonce, *WORK, "--frontier-height", "1000", "--expiry", "decay:10", "--json"]
    done = call("verify", *PLACE, "--anchor-hash", OTHER, "--anchor-height", "990", *asked)
    assert (done.record["reason"], done.record["credited_difficulty"]) == ("bad_nonce", "0")


def test_a_window_is_short_for_an_expiry_and_never_is_no_judgement(call: Run, nonce: str) -> None:
    work = [*PLACE, *ANCHORED, "--nonce", nonce, *WORK, "--json"]
    frontier = ["--frontier-height", "1000"]
    long = call("verify", *work, *frontier, "--expiry", "window:9").record
    assert call("verify", *work, *frontier, "--window", "9").record == long
    assert call("verify", *work, "--expiry", "never").record == call("verify", *work).record
    both = call("verify", *work, *frontier, "--window", "9", "--expiry", "window:9")
    assert (both.code, both.out) == (2, "")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--window", "5"], "--frontier-height is missing"),
        (["--frontier-height", "5"], "--frontier-height: 5 is given, but never looks at no age"),
        (["--expiry", "decay:5"], "--frontier-height is missing"),
        (["--expiry", "decay:0", "--frontier-height", "5"], "--expiry: decay:0 is out of range"),
        (["--expiry", "decay", "--frontier-height", "5"], "--expiry: decay is no freshness policy"),
        (["--expiry", "window:-1", "--frontier-height", "5"], "--expiry: window:-1 is no freshness policy"),
        (["--window", str(2**64), "--frontier-height", "5"], "--window: 18446744073709551616 is out of range"),
        (["--window", "-1", "--frontier-height", "5"], "-1 is out of range"),
        (["--window", "1", "--frontier-height", "0"], "--frontier-height: 0 is out of range"),
        (["--window", "x", "--frontier-height", "5"], "--window: x is not an integer"),
    ],
)
def test_an_expiry_needs_a_frontier_and_a_number_in_range(call: Run, options: list[str], problem: str) -> None:
    done = call("verify", *PLACE, *ANCHORED, *WORK, "--nonce", "0" * 16, *options)
    assert (done.code, done.out) == (2, "")
    assert problem in done.problem


def test_a_batch_carries_anchors_and_its_answers_can_be_verified(program: Run, tmp_path: Path) -> None:
    place = {"address": ADDRESS, "previous_hash": ZERO_HASH}
    lines = [
        {**place, "anchor_hash": ANCHOR, "anchor_height": 990},
        {**place, "anchor_hash": OTHER, "anchor_height": "980"},
        place,
        {"data_hash": ZERO_HASH},
        {**place, "anchor_hash": ANCHOR},
    ]
    source = write_lines(tmp_path / "in.jsonl", *lines)
    done = program("generate", "--input", source, *WORK)
    first, second, third, fourth, fifth = done.records
    assert done.code == 2
    assert (first["anchor_hash"], first["anchor_height"], first["address"]) == (ANCHOR, "990", ADDRESS)
    assert second["anchor_height"] == "980"
    assert "anchor_hash" not in third.keys() | fourth.keys()
    assert fifth["error"]["field"] == "anchor_height"
    good = write_lines(tmp_path / "works.jsonl", first, second, third, fourth)
    assert program("verify", "--input", good, "--json").record["valid"] == 4
    judged = program("verify", "--input", good, "--window", "10", "--frontier-height", "1000", "--json")
    assert judged.code == 1
    assert judged.record["invalid_lines"] == [2, 3, 4]
    assert judged.record["refused"] == {"anchor_missing": 2, "expired": 1}
    assert program("verify", "--input", good, "--expiry", "decay:10", "--frontier-height", "1000", "--json").record[
        "refused"
    ] == {"anchor_missing": 2}
    words = program("verify", "--input", good, "--window", "10", "--frontier-height", "1000").out
    assert words.startswith("4 works: 1 valid, 3 invalid (2 anchor missing, 1 expired)\n")


def test_an_anchor_for_all_lines_and_a_batch_that_goes_on(program: Run, tmp_path: Path) -> None:
    place = {"address": ADDRESS, "previous_hash": ZERO_HASH, "difficulty": 100}
    source = write_lines(tmp_path / "in.jsonl", *[place] * 4)
    output = tmp_path / "out.jsonl"
    batch = ["generate", "--input", source, "--output", output]
    assert program(*batch, *ANCHORED).code == 0
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["anchor_hash"] for record in records] == [ANCHOR] * 4
    output.write_text("".join(output.read_text().splitlines(keepends=True)[:2]))
    assert program(*batch, *ANCHORED, "--resume").code == 0
    assert output.read_text().count("\n") == 4
    again = program(*batch, "--anchor-hash", ANCHOR, "--anchor-height", "991", "--resume")
    assert again.code == 2
    assert "line 1 of the input has another anchor" in again.problem
    assert "another data hash" in program(*batch, "--resume").problem


def test_csv_has_columns_for_anchors(call: Run, tmp_path: Path, nonce: str) -> None:
    path = tmp_path / "works.csv"
    head = "address,previous_hash,anchor_hash,anchor_height,nonce,difficulty"
    path.write_text(f"{head}\n{ADDRESS},{ZERO_HASH},{ANCHOR},990,{nonce},1000\n{ADDRESS},{ZERO_HASH},,,{nonce},1000\n")
    done = call("verify", "--input", path, "--json")
    assert (done.record["valid"], done.record["invalid_lines"]) == (1, [3])
