"""A file that is there completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from powplasma.errors import InvalidInput
from powplasma.files import replaced

from .exits import OutputFailed


def check_place(field: str, path: Path) -> None:
    """Refuses what cannot become a file.

    Raises:
        InvalidInput: ``field``; the folder is not there, or something is there that is no file, as a device.
    """
    if not can_become_file(path):
        raise InvalidInput(field, str(path), "cannot be written", "a file in a folder that exists")


def can_become_file(path: Path) -> bool:
    """Whether a file can take this place: a device or a folder must not be replaced by one."""
    return path.absolute().parent.is_dir() and (path.is_file() or not path.exists())


@contextmanager
def written_aside(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path``, which takes its place once it is complete and on the disk.

    Raises:
        OutputFailed: the disk does not take it; what was at ``path`` is still there.
    """
    try:
        with replaced(path) as file:
            yield file
    except OSError as error:
        raise OutputFailed(str(path), error) from error
