"""How a device searches fastest: found by trial once for each device and driver, and kept.

Trials go in two steps: the ways to build the program with a usual work-group, then other work-groups
for the best of them. The device gives right answers in each trial, or the trial does not count.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from powplasma.errors import KernelUnavailable
from powplasma.kernels.opencl import cache
from powplasma.kernels.opencl.build import identity
from powplasma.kernels.opencl.device_kernel import LARGEST_LAUNCH, DeviceKernel
from powplasma.kernels.opencl.source import FORMS, Variant
from powplasma.kernels.selftest import one_known_answer

if TYPE_CHECKING:
    import pyopencl as cl

_KIND = "tuning"

_USUAL_LOCAL = 128
_OTHER_LOCALS = (64, 256, 32)

_TRIAL_SECONDS = 0.02
"""Least length of the launch by which a trial is judged: long against the cost of a launch."""

_REPETITIONS = 3

_ENOUGH_SECONDS = 20.0
"""No more trials are begun after this time if any has succeeded."""

_NEARLY = 0.9
"""Share of the full hashrate with which a device counts as busy."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found.

    Attributes:
        variant: how to build the program.
        hashrate: hashes per second in long launches.
        least: nonces in a launch, below which the device is not busy.
    """

    variant: Variant
    hashrate: float
    least: int

    def most(self, milliseconds: int) -> int:
        """Nonces in a launch of so many milliseconds."""
        return max(1, min(LARGEST_LAUNCH, int(self.hashrate * milliseconds / 1000)))


def tuned(name: str, device: cl.Device, *, anew: bool = False) -> Tuning:
    """What was found for this device and driver before; else, or ``anew``, found now, which takes some seconds.

    Raises:
        KernelUnavailable: no trial succeeds.
    """
    known = None if anew else _parsed(cache.load(_KIND, identity(device)))
    if known is not None:
        return known
    best = _tune(name, device)
    cache.store(_KIND, identity(device), json.dumps(dataclasses.asdict(best)).encode())
    return best


def _parsed(content: bytes | None) -> Tuning | None:
    if content is None:
        return None
    try:
        record = json.loads(content)
        return Tuning(Variant(**record["variant"]), float(record["hashrate"]), int(record["least"]))
    except (ValueError, KeyError, TypeError):
        return None


class _Trials:
    """The trials of one device, and the best of them so far."""

    def __init__(self, name: str, device: cl.Device) -> None:
        self._name = name
        self._device = device
        self._began = time.perf_counter()
        self._failure: KernelUnavailable | None = None
        self._best: tuple[float, DeviceKernel, Variant] | None = None

    @property
    def best(self) -> tuple[float, DeviceKernel, Variant]:
        """Hashrate, kernel and variant of the fastest.

        Raises:
            KernelUnavailable: why the last trial failed, if all did.
        """
        if self._best is None:
            assert self._failure is not None
            raise self._failure
        return self._best

    def attempt(self, variant: Variant) -> None:
        """One trial, unless enough time has gone into others."""
        if self._best is not None and time.perf_counter() - self._began > _ENOUGH_SECONDS:
            return
        try:
            kernel = DeviceKernel(self._name, self._device, variant, least=variant.local, most=LARGEST_LAUNCH)
            rate = _rate(kernel, variant.local * max(1, self._device.max_compute_units))
            wrong = one_known_answer(kernel)
        except KernelUnavailable as error:
            self._failure = error
            return
        if wrong:
            self._failure = KernelUnavailable(self._name, f"it gives wrong answers: {wrong}")
        elif self._best is None or rate > self._best[0]:
            self._best = rate, kernel, variant


def _tune(name: str, device: cl.Device) -> Tuning:
    trials = _Trials(name, device)
    usual = min(_USUAL_LOCAL, device.max_work_group_size)
    for variant in _variants(device, usual):
        trials.attempt(variant)
    chosen = trials.best[2]
    for local in _OTHER_LOCALS:
        if local <= device.max_work_group_size:
            trials.attempt(dataclasses.replace(chosen, local=local))
    rate, kernel, variant = trials.best
    return Tuning(variant, rate, _least(kernel, rate))


def _variants(device: cl.Device, local: int) -> Iterator[Variant]:
    """Every way to build that makes sense for the device, the likeliest first."""
    extensions = device.extensions.split()
    lop3 = (True, False) if "cl_nv_compiler_options" in extensions else (False,)
    # Without the instruction for it, funnel shifts of halves are the slowest form by far.
    forms = FORMS if "cl_amd_media_ops" in extensions else FORMS[:2]
    for asm in lop3:
        for form in forms:
            for unrolled in (True, False):
                yield Variant(form, unrolled, asm, local)


def _rate(kernel: DeviceKernel, nonces: int) -> float:
    """Hashes per second, in launches just long enough to tell."""
    kernel.count(nonces)  # some drivers compile at the first launch
    while (seconds := _seconds(kernel, nonces)) < _TRIAL_SECONDS and nonces < LARGEST_LAUNCH:
        nonces = min(LARGEST_LAUNCH, nonces * max(2, min(16, int(_TRIAL_SECONDS / seconds))))
    return nonces / min(seconds, *(_seconds(kernel, nonces) for _ in range(_REPETITIONS - 1)))


def _least(kernel: DeviceKernel, rate: float) -> int:
    """The smallest launch, by halving, with nearly the full hashrate."""
    nonces = max(kernel.lanes, min(LARGEST_LAUNCH, int(rate * _TRIAL_SECONDS)))
    while nonces >= 2 * kernel.lanes:
        half = nonces // 2
        if half / min(_seconds(kernel, half) for _ in range(_REPETITIONS)) < _NEARLY * rate:
            break
        nonces = half
    return nonces


def _seconds(kernel: DeviceKernel, nonces: int) -> float:
    began = time.perf_counter()
    kernel.count(nonces)
    return max(time.perf_counter() - began, 1e-9)
