"""How fast the store of works takes works and finds them again, beside a bare SQLite table of the same shape.

    python -m benchmarks.stock [--works N] [--repetitions N] [--json]

The bare table has the same columns and key, is committed as durably (write-ahead log, synchronous=FULL) and in
batches of the same size, and neither seals nor checks anything; it says what SQLite itself takes. Inserts are timed
by the clock on the wall, since the disk takes part, look-ups by the thread's own time. All works are random; look-ups
are in random order, all find their work, and the store works out anew what each nonce is good for. With --json, one
object for inserts and one for look-ups.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.common import Contender, measure, report, show
from powplasma.stock import Hit, Need, Stock, StoredWork

BARE = """
CREATE TABLE works (address BLOB, previous_hash BLOB, anchor_hash BLOB, anchor_height BLOB, nonce BLOB, seal BLOB,
PRIMARY KEY (address, previous_hash, anchor_hash, nonce)) WITHOUT ROWID
"""
SELECT = "SELECT * FROM works WHERE address = ? AND previous_hash = ?"
NEED = Need.of_difficulty(1)


def bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute(BARE)
    return connection


def inserts(works: list[StoredWork], batch: int, folder: Path) -> list[Contender]:
    """Every run fills a new file."""
    numbers = count()
    rows = [work.row() for work in works]

    def into_bare() -> int:
        connection = bare(folder / f"{next(numbers)}.bare")
        for first in range(0, len(rows), batch):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO works VALUES (?, ?, ?, ?, ?, ?)", sorted(rows[first : first + batch]))
            connection.execute("COMMIT")
        connection.close()
        return len(rows)

    def into_stock() -> int:
        with Stock(folder / f"{next(numbers)}.db") as stock:
            for first in range(0, len(works), batch):
                stock.put(works[first : first + batch])
        return len(works)

    return [Contender("bare table", into_bare), Contender("Stock.put", into_stock)]


def look_ups(works: list[StoredWork], folder: Path) -> list[Contender]:
    """All works are in both files before the first run."""
    connection, stock = bare(folder / "look-ups.bare"), Stock(folder / "look-ups.db")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO works VALUES (?, ?, ?, ?, ?, ?)", (work.row() for work in works))
    connection.execute("COMMIT")
    stock.put(works)
    places = [(work.address, work.previous_hash) for work in random.sample(works, len(works))]

    def contender(name: str, find: Callable[[], int]) -> Contender:
        def run() -> int:
            found = find()
            assert found == len(places)
            return found

        return Contender(name, run)

    return [
        contender("bare table", lambda: sum(len(connection.execute(SELECT, place).fetchall()) for place in places)),
        contender("Stock.find", lambda: sum(isinstance(stock.find(*place, NEED), Hit) for place in places)),
        contender("Stock.find_many", lambda: sum(isinstance(hit, Hit) for hit in stock.find_many(places, NEED))),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=10_000, help="works per transaction")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made; a temporary folder by default")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    works = [StoredWork(os.urandom(20), os.urandom(32), os.urandom(8)) for _ in range(options.works)]
    settings = {"works": options.works, "batch": options.batch, "repetitions": options.repetitions}
    settings |= {"sqlite": sqlite3.sqlite_version}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder)
        for title, contenders, timer in (
            ("storing works", inserts(works, options.batch, path), time.perf_counter),
            ("finding works", look_ups(works, path), time.thread_time),
        ):
            samples = measure(contenders, options.repetitions, None, timer)
            show(report(title, settings, samples, "bare table", 1e3), options.json, "thousand/s")
            print()


if __name__ == "__main__":
    main()
