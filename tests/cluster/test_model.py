"""The model of a cluster: what follows from its figures, and the table of docs/scale.md."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cluster_model import Measured, expect

ROOT = Path(__file__).parents[2]


def test_the_table_of_the_page_is_what_its_command_prints() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```console\n\$ python (.*?)\n(.*?)```", page, re.DOTALL)
    done = subprocess.run(
        [sys.executable, *shlex.split(block[0])], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == block[1]


def test_links_lead_somewhere() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / "docs" / target).exists()


def test_what_follows_from_the_figures() -> None:
    measured = Measured(tasks_per_second=400, seconds_to_stop=0.1, seconds_to_stop_each=0.001)
    half = expect(800, measured)
    assert (half.lease, half.leases_per_second, half.load, half.busy) == (1.0, 800, 2.0, 0.5)
    assert half.waste == pytest.approx(0.9)
    assert half.shortest == pytest.approx(8.1)
    few = expect(2, measured)
    assert few.busy == 1.0
    assert expect(100_000, measured).waste == 2.0  # nobody searches longer than the leases that it has
