"""The output of a batch: whole lines or none."""

from __future__ import annotations

import contextlib
import os
import stat
from types import TracebackType
from typing import Self

from powplasma.errors import InvalidInput

from .exits import OutputFailed
from .output import STANDARD_OUTPUT, as_json
from .parameters import Missing
from .records import Record


class LineWriter:
    """Writes each record as one line, at once, and leaves no part of a line behind in a file.

    Args:
        path: a file, or ``-`` for standard output.
        resume: go on behind the complete lines of the file; else it has to be empty or new.

    Attributes:
        path: the same.
        resumable: whether a later run can continue what was written: into a file, that is.

    Raises:
        InvalidInput: field ``output``; the file cannot be used that way.
    """

    def __init__(self, path: str, *, resume: bool) -> None:
        self.path = path
        self.name = STANDARD_OUTPUT if path == "-" else path
        if resume and path == "-":
            raise Missing("output", "the file of the run to resume")
        self._descriptor = 1 if path == "-" else _open(path)
        self.resumable = path != "-" and stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        try:
            if resume and not self.resumable:
                raise InvalidInput("output", path, "cannot be continued", "the file of the run to resume")
            if self.resumable:
                _lock(self._descriptor, path)
                if os.fstat(self._descriptor).st_size and not resume:
                    raise InvalidInput("output", path, "is not empty", "a new file, or --resume to continue it")
        except InvalidInput:
            if path != "-":
                os.close(self._descriptor)
            raise

    def write(self, record: Record) -> None:
        """Appends one line.

        Raises:
            OutputFailed: it cannot be written; of this line nothing is left in a file.
        """
        line = memoryview(as_json(record).encode() + b"\n")
        written = 0
        try:
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError as error:
            if written and self.resumable:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OutputFailed(self.name, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hands the file to the disk and closes it.

        Raises:
            OutputFailed: the disk did not take it.
        """
        if not self.resumable:
            return
        try:
            os.fsync(self._descriptor)
        except OSError as failure:
            raise OutputFailed(self.name, failure) from failure
        finally:
            os.close(self._descriptor)

    def keep(self, size: int) -> None:
        """Drops what the file has behind its first ``size`` bytes."""
        os.ftruncate(self._descriptor, size)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise InvalidInput("output", path, f"cannot be written: {error.strerror}", "a file, or -") from None


def _lock(descriptor: int, path: str) -> None:
    """Refuses a file that another run is writing; the lock ends with the process, however it ends."""
    try:
        import fcntl  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidInput("output", path, "is being written by another run", "a file of its own") from None
    except OSError:
        return  # a file system without locks
