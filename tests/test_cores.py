"""How many workers a machine or a container has room for: affinity, CPU quota and memory limit together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from powplasma import cores
from powplasma.cores import WORKER_BYTES, core_numbers, usable_cores, usable_workers

GIB = 1 << 30


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A tree of control groups without any limit, on a machine of eight cores."""
    monkeypatch.setattr(cores, "_CGROUPS", tmp_path / "fs")
    monkeypatch.setattr(cores, "_OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def write(groups: Path, own: str, **files: str) -> None:
    """Files of control groups, with ``__`` between the parts of a path."""
    (groups / "own").write_text(own)
    for name, content in files.items():
        path = groups / "fs" / name.replace("__", "/").replace("cpu_", "cpu.").replace("memory_", "memory.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_without_control_groups_the_affinity_counts(groups: Path) -> None:
    assert usable_cores() == usable_workers() == 8 == len(core_numbers())


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000", 8),
        ("150000 100000", 2),
        ("100000 100000", 1),
        ("5000 100000", 1),
        ("1600000 100000", 8),
        ("junk", 8),
        ("", 8),
    ],
)
def test_a_quota_of_version_2_counts(groups: Path, quota: str, expected: int) -> None:
    write(groups, "0::/a/b\n", a__b__cpu_max=quota)
    assert usable_cores() == expected


def test_the_smallest_quota_of_all_groups_above_counts(groups: Path) -> None:
    write(groups, "0::/a/b\n", a__cpu_max="300000 100000", a__b__cpu_max="400000 100000", cpu_max="max 100000")
    assert usable_cores() == 3


def test_a_container_whose_path_only_the_host_knows_has_its_quota_at_the_root(groups: Path) -> None:
    write(groups, "0::/../../docker/0123\n", cpu_max="200000 100000")
    assert usable_cores() == 2


@pytest.mark.parametrize(("quota", "expected"), [("-1", 8), ("250000", 3), ("0", 8)])
def test_a_quota_of_version_1_counts(groups: Path, quota: str, expected: int) -> None:
    files = {"cpu,cpuacct__a__cpu_cfs_quota_us": quota, "cpu,cpuacct__a__cpu_cfs_period_us": "100000"}
    write(groups, "4:cpu,cpuacct:/a\n0::/\n", **files)
    assert usable_cores() == expected


@pytest.mark.parametrize(("limit", "expected"), [("max", 8), (str(8 * GIB), 8), (str(5 * WORKER_BYTES), 4), ("1", 1)])
def test_a_memory_limit_leaves_room_for_so_many_workers(groups: Path, limit: str, expected: int) -> None:
    write(groups, "0::/a\n", a__memory_max=limit, a__memory_current=str(WORKER_BYTES))
    assert usable_workers() == expected
    assert usable_cores() == 8


def test_a_memory_limit_of_version_1_counts(groups: Path) -> None:
    files = {"memory__memory_limit_in_bytes": str(3 * WORKER_BYTES), "memory__memory_usage_in_bytes": "0"}
    write(groups, "7:memory:/\n", **files)
    assert usable_workers() == 3
