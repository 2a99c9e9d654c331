"""docs/node.md: its examples print what it shows, its names and links exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from powplasma import node
from powplasma.node import errors

PAGE = Path(__file__).parents[2] / "docs" / "node.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)


def test_every_example_has_its_output() -> None:
    assert len(EXAMPLES) == TEXT.count("```python") == 2


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=["blocking", "asyncio"])
def test_the_examples_print_what_is_shown(code, printed, tmp_path) -> None:
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (printed, "")


def test_every_method_and_error_is_on_the_page() -> None:
    methods = {name for name in vars(node.Node) if not name.startswith("_")} - {"close"}
    assert methods | {"call"} == {name for name in vars(node.BlockingNode) if not name.startswith("_")} - {"close"}
    assert methods | {"call"} <= set(re.findall(r"`(?:BlockingNode\.)?(\w+)\(", TEXT))
    named = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert named - {"PublishError"} <= set(re.findall(r"`(\w+)`", TEXT))


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", TEXT):
        assert (PAGE.parent / target).exists()
