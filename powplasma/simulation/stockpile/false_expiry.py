"""How often honest work is too old when it arrives, because the search for it took too long.

This is about a wallet that keeps the anchor it began with. One that goes on under the newest momentum
loses nothing: a search has no memory.
"""

from __future__ import annotations

import math

from powplasma.errors import check_integer, check_number
from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.freshness import Window
from powplasma.simulation.stockpile.sampling import generator

_MOST_SEARCHES = 10**8
"""Of a sample; their times are drawn at once."""


def false_expiry(tau: float, window: int, overhead: float = 0.0) -> float:
    """Chance that work is older than the window when it is included: exp(-(10 window - overhead) / tau).

    Args:
        tau: mean seconds of a search, difficulty over hashrate; above 0.
        window: momentums.
        overhead: seconds from the momentum that is the anchor to publication, without the search.

    Raises:
        InvalidInput: field ``tau`` or ``overhead``, not a number above 0, or of 0 and more; or ``window``.
    """
    tau, overhead = _checked(tau, overhead)
    window = check_integer("window", window, 0, U64_MAX, "momentums")
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
    tau, overhead = _checked(tau, overhead)
    searches = check_integer("searches", searches, 0, _MOST_SEARCHES)
    times = generator(seed).exponential(tau, searches) + overhead
    policy = Window(window)
    counts: dict[int, int] = {}
    for age in (-(-times // MOMENTUM_SECONDS)).astype("int64").tolist():
        counts[age] = counts.get(age, 0) + 1
    return sum(count for age, count in counts.items() if not policy.credit(1, age))


def _checked(tau: float, overhead: float) -> tuple[float, float]:
    return (
        check_number("tau", tau, 0, math.inf, "seconds above 0", above=True),
        check_number("overhead", overhead, 0, math.inf, "0 seconds and more"),
    )
