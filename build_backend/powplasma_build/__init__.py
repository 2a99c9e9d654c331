"""The build backend: setuptools for everything Python, and a C library compiled beside it.

The hooks are those of PEP 517 and PEP 660. The library is a plain shared one that ctypes loads, so
nothing of setuptools' extension machinery is used: wheels are built without it and then completed;
an editable installation finds it beside its sources.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from .errors import NativeBuildError
from .library import CHECKSUM_SUFFIX, build_library, choose_compiler, log, put_in_place, requirements
from .platforms import this_platform
from .recipe import NATIVE, ROOT, recipe_for
from .sdist import normalize
from .settings import VARIABLE, Native, native_wanted
from .wheel import add_library

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

ConfigSettings = dict[str, Any] | None


def get_requires_for_build_wheel(config_settings: ConfigSettings = None) -> list[str]:
    """What setuptools asks for, and zig where the library is wanted and no compiler of the system works."""
    native = _native_requirements()
    python: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    return python + native


def get_requires_for_build_editable(config_settings: ConfigSettings = None) -> list[str]:
    """As for a wheel."""
    native = _native_requirements()
    python: list[str] = build_meta.get_requires_for_build_editable(config_settings)
    return python + native


def build_sdist(sdist_directory: str, config_settings: ConfigSettings = None) -> str:
    """A source distribution; of the same tree and with the same SOURCE_DATE_EPOCH always the same bytes."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    normalize(Path(sdist_directory, name))
    return name


def build_wheel(
    wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: str | None = None
) -> str:
    """A wheel with the library for this platform, or without one for every platform."""
    with tempfile.TemporaryDirectory(prefix="powplasma-build-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        files = _native_files(folder)
        with _build_folder(folder / "python"):
            plain: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
        if not files:
            return plain
        members = {f"{NATIVE.relative_to(ROOT).as_posix()}/{file.name}": file for file in files}
        return add_library(Path(wheel_directory, plain), members, this_platform().wheel_tag).name


def build_editable(
    wheel_directory: str, config_settings: ConfigSettings = None, metadata_directory: str | None = None
) -> str:
    """An editable wheel; the library lies beside its sources, and an older one is gone or replaced."""
    with tempfile.TemporaryDirectory(prefix="powplasma-build-", ignore_cleanup_errors=True) as name:
        files = _native_files(Path(name))
        library = recipe_for(this_platform()).library
        for file in files:
            put_in_place(file, NATIVE / file.name)
        if not files:
            for stale in (library, library + CHECKSUM_SUFFIX):
                (NATIVE / stale).unlink(missing_ok=True)
    wheel: str = build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
    return wheel


def _native_requirements() -> list[str]:
    if native_wanted(os.environ) is Native.NO:
        return []
    platform = this_platform()
    return requirements(platform, recipe_for(platform), os.environ)


def _native_files(folder: Path) -> list[Path]:
    """The library made in ``folder`` and its checksum; nothing where none is wanted or none can be had.

    Raises:
        SystemExit: it cannot be had and POWPLASMA_NATIVE is yes. A front end shows the message
            and no traceback.
    """
    wanted = native_wanted(os.environ)
    if wanted is Native.NO:
        return []
    platform = this_platform()
    recipe = recipe_for(platform)
    try:
        return build_library(recipe, choose_compiler(platform, recipe, os.environ), folder)
    except NativeBuildError as error:
        if wanted is Native.YES:
            raise SystemExit(f"{error.output}\npowplasma: {VARIABLE}=yes, but {error.summary}".strip()) from error
        log(f"WARNING: no native kernels, plain Python will be used: {error.summary}")
        return []


@contextmanager
def _build_folder(folder: Path) -> Iterator[None]:
    """Have setuptools build in ``folder``.

    In its own choice, ``build`` in the source tree, modules that were deleted since would linger
    and find their way into the wheel.
    """
    folder.mkdir()
    config = folder / "setup.cfg"
    config.write_text(f"[build]\nbuild_base = {folder.as_posix()}\n", encoding="utf-8")
    before = os.environ.get("DIST_EXTRA_CONFIG")
    os.environ["DIST_EXTRA_CONFIG"] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ["DIST_EXTRA_CONFIG"]
        else:
            os.environ["DIST_EXTRA_CONFIG"] = before
