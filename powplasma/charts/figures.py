"""Figures as charts show them on hovering."""

from __future__ import annotations

SECONDS_LABELS = (
    "datum.value < 0.9 ? format(1000 * datum.value, '.3~g') + ' ms' : datum.value < 60 ? datum.value + ' s' : "
    "datum.value < 3600 ? format(datum.value / 60, '.3~g') + ' min' : "
    "datum.value < 86400 ? format(datum.value / 3600, '.3~g') + ' h' : format(datum.value / 86400, '.3~g') + ' d'"
)
"""How an axis writes seconds (a Vega expression)."""


MARKED_SECONDS = [
    *(10.0**power for power in range(-6, 2)), 60, 600, 3_600, 36_000, *(86_400 * 10**power for power in range(6)),
]  # fmt: skip
"""Times that an axis over many orders of magnitude marks: a microsecond to 100,000 days."""


def seconds(value: float) -> str:
    """``4.1 ms``, ``0.41 s``, ``3.2 min``, ``2.1 h``, ``5 d``."""
    for limit, unit, name in ((1, 0.001, "ms"), (60, 1, "s"), (3_600, 60, "min"), (86_400, 3_600, "h")):
        if value < limit:
            return f"{value / unit:.4g} {name}"
    return f"{value / 86_400:.3g} d"


def hashrate(value: float) -> str:
    """``52.13 MH/s``."""
    for unit, name in ((1e9, "GH/s"), (1e6, "MH/s"), (1e3, "kH/s")):
        if value >= unit:
            return f"{value / unit:.4g} {name}"
    return f"{value:.4g} H/s"
