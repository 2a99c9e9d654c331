"""The file of a store: an SQLite database that is opened, recognised and, if new, made.

What is committed is on the disk (write-ahead log, ``synchronous=FULL``), so it survives the end of
any process at any point, and several processes can use one file. A database of another program is
never written to.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.files import may_write, partial_of, put_new

APPLICATION_ID = 0x706F7773
"""Marks the file as a store of powplasma's: ``pows`` in the header of the database."""

SCHEMA_VERSION = 1
"""Version of the table below."""

WAIT_SECONDS = 30.0
"""How long to wait for another process that is writing."""

_MAGIC = b"SQLite format 3\0"
_HEADER = struct.Struct(">60xI4xI")
"""Of the first bytes of a database: version of the schema, and the number of the program."""

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


def connect(path: Path, *, create: bool, read_only: bool) -> sqlite3.Connection:
    """A connection to a store, without transactions of its own making.

    What the file is, is read from its first bytes: SQLite writes to a database that it opens, whoever's it is.

    Args:
        path: of the file.
        create: whether it may be made if it does not exist.
        read_only: whether nothing is to be written; a store that cannot be written will then do.

    Raises:
        InvalidInput: field ``stock``; no such file, no store, one of another version, or one that cannot be used so.
        StockFailed: the system refuses.
    """
    with translated(path):
        try:
            _ready(path, create=create)
            options = _options(path, read_only=read_only)
            uri = f"{path.absolute().as_uri()}?{options}"
        except OSError as error:
            raise InvalidInput("stock", str(path), f"cannot be used: {error.strerror}", _ACCEPTED) from None
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
        connection.text_factory = bytes  # a damaged file may have text where bytes were written
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute("PRAGMA cache_size = -65536")
            if read_only:
                connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
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
    except UnicodeDecodeError as error:  # SQLite's words about a damaged file hold a part of it
        raise StockFailed(str(path), "the file is damaged") from error


def refusal(path: Path, error: sqlite3.Error) -> InvalidInput | StockFailed:
    """An error of powplasma for one of SQLite: field ``stock`` if the file is not one that can be used."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return _refused(path, "is no database")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            problem = _in_the_way(path)
            if problem:
                return InvalidInput("stock", str(path), problem, "a store that can be written")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR | sqlite3.SQLITE_MISMATCH:
            # No statement of ours is wrong in a store as it was made.
            return StockFailed(str(path), f"the file is damaged ({error})")
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


def _ready(path: Path, *, create: bool) -> None:
    """Makes a new store if there is no file; refuses what is no store.

    Raises:
        InvalidInput: field ``stock``.
        OSError: the file cannot be looked at, or made.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not create:
            accepted = "a file that `powplasma stock add` has made"
            raise InvalidInput("stock", str(path), "does not exist", accepted) from None
        _make(path)
        mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise _refused(path, "is not a file")
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
    except PermissionError:
        raise _refused(path, "cannot be read: Permission denied") from None
    if not header:
        raise _refused(path, "is empty, so nothing shows that it is a store")
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise _refused(path, "is no database")
    version, application = _HEADER.unpack(header)
    if application != APPLICATION_ID:
        raise _refused(path, "is a database of another program")
    if version != SCHEMA_VERSION:
        raise InvalidInput("stock", str(path), f"is a store of version {version}", f"version {SCHEMA_VERSION}")


def _make(path: Path) -> None:
    """Makes an empty store, which has its name only once it is whole; another process may be quicker.

    Raises:
        InvalidInput: field ``stock``; it cannot be there.
        OSError, sqlite3.Error: it cannot be made.
    """
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise _refused(path, "has no folder to be in")
    if not may_write(real.parent):
        raise _refused(path, "is in a folder that cannot be written")
    partial = partial_of(real)
    try:
        connection = sqlite3.connect(partial, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        with contextlib.suppress(FileExistsError):
            put_new(partial, real)
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                partial.with_name(partial.name + ending).unlink()


def _options(path: Path, *, read_only: bool) -> str:
    """How SQLite is to open the file.

    Raises:
        InvalidInput: field ``stock``; it is to be written, and cannot be.
    """
    problem = _in_the_way(path)
    if not problem:
        return "mode=rw"  # also to read: who only reads leaves the files of the log behind
    if not read_only:
        raise InvalidInput("stock", str(path), problem, "a store that can be written")
    log = Path(os.path.realpath(path) + "-wal")
    # Without a log that something is in, SQLite need not be able to make one.
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _in_the_way(path: Path) -> str:
    """Why a file that is there cannot be written, as the end of a sentence; empty if no reason is known."""
    real = Path(os.path.realpath(path))
    if not may_write(real):
        return "cannot be written, only read"
    if not may_write(real.parent):
        return "is in a folder that cannot be written, where its log has to be"
    return ""


def _refused(path: Path, problem: str) -> InvalidInput:
    return InvalidInput("stock", str(path), problem, _ACCEPTED)
