"""``powplasma conformance``: exit codes, names of failing cases, and other programs."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from .conftest import Run

VECTORS = Path(__file__).parents[1] / "vectors"


def altered(tmp_path: Path) -> Path:
    document = json.loads((VECTORS / "dynamic_v1.json").read_text(encoding="utf-8"))
    document["states"][7]["expected"]["nextBasePrice"] = "1"
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_committed_vectors_pass(call: Run) -> None:
    done = call("conformance", *sorted(VECTORS.glob("*.json")))
    assert done.code == 0
    assert done.err == ""
    assert "dynamic_v2.trajectories                  1000 passed, 0 failed\n" in done.out
    assert "2 passed, 0 failed; 1 skipped: the text has no numbers\n" in done.out


def test_one_altered_expectation_fails_and_is_named(call: Run, tmp_path: Path) -> None:
    done = call("conformance", VECTORS / "pow.json", altered(tmp_path))
    assert done.code == 1
    assert "dynamic_v1.states                        335 passed, 1 failed" in done.out
    assert done.err.startswith("FAILED dynamic_v1.states/7: nextBasePrice: expected '1', got ")


def test_the_failing_case_is_in_the_json(call: Run, tmp_path: Path) -> None:
    record = call("conformance", altered(tmp_path), "--json").record
    assert record["conforms"] is False
    (states,) = (s for s in record["files"][0]["sections"] if s["section"] == "dynamic_v1.states")
    assert states["failed"] == 1
    assert states["failures"][0]["case"] == "dynamic_v1.states/7"


def test_an_unknown_section_is_bad_input(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    path.write_text('{"format": "powplasma-vectors/pow", "spells": [1]}', encoding="utf-8")
    done = call("conformance", path)
    assert done.code == 2
    assert done.problem == "Error: pow.spells: is an unknown section"


@pytest.mark.parametrize(
    ("file", "problem"), [("missing.json", "cannot be read: No such file"), ("pyproject.toml", "is not JSON")]
)
def test_what_is_no_file_of_vectors_is_bad_input(file: str, problem: str, call: Run) -> None:
    done = call("conformance", file)
    assert done.code == 2
    assert problem in done.problem


def test_another_program_is_judged(call: Run, tmp_path: Path) -> None:
    program = tmp_path / "other.py"
    program.write_text(
        "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'error': 'later'}))",
        encoding="utf-8",
    )
    command = shlex.join([sys.executable, str(program)])
    done = call("conformance", VECTORS / "pow.json", "--command", command, "--list", "1")
    assert done.code == 1
    assert done.err == "FAILED pow.cases/shown-000: expected 'an answer', got 'later'\n… and 333 more\n"


def test_a_program_that_does_not_exist_is_bad_input(call: Run) -> None:
    done = call("conformance", VECTORS / "pow.json", "--command", "no-such-program")
    assert done.code == 2
    assert "cannot be run" in done.problem
