"""The output of a batch or a sweep: whole lines or none, in a file that was not somebody else's."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from powplasma import files
from powplasma.errors import InvalidInput
from powplasma.fields import Missing

from .exits import OutputFailed
from .output import STANDARD_OUTPUT, as_json
from .records import Record
from .targets import IN_A_FOLDER, mode_at

_BINARY = getattr(os, "O_BINARY", 0)


class LineWriter:
    """Writes each record as one line, at once, and leaves no part of a line behind in a file.

    A new file is made with its first line, so that there is never an empty one.

    Args:
        path: a file, or ``-`` for standard output; a device or a pipe is written to as it is.
        resume: go on behind the lines of a file, which ``keep`` says how many are to stay; else it has to be new.
        force: write over a file.

    Attributes:
        path: the same.
        name: how messages name it.
        old: whether there is a file already.

    Raises:
        InvalidInput: field ``output``; the file cannot be used that way.
    """

    def __init__(self, path: Path | str, *, resume: bool, force: bool = False) -> None:
        self.path = path
        self.name = STANDARD_OUTPUT if path == "-" else str(path)
        self.old = False
        self._place: Path | None = None
        self._descriptor: int | None = None
        self._kept: int | None = None if resume else 0
        if path == "-":
            self._descriptor = 1
            if resume:
                raise Missing("output", "the file of the run to resume")
        else:
            self._open(Path(path), resume=resume, force=force)

    @property
    def resumable(self) -> bool:
        """Whether a later run can continue what was written."""
        return self._place is not None

    @property
    def begun(self) -> bool:
        """Whether there is a file that a later run can continue."""
        return self._place is not None and self._descriptor is not None

    def _open(self, path: Path, *, resume: bool, force: bool) -> None:
        mode = mode_at("output", path)
        if mode is not None and not stat.S_ISREG(mode):
            if resume or stat.S_ISBLK(mode):
                raise InvalidInput("output", self.name, "is not a file", IN_A_FOLDER)
            self._descriptor = _opened(path, os.O_WRONLY)
            return
        self._place = Path(os.path.realpath(path))
        if mode is None:
            return
        self.old = True
        if not (resume or force):
            accepted = "a new file, --resume to continue what powplasma wrote, or --force to write over it"
            raise InvalidInput("output", self.name, "is there already", accepted)
        self._descriptor = _opened(path, os.O_RDWR | os.O_APPEND)
        try:
            _lock(self._descriptor, self.name)
        except InvalidInput:
            os.close(self._descriptor)
            raise

    def keep(self, size: int) -> None:
        """Has what the file has behind its first ``size`` bytes dropped when the next line is written."""
        self._kept = size

    def write(self, record: Record) -> None:
        """Appends one line.

        Raises:
            OutputFailed: it cannot be written; of this line nothing is left in a file.
            InvalidInput: field ``output``; the file has been made by somebody else meanwhile.
        """
        line = memoryview(as_json(record).encode() + b"\n")
        written = 0
        made = self._descriptor is None
        try:
            descriptor = self._ready()
            while written < len(line):
                written += os.write(descriptor, line[written:])
        except OSError as error:
            with contextlib.suppress(OSError):
                self._take_back(written, made=made)
            raise OutputFailed(self.name, error) from error

    def _ready(self) -> int:
        """The descriptor to write to; makes a new file, and drops what is not kept of an old one."""
        if self._descriptor is None:
            assert self._place is not None
            try:
                self._descriptor = os.open(
                    self._place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | _BINARY, 0o666
                )
            except FileExistsError:
                problem = "has been made by another program meanwhile"
                raise InvalidInput("output", self.name, problem, "a file of its own") from None
            _lock(self._descriptor, self.name)
        elif self._kept is not None and self._place is not None and self.old:
            os.ftruncate(self._descriptor, self._kept)
        self._kept = None
        return self._descriptor

    def _take_back(self, written: int, *, made: bool) -> None:
        if self._place is None or self._descriptor is None:
            return
        if written:
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
        if made:
            self._place.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hands the file to the disk and closes it. What ends well without a line has an empty file to show.

        Raises:
            OutputFailed: the disk did not take it.
        """
        if kind is None and self._kept is not None:
            self._ready()
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or descriptor == 1:
            return
        try:
            if self.resumable:
                os.fsync(descriptor)
        except OSError as failure:
            raise OutputFailed(self.name, failure) from failure
        finally:
            os.close(descriptor)


def begins_line(rest: bytes, head: Record) -> bool:
    """Whether ``rest`` is the beginning of the line of a record that begins with ``head``, or all but its end."""
    beginning = as_json(head)[:-1].encode() + b", "
    return bool(rest) and (rest.startswith(beginning) or beginning.startswith(rest))


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | _BINARY)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise InvalidInput("output", str(path), problem, "a file, or -") from None


def _lock(descriptor: int, path: str) -> None:
    """Refuses a file that another run is writing; the lock ends with the process, however it ends."""
    if os.name != "posix":
        return  # a lock there keeps everyone from reading too, a resumed run included
    with contextlib.suppress(OSError):  # a file system without locks
        if not files.try_lock(descriptor):
            raise InvalidInput("output", path, "is being written by another run", "a file of its own")
