"""Runs a command line in this process or as the installed command, and judges what it did by rules for all of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from powplasma_cli.app import app
from powplasma_cli.edge import run as run_edge

from tests.cli.conftest import PROGRAM
from tests.waiting import PATIENCE

from .command_lines import CHEAP, Line, asks_for_json
from .scratch import PASSWORD, SECRETS, Scratch

ENOUGH_SECONDS = 1.0
"""After this a command that goes on by its nature, as a devnode does, is asked to end; it is no limit."""

MOST_MEMORY = 2 << 30
"""Bytes that a command may take beside what there is already; a machine is not to be filled by an endless file."""

CODES = {0, 1, 2, 3, 129, 130, 141, 143}
_MANY = re.compile(r"Error: (line|Line) \d+")
"""Of a batch, every line may have an error of its own."""


class Hangs(BaseException):
    """A command has not ended, although it was asked to."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command line came to: its exit code, or how it ended instead; and what it wrote."""

    code: int | str
    out: bytes
    err: bytes


def environment(scratch: Scratch, line: Line) -> dict[str, str]:
    """The whole environment of a case."""
    home = str(scratch.home)
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_STATE_HOME": f"{home}/state",
        "XDG_CACHE_HOME": f"{home}/cache",
        "OCL_ICD_VENDORS": "/nonexistent",
        "POWPLASMA_KEYS": str(scratch.own / "keys"),
        "POWPLASMA_STOCK": str(scratch.own / "works.db"),
        "POWPLASMA_PASSWORD": PASSWORD,
        **{f"POWPLASMA_{name}": value for name, value in CHEAP.items()},
        **line.environment,
    }


def plant_settings(scratch: Scratch, line: Line) -> None:
    """The settings file of the case, if it has one."""
    if line.settings:
        path = scratch.home / "config" / "powplasma" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(line.settings, encoding="utf-8", errors="replace")


def run_here(scratch: Scratch, line: Line) -> Outcome:
    """Runs the line within this process, through the edge of the installed command."""
    plant_settings(scratch, line)
    with _streams(line.stdin) as written, _surroundings(scratch, line), _ended_in_time():
        try:
            code: int | str = run_edge(app, line.arguments)
        except Hangs:
            code = f"hangs: it does not end within {PATIENCE:g} s of SIGTERM"
        except SystemExit as leave:
            code = f"leaves: SystemExit {leave.code!r}"
        except BaseException as error:  # noqa: BLE001 - what the edge lets through is a finding, and the campaign goes on
            code = f"traceback: the edge lets {type(error).__name__} through: {error}"
    return Outcome(code, written.out, written.err)


def run_installed(scratch: Scratch, line: Line) -> tuple[int, Outcome]:
    """Runs the line as the installed command, in a session of its own; the session, and what it came to."""
    plant_settings(scratch, line)
    process = subprocess.Popen(
        [PROGRAM, *line.arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=scratch.work, env=environment(scratch, line), start_new_session=True,
    )  # fmt: skip
    resource.prlimit(process.pid, resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    timer = threading.Timer(3 * ENOUGH_SECONDS, process.terminate)
    timer.start()
    try:
        out, err = process.communicate(line.stdin, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return process.pid, Outcome(f"hangs: it does not end within {PATIENCE:g} s, SIGTERM included", out, err)
    finally:
        timer.cancel()
    # Before and after the program's own handlers SIGTERM is the system's: a shell shows the same code.
    code = 128 + signal.SIGTERM if process.returncode == -signal.SIGTERM else process.returncode
    return process.pid, Outcome(code, out, err)


def judged(line: Line, outcome: Outcome) -> list[str]:
    """What is wrong with an outcome, by rules for every command line."""
    found = []
    if not isinstance(outcome.code, int):
        found.append(outcome.code)
    elif outcome.code not in CODES:
        found.append(f"exit code: {outcome.code} is not a documented one")
    texts = {}
    for name, content in (("standard output", outcome.out), ("standard error", outcome.err)):
        texts[name] = content.decode("utf-8", "replace")
        if "\ufffd" in texts[name] and "\ufffd" not in str(line.arguments):
            found.append(f"not text: {name} is not UTF-8")
        found += [
            f"secret: {name} has one" for secret in SECRETS if secret in texts[name] and "export" not in line.arguments
        ]
        odd = [each for each in texts[name].split("\n") if not each.replace("\t", " ").removesuffix("\r").isprintable()]
        found += [f"not printable: {name}: {each[:200]!r}" for each in odd[:1]]
    error = texts["standard error"]
    lines = error.split("\n")
    for words, beginning in (("Traceback", "Traceback ("), ("a defect of powplasma", "Error: a defect of powplasma")):
        said = [each.partition("POWPLASMA_DEBUG=1: ")[2] or each for each in lines if each.startswith(beginning)]
        found += [f"{words}: {each[-300:]}" for each in said[:1]]
    found += [f"warning: {each[-300:]}" for each in lines if re.search(r"\.py:\d+: \w*Warning: ", each)][:1]
    problems = [each for each in lines if each.startswith("Error:") and not _MANY.match(each)]
    if len(problems) > 1:
        found.append(f"more than one error: {problems[:3]}")
    helps = bool({"-h", "--help", "--version"} & {*line.arguments})
    if (
        outcome.code in (2, 3)
        and not problems
        and not any(_MANY.match(each) for each in lines)
        and "Usage:" not in error
    ):
        found.append(f"no error: exit code {outcome.code} without a word: {error[:200]!r}")
    if asks_for_json(line) and not helps and "Usage:" not in texts["standard output"][:10]:
        found += _json_objections(texts["standard output"])
    return found


def _json_objections(out: str) -> list[str]:
    def refused(name: str) -> float:
        raise ValueError(f"it has {name}")

    for each in out.splitlines():
        try:
            json.loads(each, parse_constant=refused)
        except ValueError as error:
            return [f"not JSON: {error}: {each[:200]!r}"]
    return []


def children() -> set[int]:
    """Processes of this one that have not ended, without the one that tracks shared resources until the end."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return {pid for pid in found if _runs(pid)}


def members(group: int) -> set[int]:
    """Processes of a session that have not ended."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            if int(session) == group and state not in "ZX":
                found.add(int(path.parent.name))
    return found


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return state not in "ZX" and b"resource_tracker" not in command


def left_running(find: Callable[[], set[int]]) -> list[str]:
    """What still runs after a command, once everything has had its time to end."""
    end = time.monotonic() + PATIENCE
    while left := find():
        if time.monotonic() > end:
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            return [f"orphan: {len(left)} processes are left"]
        time.sleep(0.01)
    return []


@dataclass(slots=True)
class _Written:
    """What was written to standard output and standard error, once it is known."""

    out: bytes = b""
    err: bytes = b""


@contextlib.contextmanager
def _streams(stdin: bytes) -> Iterator[_Written]:
    """Standard streams, of the process and of Python, that are files in memory."""
    kept = [os.dup(number) for number in range(3)]
    before = sys.stdin, sys.stdout, sys.stderr
    files = [os.memfd_create(name) for name in ("in", "out", "err")]
    os.write(files[0], stdin)
    os.lseek(files[0], 0, os.SEEK_SET)
    written = _Written()
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
        with contextlib.ExitStack() as stack:
            sys.stdin, sys.stdout, sys.stderr = (
                stack.enter_context(open(number, mode, encoding="utf-8", closefd=False))
                for number, mode in ((0, "r"), (1, "w"), (2, "w"))
            )
            yield written
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for number, copy in enumerate(kept):
            os.dup2(copy, number)
            os.close(copy)
        written.out, written.err = (os.pread(file, os.fstat(file).st_size, 0) for file in files[1:])
        for file in files:
            os.close(file)


@contextlib.contextmanager
def _surroundings(scratch: Scratch, line: Line) -> Iterator[None]:
    """The environment and the working folder of the case."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(environment(scratch, line))
    os.chdir(scratch.work)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _ended_in_time() -> Iterator[None]:
    """Asks a command that goes on to end, and raises ``Hangs`` in one that does not."""

    def give_up(*_: object) -> None:
        raise Hangs

    def watch() -> None:
        if not over.wait(ENOUGH_SECONDS):
            os.kill(os.getpid(), signal.SIGTERM)
            if not over.wait(PATIENCE):
                os.kill(os.getpid(), signal.SIGUSR1)

    over = threading.Event()
    watcher = threading.Thread(target=watch, daemon=True)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)}
    signal.signal(signal.SIGTERM, lambda *_: None)  # between the edge's own handlers it means nothing
    signal.signal(signal.SIGUSR1, give_up)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        for number, handler in before.items():
            signal.signal(number, handler)
