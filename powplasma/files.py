"""Files that have to be whole: read with a limit, written so that no half of one is ever seen."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from powplasma.errors import InvalidInput

MOST_TOML = 1 << 20
"""Most bytes of a TOML file: settings, a scenario, a population. Written by hand, they are a thousandth of that."""

_OTHER_TEXT = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks of the encodings that are not read; the longer ones first, because one begins another."""


def read_bytes(path: Path, field: str, most: int, accepted: str = "a file") -> bytes:
    """The content of a file of at most ``most`` bytes. No more is read of one that is larger, or that never ends.

    Raises:
        InvalidInput: ``field``; it cannot be read, or is too long.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: no system takes a NUL in a path
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(field, str(path), f"cannot be read: {why}", accepted) from None
    if len(content) > most:
        raise InvalidInput(field, str(path), "is too long", f"at most {most} bytes")
    return content


def read_text(path: Path, field: str, most: int, accepted: str = "a text file") -> str:
    """The text of a UTF-8 file of at most ``most`` bytes, without a byte order mark. What is in it is in no error.

    Raises:
        InvalidInput: ``field``; it cannot be read, is too long, or is not UTF-8.
    """
    content = read_bytes(path, field, most, accepted)
    try:
        return text_of(content)
    except ValueError as error:
        raise InvalidInput(field, str(path), str(error), f"{accepted} in UTF-8") from None


def text_of(content: bytes) -> str:
    """The text of bytes in UTF-8. A byte order mark is not part of it.

    Raises:
        ValueError: they are not UTF-8. Its text says what is wrong with them and nothing of what they hold.
    """
    other = other_encoding(content)
    if other:
        raise ValueError(f"is {other} text")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        mark = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
        raise ValueError(f"is not UTF-8 at byte {error.start + mark + 1}") from None


def other_encoding(beginning: bytes) -> str:
    """``UTF-16`` or ``UTF-32`` if text begins as in these encodings; empty if not.

    Without a byte order mark they are known by a zero byte in the first character: the texts that are read here begin
    with an ASCII character, and hold no NUL.
    """
    for mark, name in _OTHER_TEXT.items():
        if beginning.startswith(mark):
            return name
    zeros = [byte == 0 for byte in beginning[:4]]
    if zeros in ([False, True, True, True], [True, True, True, False]):
        return "UTF-32"
    return "UTF-16" if len(zeros) > 1 and zeros[0] != zeros[1] else ""


def read_json(path: Path, field: str, most: int, accepted: str = "JSON") -> Any:
    """The JSON value in a file of at most ``most`` bytes. What is in it is in no error.

    Raises:
        InvalidInput: ``field``; it cannot be read, is too long, or is not JSON.
    """
    text = read_text(path, field, most, accepted)
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        problem = "is not JSON: it is another kind of file, or cut off"
        raise InvalidInput(field, str(path), problem, accepted) from None


def read_toml(path: Path, field: str, accepted: str = "a TOML file") -> dict[str, Any]:
    """The table in a TOML file of at most ``MOST_TOML`` bytes.

    Raises:
        InvalidInput: ``field``; it cannot be read, is too long, or is not TOML.
    """
    text = read_text(path, field, MOST_TOML, accepted)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(field, str(path), f"is not TOML: {error}", accepted) from None
    except RecursionError:
        raise InvalidInput(field, str(path), "is nested too deeply", accepted) from None


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
