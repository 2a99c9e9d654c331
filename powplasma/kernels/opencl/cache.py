"""Files that spare a device its next start: compiled programs and work sizes, each under the name of what it is for.

A cache is never needed: a file that is missing, damaged or cannot be written costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from powplasma.errors import InvalidInput
from powplasma.files import read_bytes, replaced
from powplasma.folders import cache_folder, user_path

ENVIRONMENT = "POWPLASMA_CACHE"
"""The environment variable that names another folder."""

_CHECKSUM_BYTES = 32
_MOST_BYTES = 1 << 28
"""Far more than the program of any device has."""


def folder() -> Path | None:
    """Where the files are: ``POWPLASMA_CACHE``, else the user's cache folder; None where no home folder is known.

    Raises:
        InvalidInput: field ``POWPLASMA_CACHE``; it is not a path.
    """
    named = os.environ.get(ENVIRONMENT)
    return user_path(named, ENVIRONMENT) if named else cache_folder()


def path_of(kind: str, key: tuple[str, ...]) -> Path | None:
    """The file for ``key``, every part of which tells it from others; None where there is no folder."""
    name = hashlib.sha256("\0".join((kind, *key)).encode()).hexdigest()
    place = folder()
    return None if place is None else place / "opencl" / f"{name}.{kind}"


def load(kind: str, key: tuple[str, ...]) -> bytes | None:
    """What was stored for ``key``; None if there is nothing, or if it is not what was stored."""
    path = path_of(kind, key)
    if path is None:
        return None
    try:
        content = read_bytes(path, kind, _MOST_BYTES)
    except InvalidInput:  # most often there is no such file
        return None
    checksum, payload = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    return payload if hashlib.sha256(payload).digest() == checksum else None


def store(kind: str, key: tuple[str, ...], payload: bytes) -> None:
    """Puts ``payload`` in place in one step; where that cannot be done, nothing happens."""
    path = path_of(kind, key)
    if path is None:
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as file:
            file.write(hashlib.sha256(payload).digest() + payload)
