"""Which kernel runs: the argument, else the environment, else the best that is fit to.

Nothing is loaded when this module is imported; the native library is opened at first need, and
each kernel passes its self-test once per process before it is handed out.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.kernels.interface import Kernel
from powplasma.kernels.native import Library
from powplasma.kernels.opencl import PREFIX, open_device
from powplasma.kernels.python import PythonKernel
from powplasma.kernels.selftest import self_test
from powplasma.library import LIBRARY

KERNELS = ("avx512", "avx2", "neon", "portable", "python")
"""Names of all kernels, fastest first."""

ENVIRONMENT = "POWPLASMA_KERNEL"
"""The environment variable that forces a kernel."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a kernel runs here.

    Attributes:
        name: the kernel.
        ready: it runs here and passed its self-test.
        why: why it is not ready; empty if it is.
        broken: it should run here but does not: a damaged library, or wrong results.
    """

    name: str
    ready: bool
    why: str = ""
    broken: bool = False


class Registry:
    """The kernels of one native library, and plain Python."""

    def __init__(self, library: Path = LIBRARY) -> None:
        """``library`` is opened at first need, not now."""
        self._path = library
        self._library: Library | KernelUnavailable | None = None
        self._known: dict[str, Kernel | Status] = {}
        self._devices: dict[str, Kernel] = {}
        self._lock = threading.RLock()

    def kernel(self, name: str | None = None) -> Kernel:
        """The kernel ``name``, else the one the environment names, else the best that is ready.

        Raises:
            InvalidInput: field ``kernel`` or, after ``opencl:``, ``device``; there is none of that name.
            KernelUnavailable: the kernel that was asked for does not run here.
        """
        name = name if name is not None else os.environ.get(ENVIRONMENT) or None
        if name is None:
            return next(found for found in map(self._find, KERNELS) if not isinstance(found, Status))
        if isinstance(name, str) and name.startswith(PREFIX):
            return self._device(name)
        if not isinstance(name, str) or name not in KERNELS:
            raise InvalidInput("kernel", name, "is not known", f"{', '.join(KERNELS[:-1])} or {KERNELS[-1]}")
        found = self._find(name)
        if isinstance(found, Status):
            raise KernelUnavailable(name, found.why)
        return found

    def statuses(self) -> tuple[Status, ...]:
        """Every kernel, fastest first: ready, or why not."""
        found = ((name, self._find(name)) for name in KERNELS)
        return tuple(kernel if isinstance(kernel, Status) else Status(name, ready=True) for name, kernel in found)

    def failures(self) -> tuple[Status, ...]:
        """The kernels that were tried so far and turned out broken; empty on a sound installation."""
        with self._lock:
            return tuple(known for known in self._known.values() if isinstance(known, Status) and known.broken)

    def forget_lock(self) -> None:
        """For a forked child: the lock is free, whoever held it; and a driver does not survive a fork."""
        self._lock = threading.RLock()
        self._devices = {}

    def _device(self, name: str) -> Kernel:
        with self._lock:
            if name not in self._devices:
                self._devices[name] = open_device(name)
            return self._devices[name]

    def _find(self, name: str) -> Kernel | Status:
        with self._lock:
            if name not in self._known:
                self._known[name] = self._try(name)
            return self._known[name]

    def _try(self, name: str) -> Kernel | Status:
        try:
            kernel: Kernel = PythonKernel() if name == "python" else self._open().kernel(name)
        except KernelUnavailable as error:
            damaged = self._path.exists() and isinstance(self._library, KernelUnavailable)
            return Status(name, ready=False, why=error.why, broken=damaged)
        wrong = self_test(kernel)
        return Status(name, ready=False, why=f"it failed its self-test: {wrong}", broken=True) if wrong else kernel

    def _open(self) -> Library:
        if self._library is None:
            try:
                self._library = Library(self._path)
            except KernelUnavailable as error:
                self._library = error
        if isinstance(self._library, KernelUnavailable):
            raise self._library
        return self._library


_REGISTRY = Registry()

if hasattr(os, "register_at_fork"):
    # The lock may be held, by a thread that the child does not have, while a kernel is tested.
    os.register_at_fork(after_in_child=_REGISTRY.forget_lock)


def kernel(name: str | None = None) -> Kernel:
    """The kernel ``name``, else the one POWPLASMA_KERNEL names, else the best that is ready.

    A kernel that fails its self-test is passed over unless it was asked for by name; see ``failures``.

    Raises:
        InvalidInput: field ``kernel``; there is no kernel of that name.
        KernelUnavailable: the kernel that was asked for does not run here.
    """
    return _REGISTRY.kernel(name)


def statuses() -> tuple[Status, ...]:
    """Every kernel, fastest first: ready, or why not."""
    return _REGISTRY.statuses()


def failures() -> tuple[Status, ...]:
    """The kernels that were tried so far and turned out broken; empty on a sound installation."""
    return _REGISTRY.failures()
