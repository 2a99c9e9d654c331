"""What was measured on: processor, cores, clock, versions."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from powplasma.cores import core_numbers, usable_cores

_CPUINFO = Path("/proc/cpuinfo")
_CPUFREQ = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, as far as it bears on hashing.

    Attributes:
        name: what its owner calls it; by default its network name.
        processor: model of the processor, or the architecture where no model is to be read.
        architecture: ``x86_64``, ``aarch64``, …
        system: operating system and the number of its release.
        python: implementation and version.
        cores: processor cores that the system sees.
        cores_available: those of them that this process may use.
    """

    name: str
    processor: str
    architecture: str
    system: str
    python: str
    cores: int
    cores_available: int


_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock frequency as the system states it.

    Attributes:
        mhz: mean over the cores this process may use.
        source: ``cpufreq``, read from the frequency driver; or ``cpuinfo``, which on a virtual
            machine is often the nominal clock and not the real one.
    """

    mhz: float
    source: str


def this_machine(name: str | None = None) -> Machine:
    """The machine that this process runs on."""
    return Machine(
        name=name or platform.node() or "unnamed",
        processor=_processor(_read(_CPUINFO)) or platform.processor() or platform.machine() or "unknown",
        architecture=platform.machine(),
        system=_system(platform.system(), platform.release()),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        cores=os.cpu_count() or 1,
        cores_available=usable_cores(),
    )


def read_clock(cpufreq: Path = _CPUFREQ, cpuinfo: Path = _CPUINFO) -> Clock | None:
    """The clock at this moment; None where the system does not tell."""
    cores = core_numbers()
    stated = [_read(cpufreq / f"cpu{core}" / "cpufreq" / "scaling_cur_freq").strip() for core in cores]
    kilohertz = [int(text) for text in stated if _WHOLE.fullmatch(text)]
    if kilohertz:
        return Clock(sum(kilohertz) / len(kilohertz) / 1000, "cpufreq")
    by_core = _clocks_of_cpuinfo(_read(cpuinfo))
    megahertz = [by_core[core] for core in cores if core in by_core]
    return Clock(sum(megahertz) / len(megahertz), "cpuinfo") if megahertz else None


def _system(name: str, release: str) -> str:
    """The number of a release is enough; what its builder put behind it is nobody else's business."""
    number = re.match(r"[0-9]+(\.[0-9]+)*", release)
    return f"{name} {number[0]}" if number else name


def _processor(cpuinfo: str) -> str:
    found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def _clocks_of_cpuinfo(cpuinfo: str) -> dict[int, float]:
    clocks, core = {}, -1
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "processor" and _WHOLE.fullmatch(value.strip()):
            core = int(value)
        elif name.strip() == "cpu MHz" and _DECIMAL.fullmatch(value.strip()):
            clocks[core] = float(value)
    return clocks


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
