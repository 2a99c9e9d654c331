"""Runs the libraries of the wheels: natively, or under an emulator where there is one.

``tests/kernels/crosscheck.c`` is linked with the very library of a wheel and prints what each of its kernels finds.
Whatever the machine, the lines have to be the same.
"""

from __future__ import annotations

import platform as machine
import shutil
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

from powplasma_build.library import log
from powplasma_build.platforms import Platform, released_platforms
from powplasma_build.recipe import ROOT, recipe_for

_ROOTS = {"gnu": Path("/usr/aarch64-linux-gnu"), "musl": Path("/usr/aarch64-linux-musl")}
"""Where Debian puts the C library of another machine (``libc6-arm64-cross``); its ``musl:arm64`` has to be unpacked."""


def run_wheels(folder: Path) -> None:
    """Run the library of each wheel in ``folder`` that can be run here, and say which cannot.

    Raises:
        SystemExit: one prints something else than the others, or fails.
    """
    sums = {}
    for target in released_platforms():
        (wheel,) = folder.glob(f"*-{target.wheel_tag}.whl")
        runner = _runner(target)
        if runner is None:
            log(f"not run, for nothing here can: {wheel.name}")
            continue
        lines, kernels = _lines(wheel, target, runner)
        sums[wheel.name] = sha256("\n".join(lines).encode()).hexdigest()
        log(f"{sums[wheel.name][:16]}: {len(lines)} lines of kernels {kernels}: {wheel.name}")
    if len(set(sums.values())) != 1:
        raise SystemExit("the libraries do not agree, or none was run")


def _runner(target: Platform) -> list[str] | None:
    """What to put before a program of ``target`` to run it here; None if nothing does."""
    same = target.architecture == machine.machine()
    libc = "musl" if "musl" in target.wheel_tag else "gnu"
    if target.system == "linux" and sys.platform == "linux":
        if same:
            return [] if libc == "gnu" or Path(f"/lib/ld-musl-{target.architecture}.so.1").exists() else None
        emulator = shutil.which(f"qemu-{target.architecture}")
        return [emulator, "-L", str(_ROOTS[libc])] if emulator and _ROOTS[libc].exists() else None
    if target.system == "windows" and target.architecture == "x86_64" and (wine := shutil.which("wine")):
        return [wine]
    return None


def _lines(wheel: Path, target: Platform, runner: list[str]) -> tuple[list[str], str]:
    """The different lines that the kernels print, sorted, and the numbers of the kernels."""
    with tempfile.TemporaryDirectory(prefix="powplasma-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        library = folder / recipe_for(target).library
        with zipfile.ZipFile(wheel) as archive:
            library.write_bytes(archive.read(f"powplasma/native/{library.name}"))
        program = folder / ("crosscheck.exe" if target.system == "windows" else "crosscheck")
        source = ROOT / "tests" / "kernels" / "crosscheck.c"
        origin = [] if target.system == "windows" else ["-Wl,-rpath,$ORIGIN"]
        compiler = [sys.executable, "-m", "ziglang", "cc", "-target", str(target.zig_target)]
        done = subprocess.run([*compiler, *origin, "-o", str(program), str(source), str(library)], check=False)
        if done.returncode != 0:
            raise SystemExit(f"{wheel.name}: nothing can be linked with its library")
        ran = subprocess.run([*runner, str(program)], cwd=folder, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise SystemExit(f"{wheel.name}: {ran.stderr.strip()}")
        kernels = [line.split()[1] for line in ran.stderr.splitlines() if line.startswith("kernel ")]
        return sorted(set(ran.stdout.splitlines())), ", ".join(kernels)
