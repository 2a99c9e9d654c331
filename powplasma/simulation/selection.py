"""Which waiting blocks go into a momentum: by the order and the limits of the rule set.

``dynamic`` selects as the rules' own ``select_content`` does: the best-paying block of any account
first, the larger hash first of two that pay the same, one pass over all. ``forum`` names no order:
here blocks that commit more plasma per base plasma go first, the choice that gives its price a meaning.
``alphanet`` takes up to 100 blocks in no particular order (go-zenon iterates over a Go map).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM, AlphanetRules
from powplasma.plasma.pricing import DynamicRules, Payment
from powplasma.simulation.arrays import Accounts, Integers, Keys, exact_sum, greatest
from powplasma.simulation.cohort import Cohort
from powplasma.simulation.included import Included
from powplasma.simulation.momentum import Content, capacity
from powplasma.simulation.population import Population
from powplasma.simulation.terms import Terms

_FRACTION_BITS = 128
"""Tells fractions apart whose denominators, base plasma within a momentum's, have 64 bits."""


def select(terms: Terms, populations: Sequence[Population], draw: np.random.Generator) -> list[Accounts]:
    """Whose blocks the next momentum contains, lane by lane.

    Raises:
        SimulationStopped: what a block pays leaves 64 bits.
    """
    if isinstance(terms.rules, AlphanetRules):
        return _any(populations, draw)
    room = capacity(terms.rules)
    sizes = [population.lane.kind.base_plasma for population in populations]
    paying = [
        _paying(terms, population) if population.held and size <= room else _NONE_PAY
        for population, size in zip(populations, sizes, strict=True)
    ]
    if sum(each.count * size for each, size in zip(paying, sizes, strict=True)) <= room:
        return [each.all() for each in paying]
    candidates = [
        _best(terms, population, each, room // size) if each.count else _NO_CANDIDATES
        for population, each, size in zip(populations, paying, sizes, strict=True)
    ]
    waiting = {size for each, size in zip(paying, sizes, strict=True) if each.count}
    if len(waiting) == 1:
        return _best_of_one_size(candidates, room // waiting.pop())
    return _first_that_fit(sizes, candidates, room)


def _any(populations: Sequence[Population], draw: np.random.Generator) -> list[Accounts]:
    """Today's prices never move, so every waiting block pays."""
    pooled = [population.rows.pool.count for population in populations]
    if sum(pooled) <= MAX_BLOCKS_IN_MOMENTUM:
        return [population.rows.pool.accounts().copy() for population in populations]
    chosen = []
    left, others = MAX_BLOCKS_IN_MOMENTUM, sum(pooled)
    for population, waiting in zip(populations, pooled, strict=True):
        others -= waiting
        count = int(draw.hypergeometric(waiting, others, left)) if left else 0
        left -= count
        chosen.append(population.rows.pool.sample(draw, count))
    return chosen


@dataclass(frozen=True, slots=True)
class _Paying:
    """Whose blocks a momentum may contain, of those of a lane that wait: some accounts, and its cohort or None."""

    accounts: Accounts
    cohort: Cohort | None = None

    @property
    def count(self) -> int:
        return self.accounts.size + (self.cohort.members.count if self.cohort else 0)

    def all(self) -> Accounts:
        """As one array."""
        return np.concatenate((self.accounts, self.cohort.members.accounts())) if self.cohort else self.accounts


def _paying(terms: Terms, population: Population) -> _Paying:
    rows, cohort = population.rows, population.cohort
    accounts = rows.paying(terms) if rows.pool.count else _NOBODY
    pays = cohort.payment is not None and cohort.payment.fused_plasma >= terms.least_fused(population.lane.kind)
    return _Paying(accounts, cohort if pays else None)


def _best(terms: Terms, population: Population, paying: _Paying, most: int) -> tuple[Integers, Keys, Accounts]:
    """A lane's blocks that a selection can take at all, with their value and hash.

    They all have the same base plasma, so only as many as a momentum holds: if one of the best does
    not fit any more, none behind it does.
    """
    found = []
    if paying.accounts.size:
        keys = population.rows.keys[paying.accounts]
        values = population.rows.values(terms, paying.accounts)
        best = top(values, keys, most)
        found.append((values[best], keys[best], paying.accounts[best]))
    if paying.cohort and paying.cohort.payment:
        keys, accounts = paying.cohort.best(most)
        fused, nothing = np.array([paying.cohort.payment.fused_plasma]), population.rows.difficulty[:0]
        found.append((terms.values(fused, nothing).repeat(keys.size), keys, accounts))
    if len(found) == 1:
        return found[0]
    (values, keys, accounts), (more_values, more_keys, more_accounts) = found
    return (
        np.concatenate((values, more_values)),
        np.concatenate((keys, more_keys)),
        np.concatenate((accounts, more_accounts)),
    )


def top(values: Integers, keys: Keys, count: int) -> Integers:
    """Positions of the ``count`` greatest, by value and then by key, no two of which are equal; ascending."""
    size = values.size
    if size <= count:
        return np.arange(size)
    least = values.min()
    if least == values.max():
        return greatest(keys, count)
    least = np.partition(values, size - count)[size - count]
    better = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)
    equal = equal[greatest(keys[equal], count - better.size)]
    return np.sort(np.concatenate((better, equal)))


def _best_of_one_size(candidates: Sequence[tuple[Integers, Keys, Accounts]], count: int) -> list[Accounts]:
    ends = np.cumsum([accounts.size for _, _, accounts in candidates])
    best = top(
        np.concatenate([values for values, _, _ in candidates]),
        np.concatenate([keys for _, keys, _ in candidates]),
        count,
    )
    chosen = np.zeros(ends[-1], np.bool_)
    chosen[best] = True
    return [
        accounts[part] for (_, _, accounts), part in zip(candidates, np.split(chosen, ends[:-1].tolist()), strict=True)
    ]


def _first_that_fit(
    sizes: Sequence[int], candidates: Sequence[tuple[Integers, Keys, Accounts]], room: int
) -> list[Accounts]:
    """One pass over blocks of several sizes, in exact integers; what does not fit is left out."""
    waiting = sorted(
        (
            ((value << _FRACTION_BITS) // sizes[lane], key, lane, account)
            for lane, columns in enumerate(candidates)
            for value, key, account in zip(*(column.tolist() for column in columns), strict=True)
        ),
        reverse=True,
    )
    chosen: list[list[int]] = [[] for _ in candidates]
    for _, _, lane, account in waiting:
        if sizes[lane] <= room:
            room -= sizes[lane]
            chosen[lane].append(account)
    return [np.array(accounts, np.intp) for accounts in chosen]


@dataclass(frozen=True, slots=True)
class Spent:
    """What the blocks of a lane in a momentum commit in all.

    Attributes:
        fused_plasma: fused.
        pow_plasma: bought by their difficulty.
        difficulty: the sum of it.
    """

    fused_plasma: int = 0
    pow_plasma: int = 0
    difficulty: int = 0


def content_of(
    terms: Terms, populations: Sequence[Population], included: Sequence[Included]
) -> tuple[Content, list[Spent]]:
    """The sums over the blocks of a momentum, and those of each lane."""
    fused_base = pow_base = 0
    spent = []
    for population, blocks in zip(populations, included, strict=True):
        if not blocks.accounts.size:
            spent.append(_NOTHING)
            continue
        fused_part, pow_part = _base_plasma(terms, population, blocks)
        fused_base += fused_part
        pow_base += pow_part
        fused = exact_sum(blocks.fused_plasma, population.fused_plasma) if population.fused_plasma else 0
        if population.hardest:
            worked = exact_sum(terms.worked(blocks.difficulty), population.hardest)
            spent.append(Spent(fused, worked, exact_sum(blocks.difficulty, population.hardest)))
        else:
            spent.append(Spent(fused))
    used = sum(each.fused_plasma + each.pow_plasma for each in spent)
    return Content(fused_base, pow_base, used, sum(each.difficulty for each in spent)), spent


def _base_plasma(terms: Terms, population: Population, blocks: Included) -> tuple[int, int]:
    """Base plasma of a lane's blocks: paid for with fused plasma, and with work."""
    base_plasma, lane = population.lane.kind.base_plasma, population.lane
    count = blocks.accounts.size
    worked = int(np.count_nonzero(blocks.difficulty)) if lane.hashrate else 0
    if not isinstance(terms.rules, DynamicRules) or not lane.fused_qsr or not worked:
        # The other rules do not split it: a block with work counts as worked.
        return (count - worked) * base_plasma, worked * base_plasma
    fused_base = 0
    for fused, difficulty in zip(blocks.fused_plasma.tolist(), blocks.difficulty.tolist(), strict=True):
        fused_base += terms.rules.nominal_base_plasma(Payment(base_plasma, fused, difficulty), terms.state)[0]
    return fused_base, count * base_plasma - fused_base


_NOBODY: Accounts = np.empty(0, np.intp)
_NONE_PAY = _Paying(_NOBODY)
_NO_CANDIDATES: tuple[Integers, Keys, Accounts] = np.empty(0, np.int64), np.empty(0, np.uint64), _NOBODY
_NOTHING = Spent()
