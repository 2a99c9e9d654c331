"""No test depends on the speed of the machine, nor on programs that a small one lacks: what can be seen of that.

What cannot: that something which is assumed to be under way cannot be over (let it be a search for a difficulty that
is never reached), and that nothing which a test needs has a short time of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

FOLDER = Path(__file__).parent
SHORTEST = 30
"""Seconds below which a limit says something about the machine."""

WAITS = {"check_call", "check_output", "communicate", "join", "result", "run", "wait", "wait_for"}
"""Names of calls that take a limit by ``timeout``."""

ONE_NUMBER = {"join", "result", "wait"}
"""Those of them that take it without a name as well."""

CLOCKS = {"monotonic", "perf_counter", "time"}
FOREIGN = {"kill", "killall", "openssl", "pgrep", "pkill", "ps", "timeout"}
"""Programs that tests do without: a Debian with nothing but Python has not all of them."""


def name_of(expression: ast.expr) -> str:
    """The last name of what is called."""
    function = expression.func if isinstance(expression, ast.Call) else expression
    return getattr(function, "attr", getattr(function, "id", ""))


def is_short(value: ast.expr) -> bool:
    """Whether it is a number of seconds above 0 that is too short; 0 asks for what has to be there already."""
    number = value.value if isinstance(value, ast.Constant) else None
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < SHORTEST


def lesser_sides(comparison: ast.Compare) -> Iterator[ast.expr]:
    """What has to be less than something else."""
    sides = [comparison.left, *comparison.comparators]
    for operator, left, right in zip(comparison.ops, sides, sides[1:], strict=False):
        if isinstance(operator, ast.Lt | ast.LtE):
            yield left
        elif isinstance(operator, ast.Gt | ast.GtE):
            yield right


def is_elapsed(value: ast.expr) -> bool:
    """Whether a clock is read and an earlier reading taken off."""
    parts = [part for part in ast.walk(value) if isinstance(part, ast.BinOp)]
    return any(isinstance(part.op, ast.Sub) and name_of(part.left) in CLOCKS for part in parts)


def objections(source: str) -> Iterator[str]:
    """What is wrong with a file of tests."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and name_of(node) in WAITS:
            limits = [keyword.value for keyword in node.keywords if keyword.arg == "timeout"]
            if any(map(is_short, limits + (node.args if name_of(node) in ONE_NUMBER else []))):
                yield f"line {node.lineno}: a limit of less than {SHORTEST} s; PATIENCE is for that"
        elif isinstance(node, ast.Compare) and any(map(is_elapsed, lesser_sides(node))):
            yield f"line {node.lineno}: it has to be quick"
        elif isinstance(node, ast.List) and node.elts[1:] and getattr(node.elts[0], "value", None) in FOREIGN:
            yield f"line {node.lineno}: it needs another program"


def test_tests_wait_for_what_has_to_happen() -> None:
    found = {
        f"{path.relative_to(FOLDER)}, {objection}"
        for path in FOLDER.rglob("*.py")
        for objection in objections(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "future.result(5)",
        "process.communicate(timeout=20)",
        "subprocess.run(command, timeout=10, check=True)",
        "event.wait(0.5)",
        "assert time.perf_counter() - began < 2",
        "assert 0.3 <= time.monotonic() - began < 3",
        "subprocess.run(['kill', '-9', str(pid)])",
    ],
)
def test_what_is_objected_to(line: str) -> None:
    assert len(list(objections(line))) == 1


def test_hypothesis_has_no_deadline() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
