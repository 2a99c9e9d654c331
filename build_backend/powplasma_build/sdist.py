"""A source distribution that depends on nothing but what is in it."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path


def normalize(sdist: Path) -> None:
    """Write the archive anew: sorted, without the builder's name, umask and clock.

    Times are ``SOURCE_DATE_EPOCH`` where that is set, and those of the files otherwise.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    aside = sdist.with_name(f"{sdist.name}.new")
    with (
        tarfile.open(sdist) as old,
        aside.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=int(epoch or 0)) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            info = tarfile.TarInfo(member.name)
            info.type = tarfile.DIRTYPE if member.isdir() else tarfile.REGTYPE
            info.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            info.mtime = int(epoch or member.mtime)
            info.size = member.size
            new.addfile(info, old.extractfile(member))
    aside.replace(sdist)
