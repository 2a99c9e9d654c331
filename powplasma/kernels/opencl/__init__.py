"""OpenCL devices as makers of hashes: a graphics processor, or anything else that has a driver for it.

Needs the extra ``opencl`` and a driver of the device; nothing is loaded before a device is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from powplasma.errors import KernelUnavailable, check_integer
from powplasma.kernels.opencl.devices import PREFIX, Device, Platform, device_named, platforms
from powplasma.kernels.selftest import self_test

if TYPE_CHECKING:
    from powplasma.kernels.opencl.device_kernel import DeviceKernel

__all__ = [
    "INTENSITY",
    "MAX_INTENSITY",
    "PREFIX",
    "Device",
    "Platform",
    "check_intensity",
    "device_named",
    "open_device",
    "platforms",
]

INTENSITY = 50
"""Milliseconds of a launch, at most: a desktop on the same device stays usable."""

MAX_INTENSITY = 2000
"""Drivers of devices with a display end launches of some seconds."""


def open_device(name: str, intensity: int | None = None, *, retune: bool = False) -> DeviceKernel:
    """The kernel of the device ``name``, with its best work sizes; these are found by trial at first use.

    Args:
        name: as ``platforms`` has it.
        intensity: milliseconds of a launch at most, 1 … 2000; 50 by default.
        retune: find the best work sizes again.

    Raises:
        InvalidInput: field ``device`` or ``intensity``.
        KernelUnavailable: the device cannot be used, or fails its self-test.
    """
    # Every worker process loads this module, and few of them serve a device.
    from powplasma.kernels.opencl.device_kernel import DeviceKernel  # noqa: PLC0415
    from powplasma.kernels.opencl.tuning import tuned  # noqa: PLC0415

    intensity = INTENSITY if intensity is None else intensity
    check_intensity(intensity)
    _, handle = device_named(name)
    tuning = tuned(name, handle, anew=retune)
    kernel = DeviceKernel(
        name, handle, tuning.variant, least=tuning.least, most=tuning.most(intensity), hashrate=tuning.hashrate
    )
    wrong = self_test(kernel)
    if wrong:
        raise KernelUnavailable(name, f"it failed its self-test: {wrong}")
    return kernel


def check_intensity(intensity: int) -> None:
    """Refuses what is not a number of milliseconds.

    Raises:
        InvalidInput: field ``intensity``.
    """
    check_integer("intensity", intensity, 1, MAX_INTENSITY, "ms")
