"""Files that spare a device its next start: compiled programs and work sizes, each under the name of what it is for.

A cache is never needed: a file that is missing, damaged or cannot be written costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

from powplasma.files import replaced

ENVIRONMENT = "POWPLASMA_CACHE"
"""The environment variable that names another folder."""

_CHECKSUM_BYTES = 32


def folder() -> Path:
    """Where the files are: ``POWPLASMA_CACHE``, else a folder of powplasma's own in the user's cache folder."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "powplasma"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "powplasma" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "powplasma"


def path_of(kind: str, key: tuple[str, ...]) -> Path:
    """The file for ``key``, every part of which tells it from others."""
    name = hashlib.sha256("\0".join((kind, *key)).encode()).hexdigest()
    return folder() / "opencl" / f"{name}.{kind}"


def load(kind: str, key: tuple[str, ...]) -> bytes | None:
    """What was stored for ``key``; None if there is nothing, or if it is not what was stored."""
    try:
        content = path_of(kind, key).read_bytes()
    except (OSError, RuntimeError):  # no such file; no home
        return None
    checksum, payload = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    return payload if hashlib.sha256(payload).digest() == checksum else None


def store(kind: str, key: tuple[str, ...], payload: bytes) -> None:
    """Puts ``payload`` in place in one step; where that cannot be done, nothing happens."""
    with contextlib.suppress(OSError, RuntimeError):
        path = path_of(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as file:
            file.write(hashlib.sha256(payload).digest() + payload)
