"""Power drawn during a measurement: from the processor's own energy counters, or as the user states it.

Nothing is estimated: where neither is known there is no figure.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from powplasma.errors import check_number

_POWERCAP = Path("/sys/class/powercap")

_ONE_KWH = 3_600_000
"""Joules."""


@dataclass(frozen=True, slots=True)
class Power:
    """Power under load.

    Attributes:
        watts: mean power.
        source: ``rapl``, the energy counters of the processor packages, which know nothing of
            memory, fans and losses; or ``stated`` by the user.
    """

    watts: float
    source: Literal["rapl", "stated"]

    def joules(self, seconds: float) -> float:
        """Energy over a time."""
        return self.watts * seconds

    def cost(self, seconds: float, price_per_kwh: float) -> float:
        """Price of the energy over a time, in the currency of ``price_per_kwh``."""
        return self.joules(seconds) * price_per_kwh / _ONE_KWH


def stated_power(watts: float) -> Power:
    """Power as the user states it.

    Raises:
        InvalidInput: field ``watts``; not a number above 0.
    """
    return Power(check_number("watts", watts, 0, math.inf, "watts above 0", above=True), "stated")


def check_price(price_per_kwh: float) -> float:
    """The price of energy as a ``float``; refuses what is none.

    Raises:
        InvalidInput: field ``price_per_kwh``; not a number from 0 on.
    """
    return check_number("price_per_kwh", price_per_kwh, 0, math.inf, "0 and more per kilowatt hour")


class EnergyMeter:
    """Reads the energy of all processor packages (Linux powercap, RAPL) over spans of time.

    Args:
        powercap: where the system's counters are.
    """

    def __init__(self, powercap: Path = _POWERCAP) -> None:
        self._packages = _packages(powercap)
        self._begun: tuple[float, list[int]] | None = None
        self._seconds = 0.0
        self._microjoules = 0

    def start(self) -> None:
        """Begins a span; spans are to be shorter than the counter's range, minutes at least."""
        counts = self._counts()
        self._begun = None if counts is None else (time.perf_counter(), counts)

    def stop(self) -> None:
        """Ends the span that ``start`` began."""
        counts = self._counts()
        if self._begun is None or counts is None:
            return
        at, before = self._begun
        self._seconds += time.perf_counter() - at
        for (_, limit), first, last in zip(self._packages, before, counts, strict=True):
            self._microjoules += last - first if last >= first else last + limit - first
        self._begun = None

    @property
    def power(self) -> Power | None:
        """Mean power over all spans; None if the counters are missing, not readable or standing still."""
        if self._seconds <= 0 or self._microjoules <= 0:
            return None
        return Power(self._microjoules / 1e6 / self._seconds, "rapl")

    def _counts(self) -> list[int] | None:
        try:
            counts = [int((package / "energy_uj").read_text(encoding="ascii")) for package, _ in self._packages]
        except (OSError, ValueError):
            return None
        return counts or None


def _packages(powercap: Path) -> list[tuple[Path, int]]:
    """Each processor package's folder, and the value at which its counter begins again."""
    try:
        # A package's cores and memory are zones of their own, named package:number, and part of its figure.
        zones = [zone for zone in sorted(powercap.iterdir()) if zone.name.count(":") == 1]
        packages = [zone for zone in zones if (zone / "name").read_text(encoding="ascii").startswith("package")]
        return [(zone, int((zone / "max_energy_range_uj").read_text(encoding="ascii"))) for zone in packages]
    except (OSError, ValueError):
        return []
