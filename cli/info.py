"""``powplasma info``: what runs here, for a person who wonders and for a report of a defect."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

import click

from powplasma import __version__
from powplasma.engine import available_workers
from powplasma.errors import KernelUnavailable
from powplasma.kernels import ENVIRONMENT, kernel, statuses
from powplasma.plasma import RULE_SETS

from .command import Command
from .output import json_result, note, result
from .parameters import json_option
from .records import Record

_LIBRARIES = ("aiohttp", "click", "multiprocess", "pycryptodome", "PyNaCl", "rich", "numpy")


@click.command(cls=Command)
@json_option
@click.pass_context
def command(context: click.Context, json: bool) -> int:
    """Show kernels, cores, self-tests and versions.

    Every kernel that can run here is put through its self-test now.
    """
    record = _record(str(context.obj))
    if json:
        json_result(record)
        return 0
    for name, value in record.items():
        label = f"{name.replace('_', ' '):26}"
        if isinstance(value, dict):
            result(label + ", ".join(f"{key} {text or 'absent'}" for key, text in value.items()))
        elif name != "kernels":
            result(f"{label}{'none' if value is None else value}")
    for status in statuses():
        label = f"kernel {status.name}"
        result(f"{label:26}{'ready, passed its self-test' if status.ready else status.why}")
    return 0


def _record(settings: str) -> Record:
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
        "cores_available": available_workers(),
        "kernels": [
            {"name": status.name, "ready": status.ready, "why": status.why or None, "broken": status.broken}
            for status in statuses()
        ],
        "kernel": chosen,
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
