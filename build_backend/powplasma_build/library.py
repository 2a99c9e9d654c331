"""Making the native library: choose a compiler, compile, link, load it once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .compilers import ZIG_REQUIREMENT, Compiler, system_compiler, zig_compiler
from .errors import NativeBuildError
from .platforms import Platform
from .recipe import Recipe

CHECKSUM_SUFFIX = ".sha256"
"""Behind the library's file name: the name of the file with its checksum."""

_LOAD = "import ctypes, sys; library = ctypes.CDLL(sys.argv[1]); print(library.pp_abi(), library.pp_compiled())"


def requirements(platform: Platform, recipe: Recipe, environ: Mapping[str, str]) -> list[str]:
    """What the build needs from the package index: zig, if no compiler of the system works."""
    compiler, _ = system_compiler(platform, recipe, environ)
    return [] if compiler is not None or platform.zig_target is None else [ZIG_REQUIREMENT]


def choose_compiler(platform: Platform, recipe: Recipe, environ: Mapping[str, str]) -> Compiler:
    """The system's compiler if one works, else zig.

    Raises:
        NativeBuildError: neither is there; the summary says what was tried.
    """
    compiler, rejected = system_compiler(platform, recipe, environ)
    compiler = compiler or zig_compiler(platform, recipe)
    if compiler is None:
        why = "; ".join(rejected) or "no $CC, cc, gcc or clang"
        zig = "is not known to work here" if platform.zig_target is None else "is not installed"
        raise NativeBuildError(f"no C compiler that works ({why}), and the package ziglang {zig}")
    return compiler


def build_library(recipe: Recipe, compiler: Compiler, folder: Path) -> list[Path]:
    """Make the library in ``folder``, an empty one, and load it in a process of its own.

    Returns:
        As ``compile_library``.

    Raises:
        NativeBuildError: a file does not compile, or the library does not link or load.
    """
    files = compile_library(recipe, compiler, folder)
    # A library for another C library than this interpreter's links without complaint.
    command = [sys.executable, "-I", "-c", _LOAD, str(files[0])]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise NativeBuildError(f"what {compiler.label} made cannot be loaded", done.stderr)
    abi, compiled = done.stdout.split()
    log(f"native library by {compiler.label}: interface {abi}, kernels {int(compiled):#b}")
    return files


def compile_library(recipe: Recipe, compiler: Compiler, folder: Path) -> list[Path]:
    """Make the library in ``folder``, an empty one, for a machine that need not be this one.

    Returns:
        The library, and the file with its SHA-256 in hexadecimal by which it is recognised before
        it is loaded: damaged machine code may crash a process before any test of it can fail.

    Raises:
        NativeBuildError: a file does not compile, or the library does not link.
    """
    library = folder / recipe.library
    compiler.link([compiler.compile(step, folder) for step in recipe.steps], recipe.link_flags, library)
    checksum = library.with_name(library.name + CHECKSUM_SUFFIX)
    checksum.write_text(hashlib.sha256(library.read_bytes()).hexdigest() + "\n", encoding="ascii")
    return [library, checksum]


def put_in_place(made: Path, target: Path) -> None:
    """Copy a file to ``target`` in one step, so that a process that has the old library loaded keeps it."""
    aside = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        aside.write_bytes(made.read_bytes())
        aside.chmod(0o644)
        aside.replace(target)
    except OSError as error:
        raise SystemExit(f"powplasma: {target} cannot be replaced: {error}") from error
    finally:
        aside.unlink(missing_ok=True)


def log(line: str) -> None:
    """One line for the build log."""
    print(f"powplasma: {line}", file=sys.stderr, flush=True)
