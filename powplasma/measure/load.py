"""What else the machine did during a measurement: processor time of others, and time stolen by the host.

Linux only; elsewhere nothing is read and nothing is claimed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from powplasma.cores import core_numbers, processor_ticks

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Load:
    """Use of the cores that this process may run on, over a span of time.

    Attributes:
        seconds: the span.
        cores: how many cores that is.
        own: cores' worth of processor time that the measurement used.
        others: cores' worth that everything else used.
        steal: cores' worth that the host of a virtual machine kept back.
    """

    seconds: float
    cores: int
    own: float
    others: float
    steal: float


@dataclass(frozen=True, slots=True)
class _Ticks:
    """Clock ticks since boot: all busy time and stolen time of the cores, and the time of each own process."""

    at: float
    busy: int
    steal: int
    own: dict[int, int]


class LoadMeter:
    """Sums up load over the spans between ``start`` and ``stop``.

    Args:
        pids: process ids that belong to the measurement; asked at both ends of a span.
        proc: where the system's counters are.
    """

    def __init__(self, pids: Callable[[], Iterable[int]], proc: Path = _PROC) -> None:
        self._pids = pids
        self._proc = proc
        self._cores = core_numbers()
        self._begun: _Ticks | None = None
        self._seconds = 0.0
        self._busy = self._own = self._steal = 0

    def start(self) -> None:
        """Begins a span."""
        self._begun = self._ticks()

    def stop(self) -> None:
        """Ends the span that ``start`` began."""
        before, now = self._begun, self._ticks()
        self._begun = None
        if before is None or now is None:
            return
        self._seconds += now.at - before.at
        self._busy += now.busy - before.busy
        self._steal += now.steal - before.steal
        # A process that began or ended within the span counts with what is known of it.
        self._own += sum(ticks - before.own.get(pid, 0) for pid, ticks in now.own.items())

    @property
    def load(self) -> Load | None:
        """The load over all spans; None where the system does not tell."""
        if self._seconds <= 0:
            return None
        per_core = self._seconds * os.sysconf("SC_CLK_TCK")
        return Load(
            seconds=self._seconds,
            cores=len(self._cores),
            own=self._own / per_core,
            others=max(0, self._busy - self._own) / per_core,
            steal=self._steal / per_core,
        )

    def _ticks(self) -> _Ticks | None:
        try:
            lines = (self._proc / "stat").read_text(encoding="ascii").splitlines()
            fields = {line.split()[0]: [int(word) for word in line.split()[1:]] for line in lines if line[:3] == "cpu"}
            if not all(f"cpu{core}" in fields for core in self._cores):
                return None  # some sandboxes know only the sum of all cores
            busy = steal = 0
            for core in self._cores:
                # user, nice, system, idle, iowait, irq, softirq, steal
                user, nice, system, _, _, irq, softirq, stolen = fields[f"cpu{core}"][:8]
                busy += user + nice + system + irq + softirq
                steal += stolen
        except (OSError, ValueError):  # it is not there, or not as Linux writes it
            return None
        own = {pid: processor_ticks(pid, self._proc) or 0 for pid in (os.getpid(), *self._pids())}
        return _Ticks(time.perf_counter(), busy, steal, own)
