"""``powplasma info``: what runs here, for a person who wonders and for a report of a defect."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata

import click

from powplasma import __version__
from powplasma.cores import usable_cores
from powplasma.errors import KernelUnavailable
from powplasma.kernels import ENVIRONMENT, kernel, statuses
from powplasma.kernels.opencl import Device, Platform
from powplasma.plasma import RULE_SETS

from .command import Command
from .driver_list import listed_apart
from .output import json_result, note, result
from .parameters import json_option
from .records import Record

_LIBRARIES = ("aiohttp", "click", "multiprocess", "pycryptodome", "PyNaCl", "rich", "numpy", "pyopencl")


@click.command(cls=Command)
@json_option
@click.pass_context
def command(context: click.Context, json: bool) -> int:
    """Show kernels, devices, cores, self-tests and versions.

    Every kernel that can run here is put through its self-test now, an OpenCL device when it is used.
    """
    found, why = listed_apart()
    record = _record(None if context.obj is None else str(context.obj), found, why)
    if json:
        json_result(record)
        return 0
    for name, value in record.items():
        label = f"{name.replace('_', ' '):26}"
        if name in {"kernels", "opencl"}:
            continue
        if isinstance(value, dict):
            result(label + ", ".join(f"{key} {text or 'absent'}" for key, text in value.items()))
        else:
            result(f"{label}{'none' if value is None else value}")
    for status in statuses():
        label = f"kernel {status.name}"
        result(f"{label:26}{'ready, passed its self-test' if status.ready else status.why}")
    for line in _device_lines(found, why):
        result(line)
    return 0


def _device_lines(found: tuple[Platform, ...], why: str) -> Iterator[str]:
    if why:
        yield f"{'OpenCL devices':26}{why}"
    for each in found:
        answer = each.why or ("" if each.devices else "it has no device")
        yield f"{'OpenCL platform':26}{each.name}, {each.version}" + (f": {answer}" if answer else "")
        for device in each.devices:
            yield f"  {device.name}"
            yield f"{'':26}{_described(device)}"


def _described(device: Device) -> str:
    facts = [device.kind, device.model, f"driver {device.driver}", f"{device.units} units"]
    if device.clock_mhz:
        facts.append(f"{device.clock_mhz} MHz")
    facts.append(f"{device.memory / (1 << 30):.1f} GiB")
    return ", ".join(facts) + (f"; not usable: {device.why}" if device.why else "")


def _record(settings: str | None, found: tuple[Platform, ...], why: str) -> Record:
    try:
        chosen: str | None = kernel().name
    except (KernelUnavailable, ValueError) as error:
        chosen = None
        note(f"no kernel can serve: {error}")
    return {
        "powplasma": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "cores_available": usable_cores(),
        "kernels": [
            {"name": status.name, "ready": status.ready, "why": status.why or None, "broken": status.broken}
            for status in statuses()
        ],
        "kernel": chosen,
        "opencl": {"why": why or None, "platforms": [dataclasses.asdict(each) for each in found]},
        "kernel_from_environment": os.environ.get(ENVIRONMENT),
        "rules": ", ".join(RULE_SETS),
        "settings_file": settings,
        "executable": sys.executable,
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
