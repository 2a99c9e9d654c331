"""A part of every campaign, which together take about a minute; and that the harness sees what it is there to see."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from powplasma.errors import InvalidInput
from tests.waiting import PATIENCE

from . import parsers
from .campaign import chance, failures
from .campaigns import CAMPAIGNS
from .command_lines import Line, line_of
from .reader import Reader
from .running import Outcome, judged
from .scratch import PASSWORD, TRAPS, Scratch

SEED = int(os.environ.get("POWPLASMA_FUZZ_SEED", "1"))
PARTS = {
    "command-lines": (6, 350),
    "installed-command-lines": (6, 10),
    "parsers": (4, 5_000),
    "round-trips": (1, 5_000),
    "lying-node": (2, 4),
    "chaos": (2, 2),
}
"""Of each campaign, how many parts that can run beside each other, and how many cases each has."""

MOST_TOLD = 20
"""Failures in a message; a fault that is everywhere need not be told a thousand times."""


def test_every_campaign_has_its_part() -> None:
    assert PARTS.keys() == CAMPAIGNS.keys()


@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, (parts, _) in PARTS.items() for part in range(parts)]
)
def test_no_case_fails(name: str, part: int, tmp_path: Path) -> None:
    count = PARTS[name][1]
    numbers = range(part * count, (part + 1) * count)
    found = list(islice(failures(CAMPAIGNS[name], SEED, numbers, tmp_path), MOST_TOLD))
    if found:
        pytest.fail("\n".join(str(failure) for failure in found), pytrace=False)


def test_a_seed_and_a_number_are_a_case() -> None:
    lines = [[line_of(chance("x", seed, number), ["a", "b"]) for number in range(50)] for seed in (1, 1, 2)]
    assert lines[0] == lines[1] != lines[2]


@pytest.mark.parametrize(
    ("arguments", "outcome", "kind"),
    [
        ([], Outcome(7, b"", b""), "exit code"),
        ([], Outcome("hangs: …", b"", b""), "hangs"),
        ([], Outcome(3, b"", b"Error: a defect of powplasma, please report it\n"), "a defect of powplasma"),
        ([], Outcome(1, b"", b"Traceback (most recent call last):\n"), "Traceback"),
        ([], Outcome(2, b"", b"Error: a\nError: b\n"), "more than one error"),
        ([], Outcome(2, b"", b""), "no error"),
        ([], Outcome(2, b"", b"Error: a\x1b[2J\n"), "not printable"),
        ([], Outcome(0, b"\xff\n", b""), "not text"),
        ([], Outcome(0, PASSWORD.encode(), b""), "secret"),
        ([], Outcome(0, b"", b"x.py:5: RuntimeWarning: overflow\n"), "warning"),
        (["--json"], Outcome(0, b'{"a": NaN}\n', b""), "not JSON"),
        (["--json"], Outcome(0, b"5 works\n", b""), "not JSON"),
    ],
)
def test_what_is_objected_to_in_an_outcome(arguments: list[str], outcome: Outcome, kind: str) -> None:
    assert [objection.partition(":")[0] for objection in judged(Line(arguments), outcome)] == [kind]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(0, b'{"a": 1}\n{"b": 2}\n', b"Note: something\n"),
        Outcome(2, b'{"error": {}}\n', b"Error: line 1: x\nError: line 2: y\n2 lines: 0 found, 0 not found, 2 bad\n"),
        Outcome(143, b"", b"Error: ended by SIGTERM\n"),
    ],
)
def test_what_is_not(outcome: Outcome) -> None:
    assert judged(Line(["generate", "--json"]), outcome) == []


def test_every_change_of_a_foreign_file_is_seen_and_undone(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    before = {path: path.read_bytes() for path in scratch.foreign.rglob("*") if path.is_file()}
    for change in (
        lambda: (scratch.foreign / "empty").write_bytes(b"x"),
        lambda: (scratch.foreign / "notes.txt").write_bytes(b""),
        (scratch.foreign / "folder" / "inside.txt").unlink,
        lambda: (scratch.foreign / "diary.md").chmod(0o600),
        lambda: (scratch.foreign / "new").replace(scratch.foreign / "link"),
        lambda: (scratch.foreign / "new").replace(scratch.devices / "null"),
        lambda: (scratch.foreign / "new").replace(scratch.devices / "fifo"),
    ):
        (scratch.foreign / "new").write_bytes(b"new")
        change()
        assert [objection.partition(":")[0] for objection in scratch.settle()] == ["foreign file"]
        assert scratch.settle() == []
    assert {path: path.read_bytes() for path in scratch.foreign.rglob("*") if path.is_file()} == before
    (scratch.own / "works.db").write_bytes(b"its own")
    (scratch.work / "output").mkdir()
    assert scratch.settle() == []
    subprocess.run([sys.executable, "-c", f"import {TRAPS[0].removesuffix('.py')}"], cwd=scratch.work, check=True)
    assert [objection.partition(":")[0] for objection in scratch.settle()] == ["code ran"]


def test_what_is_objected_to_in_a_refusal() -> None:
    def reader(read: object) -> Reader:
        return Reader("x", [], read, hides=True)  # type: ignore[arg-type]

    def breaks(_: str) -> None:
        raise KeyError("of all things")

    def tells(value: str) -> None:
        raise InvalidInput("words", value, "are no words", "words")

    def tells_in_its_context(value: str) -> None:
        try:
            value.encode("ascii")
        except UnicodeEncodeError:
            raise InvalidInput("words", "", "are no words", "words") from None

    def forges(_: str) -> None:
        class Forged(InvalidInput):
            def __str__(self) -> str:
                return "a\nb"

        raise Forged("words", "", "are no words", "words")

    secret = "abandon amount liär"
    for read, words in (
        (breaks, "raises KeyError"), (tells, "holds the secret"), (tells_in_its_context, "holds the secret"),
        (forges, "not one printable line"),
    ):  # fmt: skip
        (objection,) = parsers.objections(reader(read), secret)
        assert words in objection
    assert parsers.objections(reader(len), secret) == []


def test_it_is_run_by_hand() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "round-trips", "--count", "30", "--seed", "3"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=Path(__file__).parents[2]
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("round-trips: 30 cases with seed 3, 0 failed, ")
