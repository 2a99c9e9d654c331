"""Programs for a device: from the cache if they were built before by the same driver, else from the source."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from powplasma.errors import KernelUnavailable
from powplasma.kernels.opencl import cache
from powplasma.kernels.opencl.devices import library
from powplasma.kernels.opencl.source import Variant, digest, source

if TYPE_CHECKING:
    import pyopencl as cl

_KIND = "bin"


def identity(device: cl.Device) -> tuple[str, ...]:
    """What a compiled program and a work size hold for: this source on this device with this driver."""
    return digest(), device.name, device.platform.name, device.platform.version, device.driver_version


def build(context: cl.Context, device: cl.Device, variant: Variant) -> cl.Program:
    """The program of ``variant``, ready to run.

    Raises:
        KernelUnavailable: the device's compiler refuses it.
    """
    opencl = library()
    key = (*identity(device), *variant.options)
    binary = cache.load(_KIND, key)
    with warnings.catch_warnings():
        # Compilers have remarks about any program; pyopencl warns of each.
        warnings.simplefilter("ignore")
        if binary is not None:
            try:
                loaded: cl.Program = opencl.Program(context, [device], [binary]).build()
                return loaded
            except opencl.Error:
                pass  # a driver may refuse what it has made; then it makes it once more
        try:
            program: cl.Program = opencl.Program(context, source()).build(
                variant.options, devices=[device], cache_dir=False
            )
        except opencl.Error as error:
            raise KernelUnavailable("opencl", f"its compiler refuses the program: {_first_line(error)}") from error
        binaries: Any = program.get_info(opencl.program_info.BINARIES)
    if binaries and binaries[0]:
        cache.store(_KIND, key, binaries[0])
    return program


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
