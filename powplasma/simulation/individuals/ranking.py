"""The best of many blocks."""

from __future__ import annotations

import numpy as np

from powplasma.simulation.individuals.arrays import Accounts, Integers, Keys
from powplasma.simulation.individuals.native_steps import at, steps


def best(values: Integers | None, keys: Keys, count: int) -> Accounts:
    """Positions of the ``count`` best blocks, by value and then by key, no two of which are equal.

    They ascend, for numpy partitions an array in an order that depends on the processor.

    Args:
        values: of each block, not negative; None if they are all the same.
        keys: of each block.
        count: at least one.
    """
    size = keys.size
    if size <= count:
        return np.arange(size)
    native = steps()
    if native is None:
        return by_numpy(values, keys, count)
    positions, scratch = np.empty(count, np.intp), np.empty(size, np.uint64)
    native.greatest(None if values is None else at(values), at(keys), size, count, at(scratch), at(positions))
    return positions


def by_numpy(values: Integers | None, keys: Keys, count: int) -> Accounts:
    """The same, of more blocks than ``count``, without the library."""
    first = keys.size - count
    if values is None:
        return np.sort(np.argpartition(keys, first)[first:])
    least = np.partition(values, first)[first]
    better = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)
    wanted = count - better.size
    if wanted < equal.size:
        equal = equal[by_numpy(None, keys[equal], wanted)]
    return np.sort(np.concatenate((better, equal)))
