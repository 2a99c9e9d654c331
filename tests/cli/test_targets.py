"""No file of somebody else is ever changed by a command, and a file of ours needs nothing but its content."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import ADDRESS, ZERO_HASH, Run

RUN = ["simulate", "pow-only", "--set", "momentums=20"]
SWEEP = [*RUN, "--sweep", "lanes.slow.hashrate=5e5,1e6", "--workers", "1"]
STOCKPILE = ["stockpile", "--honest", "default", "--horizon", "20", "--policy", "window:6"]
BATCH = ["generate", "--input", "in.jsonl", "--workers", "1"]
STOCK = ["stock", "add", "--address", ADDRESS, "--previous-hash", ZERO_HASH, "--nonce", "00" * 8]
KEY = ["key", "export", "key", "--password-fd", "0"]

OUTPUTS: dict[str, tuple[list[str], str]] = {
    "parquet of a run": ([*RUN, "--parquet", "{}"], "out.parquet"),
    "report of a run": ([*RUN, "--html", "{}"], "out.html"),
    "picture of a run": ([*RUN, "--png", "pictures"], "pictures/prices.png"),
    "lines of a sweep": ([*SWEEP, "--output", "{}"], "out.jsonl"),
    "table of a sweep": ([*SWEEP, "--output", "{}"], "out.parquet"),
    "report of a sweep": ([*SWEEP, "--html", "{}"], "out.html"),
    "picture of a sweep": ([*SWEEP, "--png", "pictures"], "pictures/sweep.png"),
    "report of a stockpile": ([*STOCKPILE, "--html", "{}"], "out.html"),
    "picture of a stockpile": ([*STOCKPILE, "--png", "pictures"], "pictures/filled.png"),
    "answers of a batch": ([*BATCH, "--output", "{}"], "out.jsonl"),
}
"""Every output that ``--force`` writes over, and a file that it would write."""

NEVER: dict[str, tuple[list[str], str]] = {
    "answers of a resumed batch": ([*BATCH, "--output", "{}", "--resume"], "out.jsonl"),
    "store": ([*STOCK, "--stock", "{}"], "works.db"),
    "listed store": (["stock", "list", "--stock", "{}"], "works.db"),
    "pruned store": (["stock", "prune", "--stock", "{}"], "works.db"),
    "history": (["bench", "--quick", "--save", "--history", "{}", "--rules", "alphanet"], "history.json"),
}
"""Those that nothing makes write over what is not theirs."""


def _text(path: Path) -> None:
    path.write_text("notes without an end of a line")


def _wallet(path: Path) -> None:
    path.write_text('{"baseAddress": "z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402", "crypto": {}, "version": 1}')


def _empty(path: Path) -> None:
    path.touch()


def _page(path: Path) -> None:
    path.write_text('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>mine</title></head></html>\n')


def _picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(80))


def _table(path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), path)


def _database(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE accounts (name)")
    other.commit()
    other.close()


def _link(path: Path) -> None:
    target = path.with_name("linked-notes.txt")
    target.write_text("notes")
    path.symlink_to(target.name)


def _lines(path: Path) -> None:
    path.write_text('{"line": 1, "id": null, "nonce": "0000000000000000"}\n{"mine": 1}')


FOREIGN = [_text, _wallet, _empty, _page, _picture, _table, _database, _link, _lines]


@pytest.fixture(autouse=True)
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text(f'{{"data_hash": "{"11" * 32}", "difficulty": 5}}\n')


def _snapshot() -> dict[str, tuple[bytes, int, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.lstat().st_mode)
        for path in Path().rglob("*")
        if path.is_file()
    }


def _arguments(arguments: list[str], path: Path) -> list[str]:
    return [str(path) if argument == "{}" else argument for argument in arguments]


@pytest.mark.parametrize("make", FOREIGN)
@pytest.mark.parametrize("name", [*OUTPUTS, *NEVER])
def test_a_foreign_file_is_refused_before_any_work_and_stays_as_it_is(
    name: str, make: Callable[[Path], None], call: Run
) -> None:
    arguments, file = (OUTPUTS | NEVER)[name]
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    make(path)
    before = _snapshot()
    done = call(*_arguments(arguments, path))
    assert done.code == 2
    assert done.out == ""
    assert str(path) in done.problem
    assert _snapshot() == before


@pytest.mark.parametrize("make", [_text, _empty, _link])
@pytest.mark.parametrize("name", OUTPUTS)
def test_force_writes_over_it(name: str, make: Callable[[Path], None], call: Run) -> None:
    arguments, file = OUTPUTS[name]
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    make(path)
    before = path.read_bytes()
    assert call(*_arguments(arguments, path), "--force").code == 0
    assert path.read_bytes() != before
    assert path.is_symlink() == (make is _link)
    assert not [path for path in Path().rglob("*") if path.name.endswith(".part")]


@pytest.mark.parametrize("name", [name for name in OUTPUTS if "batch" not in name])
def test_a_file_of_ours_needs_no_force(name: str, call: Run) -> None:
    arguments, file = OUTPUTS[name]
    path = Path(file)
    assert call(*_arguments(arguments, path)).code == 0
    path.chmod(0o640)
    again = call(*_arguments(arguments, path))
    assert again.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_folder_or_a_pipe_is_not_replaced_even_by_force(name: str, call: Run) -> None:
    arguments, file = OUTPUTS[name]
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    path.mkdir()
    done = call(*_arguments(arguments, path), "--force")
    assert (done.code, path.is_dir()) == (2, True)
    if "lines" in name or "answers" in name:
        return  # a pipe is written to as it is
    path.rmdir()
    os.mkfifo(path)
    done = call(*_arguments(arguments, path), "--force")
    assert (done.code, path.is_fifo()) == (2, True)


def test_the_input_is_not_written_over_even_by_force(call: Run) -> None:
    Path("also.jsonl").hardlink_to("in.jsonl")
    before = Path("in.jsonl").read_bytes()
    for output in ("in.jsonl", "also.jsonl"):
        assert "is the --input too" in call(*BATCH, "--output", output, "--force").problem
    assert Path("in.jsonl").read_bytes() == before


def test_what_came_while_the_work_was_done_is_not_written_over(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: str, target: str) -> None:
        Path(target).write_text("mine")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    done = call(*RUN, "--html", "out.html")
    assert done.code == 2
    assert "out.html is there already" in done.err
    assert Path("out.html").read_text() == "mine"
