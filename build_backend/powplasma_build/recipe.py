"""What the native library is made of on one platform: files, flags, and its file name."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .platforms import Platform

ROOT = Path(__file__).resolve().parents[2]
"""The source tree."""

NATIVE = ROOT / "powplasma" / "native"
"""Where the C files lie, and the library beside them in an editable installation."""

_SUFFIXES = {"linux": ".so", "macos": ".dylib", "windows": ".dll"}

_LINK_FLAGS = {
    "linux": ("-shared", "-s", "-Wl,-z,defs", "-Wl,-z,noexecstack", "-Wl,--gc-sections"),
    "macos": ("-dynamiclib", "-Wl,-x", "-Wl,-dead_strip"),
    "windows": ("-shared", "-s"),
}
"""A library without symbols that nobody binds, and without the parts of a runtime that nobody calls."""


@dataclass(frozen=True, slots=True)
class Step:
    """One C file, the flags it is compiled with, and those that only gcc, or only clang, knows or needs."""

    file: Path
    flags: tuple[str, ...]
    gcc_flags: tuple[str, ...]
    clang_flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the library is made.

    Attributes:
        steps: the files of this platform.
        zig_flags: for zig alone, with every file.
        link_flags: for making the library from what they give.
        library: its file name.
    """

    steps: tuple[Step, ...]
    zig_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    library: str


def recipe_for(platform: Platform) -> Recipe:
    """The recipe that ``powplasma/native/sources.py`` gives on ``platform``."""
    table = _table()
    # zig traps on what it takes for undefined behaviour unless told otherwise.
    common = [*table.COMMON_FLAGS, "-fno-sanitize=undefined"]
    if platform.system == "windows":
        common.remove("-fPIC")  # code is always so there, and clang refuses the flag
    steps = tuple(
        Step(NATIVE / source.file, (*common, *source.flags), source.gcc_flags, source.clang_flags)
        for source in table.SOURCES
        if not source.architectures or platform.architecture in source.architectures
    )
    library = table.LIBRARY + _SUFFIXES[platform.system]
    return Recipe(steps, table.ZIG_FLAGS, _LINK_FLAGS[platform.system], library)


def _table() -> ModuleType:
    """The table as a module of its own: the package it lies in must not be imported to build it."""
    name = "powplasma_native_sources"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, NATIVE / "sources.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]
