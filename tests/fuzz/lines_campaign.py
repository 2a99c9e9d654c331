"""The campaigns of command lines: within this process, and as the installed command."""

from __future__ import annotations

import contextlib
import importlib
import resource
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NoReturn
from unittest.mock import patch

from powplasma_cli import edge

from powplasma.errors import KernelUnavailable
from tests.cli.cheap import CHEAP as CHEAP_COSTS
from tests.measure.samples import measurement

from .campaign import Campaign, Case, Try, place_of
from .command_lines import Line, commands, line_of
from .running import MOST_MEMORY, children, judged, left_running, members, run_here, run_installed
from .scratch import Scratch

HEAVY = ("aiohttp", "argon2", "distributed", "mnemonic", "pyarrow.parquet", "rich.live", "sqlite3", "vl_convert")
"""What commands import when they need it; an import that is broken off in the middle would disturb other cases."""


class CommandLines(Campaign):
    """Command lines within this process."""

    name = "command-lines"
    about = "command lines, run in process through the edge of the installed command"
    whole = 10_000

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        """Makes a folder of files to name, and what costs seconds in each case cheap."""
        commands()
        for module in HEAVY:
            importlib.import_module(module)
        scratch = Scratch(folder)
        paths = scratch.named()

        raised: list[BaseException] = []

        def noted(error: BaseException) -> tuple[str, int]:
            raised.append(error)
            return meaning(error)

        def attempt(random: Random) -> Case:
            line = line_of(random, paths)
            raised.clear()
            outcome = run_here(scratch, line)
            found = [
                f"{objection} at {place_of(raised[-1])}" if raised and objection.startswith("a defect") else objection
                for objection in judged(line, outcome)
            ]
            found += left_running(lambda: children() - there)
            return Case(str(line), tuple(found + scratch.settle(forced=line.forces)))

        meaning = edge._meaning
        with (
            patch("powplasma_cli.edge._meaning", noted),
            patch("powplasma_cli.bench.measure", lambda *_, **__: measurement()),
            patch("powplasma.account.keyfile.NETWORK_COSTS", CHEAP_COSTS),
            patch("powplasma.kernels.opencl.devices._found", _no_drivers),
            warnings.catch_warnings(),
            _little_memory(),
        ):
            warnings.resetwarnings()  # as the interpreter begins, and not as pytest does
            for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", category)
            there = children()
            yield attempt


class InstalledCommandLines(Campaign):
    """Command lines of the installed command."""

    name = "installed-command-lines"
    about = "the same command lines, run as the installed command"
    whole = 300

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        """Makes a folder of files to name."""
        scratch = Scratch(folder)
        paths = scratch.named()

        def attempt(random: Random) -> Case:
            line = line_of(random, paths)
            while not _can_be_given(line):
                line = line_of(random, paths)
            group, outcome = run_installed(scratch, line)
            objections = judged(line, outcome) + left_running(lambda: members(group))
            return Case(str(line), tuple(objections + scratch.settle(forced=line.forces)))

        yield attempt


def _can_be_given(line: Line) -> bool:
    """Whether the system can hand the arguments to a program: no NUL, and what is no text as bytes only."""
    try:
        return all("\0" not in each.encode("utf-8", "surrogateescape").decode("latin-1") for each in line.arguments)
    except UnicodeEncodeError:
        return False


def _no_drivers() -> NoReturn:
    """What a machine without OpenCL says. A driver that other tests have loaded here would crash this process."""
    raise KernelUnavailable("opencl", "no OpenCL platform is installed")


@contextlib.contextmanager
def _little_memory() -> Iterator[None]:
    """Lets this process write to so much memory more, and no more than that; what is only reserved does not count."""
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + MOST_MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))
