"""Another implementation, asked over JSON Lines."""

import shlex
import sys
from pathlib import Path

import pytest

from powplasma.conformance import UnknownVectors, answers_of_command, judge_file

VECTORS = Path(__file__).parents[1] / "vectors"

OTHER = """
import json, sys
for line in sys.stdin:
    case = json.loads(line)
    asked = case["input"]
    if case["section"] == "pow.thresholds":
        difficulty = int(asked["difficulty"])
        threshold = 2**64 - 2**64 // difficulty if difficulty else 0
        answer = {"threshold": threshold + SLIP, "thresholdBytesLE": threshold.to_bytes(8, "little").hex(),
                  "thresholdNode": str(threshold)}
    elif case["section"] == "pow.comparisons":
        prefix = int.from_bytes(bytes.fromhex(asked["prefixBytes"]), "little")
        threshold = int.from_bytes(bytes.fromhex(asked["thresholdBytes"]), "little")
        answer = {"prefix": prefix, "threshold": threshold, "meets": prefix >= threshold}
    else:
        print(json.dumps({"id": case["id"], "skip": "no hash function"}))
        continue
    print(json.dumps({"id": case["id"], "answer": answer}))
"""


def program(tmp_path: Path, source: str) -> str:
    path = tmp_path / "other.py"
    path.write_text(source, encoding="utf-8")
    return shlex.join([sys.executable, str(path)])


def sections(report) -> dict[str, tuple[int, int, dict[str, int]]]:
    return {s.section: (s.passed, len(s.failures), s.skipped) for s in report.sections}


def test_a_right_implementation_conforms_where_it_answers(tmp_path) -> None:
    command = program(tmp_path, OTHER.replace("SLIP", "0"))
    report = judge_file(VECTORS / "pow.json", answers_of_command(command))
    assert sections(report) == {
        "pow.cases": (0, 0, {"skipped by the command: no hash function": 170}),
        "pow.thresholds": (76, 0, {}),
        "pow.comparisons": (88, 0, {}),
    }


def test_an_implementation_that_answers_nothing_does_not_conform(tmp_path) -> None:
    silent = "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'skip': 'no'}))"
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, silent)))
    assert (report.judged, report.conforms) == (False, False)


def test_a_wrong_implementation_does_not(tmp_path) -> None:
    command = program(tmp_path, OTHER.replace("SLIP", "(difficulty == 1500)"))
    report = judge_file(VECTORS / "pow.json", answers_of_command(command))
    assert not report.conforms
    failures = [failure for section in report.sections for failure in section.failures]
    assert {failure.key for failure in failures} == {"threshold"}


def test_the_reference_wraps_are_not_asked_of_others(tmp_path) -> None:
    skip_all = "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'skip': 'x'}))"
    report = judge_file(VECTORS / "dynamic_v2.json", answers_of_command(program(tmp_path, skip_all)))
    skipped = sections(report)["dynamic_v2.nextPriceAboveUint64"][2]
    assert skipped == {"a defect of the reference near 2^64, not a rule": 12}


@pytest.mark.parametrize(
    "source",
    [
        "pass",
        "import sys\nsys.stdin.readline()",
        "import sys, json\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'error': 'no'}))",
        "import sys, json\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'answer': {}}))",
    ],
    ids=["silent", "quits", "errors", "empty answers"],
)
def test_no_answer_is_a_failure(source, tmp_path) -> None:
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))
    assert sum(len(section.failures) for section in report.sections) == 334


@pytest.mark.parametrize("line", ["hello", "{}", '{"id": "nothing"}', "[1]", '{"id": ["x"]}'])
def test_output_that_answers_nothing_is_an_error(line, tmp_path) -> None:
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, f"print({line!r})")))


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[" * 100_000], ids=["not UTF-8", "nested too deeply"])
def test_output_that_cannot_be_read_is_an_error(line, tmp_path) -> None:
    source = f"import sys; sys.stdout.buffer.write({line!r} + b'\\n')"
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))


def test_a_second_answer_to_a_case_is_an_error(tmp_path) -> None:
    twice = """
import json, sys
for line in sys.stdin:
    for _ in "ab":
        print(json.dumps({"id": json.loads(line)["id"]}))
"""
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, twice)))


@pytest.mark.parametrize("command", ["no-such-program-anywhere", "", "'unclosed"])
def test_a_command_that_cannot_be_run_is_an_error(command) -> None:
    with pytest.raises(UnknownVectors, match="cannot be run"):
        judge_file(VECTORS / "pow.json", answers_of_command(command))


def test_a_program_that_hangs_is_ended(tmp_path) -> None:
    hang = "import time\ntime.sleep(60)"
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, hang), timeout=0.3))
    assert not report.conforms
