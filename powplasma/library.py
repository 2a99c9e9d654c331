"""The native library: found beside its C sources in ``powplasma/native``, checked, loaded, bound by whoever uses it.

ctypes lets go of the interpreter lock during a call, so what runs in the library blocks no other thread.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from powplasma.errors import PowPlasmaError

_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")

CHECKSUM_SUFFIX = ".sha256"
"""Behind the library's file name: the build's record of its SHA-256, in hexadecimal."""

LIBRARY = Path(__file__).resolve().parent / "native" / f"libpowplasma{_SUFFIX}"
"""Where the build puts the library."""

_ABI = 3
"""PP_ABI of the interfaces that are bound."""


class LibraryUnavailable(PowPlasmaError):
    """There is no native library that may be used; the text says why."""


def load(path: Path = LIBRARY) -> ctypes.CDLL:
    """The library at ``path``, with the interface that this version binds.

    Raises:
        LibraryUnavailable: it is not there, was altered since it was built, cannot be loaded, or has
            another interface.
    """
    if not path.exists():
        raise LibraryUnavailable(f"the native library was not built (no {path.name} beside its sources)")
    if not _is_as_built(path):
        raise LibraryUnavailable("the native library is damaged: it was altered since it was built")
    try:
        library = ctypes.CDLL(str(path))
        library.pp_abi.restype = ctypes.c_int
        abi = library.pp_abi()
    except OSError as error:
        why = "its file system is mounted noexec" if _is_noexec(path) else error
        raise LibraryUnavailable(f"the native library cannot be loaded: {why}") from error
    except AttributeError as error:
        raise LibraryUnavailable(f"{path.name} is not powplasma's native library: {error}") from error
    if abi != _ABI:
        raise LibraryUnavailable(f"the native library has interface {abi}, not {_ABI}: build it again")
    return library


@cache
def usable(path: Path = LIBRARY) -> ctypes.CDLL | None:
    """The same, once for all who can do without it; None if there is none that may be used."""
    try:
        return load(path)
    except LibraryUnavailable:
        return None


def _is_noexec(path: Path) -> bool:
    """Whether nothing on the file system of the library may be executed."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)
    except (OSError, AttributeError):  # no such call, or no such flag, on this system
        return False


def _is_as_built(path: Path) -> bool:
    """Whether the library is what its checksum says; also where it has none, for it was built by hand then.

    No test of what it computes is a substitute: damaged machine code may crash the process before it fails.
    """
    checksum = path.with_name(path.name + CHECKSUM_SUFFIX)
    try:
        return not checksum.exists() or sha256(path.read_bytes()).hexdigest() == checksum.read_text("ascii").strip()
    except (OSError, ValueError):
        return False
