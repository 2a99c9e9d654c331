"""``powplasma generate --input``: many blocks, one answer per line."""

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from powplasma_cli.jsonl import MAX_LINE_BYTES, parse_object, read_lines

from powplasma.errors import InvalidInput
from powplasma.files import other_encoding

from .conftest import ADDRESS, PROGRAM, ZERO_HASH, Run, data_hashes, is_good, write_lines

ONE = {"data_hash": ZERO_HASH, "difficulty": 50}


def test_answers_come_in_input_order_with_their_ids(program: Run, tmp_path: Path) -> None:
    hashes = data_hashes(30)
    lines = [{"id": f"block {i}", "data_hash": each, "difficulty": 1 + 997 * i} for i, each in enumerate(hashes)]
    done = program("generate", "--input", write_lines(tmp_path / "in.jsonl", *lines))
    assert done.code == 0
    assert [record["line"] for record in done.records] == list(range(1, 31))
    assert [record["id"] for record in done.records] == [line["id"] for line in lines]
    for line, record in zip(lines, done.records, strict=True):
        assert record["data_hash"] == line["data_hash"]
        assert record["difficulty"] == str(line["difficulty"])
        assert is_good(record["data_hash"], record["nonce"], int(record["achieved_difficulty"]))
    assert done.err.startswith("30 lines: 30 found, 0 not found, 0 bad")


def test_options_give_defaults_that_a_line_overrides(call: Run, tmp_path: Path) -> None:
    lines = [
        {"data_hash": ZERO_HASH},
        {"data_hash": ZERO_HASH, "plasma": 2},
        {"address": ADDRESS, "previous_hash": ZERO_HASH, "difficulty": "17"},
    ]
    done = call("generate", "--input", write_lines(tmp_path / "in.jsonl", *lines), "--difficulty", "9")
    assert [record["difficulty"] for record in done.records] == ["9", "3000", "17"]


def test_a_bad_default_is_an_error_of_the_option(call: Run, tmp_path: Path) -> None:
    done = call("generate", "--input", write_lines(tmp_path / "in.jsonl", ONE), "--difficulty", "0")
    assert (done.code, done.out) == (2, "")
    assert done.problem.startswith("Error: --difficulty: 0 is out of range")


BAD_LINES = [
    ("{", "line", "is not JSON"),
    ("nonsense", "line", "is not JSON"),
    ("[1]", "line", "is not an object"),
    ("5", "line", "is not an object"),
    ("[" * 30000, "line", "is nested too deeply"),
    ('{"difficulty": NaN}', "line", "has NaN, which is not JSON"),
    ('{"difficulty": 1, "difficulty": 2}', "line", "has the key 'difficulty' twice"),
    ('{"difficulty": ' + "9" * 5000 + "}", "line", "has a number of 5000 digits"),
    (json.dumps({**ONE, "difficulty": 1.5}), "difficulty", "is not an integer"),
    (json.dumps({**ONE, "difficulty": 1e3}), "difficulty", "is not an integer"),
    (json.dumps({**ONE, "difficulty": True}), "difficulty", "is not an integer"),
    (json.dumps({**ONE, "difficulty": None}), "difficulty", "is not an integer"),
    (json.dumps({**ONE, "difficulty": [1]}), "difficulty", "is not an integer"),
    (json.dumps({**ONE, "difficulty": 0}), "difficulty", "is out of range"),
    (json.dumps({**ONE, "difficulty": -5}), "difficulty", "is out of range"),
    (json.dumps({**ONE, "difficulty": 2**64}), "difficulty", "is out of range"),
    (json.dumps({**ONE, "difficulty": 141_750_001}), "difficulty", "is out of range"),
    (json.dumps({**ONE, "plasma": 1}), "plasma", "is given beside a difficulty"),
    (json.dumps({"data_hash": ZERO_HASH}), "difficulty", "is missing"),
    (json.dumps({"difficulty": 5}), "data_hash", "is missing"),
    (json.dumps({"data_hash": int("1" * 64), "difficulty": 5}), "data_hash", "is not text"),
    (json.dumps({"data_hash": ZERO_HASH[1:], "difficulty": 5}), "data_hash", "has 63 characters"),
    (json.dumps({"address": ADDRESS, "difficulty": 5}), "previous_hash", "is missing"),
    (json.dumps({"address": ADDRESS[:-1] + "3", "previous_hash": ZERO_HASH}), "address", "has a wrong checksum"),
    (json.dumps({**ONE, "dificulty": 5}), "dificulty", "has an unknown key; did you mean 'difficulty'?"),
    (json.dumps({**ONE, "id": 1.5}), "id", "is not usable"),
]


@pytest.mark.parametrize(("bad", "field", "problem"), BAD_LINES, ids=[line[:30] for line, _, _ in BAD_LINES])
def test_a_bad_line_is_answered_in_its_place(call: Run, tmp_path: Path, bad: str, field: str, problem: str) -> None:
    done = call("generate", "--input", write_lines(tmp_path / "in.jsonl", ONE, bad, {**ONE, "id": 3}))
    assert done.code == 2
    first, second, third = done.records
    assert is_good(ZERO_HASH, first["nonce"], 50)
    assert is_good(ZERO_HASH, third["nonce"], 50)
    assert (second["line"], third["line"], third["id"]) == (2, 3, 3)
    assert list(second["error"]) == ["field", "value", "problem", "accepted"]
    assert (second["error"]["field"], second["error"]["problem"][: len(problem)]) == (field, problem)
    error, summary = done.err.splitlines()
    assert error.startswith("Error: line 2")
    assert problem in error
    assert len(error) < 400
    assert summary.startswith("3 lines: 2 found, 0 not found, 1 bad")


def test_lines_that_are_no_text_or_too_long(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    good = json.dumps(ONE).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\xff\xfe\n" + b" " * MAX_LINE_BYTES * 5 + b"x\n" + good)
    done = call("generate", "--input", path)
    assert done.code == 2
    assert [record.get("error", {}).get("problem") for record in done.records] == [
        None,
        "is not UTF-8 at byte 1",
        "is too long",
        None,
    ]


def test_blank_lines_count_but_are_not_answered(call: Run, tmp_path: Path) -> None:
    done = call("generate", "--input", write_lines(tmp_path / "in.jsonl", "", ONE, "  ", ONE, "", ""))
    assert done.code == 0
    assert [record["line"] for record in done.records] == [2, 4]


def test_a_line_that_is_not_found_is_1_unless_one_is_bad(call: Run, tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "in.jsonl", {**ONE, "difficulty": 10**8, "id": "hard"}, {**ONE, "difficulty": 1})
    done = call("generate", "--input", lines, "--max-hashes", "50", "--start-nonce", "00" * 8)
    assert done.code == 1
    assert [record.get("found", True) for record in done.records] == [False, True]
    assert done.records[0]["id"] == "hard"
    assert done.err.startswith("Line 1: not found: ")
    with lines.open("a") as file:
        file.write("x\n")
    assert call("generate", "--input", lines, "--max-hashes", "50").code == 2


def test_a_time_limit_is_for_each_line(program: Run, tmp_path: Path) -> None:
    hard = {**ONE, "difficulty": 2**60}
    lines = write_lines(tmp_path / "in.jsonl", hard, hard, {**ONE, "difficulty": 1})  # that takes no time
    done = program("generate", "--input", lines, "--timeout", "1", "--allow-any-difficulty")
    assert [record.get("found", True) for record in done.records] == [False, False, True]


def test_an_empty_file_is_done(call: Run, tmp_path: Path) -> None:
    done = call("generate", "--input", write_lines(tmp_path / "in.jsonl"))
    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("path", ["absent.jsonl", "."])
def test_an_input_that_cannot_be_read(call: Run, tmp_path: Path, path: str) -> None:
    done = call("generate", "--input", tmp_path / path)
    assert done.code == 2
    assert "cannot be read" in done.problem


def test_a_line_is_answered_before_the_next_one_is_sent() -> None:
    with subprocess.Popen(
        [PROGRAM, "generate", "--input", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, data_hash in enumerate(data_hashes(3), 1):
            process.stdin.write(json.dumps({"data_hash": data_hash, "difficulty": 100}).encode() + b"\n")
            process.stdin.flush()
            record = json.loads(process.stdout.readline())
            assert (record["line"], record["data_hash"]) == (number, data_hash)
        process.communicate()
        assert process.returncode == 0


@given(st.lists(st.binary(max_size=30)), st.binary(max_size=5))
def test_lines_are_those_of_the_file_however_it_arrives(lines: list[bytes], end: bytes) -> None:
    content = b"\n".join([*lines, end])
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    expected = [(i, line.strip()) for i, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    other = other_encoding(content.partition(b"\n")[0])
    if other:
        with pytest.raises(InvalidInput, match=f"is {other} text"):
            list(read_lines(reader))
    elif not content.startswith(b"\xef\xbb\xbf"):
        assert list(read_lines(reader)) == expected


@given(st.integers(0, 3 * MAX_LINE_BYTES), st.integers(0, 3 * MAX_LINE_BYTES))
def test_only_lines_within_the_limit_are_held(first: int, second: int) -> None:
    reader, writer = os.pipe()
    content = b"a" * first + b"\n" + b"b" * second + b"\nc"

    def send() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(content)

    sender = threading.Thread(target=send)
    sender.start()
    found = dict(read_lines(reader))
    sender.join()
    for number, length in ((1, first), (2, second)):
        if length > MAX_LINE_BYTES:
            assert isinstance(found[number], InvalidInput)
        elif length:
            assert len(found[number]) == length  # type: ignore[arg-type]
    assert found[3] == b"c"


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.lists(st.booleans())))
def test_every_json_object_is_read_as_json_reads_it(value: dict[str, object]) -> None:
    assert parse_object(json.dumps(value).encode()) == value
