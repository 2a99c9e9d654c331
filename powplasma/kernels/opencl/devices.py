"""The OpenCL devices of this machine, and the names by which they are chosen.

A name is ``opencl:PLATFORM:INDEX``: the platform's own name in plain letters, and the device's place
among those of that platform. It stays the same as long as the drivers do. Of two platforms with the
same name the second is ``PLATFORM-2``.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from powplasma.errors import InvalidInput, KernelUnavailable

if TYPE_CHECKING:
    import pyopencl as cl

PREFIX = "opencl:"
"""Every name of a device begins with this."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device as its driver describes it.

    Attributes:
        name: by which it is chosen.
        model: what its maker calls it.
        kind: ``gpu``, ``cpu``, ``accelerator`` or ``other``.
        driver: version of its driver.
        units: compute units.
        clock_mhz: the highest clock, in MHz; 0 if unknown.
        memory: bytes.
        why: why it cannot be used; empty if it can.
    """

    name: str
    model: str
    kind: str
    driver: str
    units: int
    clock_mhz: int
    memory: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One driver and its devices.

    Attributes:
        name: as it calls itself.
        version: of OpenCL and of the driver.
        devices: what it drives.
        why: what it answered instead of naming its devices; empty if it named them.
    """

    name: str
    version: str
    devices: tuple[Device, ...]
    why: str = ""


def library() -> Any:
    """The module pyopencl.

    Raises:
        KernelUnavailable: it is not installed, or cannot be loaded.
    """
    try:
        return importlib.import_module("pyopencl")
    except ImportError as error:
        if error.name != "pyopencl":
            raise KernelUnavailable("opencl", f"pyopencl cannot be loaded: {error}") from error
        raise KernelUnavailable("opencl", "it needs the extra `opencl`: pip install 'powplasma[opencl]'") from None


def platforms() -> tuple[Platform, ...]:
    """Every platform with its devices. One that does not answer, or answers with an error, hides no other.

    Raises:
        KernelUnavailable: the extra is not installed, or there is no platform at all.
    """
    return tuple(platform for platform, _ in _found())


def device_named(name: str) -> tuple[Device, cl.Device]:
    """The device ``name``, as described and as pyopencl has it.

    Raises:
        InvalidInput: field ``device``; there is none of that name.
        KernelUnavailable: there is, but it cannot be used; or see ``platforms``.
    """
    known = ["cpu"]
    try:
        found = _found()
    except KernelUnavailable:
        if name.startswith(PREFIX):
            raise
        found = []  # whatever drivers there are, none has a device of such a name
    for platform, handles in found:
        for device, handle in zip(platform.devices, handles, strict=True):
            if device.name == name:
                if device.why:
                    raise KernelUnavailable(name, device.why)
                return device, handle
            known.append(device.name)
        if platform.why and name.startswith(f"{PREFIX}{_slug(platform.name)}"):
            raise KernelUnavailable(name, f"the platform {platform.name} fails: {platform.why}")
    near = get_close_matches(name, known, n=1, cutoff=0.7)  # not the cpu for a gpu
    problem = "is not known" + (f", did you mean {near[0]}?" if near else "")
    accepted = ", ".join(known) if found else "cpu, or the name of an OpenCL device"
    raise InvalidInput("device", name, problem, accepted)


def _found() -> list[tuple[Platform, list[cl.Device]]]:
    opencl = library()
    try:
        handles = opencl.get_platforms()
    except opencl.Error as error:
        raise KernelUnavailable("opencl", f"no OpenCL platform is installed ({_reason(error)})") from error
    if not handles:
        raise KernelUnavailable("opencl", "no OpenCL platform is installed")
    found: list[tuple[Platform, list[cl.Device]]] = []
    taken: dict[str, int] = {}
    for handle in handles:
        name, version = _told(handle, "name", "unnamed"), _told(handle, "version", "")
        slug = _slug(name)
        taken[slug] = taken.get(slug, 0) + 1
        if taken[slug] > 1:
            slug += f"-{taken[slug]}"
        try:
            devices = list(handle.get_devices())
        except opencl.Error as error:
            found.append((Platform(name, version, (), _reason(error)), []))
            continue
        described = (_described(f"{PREFIX}{slug}:{index}", device) for index, device in enumerate(devices))
        found.append((Platform(name, version, tuple(described)), devices))
    return found


def _described(name: str, handle: cl.Device) -> Device:
    opencl = library()
    kind = _told(handle, "type", 0)
    types = opencl.device_type
    kinds = {"gpu": types.GPU, "cpu": types.CPU, "accelerator": types.ACCELERATOR}
    why = ""
    if not _told(handle, "available", False):
        why = "its driver says that it is not available"
    elif not _told(handle, "compiler_available", False):
        why = "its driver has no compiler"
    elif not _told(handle, "endian_little", False) or sys.byteorder != "little":
        why = "its bytes are in another order than the kernel's"
    return Device(
        name=name,
        model=" ".join(_told(handle, "name", "unnamed").split()),
        kind=next((word for word, bit in kinds.items() if kind & bit), "other"),
        driver=_told(handle, "driver_version", ""),
        units=_told(handle, "max_compute_units", 0),
        clock_mhz=_told(handle, "max_clock_frequency", 0),
        memory=_told(handle, "global_mem_size", 0),
        why=why,
    )


def _told(handle: Any, fact: str, default: Any) -> Any:
    """What a driver says; ``default`` if it answers with an error."""
    try:
        return getattr(handle, fact)
    except library().Error:
        return default


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"
