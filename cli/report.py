"""Figures as people read them, and what can honestly be said about a search that is under way."""

from __future__ import annotations

import math

from powplasma.engine import Progress
from powplasma.errors import SearchTimeout
from powplasma.work import U64

_YEAR = 365.25 * 86_400
_LONGEST_VALUE = 200


def rate(per_second: float) -> str:
    """``52.1 MH/s``."""
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if per_second >= factor:
            return f"{per_second / factor:.1f} {prefix}H/s"
    return f"{per_second:.0f} H/s"


def duration(seconds: float) -> str:
    """``4.1 ms``, ``0.41 s``, ``3 min 20 s``, ``2.1 h``, ``3.2 days``, ``1 year``, ``1.1e+04 years``."""
    if seconds < 0.1:
        text = f"{1_000 * seconds:.1f} ms"
    elif seconds < 9.95:
        text = f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    elif seconds < 59.5:
        text = f"{seconds:.0f} s"
    elif seconds < 3_599.5:
        text = f"{round(seconds) // 60} min {round(seconds) % 60} s"
    elif seconds < 86_400:
        text = f"{seconds / 3_600:.1f} h"
    elif seconds < _YEAR:
        text = f"{seconds / 86_400:.1f} days"
    else:
        years = f"{seconds / _YEAR:.3g}"
        text = f"{years} year" if years == "1" else f"{years} years"
    return text


def shown(value: object) -> str:
    """Any value as text of bounded length."""
    text = value if isinstance(value, str) else value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def hashes_to_reach(chance: float, difficulty: int) -> float:
    """How many nonces find a good one with this chance, whatever was searched before.

    The searches of a nonce have no memory: each nonce is good with the chance
    floor(2^64 / difficulty) / 2^64, independently of all others.
    """
    each = (U64 // difficulty) / U64
    return 1.0 if each >= 1 else math.log1p(-chance) / math.log1p(-each)


def luck(hashes: int, difficulty: int) -> float:
    """The share of searches for this difficulty that end within ``hashes`` nonces."""
    each = (U64 // difficulty) / U64
    return 1.0 if each >= 1 else -math.expm1(hashes * math.log1p(-each))


def under_way(progress: Progress) -> str:
    """One line about a search: speed, time, what is still to be expected, and its luck so far."""
    parts = [rate(progress.hashrate), duration(progress.seconds)]
    if progress.hashrate > 0:
        half, most = (hashes_to_reach(chance, progress.difficulty) / progress.hashrate for chance in (0.5, 0.95))
        parts.append(f"from now on P50 {duration(half)}, P95 {duration(most)}")
    parts.append(f"unluckier than {luck(progress.hashes, progress.difficulty):.0%} of searches")
    return " · ".join(parts)


def limit_reached(end: SearchTimeout) -> str:
    """What ended a search without a nonce, and after how much."""
    limit = "the time limit" if end.limit == "timeout" else "the limit of hashes"
    return f"{limit} was reached after {end.hashes} hashes in {duration(end.seconds)}"
