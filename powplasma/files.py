"""Files that have to be whole: read with a limit, written so that no half of one is ever seen."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from powplasma.errors import InvalidInput


def read_json(path: Path, field: str, most: int) -> Any:
    """The JSON value in a file of at most so many bytes.

    Raises:
        InvalidInput: ``field``; it cannot be read, is too long, or is not JSON. What is in it is not in the error.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise InvalidInput(field, str(path), f"cannot be read: {error.strerror}", "a file") from None
    if len(content) > most:
        raise InvalidInput(field, str(path), "is too long", f"at most {most} bytes")
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are children of ValueError
        raise InvalidInput(field, str(path), "is not JSON: it is another kind of file, or cut off", "JSON") from None


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path``, which takes its place once it is complete and on the disk.

    Raises:
        OSError: it cannot be written; what was at ``path`` is still there, and nothing else.
    """
    with _beside(path, 0o666, Path.replace) as file:
        yield file


def write_new(path: Path, text: str, field: str, *, secret: bool) -> None:
    """Writes a file that is not there yet, whole or not at all.

    Args:
        path: where; its folder has to exist.
        text: what.
        field: names the path in an error.
        secret: whether only the owner may read it; otherwise the process's umask decides.

    Raises:
        InvalidInput: ``field``; there is something at the path already.
        OSError: it cannot be written.
    """
    try:
        with _beside(path, 0o600 if secret else 0o666, _put) as file:
            file.write(text.encode())
        _settle(path.parent)
    except FileExistsError:
        problem = "exists already, and is not written over"
        raise InvalidInput(field, str(path), problem, "the path of a new file") from None


def try_lock(descriptor: int) -> bool:
    """Locks an open file, unless another opening of it, in this process or elsewhere, holds the lock.

    The lock ends with ``unlock``, when the file is closed, and with the process.

    Returns:
        Whether the lock is held now.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return _try_lock_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Ends the lock of ``try_lock``, also for forked processes that share the opening."""
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return  # closing the file ends the lock there
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def _try_lock_windows(descriptor: int) -> bool:
    import msvcrt  # noqa: PLC0415 - only there on Windows

    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except PermissionError:
        return False
    return True


@contextmanager
def _beside(path: Path, mode: int, put: Callable[[Path, Path], object]) -> Iterator[BinaryIO]:
    """A new file in the same folder, which ``put`` gives its name once it is on the disk; else it is gone again."""
    partial = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        put(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _put(partial: Path, path: Path) -> None:
    """Gives a finished file its name, unless that is taken."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links, as on a memory stick: the name is taken first, then filled in one step.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        partial.replace(path)


def _settle(folder: Path) -> None:
    """Has the folder itself written, so that the file's name survives a loss of power, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _no_number(name: str) -> Any:
    raise ValueError(name)
