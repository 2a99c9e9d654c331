"""The machine that is built for, which is always the one that builds."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}

_NARROW = {"x86_64": "i686", "aarch64": "armv7l"}
"""What a 32-bit interpreter on a 64-bit machine can load."""

_MACOS_FLOOR = "11.0"
"""Oldest macOS that a library built on macOS runs on; the first that knows both architectures."""

_GLIBC_FLOOR = "2.17"
"""Oldest glibc that a library built with zig runs on; no Linux with a supported Python has an older one."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One kind of machine.

    Attributes:
        system: linux, macos or windows; any other Unix counts as linux, its tools behave alike.
        architecture: x86_64, aarch64, or the machine's own name for anything else.
        wheel_tag: the platform part of a wheel's tag.
        machine_flags: what keeps the system's compiler from building for another machine.
        zig_target: what zig calls this machine, or None if it is none of those it was tried for.
    """

    system: str
    architecture: str
    wheel_tag: str
    machine_flags: tuple[str, ...]
    zig_target: str | None


def released_platforms() -> list[Platform]:
    """Those that a wheel is published for; zig makes the library of each of them on any machine."""
    glibc = f"{_GLIBC_FLOOR.replace('.', '_')}_{{0}}.manylinux2014_{{0}}"
    kinds = (
        ("linux", f"manylinux_{glibc}", f"linux-gnu.{_GLIBC_FLOOR}", ("x86_64", "aarch64")),
        ("linux", "musllinux_1_2_{0}", "linux-musl", ("x86_64", "aarch64")),
        ("macos", f"macosx_{_MACOS_FLOOR.replace('.', '_')}_{{0}}", f"macos.{_MACOS_FLOOR}", ("x86_64", "arm64")),
        ("windows", "win_{0}", "windows-gnu", ("amd64", "arm64")),
    )
    return [
        Platform(system, _ARCHITECTURES[name], tag.format(name), (), _zig_target(_ARCHITECTURES[name], rest))
        for system, tag, rest, names in kinds
        for name in names
    ]


def this_platform() -> Platform:
    """The platform of this interpreter, which is what will load the library."""
    machine = platform.machine().lower()
    architecture = _ARCHITECTURES.get(machine, machine)
    if sys.maxsize < 1 << 32:
        architecture = _NARROW.get(architecture, architecture)
    match sys.platform:
        case "darwin":
            name = "arm64" if architecture == "aarch64" else architecture
            tag = f"macosx_{_MACOS_FLOOR.replace('.', '_')}_{name}"
            flags = ("-arch", name, f"-mmacosx-version-min={_MACOS_FLOOR}")
            return Platform("macos", architecture, tag, flags, _zig_target(architecture, f"macos.{_MACOS_FLOOR}"))
        case "win32":
            return Platform("windows", architecture, _own_tag(), (), _zig_target(architecture, "windows-gnu"))
        case "linux":
            libc = f"gnu.{_GLIBC_FLOOR}" if platform.libc_ver()[0] == "glibc" else "musl"
            target = _zig_target(architecture, f"linux-{libc}")
            return Platform("linux", architecture, f"linux_{architecture}", (), target)
        case _:
            return Platform("linux", architecture, _own_tag(), (), None)


def _zig_target(architecture: str, rest: str) -> str | None:
    return f"{architecture}-{rest}" if architecture in _ARCHITECTURES.values() else None


def _own_tag() -> str:
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")
