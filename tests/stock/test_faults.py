"""What may happen to a store: processes that are killed, several at once, damaged and foreign files."""

import os
import random
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from powplasma import Expiry, InvalidInput, Window
from powplasma.stock import Hit, Need, Pruned, Stock, StockFailed
from powplasma.stock.database import APPLICATION_ID
from powplasma.validation import Anchor

from .conftest import work_of
from .killing import found

ANY = Need.of_difficulty(1)
KILLS = int(os.environ.get("POWPLASMA_STOCK_KILLS", "50"))
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(600)
def test_nothing_that_was_committed_is_lost_when_processes_are_killed(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.stock.killing", path, str(KILLS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    killed, batches = re.match(r"(\d+) killed, (\d+) batches", done.stdout).groups()  # type: ignore[union-attr]
    assert int(killed) >= KILLS
    assert int(batches) > 0


RACE = """
import os, random, signal, sys, time
from powplasma.stock import Stock
from tests.stock.conftest import work_of
for attempt in range(30):
    path = f"{sys.argv[1]}-{attempt}"
    children = []
    for child in range(3):
        pid = os.fork()
        if pid == 0:
            try:
                with Stock(path) as stock:
                    for number in range(10**6):
                        stock.put([work_of(10**6 * child + number)])
            finally:
                os._exit(1)
        children.append(pid)
    time.sleep(random.uniform(0, 0.03))
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL, "it ended by itself"
    with Stock(path) as stock:
        assert all(work.achieved_difficulty for work in stock.works())
"""


def test_processes_that_make_one_store_are_killed_while_they_do(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", RACE, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_damaged_row_is_never_found_and_is_pruned_or_repaired(path: Path, stock: Stock) -> None:
    anchored = work_of(2, anchor=Anchor(b"m" * 32, 900))
    works = [work_of(1), anchored]
    expiry = Expiry(Window(360), 1_000, None)
    values = {
        "nonce": b"\0" * 8, "seal": b"\0" * 8, "anchor_height": (999).to_bytes(8, "big"), "anchor_hash": b"x" * 32,
    }  # fmt: skip
    for column, value in {**values, "nonce ": 5, "seal ": "text", "seal  ": None}.items():
        stock.put(works)
        with sqlite3.connect(path) as other:
            if value is None:
                other.execute("UPDATE works SET seal = zeroblob(7)")
            else:
                other.execute(f"UPDATE works SET {column.strip()} = ?", (value,))
        other.close()
        for work, judged_by in zip(works, (None, expiry), strict=True):
            hit = stock.find(work.address, work.previous_hash, ANY, judged_by)
            assert not isinstance(hit, Hit), column
        assert list(stock.works()) == []
        if column == "seal":
            stock.put(works)
            assert len(list(stock.works())) == 2
            assert stock.prune() == Pruned(0, 0)
        else:
            assert stock.prune() == Pruned(2, 0), column


def test_a_file_with_a_flipped_bit_gives_works_that_verify_or_an_error(path: Path, tmp_path: Path) -> None:
    works = [work_of(number) for number in range(60)]
    with Stock(path) as stock:
        stock.put(works)
    content = path.read_bytes()
    chance = random.Random(5)
    outcomes = set()
    for attempt in range(120):
        damaged = bytearray(content)
        position = chance.randrange(4096 if attempt % 5 == 0 else len(content))
        damaged[position] ^= 1 << chance.randrange(8)
        copy = tmp_path / f"{attempt}.db"
        copy.write_bytes(damaged)
        try:
            with Stock(copy, create=False) as stock:
                outcomes |= {found(stock, work) for work in works}
                stock.prune()
                assert all(work in works for work in stock.works())
        except (InvalidInput, StockFailed) as refused:
            outcomes.add(type(refused))
    assert {True, False} <= outcomes
    assert outcomes & {InvalidInput, StockFailed}


EVERY = int(os.environ.get("POWPLASMA_STOCK_FLIPS", "13"))
"""A bit is flipped in every so-manieth byte; 1 takes two minutes."""


@pytest.mark.parametrize("log", [False, True], ids=["file", "log"])
def test_a_bit_flipped_anywhere_gives_stored_works_or_one_line(path: Path, tmp_path: Path, log: bool) -> None:
    """Nothing that was not stored is ever given, and nothing but our own errors comes out, whatever is asked."""
    anchored = [work_of(number, anchor=Anchor(bytes([number]) * 32, 900 + number)) for number in range(6)]
    works = [*(work_of(number) for number in range(6)), *anchored]
    expiry = Expiry(Window(360), 1_000, None)
    files = {}
    with Stock(path) as stock:
        for work in works:
            stock.put([work])
        if log:  # what is committed is not in the file yet
            files = {name: Path(f"{path}{name}").read_bytes() for name in ("", "-wal")}
    content = files["-wal"] if log else path.read_bytes()
    damaged = tmp_path / "damaged.db"
    given, refused = 0, set()
    said: list[str] = []
    for position in range(0, len(content), EVERY):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position // EVERY % 8
        for name in ("", "-wal", "-shm"):
            Path(f"{damaged}{name}").unlink(missing_ok=True)
        damaged.write_bytes(files[""] if log else flipped)
        if log:
            Path(f"{damaged}-wal").write_bytes(flipped)
        try:
            with Stock(damaged, create=False) as stock:
                for work in works:
                    hit = stock.find(work.address, work.previous_hash, ANY, expiry if work.anchor else None)
                    assert not isinstance(hit, Hit) or hit.work in works
                    given += isinstance(hit, Hit)
                assert all(work in works for work in stock.works())
                stock.prune(expiry)
                stock.put(works[:3])
                stock.keep(works[0].address, [works[0].previous_hash])
                stock.drop(works[1].address)
                assert all(work in works for work in stock.works())
        except (InvalidInput, StockFailed) as error:
            refused.add(type(error))
            said.append(str(error))
    assert all(each.isprintable() for each in said)
    assert given > len(content) // EVERY
    assert refused == (set() if log else {InvalidInput, StockFailed})


def test_a_damaged_schema_is_said_to_be_damage(path: Path) -> None:
    Stock(path).close()
    with sqlite3.connect(path) as other:
        other.execute("ALTER TABLE works RENAME COLUMN seal TO sead")
    other.close()
    with pytest.raises(StockFailed, match=r"the file is damaged \(no such column: seal\)"), Stock(path) as stock:
        list(stock.works())


def test_foreign_files_are_refused_and_left_alone(path: Path) -> None:
    text = path.with_name("notes.txt")
    text.write_text("these are notes and no database, however long they may become\n" * 20)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    for file, words in ((text, "is no database"), (path, "is a database of another program")):
        before = file.read_bytes()
        with pytest.raises(InvalidInput, match=words) as failure:
            Stock(file)
        assert failure.value.field == "stock"
        assert file.read_bytes() == before


def test_a_store_of_another_version_is_refused(path: Path) -> None:
    Stock(path).close()
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(InvalidInput, match=r"is a store of version 2 \(version 1\)"):
        Stock(path)


def test_files_that_are_not_there_or_cannot_be(path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        Stock(path, create=False)
    assert not path.exists()
    with pytest.raises(InvalidInput, match="has no folder to be in"):
        Stock(path / "folder" / "works.db")
    with pytest.raises(InvalidInput, match="is not a file"):
        Stock(path.parent)


def test_an_empty_file_is_not_a_store(path: Path) -> None:
    path.touch()
    for create in (False, True):
        with pytest.raises(InvalidInput, match="is empty, so nothing shows that it is a store"):
            Stock(path, create=create)
    assert path.read_bytes() == b""
    assert list(path.parent.iterdir()) == [path]


def test_a_store_that_may_only_be_read_is_read_and_its_refusal_says_why() -> None:
    """As another user, since root may write anything; in a folder that this user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="powplasma-stock-"))
    try:
        path = folder / "works.db"
        with Stock(path) as stock:
            stock.put([work_of(1)])
        for written in folder.iterdir():
            written.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        folder.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(65_534)
        with pytest.raises(InvalidInput, match="cannot be written, only read"):
            Stock(path)
        with Stock(path, read_only=True) as stock:
            assert list(stock.works()) == [work_of(1)]
            with pytest.raises(InvalidInput, match="cannot be written, only read"):
                stock.put([work_of(2)])
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_full_disk_is_an_error_that_leaves_the_store_as_it_was(path: Path, stock: Stock) -> None:
    stock.put([work_of(1)])
    (pages,) = stock._connection.execute("PRAGMA page_count").fetchone()
    stock._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StockFailed, match="database or disk is full"):
        stock.put([work_of(number) for number in range(1_000)])
    assert list(stock.works()) == [work_of(1)]
    stock._connection.execute("PRAGMA max_page_count = 100000")
    stock.put([work_of(2)])
    assert len(list(stock.works())) == 2


def test_a_lock_that_is_not_given_back_is_an_error(path: Path, stock: Stock) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    stock._connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StockFailed, match="locked"):
        stock.put([work_of(1)])
    assert list(stock.works()) == []
    other.execute("COMMIT")
    other.close()
    stock.put([work_of(1)])
