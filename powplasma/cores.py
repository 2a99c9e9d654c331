"""How many worker processes this machine, or this container, has room for, and what one of them has used."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

WORKER_BYTES = 48 << 20
"""Memory that a worker process takes of its own, with room to spare: 25 to 35 MiB have been seen."""

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def core_numbers() -> list[int]:
    """Numbers of the processor cores that this process may use by its affinity, ascending."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def usable_cores() -> int:
    """How many processor cores this process may use: by its affinity, and by the CPU quota of its control groups.

    A quota of a part of a core counts as a whole one: 1.5 cores are 2, because a worker more costs nothing, and one
    fewer would leave the half unused.
    """
    return max(1, min([len(core_numbers()), *(-(-quota // period) for quota, period in _quotas())]))


def usable_workers() -> int:
    """How many workers to start where nobody says: one per usable core that memory has room for, and at least 1."""
    return max(1, min([usable_cores(), *(free // WORKER_BYTES for free in _free_memory())]))


def processor_ticks(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Processor time that a process has used, in ticks of the system; None where it does not tell, as off Linux."""
    try:
        text = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold anything; after it: state, 10 more, then user and system time.
    words = text.rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def _quotas() -> Iterator[tuple[int, int]]:
    """The CPU quotas that apply, as microseconds of processor time in a period of so many microseconds."""
    for folder in _folders("", "cpu"):
        with contextlib.suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            if quota != "max":
                yield int(quota), int(period)
        with contextlib.suppress(OSError, ValueError):
            used = int((folder / "cpu.cfs_quota_us").read_text())
            if used > 0:
                yield used, int((folder / "cpu.cfs_period_us").read_text())


def _free_memory() -> Iterator[int]:
    """For every memory limit that applies, the bytes that it leaves."""
    for folder in _folders("", "memory"):
        for limit, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            with contextlib.suppress(OSError, ValueError):  # "max" is not a number
                yield max(0, int((folder / limit).read_text()) - int((folder / used).read_text()))


def _folders(*controllers: str) -> Iterator[Path]:
    """The folders of this process's control groups and of all above: of version 2 (""), and of controllers of 1."""
    try:
        lines = _OWN_CGROUPS.read_text().splitlines()
    except OSError:  # not Linux, or hidden
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if not set(names.split(",")).isdisjoint(controllers):
            # Within a container the path may be one that only its host knows.
            root = _CGROUPS / names if names else _CGROUPS
            group = root / path.lstrip("/")
            yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))
