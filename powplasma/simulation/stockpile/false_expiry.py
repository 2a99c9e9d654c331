"""How often honest work is too old when it arrives, because the search for it took too long.

This is about a wallet that keeps the anchor it began with. One that goes on under the newest momentum
loses nothing: a search has no memory.
"""

from __future__ import annotations

import math

from powplasma.errors import InvalidInput
from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.freshness import Window
from powplasma.simulation.stockpile.sampling import generator


def false_expiry(tau: float, window: int, overhead: float = 0.0) -> float:
    """Chance that work is older than the window when it is included: exp(-(10 window - overhead) / tau).

    Args:
        tau: mean seconds of a search, difficulty over hashrate; above 0.
        window: momentums.
        overhead: seconds from the momentum that is the anchor to publication, without the search.

    Raises:
        InvalidInput: field ``tau`` or ``overhead``; not a number above 0, or of 0 and more.
    """
    _check(tau, overhead)
    return math.exp(min(0.0, (overhead - MOMENTUM_SECONDS * window) / tau))


def sampled_false_expiry(tau: float, window: int, overhead: float, searches: int, seed: int) -> int:
    """Of so many searches, those whose work is too old, judged momentum by momentum.

    Each begins with a momentum as its anchor. It is published when the search and the overhead are over,
    and included by the next momentum; the freshness policy judges it by its age.

    Args:
        tau: as in ``false_expiry``.
        window: momentums.
        overhead: the same.
        searches: how many.
        seed: from which they are drawn.

    Raises:
        SimulatorUnavailable: numpy is not installed.
    """
    _check(tau, overhead)
    times = generator(seed).exponential(tau, searches) + overhead
    policy = Window(window)
    counts: dict[int, int] = {}
    for age in (-(-times // MOMENTUM_SECONDS)).astype("int64").tolist():
        counts[age] = counts.get(age, 0) + 1
    return sum(count for age, count in counts.items() if not policy.credit(1, age))


def _check(tau: float, overhead: float) -> None:
    if not (math.isfinite(tau) and tau > 0):
        raise InvalidInput("tau", tau, "is no time of a search", "seconds above 0")
    if not (math.isfinite(overhead) and overhead >= 0):
        raise InvalidInput("overhead", overhead, "is no time", "0 seconds and more")
