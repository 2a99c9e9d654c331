"""Every test of this folder runs against each kernel that works here; the others are skipped with the reason."""

from __future__ import annotations

import os

import pytest

from powplasma.errors import KernelUnavailable
from powplasma.kernels import KERNELS, Kernel
from powplasma.kernels import kernel as choose


@pytest.fixture(params=[*KERNELS, "opencl"])
def kernel(request: pytest.FixtureRequest) -> Kernel:
    """One kernel after the other, and one OpenCL device.

    POWPLASMA_NATIVE=yes says that the native library has to be there, POWPLASMA_OPENCL=yes a device.
    """
    if request.param == "opencl":
        return choose(request.getfixturevalue("device"))
    try:
        return choose(request.param)
    except KernelUnavailable as error:
        if request.param == "portable" and os.environ.get("POWPLASMA_NATIVE") == "yes":
            raise
        pytest.skip(f"{request.param}: {error.why}")


@pytest.fixture
def fast_kernel(kernel: Kernel) -> Kernel:
    """A kernel for tests of more nonces than plain Python can search in good time."""
    if kernel.name == "python":
        pytest.skip("python: too slow for this many nonces")
    return kernel
