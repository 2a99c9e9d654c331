"""``powplasma verify``: one nonce, and files of works."""

import csv
import json
from pathlib import Path

import pytest

from .conftest import ADDRESS, VECTORS, ZERO_HASH, Run, data_hashes, write_lines

CASES = [case for case in VECTORS["cases"] if case["category"] != "trap"]
GOOD = {"data_hash": ZERO_HASH, "nonce": "1e5ed70100000000", "difficulty": "10000000"}
BAD = {**GOOD, "nonce": "1f5ed70100000000"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_published_case_is_judged_as_published(call: Run, case: dict[str, str]) -> None:
    done = call(
        "verify",
        "--data-hash",
        case["dataHash"],
        "--nonce",
        case["nonce"],
        "--difficulty",
        case["difficulty"],
        "--json",
    )
    record = done.record
    assert done.code == (0 if case["valid"] else 1)
    assert record["valid"] is case["valid"]
    assert record["threshold"] == case["threshold"]
    assert record["prefix"] == case["prefix"]
    assert (record["data_hash"], record["nonce"]) == (case["dataHash"], case["nonce"])
    assert record["difficulty"] == case["difficulty"]
    assert (int(record["achieved_difficulty"]) >= int(case["difficulty"])) is case["valid"] or case["difficulty"] == "0"
    if case["address"]:
        both = ("--address", case["address"], "--previous-hash", case["previousHash"])
        assert call("verify", *both, "--nonce", case["nonce"], "--difficulty", case["difficulty"]).code == done.code


def test_words_for_people(program: Run) -> None:
    done = program("verify", "--data-hash", ZERO_HASH, "--nonce", GOOD["nonce"], "--difficulty", "10000000")
    assert (done.code, done.out, done.err) == (
        0,
        "valid: asked for difficulty 10000000, achieved 13186292\n",
        "",
    )
    done = program("verify", "--data-hash", ZERO_HASH, "--nonce", GOOD["nonce"], "--difficulty", "13186293")
    assert (done.code, done.out.split(":")[0]) == (1, "invalid")


@pytest.mark.parametrize("difficulty", ["0", "1"])
def test_difficulties_that_ask_for_nothing_are_named(call: Run, difficulty: str) -> None:
    done = call("verify", "--data-hash", ZERO_HASH, "--nonce", "0" * 16, "--difficulty", difficulty, "--json")
    assert done.code == 0
    assert done.err == f"Note: difficulty {difficulty} asks for nothing: every nonce is valid for it\n"
    assert done.record["threshold"] == "0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--nonce", "0" * 15, "--difficulty", "5"], "--nonce: 000000000000000 has 15 characters (16 hex digits)"),
        (["--nonce", "x" * 16, "--difficulty", "5"], "--nonce: xxxxxxxxxxxxxxxx is not hexadecimal"),
        (["--difficulty", "5"], "--nonce is missing"),
        (["--nonce", "0" * 16], "--difficulty is missing (0 … 18446744073709551615)"),
        (["--nonce", "0" * 16, "--difficulty", "-1"], "--difficulty: -1 is out of range (0 … 18446744073709551615)"),
        (["--nonce", "0" * 16, "--difficulty", "1.5"], "--difficulty: 1.5 is not an integer"),
        (["--nonce", "0" * 16, "--difficulty", str(2**64)], "is out of range (0 … 18446744073709551615)"),
        (["--nonce", "0" * 16, "--difficulty", "5", "--address", ADDRESS], "--previous-hash is missing"),
        (["--input", "x.jsonl"], "--input takes the place of"),
    ],
)
def test_bad_options(call: Run, options: list[str], words: str) -> None:
    done = call("verify", "--data-hash", ZERO_HASH, *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem


def published() -> list[dict[str, str]]:
    return [
        {"data_hash": case["dataHash"], "nonce": case["nonce"], "difficulty": case["difficulty"]}
        for case in VECTORS["cases"]
    ]


INVALID = [i for i, case in enumerate(VECTORS["cases"], 1) if not case["valid"]]


def test_a_file_of_the_published_cases(call: Run, tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "works.jsonl", *published())
    done = call("verify", "--input", lines, "--json")
    assert done.code == 1
    assert done.record == {
        "works": 170,
        "valid": 70,
        "invalid": 100,
        "unreadable": 0,
        "undemanding": sum(int(work["difficulty"]) < 2 for work in published()),
        "invalid_lines": INVALID,
        "unreadable_lines": [],
    }
    done = call("verify", "--input", lines, "--list", "3")
    assert done.out.splitlines() == [
        "170 works: 70 valid, 100 invalid",
        f"invalid: line {INVALID[0]}, {INVALID[1]}, {INVALID[2]} and 97 more",
    ]


@pytest.mark.parametrize("options", [[], ["--format", "csv"]])
def test_the_same_as_csv(call: Run, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / ("works.txt" if options else "works.CSV")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["note", "nonce", "difficulty", "data_hash"])
        writer.writeheader()
        writer.writerows({**work, "note": 'say "no", twice'} for work in published())
    done = call("verify", "--input", path, "--json", *options)
    assert done.code == 1
    assert done.record["works"] == 170
    assert done.record["invalid_lines"] == [line + 1 for line in INVALID]


def test_more_works_than_are_judged_at_once(call: Run, tmp_path: Path) -> None:
    lines = [GOOD] * 20_000
    lines[8191], lines[8192], lines[19_999] = BAD, BAD, BAD
    done = call("verify", "--input", write_lines(tmp_path / "works.jsonl", *lines), "--json")
    assert done.record["works"] == 20_000
    assert done.record["invalid_lines"] == [8192, 8193, 20_000]


def test_the_answers_of_generate_are_works(program: Run, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", *({"data_hash": each, "difficulty": 99} for each in data_hashes(9)))
    done = program("generate", "--input", source)
    verified = program("verify", "--input", "-", "--json", stdin=done.out)
    assert (verified.code, verified.record["valid"]) == (0, 9)


def test_a_line_without_difficulty_takes_that_of_the_option(call: Run, tmp_path: Path) -> None:
    work = {"data_hash": ZERO_HASH, "nonce": GOOD["nonce"]}
    lines = write_lines(tmp_path / "works.jsonl", work, {**work, "difficulty": 13_186_293})
    assert call("verify", "--input", lines, "--difficulty", "13186292", "--json").record["invalid_lines"] == [2]
    assert call("verify", "--input", lines).code == 2


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("{", "line"),
        (json.dumps({**GOOD, "nonce": 1234567890123456}), "nonce"),
        (json.dumps({**GOOD, "nonce": None}), "nonce"),
        (json.dumps({**GOOD, "difficulty": 1.5}), "difficulty"),
        (json.dumps({**GOOD, "difficulty": -1}), "difficulty"),
        (json.dumps({**GOOD, "data_hash": "00"}), "data_hash"),
        (json.dumps({**GOOD, "address": ADDRESS, "previous_hash": ZERO_HASH}), "data_hash"),
        (json.dumps({"line": 3, "error": {"field": "x"}}), "error"),
    ],
)
def test_an_unreadable_line_is_named_and_the_others_are_judged(call: Run, tmp_path: Path, bad: str, field: str) -> None:
    done = call("verify", "--input", write_lines(tmp_path / "works.jsonl", GOOD, bad, BAD), "--json")
    assert done.code == 2
    assert (done.record["valid"], done.record["invalid_lines"], done.record["unreadable"]) == (1, [3], 1)
    assert done.record["unreadable_lines"][0]["line"] == 2
    assert done.record["unreadable_lines"][0]["error"]["field"] == field
    assert done.problem.startswith("Error: line 2")


def test_csv_that_is_none(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "works.csv"
    path.write_text(f'nonce,data_hash,difficulty\n{GOOD["nonce"]},{ZERO_HASH}\n"x\n')
    done = call("verify", "--input", path, "--json")
    assert done.code == 2
    assert [line["line"] for line in done.record["unreadable_lines"]] == [2, 3]
    path.write_text(f"{GOOD['nonce']},{ZERO_HASH},5\n")
    done = call("verify", "--input", path)
    assert done.code == 2
    assert "is not a first line that names the columns" in done.problem


def test_only_so_many_unreadable_lines_are_named(call: Run, tmp_path: Path) -> None:
    done = call("verify", "--input", write_lines(tmp_path / "works.jsonl", *["x"] * 50), "--list", "2", "--json")
    assert (done.record["unreadable"], len(done.record["unreadable_lines"])) == (50, 2)
    assert done.err.splitlines()[2] == "Error: 48 more unreadable lines"
