"""The file of a store: an SQLite database that is opened, recognised and, if new, made.

What is committed is on the disk (write-ahead log, ``synchronous=FULL``), so it survives the end of
any process at any point, and several processes can use one file. A database of another program is
never written to.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from powplasma.errors import InvalidInput, PowPlasmaError

APPLICATION_ID = 0x706F7773
"""Marks the file as a store of powplasma's: ``pows`` in the header of the database."""

SCHEMA_VERSION = 1
"""Version of the table below."""

WAIT_SECONDS = 30.0
"""How long to wait for another process that is writing."""

_ACCEPTED = "a file that `powplasma stock` has made, or a new one"
_SCHEMA = """
CREATE TABLE works (
    address BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    anchor_hash BLOB NOT NULL,
    anchor_height BLOB NOT NULL,
    nonce BLOB NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (address, previous_hash, anchor_hash, nonce)
) WITHOUT ROWID
"""


class StockFailed(PowPlasmaError):
    """A store cannot be used any more: a full disk, a damaged file, a lock that is not given back.

    Attributes:
        path: of the store.
        why: the reason, in words.
    """

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: {why}")


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection to a store, without transactions of its own making.

    Raises:
        InvalidInput: field ``stock``; no such file, no store, or one of another version.
        StockFailed: the system refuses.
    """
    if not create and not path.exists():
        raise InvalidInput("stock", str(path), "does not exist", "a file that `powplasma stock add` has made")
    with translated(path):
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
        connection.text_factory = bytes  # a damaged file may have text where bytes were written
        try:
            _recognise(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute("PRAGMA cache_size = -65536")
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raises ``refusal`` for an error of SQLite."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusal(path, error) from error


def refusal(path: Path, error: sqlite3.Error) -> InvalidInput | StockFailed:
    """An error of powplasma for one of SQLite: field ``stock`` if the file is not one that can be used."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return InvalidInput("stock", str(path), "is no database", _ACCEPTED)
        case sqlite3.SQLITE_CANTOPEN:
            return InvalidInput("stock", str(path), "cannot be opened", _ACCEPTED)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return InvalidInput("stock", str(path), "cannot be written", "a file and folder that can")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR | sqlite3.SQLITE_MISMATCH:
            # No statement of ours is wrong in a store as it was made.
            return StockFailed(str(path), f"the file is damaged ({error})")
        case _:
            return StockFailed(str(path), str(error))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path, kind: str) -> Iterator[None]:
    """A transaction: all of the block, or nothing of it.

    Args:
        connection: of the store.
        path: of its file.
        kind: ``IMMEDIATE`` to write, ``DEFERRED`` to read one state throughout.

    Raises:
        InvalidInput, StockFailed: as ``refusal``.
    """
    with translated(path):
        connection.execute(f"BEGIN {kind}")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Makes the table in a new file; refuses what is no store."""
    with transaction(connection, path, "DEFERRED"):  # else another process could make it between two looks
        new = _is_new(connection, path)
    if new:
        _write_ahead(connection)
        with transaction(connection, path, "IMMEDIATE"):
            if _is_new(connection, path):  # no other process has been quicker
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether nothing has been made in the file yet.

    Raises:
        InvalidInput: field ``stock``; it is no store.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return True
    if application != APPLICATION_ID:
        raise InvalidInput("stock", str(path), "is a database of another program", _ACCEPTED)
    if version != SCHEMA_VERSION:
        raise InvalidInput("stock", str(path), f"is a store of version {version}", f"version {SCHEMA_VERSION}")
    return False


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switches to the write-ahead log; here SQLite does not wait for a lock, however long it was told to."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
