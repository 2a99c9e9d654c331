"""The file of tickets: an SQLite database, written by one thread that commits what has come in meanwhile together."""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.files import try_lock, unlock

APPLICATION_ID = 0x706F7774
"""Marks the file as tickets of powplasma's: ``powt`` in the header of the database."""

KEPT_SECONDS = 7 * 24 * 3600
"""How long the end of a ticket can be asked for."""

MOST_KEPT = 100_000
"""Ended tickets that are kept, at most."""

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE tickets (
    number INTEGER PRIMARY KEY,
    ticket TEXT NOT NULL UNIQUE,
    client TEXT NOT NULL,
    request TEXT NOT NULL,
    accepted REAL NOT NULL,
    state TEXT NOT NULL,
    answer TEXT,
    ended REAL
);
CREATE INDEX by_end ON tickets (ended);
"""

_ACCEPTED = "a file that `powplasma serve` has made, or a new one"
_MOST_TOGETHER = 1_000
"""Writes in one transaction."""

_COMMITS_PER_LOOK = 500
"""After so many it is looked for what is to be forgotten."""

Write = Callable[[sqlite3.Connection], Any]


class StoreFailed(Exception):
    """What was to be written is not: a full disk, a damaged file."""


class Store:
    """The tickets of one server; no other can open the file meanwhile. What is written is on the disk.

    Args:
        path: of the file, which is made if it does not exist.

    Raises:
        InvalidInput: field ``tickets``; it is another file, in use, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._lock = _locked(path)
        try:
            self._connection = _opened(path)
        except BaseException:
            _free(self._lock)
            raise
        self._commits = 0
        self._closed = False
        self._writes: queue.SimpleQueue[tuple[Write, asyncio.Future[Any], asyncio.AbstractEventLoop] | None]
        self._writes = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="powplasma-tickets", daemon=True)
        self._thread.start()

    async def add(self, ticket: str, client: str, request: str) -> None:
        """Keeps a new ticket.

        Raises:
            StoreFailed: it is not kept.
        """
        row = (ticket, client, request, time.time())
        statement = "INSERT INTO tickets (ticket, client, request, accepted, state) VALUES (?, ?, ?, ?, 'waiting')"
        await self._do(lambda connection: connection.execute(statement, row))

    async def end(self, ticket: str, state: str, answer: str) -> None:
        """Keeps how a ticket ended; one that has ended stays as it is.

        Raises:
            StoreFailed: it is not kept.
        """
        row = (state, answer, time.time(), ticket)
        statement = "UPDATE tickets SET state = ?, answer = ?, ended = ? WHERE ticket = ? AND state = 'waiting'"
        await self._do(lambda connection: connection.execute(statement, row))

    async def ended(self, ticket: str, client: str) -> tuple[str, str] | None:
        """State and answer of a client's ticket that has ended; None if there is none.

        Raises:
            StoreFailed: the file cannot be read.
        """
        statement = "SELECT state, answer FROM tickets WHERE ticket = ? AND client = ? AND ended IS NOT NULL"
        found: tuple[str, str] | None = await self._do(
            lambda connection: connection.execute(statement, (ticket, client)).fetchone()
        )
        return found

    def waiting(self) -> list[tuple[str, str, str, float]]:
        """Ticket, client, request and time of those that have not ended, in their order. Before any other call."""
        statement = "SELECT ticket, client, request, accepted FROM tickets WHERE state = 'waiting' ORDER BY number"
        return self._connection.execute(statement).fetchall()

    def close(self) -> None:
        """Writes what is left, and gives the file free."""
        self._closed = True
        self._writes.put(None)
        self._thread.join()
        self._connection.close()
        _free(self._lock)

    async def _do(self, write: Write) -> Any:
        if self._closed:
            raise StoreFailed("the server is being shut down")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Any] = loop.create_future()
        self._writes.put((write, outcome, loop))
        return await outcome

    def _run(self) -> None:
        while (first := self._writes.get()) is not None:
            together = [first]
            while len(together) < _MOST_TOGETHER and not self._writes.empty():
                following = self._writes.get()
                if following is None:
                    self._writes.put(None)
                    break
                together.append(following)
            outcomes = self._commit([write for write, _, _ in together])
            for (_, outcome, loop), (result, failure) in zip(together, outcomes, strict=True):
                loop.call_soon_threadsafe(_tell, outcome, result, failure)

    def _commit(self, writes: list[Write]) -> list[tuple[Any, StoreFailed | None]]:
        try:
            with _transaction(self._connection):
                results: list[tuple[Any, StoreFailed | None]] = [(write(self._connection), None) for write in writes]
                if self._commits % _COMMITS_PER_LOOK == 0:
                    _prune(self._connection)
                self._commits += 1
        except sqlite3.Error as error:
            return [(None, StoreFailed(str(error)))] * len(writes)
        return results


def _tell(outcome: asyncio.Future[Any], result: Any, failure: StoreFailed | None) -> None:
    if outcome.done():
        return  # whoever asked has gone
    if failure is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(failure)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _prune(connection: sqlite3.Connection) -> None:
    """Forgets what ended long ago; a clock that is set back lets it stay for longer."""
    connection.execute("DELETE FROM tickets WHERE ended < ?", (time.time() - KEPT_SECONDS,))
    oldest = "SELECT ended FROM tickets WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT 1 OFFSET ?"
    row = connection.execute(oldest, (MOST_KEPT,)).fetchone()
    if row is not None:
        connection.execute("DELETE FROM tickets WHERE ended <= ?", row)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables and (mark, version) != (APPLICATION_ID, _SCHEMA_VERSION):
                raise InvalidInput("tickets", str(path), "is the file of another program or version", _ACCEPTED)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            if not tables:
                marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {_SCHEMA_VERSION};"
                connection.executescript(f"BEGIN; {_SCHEMA} {marks} COMMIT;")
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise InvalidInput("tickets", str(path), f"cannot be used: {error}", _ACCEPTED) from error
    return connection


def _locked(path: Path) -> int:
    """A lock on a file beside the database, which ends with this process however it ends."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InvalidInput("tickets", str(path), f"cannot be used: {error.strerror}", _ACCEPTED) from None
    if not try_lock(descriptor):
        os.close(descriptor)
        raise InvalidInput("tickets", str(path), "is used by another server", "a file for each")
    return descriptor


def _free(descriptor: int) -> None:
    unlock(descriptor)
    os.close(descriptor)
