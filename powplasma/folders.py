"""Where a person's files are: their own paths as they write them, and the folders that each system has for a program.

Source of the rules on Linux and other Unixes: the XDG Base Directory Specification. A variable that is empty counts
as unset, and one that holds a relative path is ignored.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from powplasma.errors import InvalidInput

_PROGRAM = "powplasma"


def user_path(text: str | os.PathLike[str], field: str) -> Path:
    """A path as a person writes it, with ``~`` and ``~name`` at its beginning replaced by that home folder.

    Args:
        text: from the command line, the environment, a settings file or a caller.
        field: names it in an error.

    Raises:
        InvalidInput: ``field``; it is empty, holds a NUL character, or begins with ``~`` where no home is known.
    """
    path = path_text(text, field)
    if path == "~" or path.startswith(("~/", f"~{os.sep}")):
        home = _home()
        if home is None:
            raise InvalidInput(field, path, "needs a home folder, and HOME is not set", "a path without ~")
        return home / path[2:]
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InvalidInput(field, path, "names the home folder of an unknown user", "a path without ~") from None


def path_text(text: str | os.PathLike[str], field: str) -> str:
    """A path, or a name in a folder, as the system can take it.

    Raises:
        InvalidInput: ``field``; it is empty, holds a NUL character, or cannot be written in the system's encoding.
    """
    path = os.fspath(text) if isinstance(text, os.PathLike) else text
    if not isinstance(path, str) or not path:
        raise InvalidInput(field, text, "is not a path", "a path")
    if "\0" in path:
        raise InvalidInput(field, path, "holds a NUL character", "a path")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise InvalidInput(field, path, "cannot be written in the encoding of file names", "a path") from None
    return path


def config_folder() -> Path | None:
    """Where settings and keys are; None if nothing says where a home folder would be."""
    return _folder("XDG_CONFIG_HOME", ".config", "Application Support", "APPDATA", "Roaming")


def state_folder() -> Path | None:
    """Where is kept what outlives a run and is not worth a backup: the locks of accounts, blocks on their way."""
    return _folder("XDG_STATE_HOME", ".local/state", "Application Support", "LOCALAPPDATA", "Local")


def cache_folder() -> Path | None:
    """Where is kept what can be made again."""
    return _folder("XDG_CACHE_HOME", ".cache", "Caches", "LOCALAPPDATA", "Local")


def _folder(variable: str, unix: str, mac: str, windows_variable: str, windows: str) -> Path | None:
    if sys.platform == "win32":
        named, usual = os.environ.get(windows_variable, ""), f"AppData/{windows}"
    elif sys.platform == "darwin":
        named, usual = "", f"Library/{mac}"
    else:
        named, usual = os.environ.get(variable, ""), unix
    if Path(named).is_absolute():
        return Path(named) / _PROGRAM
    home = _home()
    return None if home is None else home / usual / _PROGRAM


def _home() -> Path | None:
    """The home folder; None where neither HOME nor the system's list of users tells, as with a container's bare uid."""
    if sys.platform == "win32":
        with contextlib.suppress(RuntimeError):
            return Path.home()
        return None
    named = os.environ.get("HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    import pwd  # noqa: PLC0415 - not there on Windows

    with contextlib.suppress(KeyError):
        listed = Path(pwd.getpwuid(os.getuid()).pw_dir)
        return listed if listed.is_absolute() else None
    return None
