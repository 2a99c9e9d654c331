"""Files that have to be whole: read with a limit, written so that no half of one is ever seen and nothing is lost."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from powplasma.errors import InvalidInput
from powplasma.folders import user_path

DEEPEST = 64
"""Levels of lists and objects within each other. No file of this project has a quarter of that."""

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
        return json_of(text)
    except RecursionError:
        problem = f"is nested more than {DEEPEST} levels deep"
    except ValueError:
        problem = "is not JSON: it is another kind of file, or cut off"
    raise InvalidInput(field, str(path), problem, accepted)  # outside of the handlers: their errors hold the text


def json_of(text: str) -> Any:
    """The value of JSON text.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested more than ``DEEPEST`` levels deep.
    """
    value = json.loads(text, parse_constant=_no_number)
    check_depth(value)
    return value


def check_depth(value: object) -> None:
    """Refuses lists and objects that are too deep for code that walks through them.

    Raises:
        RecursionError: they are nested more than ``DEEPEST`` levels deep.
    """
    level = [value]
    for _ in range(DEEPEST + 1):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return
    raise RecursionError


def read_toml(path: Path, field: str, accepted: str = "a TOML file") -> dict[str, Any]:
    """The table in a TOML file of at most ``MOST_TOML`` bytes.

    Raises:
        InvalidInput: ``field``; it cannot be read, is too long, or is not TOML.
    """
    text = read_text(path, field, MOST_TOML, accepted)
    try:
        table = tomllib.loads(text)
        check_depth(table)
    except RecursionError:
        raise InvalidInput(field, str(path), f"is nested more than {DEEPEST} levels deep", accepted) from None
    except ValueError as error:  # TOMLDecodeError, or a number or date that Python does not take
        raise InvalidInput(field, str(path), f"is not TOML: {error}", accepted) from None
    return table


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path``, which takes its place, and its permissions, once it is complete and on the disk.

    A symbolic link stays one: what it leads to is replaced.

    Raises:
        OSError: it cannot be written; what was at ``path`` is still there, and nothing else.
    """
    real = Path(os.path.realpath(path))
    with _beside(real, 0o666, Path.replace) as file:
        with contextlib.suppress(OSError, AttributeError):  # a new file; a system without fchmod
            os.fchmod(file.fileno(), stat.S_IMODE(real.stat().st_mode))
        yield file


@contextmanager
def new_file(path: Path, *, secret: bool = False) -> Iterator[BinaryIO]:
    """A file that gets its name once it is complete and on the disk.

    Args:
        path: where; its folder has to exist.
        secret: whether only the owner may read it; otherwise the process's umask decides.

    Raises:
        FileExistsError: something has that name, a symbolic link that leads nowhere included.
        OSError: it cannot be written; nothing is left of it.
    """
    with _beside(path, 0o600 if secret else 0o666, put_new) as file:
        yield file
    _settle(path.parent)


def write_new(path: str | os.PathLike[str], text: str, field: str, *, secret: bool) -> None:
    """Writes a file that is not there yet, whole or not at all.

    Args:
        path: where; its folder has to exist.
        text: what.
        field: names the path in an error.
        secret: as for ``new_file``.

    Raises:
        InvalidInput: ``field``; there is something at the path already, or no folder for it.
        OSError: it cannot be written.
    """
    place = user_path(path, field)
    try:
        with new_file(place, secret=secret) as file:
            file.write(text.encode())
    except FileExistsError:
        problem = "exists already, and is not written over"
    except (FileNotFoundError, NotADirectoryError):
        problem = "has no folder to be in"
    else:
        return
    raise InvalidInput(field, str(path), problem, "the path of a new file in a folder that exists")


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
    partial = partial_of(path)
    try:
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
    except OSError as error:
        if error.filename in (None, str(partial)):  # a name that nobody knows
            error.filename, error.filename2 = str(path), None
        raise


def partial_of(path: Path) -> Path:
    """A name in the same folder for what is to become a file; hidden, and nobody else's."""
    return path.parent / f".powplasma-{os.urandom(8).hex()}.part"


def may_write(path: Path) -> bool:
    """Whether this process may change a file, or what is in a folder, as far as the system can tell."""
    mode = os.W_OK | os.X_OK if path.is_dir() else os.W_OK
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def put_new(partial: Path, path: Path) -> None:
    """Gives a finished file its name, unless that is taken.

    Raises:
        FileExistsError: it is.
    """
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
