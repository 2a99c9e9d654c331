"""The OpenCL device that tests run on: the first that is usable here, Debian's PoCL on the processor if nothing else.

POWPLASMA_OPENCL=yes says that there has to be one: then its absence fails a test and does not skip it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os

import pytest

from powplasma.errors import KernelUnavailable
from powplasma.kernels.opencl import cache, device_named, platforms
from powplasma.kernels.opencl.build import identity
from powplasma.kernels.opencl.source import Variant
from powplasma.kernels.opencl.tuning import Tuning

EXPECTED = os.environ.get("POWPLASMA_OPENCL") == "yes"

TUNING = Tuning(Variant("rotate", unrolled=False, lop3=False, local=64), hashrate=2e6, least=4096)
"""What trials would find, about; they would take longer than all tests."""


@functools.cache
def usable_device() -> str | KernelUnavailable:
    """Name of the first usable device; why there is none."""
    try:
        found = platforms()
    except KernelUnavailable as error:
        return error
    usable = [device.name for platform in found for device in platform.devices if not device.why]
    return usable[0] if usable else KernelUnavailable("opencl", "no platform has a usable device")


def device_or_skip() -> str:
    """Name of the device to test with."""
    device = usable_device()
    if isinstance(device, str):
        return device
    if EXPECTED:
        raise device
    pytest.skip(f"{device.why}; on Debian: apt install pocl-opencl-icd")


def keep_tuning(name: str) -> None:
    """Puts TUNING into the cache for a device."""
    _, handle = device_named(name)
    cache.store("tuning", identity(handle), json.dumps(dataclasses.asdict(TUNING)).encode())
