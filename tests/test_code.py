"""The code itself: linter, formatter, strict type checker, import rules. Part of the suite, not of a separate chore."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, "-m", "ruff", "check"], id="ruff-check"),
        pytest.param([sys.executable, "-m", "ruff", "format", "--check"], id="ruff-format"),
        pytest.param([sys.executable, "-m", "mypy"], id="mypy"),
        pytest.param([str(SCRIPTS / "lint-imports")], id="lint-imports"),
    ],
)
def test_nothing_to_object(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"\n{done.stdout}"
