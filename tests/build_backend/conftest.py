"""Compilers that are shell scripts, so that every kind of machine can be had."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from powplasma_build.platforms import Platform
from powplasma_build.recipe import Recipe, recipe_for

LINUX = Platform("linux", "x86_64", "linux_x86_64", (), "x86_64-linux-gnu.2.17")

WORKS = 'while [ $# -gt 0 ]; do if [ "$1" = -o ]; then : > "$2"; fi; shift; done'
"""A compiler that makes every file it is asked for (an empty one)."""

AddCompiler = Callable[[str, str], Path]


@pytest.fixture
def recipe() -> Recipe:
    return recipe_for(LINUX)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of commands there is; no compiler is in it, and no zig can be imported."""
    if sys.platform == "win32":
        pytest.skip("the compilers of these tests are shell scripts")
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("POWPLASMA_NATIVE", raising=False)
    monkeypatch.setitem(sys.modules, "ziglang", None)
    monkeypatch.setattr("powplasma_build.this_platform", lambda: LINUX)
    return folder


@pytest.fixture
def add_compiler(tools: Path) -> AddCompiler:
    """Puts a compiler with a name and a shell script for a body into ``tools``; each keeps a diary of its calls."""

    def add(name: str, body: str) -> Path:
        script, diary = tools / name, tools.parent / f"{name}.calls"
        script.write_text(f'#!/bin/sh\necho "$@" >> {diary}\n{body}\n', encoding="ascii")
        script.chmod(0o755)
        return diary

    return add
