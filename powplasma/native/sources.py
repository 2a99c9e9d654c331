"""What the native library is compiled from: every file, where it applies, and the flags it needs.

Plain data for the build backend. The flags are chosen per file, never ``-march=native``: the library
runs on every processor of its architecture, and ``dispatch.c`` asks the processor what it can do.
All flags but those marked are understood by gcc, by clang and by zig's C compiler.
"""

from __future__ import annotations

from typing import NamedTuple

X86_64 = ("x86_64", "amd64")
AARCH64 = ("aarch64", "arm64")


class Source(NamedTuple):
    """One C file of the library.

    Attributes:
        file: its name, beside this one.
        architectures: the machines it is compiled for (``platform.machine()`` in lower case);
            empty for all of them.
        flags: compiler flags of this file alone, after ``COMMON_FLAGS``.
        gcc_flags: more of them, only for gcc.
        clang_flags: more of them, only for clang and for zig's compiler, which is one.
    """

    file: str
    architectures: tuple[str, ...]
    flags: tuple[str, ...]
    gcc_flags: tuple[str, ...] = ()
    clang_flags: tuple[str, ...] = ()


COMMON_FLAGS = ("-std=c11", "-O3", "-fPIC", "-fvisibility=hidden", "-fno-strict-overflow", "-fomit-frame-pointer")
"""For every file, and enough to link them (add ``-shared``)."""

ZIG_FLAGS = ("-mcpu=baseline",)
"""For every file, only for zig, which otherwise compiles for the processor it runs on."""

# clang's scheduler undoes the mixture of vector and integer instructions that side.h is about.
_AS_WRITTEN = ("-mllvm", "-enable-misched=0")

SOURCES = (
    Source("dispatch.c", (), ()),
    # gcc's later passes lengthen the life of words for which there are no registers.
    Source("portable.c", (), (), gcc_flags=("-fno-schedule-insns2", "-fno-tree-fre")),
    Source("avx2.c", X86_64, ("-mavx2", "-mbmi", "-mbmi2"), clang_flags=_AS_WRITTEN),
    Source("avx512.c", X86_64, ("-mavx512f", "-mavx2", "-mbmi", "-mbmi2"), clang_flags=_AS_WRITTEN),
    Source("neon.c", AARCH64, ()),
    # What the simulator computes; seconds as numpy does, product by product.
    Source("accounts.c", (), ("-ffp-contract=off",)),
    Source("confinements.c", (), ()),
    Source("ranking.c", (), ()),
    Source("trajectories.c", (), ()),
)

HEADERS = (
    "powplasma_native.h", "kernel.h", "lanes.h", "keccak.h", "block.h", "side.h", "accounts.h", "ahead.h",
    "confinements.h", "ranking.h", "trajectories.h",
)  # fmt: skip
"""Included by the files above; a source distribution needs them."""

LIBRARY = "libpowplasma"
"""The library's file name without its suffix (``.so``, ``.dylib`` or ``.dll``)."""
