import os
from pathlib import Path

import powplasma_build
import pytest
from powplasma_build.compilers import ZIG_REQUIREMENT, system_compiler
from powplasma_build.recipe import Recipe

from .conftest import LINUX, WORKS, AddCompiler

FAILS = 'echo "$4: fatal error: stdint.h: No such file"; exit 1'


def chosen(recipe: Recipe) -> tuple[str | None, list[str]]:
    compiler, rejected = system_compiler(LINUX, recipe, os.environ)
    return (None if compiler is None else Path(compiler.label).name), rejected


def test_without_any_zig_is_asked_for(tools: Path, recipe: Recipe) -> None:
    assert chosen(recipe) == (None, [])
    assert ZIG_REQUIREMENT in powplasma_build.get_requires_for_build_wheel()
    assert ZIG_REQUIREMENT in powplasma_build.get_requires_for_build_editable()


def test_with_one_that_works_nothing_is_asked_for(add_compiler: AddCompiler, recipe: Recipe) -> None:
    add_compiler("gcc", WORKS)
    assert chosen(recipe) == ("gcc", [])
    assert ZIG_REQUIREMENT not in powplasma_build.get_requires_for_build_wheel()


def test_one_without_a_c_library_is_passed_over_for_the_next(add_compiler: AddCompiler, recipe: Recipe) -> None:
    add_compiler("cc", FAILS)
    add_compiler("clang", WORKS)
    name, rejected = chosen(recipe)
    assert name == "clang"
    assert len(rejected) == 1
    assert "stdint.h: No such file" in rejected[0]


def test_one_older_than_an_instruction_set_is_passed_over(add_compiler: AddCompiler, recipe: Recipe) -> None:
    add_compiler("cc", f'case "$*" in *avx512*) echo "error: unknown option"; exit 1;; esac\n{WORKS}')
    name, rejected = chosen(recipe)
    assert name is None
    assert "unknown option" in rejected[0]


def test_one_that_cannot_link_is_passed_over(add_compiler: AddCompiler, recipe: Recipe) -> None:
    add_compiler("cc", f'case "$*" in *-shared*) echo "error: no linker"; exit 1;; esac\n{WORKS}')
    assert chosen(recipe)[0] is None


def test_the_environment_goes_first_and_may_hold_arguments(
    add_compiler: AddCompiler, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = add_compiler("special", WORKS)
    others = add_compiler("cc", WORKS)
    monkeypatch.setenv("CC", "special --sysroot='/with space'")
    assert chosen(recipe)[0] is not None
    assert all(call.startswith("--sysroot=/with space -c") for call in diary.read_text().splitlines()[:-1])
    assert not others.exists()


def test_flags_for_one_compiler_are_given_to_it_alone(add_compiler: AddCompiler, recipe: Recipe) -> None:
    gcc = add_compiler(
        "cc", f'for last; do :; done\nread -r line < "$last"; case "$line" in *__clang__*) exit 1;; esac\n{WORKS}'
    )
    compiler, _ = system_compiler(LINUX, recipe, os.environ)
    assert compiler is not None
    assert not compiler.is_clang
    clang = add_compiler("clang", WORKS)
    (gcc.parent / "tools" / "cc").unlink()
    compiler, _ = system_compiler(LINUX, recipe, os.environ)
    assert compiler is not None
    assert compiler.is_clang
    for its, other, special in (
        (gcc, clang, {step.gcc_flags for step in recipe.steps} - {()}),
        (clang, gcc, {step.clang_flags for step in recipe.steps} - {()}),
    ):
        assert special
        for flags in special:
            assert " ".join(flags) in its.read_text()
            assert " ".join(flags) not in other.read_text()


def test_one_that_is_not_there_is_no_reason_to_fail(
    add_compiler: AddCompiler, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_compiler("cc", WORKS)
    monkeypatch.setenv("CC", "/nowhere/cc")
    name, rejected = chosen(recipe)
    assert name == "cc"
    assert "cannot be started" in rejected[0]


def test_a_platform_that_zig_was_not_tried_for_does_not_ask_for_it(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LINUX.__class__("linux", "riscv64", "linux_riscv64", (), None)
    monkeypatch.setattr("powplasma_build.this_platform", lambda: other)
    assert powplasma_build.get_requires_for_build_wheel() == []
