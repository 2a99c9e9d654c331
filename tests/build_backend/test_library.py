"""What becomes of POWPLASMA_NATIVE, and of the library that an installation replaces."""

import hashlib
import mmap
import os
import re
import struct
from pathlib import Path

import powplasma_build
import pytest
from powplasma_build.library import CHECKSUM_SUFFIX, put_in_place
from powplasma_build.platforms import this_platform
from powplasma_build.recipe import NATIVE, recipe_for

from .conftest import WORKS, AddCompiler

BROKEN = (
    f'case "$*" in *portable.c*) echo "portable.c:1: error: what is this"; echo "second line"; exit 1;; esac\n{WORKS}'
)


def test_auto_falls_back_with_one_line(tools: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert powplasma_build._native_files(tmp_path) == []
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("powplasma: WARNING: no native kernels, plain Python will be used: no C compiler")


def test_auto_falls_back_when_a_source_fails(
    add_compiler: AddCompiler, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_compiler("cc", BROKEN)
    assert powplasma_build._native_files(tmp_path) == []
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("portable.c:1: error: what is this")


def test_yes_fails_with_all_that_the_compiler_said(
    add_compiler: AddCompiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_compiler("cc", BROKEN)
    monkeypatch.setenv("POWPLASMA_NATIVE", "yes")
    with pytest.raises(SystemExit) as caught:
        powplasma_build._native_files(tmp_path)
    said = str(caught.value.code).splitlines()
    assert said[:2] == ["portable.c:1: error: what is this", "second line"]
    assert said[-1].startswith("powplasma: POWPLASMA_NATIVE=yes, but ")


def test_yes_fails_without_a_compiler(tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_NATIVE", "yes")
    with pytest.raises(SystemExit, match="no C compiler that works"):
        powplasma_build._native_files(tmp_path)


def test_a_library_that_does_not_load_is_a_failure(
    add_compiler: AddCompiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_compiler("cc", WORKS)  # its libraries are empty
    monkeypatch.setenv("POWPLASMA_NATIVE", "yes")
    with pytest.raises(SystemExit, match="cannot be loaded"):
        powplasma_build._native_files(tmp_path)


def test_no_never_calls_a_compiler(add_compiler: AddCompiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diary = add_compiler("cc", WORKS)
    monkeypatch.setenv("POWPLASMA_NATIVE", "no")
    assert powplasma_build.get_requires_for_build_wheel() == []
    assert powplasma_build._native_files(tmp_path) == []
    assert not diary.exists()


def test_a_wrong_setting_stops_the_build_at_once(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_NATIVE", "perhaps")
    with pytest.raises(SystemExit, match="POWPLASMA_NATIVE: 'perhaps'"):
        powplasma_build.get_requires_for_build_editable()


def test_replacing_a_library_leaves_the_old_one_to_who_has_it_loaded(tmp_path: Path) -> None:
    new, target = tmp_path / "new", tmp_path / "libpowplasma.so"
    target.write_bytes(b"old" * 5000)
    new.write_bytes(b"new")
    with target.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        put_in_place(new, target)
        assert mapped[:3] == b"old"
        assert mapped[-3:] == b"old"
    assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["libpowplasma.so", "new"]


@pytest.mark.skipif(this_platform().system != "linux", reason="reads the symbols of ELF files")
def test_the_installed_library_exports_the_interface_and_nothing_else() -> None:
    library = installed_library()
    headers = "\n".join(path.read_text(encoding="utf-8") for path in NATIVE.glob("*.h"))
    declared = set(re.findall(r"^PP_EXPORT [\w ]+?(\w+)\(", headers, re.MULTILINE))
    assert len(declared) >= 5
    assert exported(library.read_bytes()) == declared


def test_the_installed_library_has_its_checksum_beside_it() -> None:
    library = installed_library()
    checksum = library.with_name(library.name + CHECKSUM_SUFFIX)
    assert checksum.read_text(encoding="ascii") == hashlib.sha256(library.read_bytes()).hexdigest() + "\n"


def installed_library() -> Path:
    library = NATIVE / recipe_for(this_platform()).library
    if not library.exists() and os.environ.get("POWPLASMA_NATIVE") != "yes":
        pytest.skip("installed without the native library")
    return library


def exported(elf: bytes) -> set[str]:
    """The names that a 64-bit little-endian ELF library defines for others."""
    sections_at, (size, count) = struct.unpack_from("<Q", elf, 40)[0], struct.unpack_from("<HH", elf, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, sections_at + i * size) for i in range(count)]
    (symbols,) = (section for section in sections if section[1] == 11)  # SHT_DYNSYM
    names_at = sections[symbols[6]][4]
    found = set()
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        name, _info, _other, section, _value, _size = struct.unpack_from("<IBBHQQ", elf, at)
        if section != 0:
            start = names_at + name
            found.add(elf[start : elf.index(b"\0", start)].decode())
    return found
