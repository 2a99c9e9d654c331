"""``powplasma generate --resume``: only answers to this input are kept, and nothing is overwritten."""

import fcntl
import json
from pathlib import Path

import pytest

from .conftest import Done, Run, data_hashes, write_lines

DIFFICULTY = 300


@pytest.fixture
def batch(tmp_path: Path, call: Run) -> tuple[Path, Path]:
    """An input with a bad line, a blank one and one that is not found, and its complete output."""
    lines: list[object] = [
        {"id": i, "data_hash": each, "difficulty": DIFFICULTY} for i, each in enumerate(data_hashes(6))
    ]
    lines[2] = "no json"
    lines[3] = {"data_hash": data_hashes(4)[3], "difficulty": 2**62}
    lines.insert(5, "")
    source, output = write_lines(tmp_path / "in.jsonl", *lines), tmp_path / "out.jsonl"
    assert run(call, source, output).code == 2
    return source, output


def run(call: Run, source: Path, output: Path, *options: str) -> Done:
    limits = ("--allow-any-difficulty", "--max-hashes", "10000")
    return call("generate", "--input", source, "--output", output, *limits, *options)


def test_a_finished_batch_is_left_as_it_is(call: Run, batch: tuple[Path, Path]) -> None:
    before = batch[1].read_bytes()
    done = run(call, *batch, "--resume")
    assert done.code == 2
    assert "6 lines (6 of them before): 4 found, 1 not found, 1 bad" in done.err
    assert batch[1].read_bytes() == before


@pytest.mark.parametrize("cut", [1, 60, 200, 400, 700, 1000])
def test_a_line_cut_short_is_searched_again(call: Run, batch: tuple[Path, Path], cut: int) -> None:
    source, output = batch
    whole = output.read_bytes()
    output.write_bytes(whole[:-cut])
    assert run(call, source, output, "--resume").code == 2
    complete = whole[:-cut].rpartition(b"\n")[0]
    assert output.read_bytes().startswith(complete)
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["line"] for record in records] == [1, 2, 3, 4, 5, 7]


def test_without_resume_an_output_is_not_touched(call: Run, batch: tuple[Path, Path]) -> None:
    before = batch[1].read_bytes()
    done = run(call, *batch)
    assert done.code == 2
    assert "is there already" in done.problem
    assert batch[1].read_bytes() == before


FORGERIES = {
    "another nonce": lambda line: json.dumps({**json.loads(line), "nonce": "00" * 8}),
    "no nonce": lambda line: json.dumps({**json.loads(line), "nonce": None}),
    "a nonce of 15 digits": lambda line: json.dumps({**json.loads(line), "nonce": "0" * 15}),
    "another difficulty": lambda line: json.dumps({**json.loads(line), "difficulty": "299"}),
    "another data hash": lambda line: json.dumps({**json.loads(line), "data_hash": "0" * 64}),
    "another line": lambda line: json.dumps({**json.loads(line), "line": 7}),
    "another id": lambda line: json.dumps({**json.loads(line), "id": "x"}),
    "an error": lambda line: json.dumps({"line": 2, "id": 1, "error": {}}),
    "no json": lambda line: line[:-1],
}


@pytest.mark.parametrize("name", FORGERIES)
def test_an_answer_to_something_else_is_refused(call: Run, batch: tuple[Path, Path], name: str) -> None:
    source, output = batch
    lines = output.read_text().splitlines()
    lines[1] = FORGERIES[name](lines[1])
    output.write_text("\n".join(lines) + "\nrest")
    before = output.read_bytes()
    done = run(call, source, output, "--resume")
    assert done.code == 2
    assert "has a line 2 that cannot be kept" in done.problem
    assert output.read_bytes() == before


def test_more_answers_than_lines_are_refused(call: Run, batch: tuple[Path, Path]) -> None:
    source, output = batch
    write_lines(source, *source.read_text().splitlines()[:3])
    done = run(call, source, output, "--resume")
    assert done.code == 2
    assert "has a line 4 that cannot be kept: there is no line of the input for it" in done.problem


def test_a_line_that_was_bad_and_is_not_any_more_is_refused(call: Run, batch: tuple[Path, Path]) -> None:
    source, output = batch
    lines = source.read_text().splitlines()
    write_lines(source, *lines[:2], {"data_hash": "0" * 64, "difficulty": 5}, *lines[3:])
    assert "has a line 3 that cannot be kept" in run(call, source, output, "--resume").problem


def test_resume_begins_a_batch_whose_output_is_not_there(call: Run, batch: tuple[Path, Path]) -> None:
    source, output = batch
    output.unlink()
    run(call, source, output, "--resume")
    assert output.read_bytes().count(b"\n") == 6


def test_an_output_that_another_run_is_writing(call: Run, batch: tuple[Path, Path]) -> None:
    with batch[1].open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "is being written by another run" in run(call, *batch, "--resume").problem


@pytest.mark.parametrize("output", ["-", "/dev/null", "."])
def test_outputs_that_cannot_be_continued(call: Run, batch: tuple[Path, Path], output: str) -> None:
    done = call("generate", "--input", batch[0], "--output", output, "--resume")
    assert done.code == 2
    assert "--output" in done.problem


def test_resume_needs_an_output(call: Run, batch: tuple[Path, Path]) -> None:
    assert "--output is missing" in call("generate", "--input", batch[0], "--resume").problem
