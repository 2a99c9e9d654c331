"""Waiting for what has to happen, without a word about how fast: a test polls for it, or synchronises with it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds for whatever a test waits for. It ends what hangs; no machine may be so slow that it ends anything else."""

A_MOMENT = 0.3
"""Seconds for what must not happen. Where they are too short a fault goes unseen, and nothing else."""


def wait_until(condition: Callable[[], object]) -> None:
    """Returns when the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


async def until(condition: Callable[[], object]) -> None:
    """Returns when the condition holds; other tasks go on meanwhile."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def lines_in(path: Path) -> int:
    """Complete lines of a file; none if it does not exist."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(path: Path, count: int, process: subprocess.Popen[Any]) -> None:
    """Returns when a process has written so many lines into a file; one that ends before, or never does, is ended."""

    def written() -> bool:
        ended = process.poll() is not None  # before the look: it may have written and ended since
        found = lines_in(path)
        assert found >= count or not ended, f"the process ended after {found} lines"
        return found >= count

    try:
        wait_until(written)
    except BaseException:
        process.kill()
        raise
