"""Two ways to run the program: as users do, in a process of its own, and within this one, which is quicker."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha3_256
from pathlib import Path
from typing import Any

import pytest
from powplasma_cli.app import app
from powplasma_cli.edge import run as run_edge

from powplasma.kernels import kernel
from tests.waiting import PATIENCE

PROGRAM = Path(sysconfig.get_path("scripts")) / "powplasma"
ZERO_HASH = "0" * 64
ADDRESS = "z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402"


@dataclass(frozen=True)
class Done:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1
        record = json.loads(self.out)
        assert isinstance(record, dict)
        return record

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON Lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problem(self) -> str:
        """The one line on standard error, which has to be an error."""
        assert self.err.startswith("Error: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.rstrip("\n")


@pytest.fixture(autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but a test's own reach the program."""
    for name in list(os.environ):
        if name.startswith("POWPLASMA_"):
            monkeypatch.delenv(name)
    if kernel().name == "python":
        # Where the native kernels were not built, plain Python is meant, and needs no note.
        monkeypatch.setenv("POWPLASMA_KERNEL", "python")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
    monkeypatch.setattr("powplasma_cli.driver_list._SECONDS", PATIENCE)


Run = Callable[..., Done]


@pytest.fixture
def program() -> Run:
    """Runs the installed command."""

    def run(*arguments: str | Path, stdin: str | bytes = b"", **environment: str) -> Done:
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**os.environ, **environment},
            check=False,
            timeout=PATIENCE,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, through the same edge as the installed command."""

    def run(*arguments: str | Path) -> Done:
        capfd.readouterr()
        code = run_edge(app, list(map(str, arguments)))
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def here(call: Run) -> Run:
    """``program`` without a process of its own and without standard input, which is much quicker."""

    def run(*arguments: str | Path, **environment: str) -> Done:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return call(*arguments)

    return run


def is_good(data_hash: str, nonce: str, difficulty: int) -> bool:
    """The rule, written down once more."""
    digest = sha3_256(bytes.fromhex(nonce) + bytes.fromhex(data_hash)).digest()
    return int.from_bytes(digest[:8], "little") >= 2**64 - 2**64 // difficulty


def data_hashes(count: int) -> list[str]:
    """Different data hashes."""
    return [sha3_256(str(i).encode()).hexdigest() for i in range(count)]


def write_lines(path: Path, *lines: object) -> Path:
    """A file of lines: text as it is, anything else as JSON."""
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "pow.json").read_text())
