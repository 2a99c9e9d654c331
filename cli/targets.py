"""Files that commands write: a foreign file is never changed.

One rule for every output: the target is new, or it is powplasma's own by its content, or the user said ``--force``.
An empty file is somebody's too, as is a file that cannot be read. What is not a file (a folder, a device, a pipe) is
never replaced by one, whatever was said.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from powplasma.errors import InvalidInput
from powplasma.files import may_write, new_file, replaced

from .exits import OutputFailed
from .parameters import PATH

if TYPE_CHECKING:
    from .pictures import Pictures

IN_A_FOLDER = "a file in a folder that exists"

F = TypeVar("F", bound=Callable[..., Any])

force_option = click.option("--force", is_flag=True, help="Write over files that powplasma did not make.")


def picture_options(command: F) -> F:
    """``--html``, ``--png`` and ``--force``."""
    for option in (
        force_option,
        click.option(
            "--png",
            metavar="FOLDER",
            type=PATH,
            help="Write each chart as a picture into this folder.",
        ),
        click.option("--html", metavar="FILE", type=PATH, help="Write a report with charts, all in one file."),
    ):
        command = option(command)
    return command


def pictures_of(html: Path | None, png: Path | None, names: Sequence[str], *, force: bool) -> Pictures | None:
    """What these options ask for, None if that is nothing.

    Args:
        html: file of the report.
        png: folder of the pictures.
        names: of all charts that there may be.
        force: whether to write over files of others.

    Raises:
        ChartsUnavailable: the extra is not installed.
        InvalidInput: field ``html`` or ``png``; it could not be written later.
    """
    if html is None and png is None:
        return None
    from .pictures import Pictures  # noqa: PLC0415 - an extra, which most runs do without

    pictures = Pictures(html, png, names, force)
    pictures.check()
    return pictures


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is written as a whole.

    Attributes:
        field: names it in errors.
        path: where; a symbolic link stands for what it leads to.
        ours: whether an open file is one that powplasma wrote.
        force: whether to write over any other file too.
    """

    field: str
    path: Path
    ours: Callable[[BinaryIO], bool]
    force: bool = False

    def check(self) -> bool:
        """Refuses before any work what could not be written after it; whether there is a file to be replaced.

        Raises:
            InvalidInput: ``field``; there is no folder for it, or something else that may not be written over.
        """
        mode = mode_at(self.field, self.path)
        if mode is None:
            return False
        if not stat.S_ISREG(mode):
            raise InvalidInput(self.field, str(self.path), "is not a file", IN_A_FOLDER)
        if not self.force and not self._is_ours():
            raise foreign(self.field, self.path)
        return True

    @contextmanager
    def written(self) -> Iterator[BinaryIO]:
        """A file beside it, which takes its place once it is complete and on the disk.

        Raises:
            InvalidInput: ``field``; as ``check``.
            OutputFailed: the disk does not take it; what was there is still there.
        """
        old = self.check()
        real = Path(os.path.realpath(self.path))
        try:
            with replaced(real) if old else new_file(real) as file:
                yield file
        except FileExistsError as error:  # it came meanwhile
            raise foreign(self.field, self.path) from error
        except OSError as error:
            raise OutputFailed(str(self.path), error) from error

    def _is_ours(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return self.ours(file)
        except OSError:
            return False


def foreign(field: str, path: Path) -> InvalidInput:
    """The refusal of a file that somebody else made."""
    problem = "is there already, and powplasma did not make it"
    return InvalidInput(field, str(path), problem, "a new file, or --force to write over this one")


def mode_at(field: str, path: Path) -> int | None:
    """The kind of file at a path, as ``stat`` has it; None for a place where a new one can be.

    Raises:
        InvalidInput: ``field``; there can be none.
    """
    try:
        real = Path(os.path.realpath(path))
        try:
            return real.stat().st_mode
        except FileNotFoundError:
            pass
        if not real.parent.is_dir():
            problem = "has no folder to be in"
        elif not may_write(real.parent):
            problem = "is in a folder that cannot be written"
        else:
            return None
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
    raise InvalidInput(field, str(path), problem, IN_A_FOLDER) from None
