"""Which waiting blocks go into a momentum: by the order and the limits of the rule set.

``dynamic`` selects as the rules' own ``select_content`` does: the best-paying block of any account
first, the larger hash first of two that pay the same, one pass over all. ``forum`` names no order:
here blocks that commit more plasma per base plasma go first, the choice that gives its price a meaning.
``alphanet`` takes up to 100 blocks in no particular order (go-zenon iterates over a Go map).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM, AlphanetRules
from powplasma.plasma.pricing import DynamicRules, Payment
from powplasma.plasma.usage import Usage
from powplasma.simulation.individuals.arrays import Accounts, Integers, Keys, exact_sum
from powplasma.simulation.individuals.cohort import Cohort
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.population import Population
from powplasma.simulation.individuals.ranking import best
from powplasma.simulation.individuals.rows import Paying
from powplasma.simulation.individuals.terms import Terms

_FRACTION_BITS = 128
"""Tells fractions apart whose denominators, base plasma within a momentum's, have 64 bits."""


def select(terms: Terms, populations: Sequence[Population], draw: np.random.Generator) -> list[Accounts]:
    """Whose blocks the next momentum contains, lane by lane.

    Raises:
        SimulationStopped: what a block pays leaves 64 bits.
    """
    if isinstance(terms.rules, AlphanetRules):
        return _any(populations, draw)
    room = terms.rules.capacity
    sizes = [population.lane.kind.base_plasma for population in populations]
    waiting = [
        _waiting(terms, population) if population.held and size <= room else _NONE_WAITING
        for population, size in zip(populations, sizes, strict=True)
    ]
    if sum(each.blocks * size for each, size in zip(waiting, sizes, strict=True)) <= room:
        return [each.all() for each in waiting]
    candidates = [
        _candidates(terms, each, room // size) if each.blocks else _NO_CANDIDATES
        for each, size in zip(waiting, sizes, strict=True)
    ]
    different = {size for each, size in zip(waiting, sizes, strict=True) if each.blocks}
    if len(different) == 1:
        return _best_of_one_size(candidates, room // different.pop())
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


class _Waiting(NamedTuple):
    """Whose blocks a momentum may contain, of those of a lane: some that wait alone, and its cohort or None."""

    alone: Paying
    cohort: Cohort | None = None

    @property
    def blocks(self) -> int:
        return self.alone.accounts.size + (self.cohort.members.count if self.cohort else 0)

    def all(self) -> Accounts:
        """As one array."""
        accounts = self.alone.accounts
        return np.concatenate((accounts, self.cohort.members.accounts())) if self.cohort else accounts


def _waiting(terms: Terms, population: Population) -> _Waiting:
    rows, cohort = population.rows, population.cohort
    alone = rows.paying(terms) if rows.pool.count else _NONE_PAYING
    pays = cohort.payment is not None and cohort.payment.fused_plasma >= terms.least_fused(population.lane.kind)
    return _Waiting(alone, cohort if pays else None)


class _Candidates(NamedTuple):
    """Blocks of a lane that a selection can take at all: what orders them, first and second, and whose they are."""

    values: Integers
    keys: Keys
    accounts: Accounts

    def best(self, most: int) -> _Candidates:
        """The best, so many at most."""
        if self.keys.size <= most:
            return self
        chosen = best(self.values, self.keys, most)
        return _Candidates(self.values[chosen], self.keys[chosen], self.accounts[chosen])


def _candidates(terms: Terms, waiting: _Waiting, most: int) -> _Candidates:
    """A lane's, of its cohort not more than ``most``."""
    alone, cohort = waiting
    found = []
    if alone.accounts.size:
        found.append(_Candidates(terms.values(alone.fused_plasma, alone.difficulty), alone.keys, alone.accounts))
    if cohort and cohort.payment:
        keys, accounts = cohort.best(most)
        value = terms.values(np.array([cohort.payment.fused_plasma]), alone.difficulty[:0])
        found.append(_Candidates(value.repeat(keys.size), keys, accounts))
    return _joined(found)


def _joined(parts: Sequence[_Candidates]) -> _Candidates:
    return parts[0] if len(parts) == 1 else _Candidates(*map(np.concatenate, zip(*parts, strict=True)))


def _best_of_one_size(candidates: Sequence[_Candidates], count: int) -> list[Accounts]:
    if len(candidates) == 1:
        return [candidates[0].best(count).accounts]
    together = _joined(candidates)
    chosen = best(together.values, together.keys, count)
    ends = np.searchsorted(chosen, np.cumsum([lane.keys.size for lane in candidates])[:-1])
    return np.split(together.accounts[chosen], ends.tolist())


def _first_that_fit(sizes: Sequence[int], candidates: Sequence[_Candidates], room: int) -> list[Accounts]:
    """One pass over blocks of several sizes, in exact integers; what does not fit is left out.

    Of each lane, only as many are looked at as a momentum holds: if one of these does not fit any
    more, none behind it does.
    """
    waiting = sorted(
        (
            ((value << _FRACTION_BITS) // size, key, lane, account)
            for lane, (columns, size) in enumerate(zip(candidates, sizes, strict=True))
            for value, key, account in zip(*(column.tolist() for column in columns.best(room // size)), strict=True)
        ),
        reverse=True,
    )
    chosen: list[list[int]] = [[] for _ in candidates]
    for _, _, lane, account in waiting:
        if sizes[lane] <= room:
            room -= sizes[lane]
            chosen[lane].append(account)
    return [np.array(accounts, np.intp) for accounts in chosen]


class Spent(NamedTuple):
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
) -> tuple[Usage, list[Spent]]:
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
    return Usage(fused_base, pow_base, used, sum(each.difficulty for each in spent)), spent


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


_NONE_PAYING = Paying(np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint64))
_NONE_WAITING = _Waiting(_NONE_PAYING)
_NO_CANDIDATES = _Candidates(np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.intp))
_NOTHING = Spent()
