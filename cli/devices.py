"""The options that choose OpenCL devices, and the engine that searches with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from powplasma.engine import CPU, Engine
from powplasma.errors import InvalidInput
from powplasma.kernels.opencl import INTENSITY, open_device

from .output import note
from .parameters import whole

F = TypeVar("F", bound=Callable[..., Any])


def device_options(command: F) -> F:
    """``--device``, ``--intensity`` and ``--retune``."""
    for option in (
        click.option("--retune", is_flag=True, help="Find the best work sizes of each --device again."),
        click.option(
            "--intensity",
            callback=whole,
            metavar="MS",
            help=f"Milliseconds of one launch on a device, at most.  [default: {INTENSITY}]",
        ),
        click.option(
            "--device",
            multiple=True,
            envvar="POWPLASMA_DEVICE",
            metavar="NAME",
            help="OpenCL device, see `powplasma info`, or cpu; may be repeated.  [default: cpu]",
        ),
    ):
        command = option(command)
    return command


def chosen_devices(device: tuple[str, ...], intensity: int | None, *, retune: bool) -> tuple[str, ...]:
    """What is to search, after finding work sizes again if that is asked for."""
    names = [name for name in device if name != CPU]
    if not names and (intensity is not None or retune):
        raise click.UsageError("--intensity and --retune are for OpenCL devices: they need --device NAME")
    if retune:
        for name in names:
            open_device(name, intensity, retune=True)
    return device or (CPU,)


@contextmanager
def engine_of(
    workers: int | None,
    kernel: str | None,
    nice: int | None,
    device: tuple[str, ...],
    *,
    intensity: int | None,
    retune: bool,
    cluster: str | None,
    server: str | None = None,
    token: str | None = None,
) -> Iterator[Engine]:
    """An engine by the options; at its end a note for each device that had to be dropped.

    Raises:
        InvalidInput: a value that cannot be used, or a device beside a cluster.
        KernelUnavailable: a kernel or device asked for cannot run here.
    """
    if cluster is not None and device not in {(), (CPU,)}:
        # Before work sizes are found for a device that is not to search.
        raise InvalidInput("device", " ".join(device), "is of this machine", "nothing with a cluster")
    devices = chosen_devices(device, intensity, retune=retune)
    with Engine(
        workers, kernel, nice, devices=devices, intensity=intensity, cluster=cluster, server=server, token=token
    ) as engine:
        try:
            yield engine
        finally:
            for dropped in engine.dropped:
                note(f"{dropped.device} was dropped: {dropped.why}")
