"""Putting the native library into a wheel that setuptools built without one."""

from __future__ import annotations

import base64
import hashlib
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

_ORDINARY_FILE = (stat.S_IFREG | 0o644) << 16


def add_library(wheel: Path, members: Mapping[str, Path], platform_tag: str) -> Path:
    """Write a wheel like ``wheel`` that also holds ``members``, and remove the old one.

    The new tag is ``py3-none-<platform_tag>``: the library is loaded by ctypes and knows nothing
    of Python, so one wheel serves every version of it.

    Args:
        wheel: a ``py3-none-any`` wheel.
        members: the files to add, by their paths within the wheel, with slashes.
        platform_tag: such as ``linux_x86_64``, or several with dots between them.

    Returns:
        The new wheel, beside the old one.
    """
    any_tag, tag = "py3-none-any", f"py3-none-{platform_tag}"
    target = wheel.with_name(f"{wheel.name.removesuffix(f'-{any_tag}.whl')}-{tag}.whl")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        record: list[str] = []
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                record_entry = entry  # written last, over what the others turned out to be
                continue
            entry.external_attr = _ORDINARY_FILE  # not what the builder's umask made of it
            if entry.filename.endswith(".dist-info/WHEEL"):
                content = _impure(content.decode(), any_tag, platform_tag).encode()
            new.writestr(entry, content)
            record.append(_line(entry.filename, content))
        for member, file in members.items():
            info = zipfile.ZipInfo(member, date_time=record_entry.date_time)
            info.external_attr = _ORDINARY_FILE
            info.compress_type = zipfile.ZIP_DEFLATED
            content = file.read_bytes()
            new.writestr(info, content)
            record.append(_line(member, content))
        record.append(f"{record_entry.filename},,")
        record_entry.external_attr = _ORDINARY_FILE
        new.writestr(record_entry, "\n".join(record) + "\n")
    wheel.unlink()
    return target


def _impure(text: str, any_tag: str, platform_tag: str) -> str:
    """The WHEEL file of a wheel that belongs to one platform, with a line for each of its tags."""
    tags = "\n".join(f"Tag: py3-none-{tag}" for tag in platform_tag.split("."))
    changes = {"Root-Is-Purelib: true": "Root-Is-Purelib: false", f"Tag: {any_tag}": tags}
    lines = text.splitlines()
    missing = changes.keys() - set(lines)
    if missing:
        raise ValueError(f"a WHEEL file without {', '.join(sorted(missing))}")
    return "\n".join(changes.get(line, line) for line in lines) + "\n"


def _line(name: str, content: bytes) -> str:
    """One line of RECORD; no name in our wheels needs quotes."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"
