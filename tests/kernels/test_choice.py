"""Names, the order of choice, and what happens with a library that is missing or damaged."""

from __future__ import annotations

import _ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.kernels import ENVIRONMENT, KERNELS, Kernel, kernel, statuses
from powplasma.kernels.choice import Registry
from powplasma.library import CHECKSUM_SUFFIX, LIBRARY

# Keccak's last round constant but one: in every kernel's table.
ROUND_CONSTANT = (0x0000000080000001).to_bytes(8, "little") + (0x8000000080008008).to_bytes(8, "little")


@pytest.fixture(autouse=True)
def no_forced_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the native library that a test may damage."""
    if not LIBRARY.exists():
        pytest.skip("the native library is not built")
    return Path(shutil.copy(LIBRARY, tmp_path / LIBRARY.name))


def test_the_best_ready_kernel_is_chosen() -> None:
    ready = [status.name for status in statuses() if status.ready]
    assert kernel().name == ready[0]
    assert ready[-1] == "python"
    assert [status.name for status in statuses()] == list(KERNELS)
    assert all(status.ready == (not status.why) for status in statuses())


def test_the_argument_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "python")
    assert kernel().name == "python"
    best = next(status.name for status in statuses() if status.ready)
    assert kernel(best).name == best
    monkeypatch.setenv(ENVIRONMENT, "")
    assert kernel().name == best


def test_an_unknown_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput) as caught:
        kernel("sse9")
    assert str(caught.value) == "kernel: sse9 is not known (avx512, avx2, neon, portable or python)"
    monkeypatch.setenv(ENVIRONMENT, "AVX2")
    with pytest.raises(InvalidInput, match="kernel: AVX2 is not known"):
        kernel()


def test_a_kernel_of_another_architecture_is_unavailable() -> None:
    other = "neon" if platform.machine().lower() in {"x86_64", "amd64"} else "avx512"
    with pytest.raises(KernelUnavailable) as caught:
        kernel(other)
    assert caught.value.kernel == other
    assert caught.value.why


def test_a_kernel_is_tested_once_and_kept(kernel: Kernel) -> None:
    registry = Registry()
    assert registry.kernel(kernel.name) is registry.kernel(kernel.name)


def test_without_a_library_plain_python_serves(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "libpowplasma.so")
    assert registry.kernel().name == "python"
    with pytest.raises(KernelUnavailable, match="kernel avx2 is not available: the native library was not built"):
        registry.kernel("avx2")
    assert registry.failures() == ()


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + bytes(4000)])
def test_a_library_that_cannot_be_loaded_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / LIBRARY.name
    path.write_bytes(content)
    registry = Registry(path)
    assert registry.kernel().name == "python"
    assert "cannot be loaded" in registry.failures()[0].why
    with pytest.raises(KernelUnavailable, match="cannot be loaded"):
        registry.kernel("portable")


@pytest.mark.skipif(not hasattr(os, "ST_NOEXEC"), reason="no such mounts")
def test_a_file_system_that_executes_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / LIBRARY.name
    path.write_bytes(b"not a library")
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_NOEXEC))
    registry = Registry(path)
    with pytest.raises(KernelUnavailable, match="cannot be loaded: its file system is mounted noexec"):
        registry.kernel("portable")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a well-known other library")
def test_another_library_is_not_taken_for_ours() -> None:
    registry = Registry(Path(_ctypes.__file__))
    assert registry.kernel().name == "python"
    assert "is not powplasma's native library" in registry.failures()[0].why


@pytest.mark.parametrize("damage", ["a bit", "its end", "its checksum"])
def test_a_library_that_is_not_as_built_is_never_loaded(library: Path, damage: str) -> None:
    """Damaged code may crash before a self-test can fail, so it is not even tried."""
    content = library.read_bytes()
    checksum = library.with_name(library.name + CHECKSUM_SUFFIX)
    checksum.write_text(hashlib.sha256(content).hexdigest() + "\n")
    assert Registry(library).failures() == ()
    assert Registry(library).kernel("portable").name == "portable"
    # A new file, for the old one is mapped: to write into that would crash this process as it ends.
    library.unlink()
    library.write_bytes(content)
    middle = len(content) // 2
    if damage == "a bit":
        library.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif damage == "its end":
        library.write_bytes(content[:-1])
    else:
        checksum.write_bytes(b"\xff")
    registry = Registry(library)
    assert registry.kernel().name == "python"
    assert {status.why for status in registry.failures()} == {
        "the native library is damaged: it was altered since it was built"
    }
    with pytest.raises(KernelUnavailable, match="is damaged"):
        registry.kernel("portable")


def test_damaged_constants_are_caught_and_plain_python_serves(library: Path) -> None:
    """The constants of all kernels are flipped, so none of them may serve."""
    content = library.read_bytes()
    assert ROUND_CONSTANT in content
    library.write_bytes(content.replace(ROUND_CONSTANT, b"\x03" + ROUND_CONSTANT[1:]))
    registry = Registry(library)
    assert registry.kernel().name == "python"
    broken = {status.name for status in registry.failures()}
    assert broken == {status.name for status in statuses() if status.ready} - {"python"}
    for status in registry.failures():
        assert status.why.startswith("it failed its self-test: ")
        with pytest.raises(KernelUnavailable, match="it failed its self-test"):
            registry.kernel(status.name)


def test_the_next_best_kernel_serves_when_one_is_damaged(library: Path) -> None:
    """Flips the constants one place after the other, until only the best kernel is hit."""
    ready = [status.name for status in statuses() if status.ready]
    if len(ready) < 3:
        pytest.skip("there is no second native kernel here")
    content = library.read_bytes()
    places = [i for i in range(len(content)) if content.startswith(ROUND_CONSTANT, i)]
    served = set()
    for number, place in enumerate(places):
        copy = library.with_name(f"{number}{library.name}")
        copy.write_bytes(content[:place] + b"\x03" + content[place + 1 :])
        registry = Registry(copy)
        served.add((registry.kernel().name, tuple(status.name for status in registry.failures())))
    assert (ready[1], (ready[0],)) in served


def test_importing_the_kernels_opens_no_library() -> None:
    code = (
        "import sys, ctypes; ctypes.CDLL = None; import powplasma.kernels;"
        "assert 'numpy' not in sys.modules; print(powplasma.kernels.KERNELS[-1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "python\n"
