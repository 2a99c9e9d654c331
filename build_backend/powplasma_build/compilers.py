"""Finding a C compiler that works: the system's if there is one, else zig from its wheel."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import NativeBuildError
from .platforms import Platform
from .recipe import Recipe, Step

ZIG_REQUIREMENT = "ziglang>=0.16,<0.18"
"""The releases that were tried; earlier ones need other flags for AVX-512. A wheel of about 100 MB."""

_NAMES = ("cc", "gcc", "clang")

_TRIAL = """\
#include <stdint.h>
#include <string.h>
#if UINTPTR_MAX != {pointer}
#error "compiles for another kind of machine than this interpreter's"
#endif
#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#if defined(__AVX512F__)
#include <immintrin.h>
static void turn(void *p) {{ _mm512_storeu_si512(p, _mm512_rol_epi64(_mm512_loadu_si512(p), 1)); }}
#elif defined(__AVX2__)
#include <immintrin.h>
static void turn(void *p) {{ _mm256_storeu_si256(p, _mm256_slli_epi64(_mm256_loadu_si256(p), 1)); }}
#elif defined(__aarch64__)
#include <arm_neon.h>
static void turn(void *p) {{ vst1q_u64(p, vshlq_n_u64(vld1q_u64(p), 1)); }}
#else
static void turn(void *p) {{ *(unsigned char *)p ^= 1; }}
#endif
EXPORT void trial_{number}(void *to, const void *from, uint64_t size) {{ memcpy(to, from, (size_t)size); turn(to); }}
"""
"""What the kernels ask of a compiler, in little: a C library's headers, and an instruction of each set."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler that takes the flags of gcc.

    Attributes:
        label: what the build log calls it.
        command: how it is called, with the flags that choose the machine.
        is_clang: it is clang by whatever name; zig is.
    """

    label: str
    command: tuple[str, ...]
    is_clang: bool = False

    def compile(self, step: Step, folder: Path) -> Path:
        """Compile one C file to an object file in ``folder``; NativeBuildError if that fails."""
        made = folder / f"{step.file.stem}.o"
        flags = [*step.flags, *(step.clang_flags if self.is_clang else step.gcc_flags)]
        self._run(["-c", *flags, "-o", str(made), str(step.file)], folder)
        return made

    def link(self, objects: list[Path], flags: tuple[str, ...], library: Path) -> None:
        """Link object files to a shared library; NativeBuildError if that fails."""
        self._run([*flags, "-o", str(library), *map(str, objects)], library.parent)

    def _run(self, arguments: list[str], folder: Path) -> None:
        # Only zig reads these; its own choice lies below the home directory, which may be read-only.
        # Whoever makes many libraries sets them, so that what all of them are linked with is compiled once.
        caches = dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), str(folder / "zig-cache"))
        try:
            done = subprocess.run(
                [*self.command, *arguments],
                cwd=folder,
                env={**caches, **os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise NativeBuildError(f"{self.label} cannot be started: {error}") from error
        if done.returncode != 0:
            said = done.stdout.splitlines()
            telling = next((line for line in said if "error" in line), said[0] if said else "no message")
            raise NativeBuildError(f"{self.label} failed: {telling.strip()}", done.stdout)


def system_compiler(
    platform: Platform, recipe: Recipe, environ: Mapping[str, str]
) -> tuple[Compiler | None, list[str]]:
    """The first of $CC, cc, gcc and clang that works, and what is wrong with those before it."""
    rejected: list[str] = []
    for command in _commands(environ):
        compiler = Compiler(shlex.join(command), (*command, *platform.machine_flags))
        compiler = replace(compiler, is_clang=_is_clang(compiler))
        try:
            try_out(compiler, recipe)
        except NativeBuildError as error:
            rejected.append(error.summary)
        else:
            return compiler, rejected
    return None, rejected


def zig_compiler(platform: Platform, recipe: Recipe) -> Compiler | None:
    """The zig of the ziglang wheel, if that is installed and zig knows this platform."""
    if platform.zig_target is None or importlib.util.find_spec("ziglang") is None:
        return None
    command = (sys.executable, "-m", "ziglang", "cc", "-target", platform.zig_target, *recipe.zig_flags)
    return Compiler("zig cc", command, is_clang=True)


def try_out(compiler: Compiler, recipe: Recipe) -> None:
    """Build a small shared library with every set of flags the recipe needs.

    Raises:
        NativeBuildError: that does not work, be it that the compiler came without a C library or
            that it is older than an instruction set.
    """
    pointer = "UINT64_MAX" if sys.maxsize > 1 << 32 else "UINT32_MAX"
    with tempfile.TemporaryDirectory(prefix="powplasma-trial-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        objects = []
        flag_sets = {(step.flags, step.gcc_flags, step.clang_flags) for step in recipe.steps}
        for number, flags in enumerate(sorted(flag_sets)):
            source = folder / f"trial{number}.c"
            source.write_text(_TRIAL.format(pointer=pointer, number=number), encoding="ascii")
            objects.append(compiler.compile(Step(source, *flags), folder))
        compiler.link(objects, recipe.link_flags, folder / recipe.library)


def _is_clang(compiler: Compiler) -> bool:
    """Whether it says so itself; cc is clang on some systems. One that does not work is not."""
    with tempfile.TemporaryDirectory(prefix="powplasma-trial-", ignore_cleanup_errors=True) as name:
        source = Path(name, "clang.c")
        source.write_text("#ifndef __clang__\n#error gcc\n#endif\nint any;\n", encoding="ascii")
        try:
            compiler.compile(Step(source, (), (), ()), source.parent)
        except NativeBuildError:
            return False
        return True


def _commands(environ: Mapping[str, str]) -> Iterator[list[str]]:
    """What may be a C compiler, as lists of words."""
    if environ.get("CC", "").strip():
        yield shlex.split(environ["CC"], posix=os.name == "posix")
    for name in _NAMES:
        found = shutil.which(name, path=environ.get("PATH"))
        if found is not None:
            yield [found]
