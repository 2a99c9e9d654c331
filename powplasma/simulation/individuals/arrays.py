"""Types and checks of the arrays in which a lane keeps its accounts. Needs numpy (extra ``sim``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powplasma.simulation.momentum import SimulationStopped

Accounts = NDArray[np.intp]
"""Numbers of accounts in their lane, from 0."""

Seconds = NDArray[np.float64]
"""Times, or how long something takes."""

Integers = NDArray[np.int64]
"""Plasma, difficulties or momentums."""

Keys = NDArray[np.uint64]
"""What stands for the hashes of blocks: random above, the account in the low bits."""

Flags = NDArray[np.bool_]

INT64_MAX = (1 << 63) - 1
"""Largest integer of an array."""

NOBODY: Accounts = np.empty(0, np.intp)


def check_int64(value: int, name: str, momentum: int) -> int:
    """``value``, which is about to be computed or kept with signed 64-bit integers; never wrapped.

    Raises:
        SimulationStopped: it does not fit; ``momentum`` is named.
    """
    if value > INT64_MAX:
        raise SimulationStopped(
            momentum, f"{name}: {value} does not fit into 64 bits with a sign (at most {INT64_MAX}) for individuals"
        )
    return value


def exact_sum(values: Integers, most: int) -> int:
    """The sum of integers from 0 to ``most``, beyond 64 bits if need be."""
    if values.size * most > INT64_MAX:
        return sum(values.tolist())
    return int(np.add.reduce(values))


def of_those(times: Seconds | float, chosen: Flags) -> Seconds | float:
    """The times of the chosen accounts, where each has its own; else the one of all."""
    return times[chosen] if isinstance(times, np.ndarray) else times
