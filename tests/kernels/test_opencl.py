"""What is particular to OpenCL devices: their program, names, caches, trials, and what they do when they fail."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyopencl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.kernels import Kernel
from powplasma.kernels import kernel as choose
from powplasma.kernels.opencl import cache, device_named, open_device, platforms, tuning
from powplasma.kernels.opencl.build import build, identity
from powplasma.kernels.opencl.device_kernel import DeviceKernel
from powplasma.kernels.opencl.program import LANES, common_state, search_program
from powplasma.kernels.opencl.source import FORMS, Variant, digest, source
from powplasma.kernels.selftest import one_known_answer
from tests.kernels.reference import U64, prefix
from tests.opencl import TUNING

NEVER = U64 - 1


@settings(deadline=None)
@given(data_hash=st.binary(min_size=32, max_size=32), nonce=st.integers(0, U64 - 1))
def test_the_statements_are_sha3(data_hash: bytes, nonce: int) -> None:
    program, result = search_program()
    words = {f"b{lane}": word for lane, word in enumerate(common_state(data_hash))}
    assert program.run({"nonce": nonce, **words})[result] == prefix(data_hash, nonce)


def test_every_name_is_given_once_and_before_it_is_used() -> None:
    program, result = search_program()
    known = {"nonce", *(f"b{lane}" for lane in range(LANES))}
    for statement in program.statements:
        assert known.issuperset(statement.operands)
        assert statement.target not in known
        known.add(statement.target)
    assert result in known


def test_the_state_is_in_names_and_not_in_an_array() -> None:
    assert re.findall(r"\b(?:ulong|uint|uchar)\s+(\w+)\s*\[", source()) == ["IOTA"]
    assert source().isascii()
    assert hashlib.sha256(source().encode()).hexdigest() == digest()


def test_the_page_shows_what_the_count_prints() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "gpu.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"`python (-m benchmarks.gpu_operations --units.*?)`", page)
    done = subprocess.run([sys.executable, *command.split()], cwd=root, capture_output=True, text=True, check=True)
    assert f"```\n{done.stdout}```" in page


def make(name: str, variant: Variant = TUNING.variant) -> DeviceKernel:
    return DeviceKernel(name, device_named(name)[1], variant, least=1000, most=100_000)


@pytest.mark.parametrize(("form", "unrolled"), [(form, False) for form in FORMS] + [("shifts", True)])
def test_every_way_to_build_gives_right_answers(device: str, form: Any, unrolled: bool) -> None:
    assert one_known_answer(make(device, Variant(form, unrolled, lop3=False, local=32))) == ""


def test_launches_are_as_short_as_asked_and_as_the_search(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = open_device(device, intensity=10)
    most, least = int(TUNING.hashrate * 10 / 1000), TUNING.least
    launched: list[int] = []
    launch = kernel._launch
    monkeypatch.setattr(kernel, "_launch", lambda *a: launched.append(a[1]) or launch(*a))
    for difficulty, size in ((U64 - 1, most // 64 * 64), (16 * 10_000, 10_000), (2, least)):
        launched.clear()
        count = 3 * size + 17
        kernel.search(bytes(32), 5, count, U64 - U64 // difficulty)
        assert launched == ([size] if difficulty == 2 else [size] * 3 + [17])
        assert difficulty == 2 or sum(launched) == count


@pytest.mark.parametrize("intensity", [0, 2001, 1.5, True])
def test_an_intensity_out_of_range_is_refused(device: str, intensity: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^intensity: .* \(1 … 2000 ms\)$"):
        open_device(device, intensity)


# Names and listing


class Broken:
    """A platform whose driver answers with an error."""

    name = "Broken Driver"
    version = "OpenCL 1.2"

    def get_devices(self) -> list[Any]:
        raise pyopencl.RuntimeError("clGetDeviceIDs failed: OUT_OF_HOST_MEMORY")


class Odd:
    """A device that tells little, and has no compiler."""

    name = "Odd  one"
    available = True
    compiler_available = False

    def __getattr__(self, fact: str) -> Any:
        raise pyopencl.LogicError(f"{fact}: INVALID_VALUE")


@pytest.fixture
def three_platforms(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is broken before the real one, and one with a device that is of no use behind it."""
    real = pyopencl.get_platforms()
    odd = SimpleNamespace(name=real[0].name, version="", get_devices=lambda: [Odd()])
    monkeypatch.setattr(pyopencl, "get_platforms", lambda: [Broken(), *real, odd])


@pytest.mark.usefixtures("three_platforms")
def test_a_broken_platform_hides_no_other(device: str) -> None:
    found = platforms()
    assert (found[0].name, found[0].devices) == ("Broken Driver", ())
    assert "OUT_OF_HOST_MEMORY" in found[0].why
    assert found[1].devices[0].name == device
    assert not found[1].why
    (odd,) = found[-1].devices
    assert odd.name == device.rpartition(":")[0] + "-2:0"
    assert (odd.model, odd.kind, odd.units, odd.why) == ("Odd one", "other", 0, "its driver has no compiler")


@pytest.mark.usefixtures("three_platforms")
def test_a_device_that_cannot_be_used_says_why(device: str) -> None:
    with pytest.raises(KernelUnavailable, match="its driver has no compiler"):
        device_named(device.rpartition(":")[0] + "-2:0")
    with pytest.raises(KernelUnavailable, match=r"the platform Broken Driver fails: .*OUT_OF_HOST_MEMORY"):
        device_named("opencl:broken-driver:0")
    with pytest.raises(InvalidInput, match=rf"^device: opencl:none:0 is not known \(cpu, {device}, "):
        choose("opencl:none:0")


def test_a_device_is_opened_once_and_kept(device: str) -> None:
    assert choose(device) is choose(device)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    with pytest.raises(KernelUnavailable, match=r"needs the extra `opencl`: pip install 'powplasma\[opencl\]'"):
        choose("opencl:any:0")


def test_a_broken_installation_is_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyopencl.py").write_text("import a_part_of_it_that_is_missing")
    monkeypatch.delitem(sys.modules, "pyopencl", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KernelUnavailable, match="pyopencl cannot be loaded: No module named 'a_part_of"):
        platforms()


def test_without_any_platform_the_error_says_so() -> None:
    code = "from powplasma.kernels.opencl import platforms\ntry: platforms()\nexcept Exception as e: print(repr(e))"
    environment = {**os.environ, "OCL_ICD_VENDORS": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("KernelUnavailable")
    assert "no OpenCL platform is installed" in done.stdout


def test_powplasma_alone_loads_no_opencl() -> None:
    code = "import powplasma, sys; powplasma.generate(bytes(32), 5); print('pyopencl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# What is cached


@pytest.fixture
def own_cache(device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    return tmp_path / "opencl"


def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each program that is made: from source text or from a binary."""
    made: list[str] = []
    real = pyopencl.Program

    def program(*arguments: Any) -> Any:
        made.append("source" if isinstance(arguments[1], str) else "binary")
        return real(*arguments)

    monkeypatch.setattr(pyopencl, "Program", program)
    return made


def test_a_program_is_compiled_once(device: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = builds(monkeypatch)
    for _ in range(2):
        assert one_known_answer(make(device)) == ""
    assert made == ["source", "binary"]
    make(device, dataclasses.replace(TUNING.variant, local=32))
    assert made[2:] == ["source"]
    assert len(list(own_cache.iterdir())) == 2


@pytest.mark.parametrize("damage", ["a bit", "its end", "all of it", "unreadable to the driver"])
def test_a_damaged_binary_is_built_again(
    device: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    make(device)
    (path,) = own_cache.iterdir()
    good = path.read_bytes()
    bad = {
        "a bit": good[:500] + bytes([good[500] ^ 1]) + good[501:],
        "its end": good[:-100],
        "all of it": b"",
        "unreadable to the driver": hashlib.sha256(b"no program").digest() + b"no program",
    }[damage]
    path.write_bytes(bad)
    made = builds(monkeypatch)
    assert one_known_answer(make(device)) == ""
    assert made[-1] == "source"
    assert path.read_bytes() != bad
    assert cache.load("bin", (*identity(device_named(device)[1]), *TUNING.variant.options)) is not None


def test_without_a_place_for_it_nothing_is_cached(device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path / "file"))
    assert one_known_answer(make(device)) == ""
    assert cache.load("bin", ("x",)) is None


def test_the_compilers_refusal_is_told(device: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma.kernels.opencl.build.source", lambda: "this is not C")
    _, handle = device_named(device)
    with pytest.raises(KernelUnavailable, match="its compiler refuses the program"):
        build(pyopencl.Context([handle]), handle, TUNING.variant)


# Trials


@pytest.fixture
def few_trials(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[Variant]:
    """Trials of two variants and one other work-group; those that were begun."""
    begun: list[Variant] = []

    class Noted(DeviceKernel):
        def __init__(self, name: str, device: Any, variant: Variant, **sizes: Any) -> None:
            begun.append(variant)
            super().__init__(name, device, variant, **sizes)

    two = [
        Variant("rotate", unrolled=False, lop3=False, local=64),
        Variant("shifts", unrolled=False, lop3=False, local=64),
    ]
    monkeypatch.setattr(tuning, "_variants", lambda *_: two)
    monkeypatch.setattr(tuning, "_OTHER_LOCALS", (32,))
    monkeypatch.setattr(tuning, "_ENOUGH_SECONDS", math.inf)
    monkeypatch.setattr(tuning, "DeviceKernel", Noted)
    return begun


def test_trials_are_made_once_for_a_device(device: str, few_trials: list[Variant]) -> None:
    _, handle = device_named(device)
    found = tuning.tuned(device, handle)
    assert [variant.local for variant in few_trials] == [64, 64, 32]
    assert found.variant in few_trials
    assert found.hashrate > 0
    assert found.variant.local <= found.least <= found.hashrate
    assert tuning.tuned(device, handle) == found
    assert len(few_trials) == 3
    tuning.tuned(device, handle, anew=True)
    assert len(few_trials) == 6


def test_a_variant_with_wrong_answers_is_not_chosen(
    device: str, few_trials: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(kernel: Kernel) -> str:
        return "wrong" if few_trials[-1].rotation == "rotate" or kernel.lanes == 32 else one_known_answer(kernel)

    monkeypatch.setattr(tuning, "one_known_answer", answer)
    _, handle = device_named(device)
    assert tuning.tuned(device, handle).variant == few_trials[1]
    monkeypatch.setattr(tuning, "one_known_answer", lambda _: "wrong")
    with pytest.raises(KernelUnavailable, match="it gives wrong answers: wrong"):
        tuning.tuned(device, handle, anew=True)


def test_enough_time_ends_the_trials(device: str, few_trials: list[Variant], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_ENOUGH_SECONDS", 0.0)
    _, handle = device_named(device)
    assert tuning.tuned(device, handle).variant == few_trials[0]
    assert len(few_trials) == 1


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"variant": {"rotation": "rotate"}, "hashrate": 1, "least": 1}'])
def test_other_files_in_place_of_a_tuning_are_not_used(device: str, own_cache: Path, record: str) -> None:
    assert tuning._parsed(record.encode()) is None
    written = json.dumps(dataclasses.asdict(TUNING)).encode()
    assert tuning._parsed(written) == TUNING


@pytest.mark.parametrize(
    ("extensions", "asm", "forms"),
    [("", {False}, 2), ("cl_nv_compiler_options x", {True, False}, 2), ("cl_amd_media_ops", {False}, 3)],
)
def test_what_is_tried_depends_on_the_maker(extensions: str, asm: set[bool], forms: int) -> None:
    variants = list(tuning._variants(SimpleNamespace(extensions=extensions), 128))  # type: ignore[arg-type]
    assert {variant.lop3 for variant in variants} == asm
    assert len({variant.rotation for variant in variants}) == forms
    assert len(set(variants)) == len(variants) == 2 * forms * len(asm)


# Failure


def test_a_device_that_fails_its_self_test_is_not_opened(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    search = DeviceKernel.search

    def late(*arguments: Any) -> Any:
        result = search(*arguments)
        return result if result.counter is None else dataclasses.replace(result, counter=(result.counter + 1) % U64)

    monkeypatch.setattr(DeviceKernel, "search", late)
    with pytest.raises(KernelUnavailable, match=f"^kernel {device} is not available: it failed its self-test"):
        open_device(device)


def test_an_error_of_the_driver_becomes_one_of_the_device(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = make(device)

    def lost(*_: Any, **__: Any) -> None:
        raise pyopencl.RuntimeError("clEnqueueNDRangeKernel failed: OUT_OF_RESOURCES")

    monkeypatch.setattr(pyopencl, "enqueue_nd_range_kernel", lost)
    with pytest.raises(KernelUnavailable, match="the device fails: clEnqueueNDRangeKernel failed: OUT_OF_RESOURCES"):
        kernel.search(bytes(32), 0, 9, NEVER)


def test_an_answer_beyond_the_launch_is_an_error_of_the_device(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = make(device)
    copy = pyopencl.enqueue_copy

    def wrong(queue: Any, to: Any, *arguments: Any, **named: Any) -> Any:
        done = copy(queue, to, *arguments, **named)
        if to is kernel._answer:
            kernel._answer[0] = 9
        return done

    monkeypatch.setattr(pyopencl, "enqueue_copy", wrong)
    assert kernel.search(bytes(32), 0, 10, NEVER).counter == 9  # which the engine finds out
    with pytest.raises(KernelUnavailable, match="it answers with nonce 9 of 9"):
        kernel.search(bytes(32), 0, 9, NEVER)
