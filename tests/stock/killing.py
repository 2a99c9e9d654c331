"""Kills processes that use one store, at random points, and looks for everything that they had committed.

    python -m tests.stock.killing FILE [KILLS]

Two writers at a time store batches, drop and prune; each says what the store has taken, and is killed by SIGKILL,
some while they open the file. After each round a sample, and in the end all, is looked for. Prints one line of figures.
"""

import os
import random
import select
import signal
import sqlite3
import sys
import time
from pathlib import Path

from powplasma.stock import Hit, Need, Stock, StoredWork

from .conftest import achieved, work_of

BATCH = 20
_ANY = Need.of_difficulty(1)


def works_of(batch: int) -> list[StoredWork]:
    return [work_of(number) for number in range(BATCH * batch, BATCH * (batch + 1))]


def write(path: Path, first: int, said: int) -> None:
    """Fills the store for ever, and tells what has been done."""

    def say(word: str, batch: int) -> None:
        os.write(said, f"{word} {batch}\n".encode())

    with Stock(path) as stock:
        for batch in range(first, first + 10**6):
            stock.put(works_of(batch))
            say("put", batch)
            if batch % 3 == 2:
                work = works_of(batch - 1)[0]
                say("dropping", batch - 1)
                stock.drop(work.address, work.previous_hash)
            if batch % 7 == 6:
                stock.prune()


def start(path: Path, first: int) -> tuple[int, int]:
    """A writer: its process and the end of the pipe that it speaks into."""
    said, tells = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            write(path, first, tells)
        finally:
            os._exit(1)  # it ends in no other way than by a signal
    os.close(tells)
    return pid, said


def found(stock: Stock, work: StoredWork) -> bool:
    """Whether the store gives this very work for its place; what it gives has to be as good as it says."""
    hit = stock.find(work.address, work.previous_hash, _ANY)
    if isinstance(hit, Hit):
        assert achieved(hit.work) == hit.achieved_difficulty >= hit.difficulty
        assert hit.work == work
    return isinstance(hit, Hit)


def look_for(path: Path, batches: list[int], maybe_dropped: set[int]) -> None:
    with Stock(path) as stock:
        for batch in batches:
            first, *others = (found(stock, work) for work in works_of(batch))
            assert all(others), f"batch {batch} is not whole"
            assert first or batch in maybe_dropped, f"batch {batch} lacks its first"


def main(path: Path, kills: int) -> None:
    chance = random.Random()
    committed: set[int] = set()
    maybe_dropped: set[int] = set()
    killed = 0
    while killed < kills:
        writers = [start(path, (killed + offset) * 10**5) for offset in range(2)]
        if chance.random() < 0.7:
            select.select([said for _, said in writers], [], [])
        time.sleep(chance.uniform(0, 0.08))
        for pid, _ in writers:
            os.kill(pid, signal.SIGKILL)
        for pid, said in writers:
            with os.fdopen(said, "rb") as told:
                for line in told.read().decode().splitlines():
                    word, _, batch = line.partition(" ")
                    (committed if word == "put" else maybe_dropped).add(int(batch))
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            assert code == -signal.SIGKILL, "a writer ended by itself"
        killed += len(writers)
        look_for(path, chance.sample(sorted(committed), min(2, len(committed))), maybe_dropped)
    look_for(path, sorted(committed), maybe_dropped)
    with Stock(path) as stock:
        assert stock.prune().damaged == 0
        works = sum(1 for _ in stock.works())
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    sys.stdout.write(
        f"{killed} killed, {len(committed)} batches of {BATCH} committed, none lost; {works} works, all verify\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50)
