"""What gives reason to doubt a measurement, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from powplasma.measure.hashrate import Hashrate
from powplasma.measure.load import Load
from powplasma.measure.searches import Searches

SPREAD_LIMIT = 0.05
"""Width of an interval, relative to the hashrate, above which a machine was not quiet."""

PLAIN_PYTHON_SPREAD_LIMIT = 0.15
"""The same for loops in plain Python, whose speed changes by that much with what lies where in memory."""

LOAD_LIMIT = 0.03
"""Share of the cores' time that something else, or the host, may take from a quiet machine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for doubt.

    Attributes:
        kind: ``spread``, ``load`` and ``steal``: the machine was noisy. ``times``: searches did
            not take exponential time, which noise explains too. ``hashes``: counted hashes break
            the law of the difficulty, which noise does not explain. ``disagreement``: counting
            and searching give different hashrates.
        text: one sentence with the figures.
    """

    kind: Literal["spread", "load", "steal", "times", "hashes", "disagreement"]
    text: str

    @property
    def noise(self) -> bool:
        """Whether it says that the machine was not quiet."""
        return self.kind in {"spread", "load", "steal"}


def findings(
    hashrates: Iterable[Hashrate], load: Load | None, searches: Searches | None, counted: Hashrate
) -> tuple[Finding, ...]:
    """All reasons for doubt, the machine's noise first.

    Args:
        hashrates: everything that was counted.
        load: of the machine meanwhile, if known.
        searches: real searches, if there were any.
        counted: the hashrate of the contender that made those searches.
    """
    found = [*_of_spread(hashrates), *_of_load(load)]
    if searches is not None:
        found += _of_searches(searches, counted)
    return tuple(found)


def _of_spread(hashrates: Iterable[Hashrate]) -> list[Finding]:
    found = []
    for each in hashrates:
        plain = each.name == "python" or each.workers == 0
        if each.spread > (PLAIN_PYTHON_SPREAD_LIMIT if plain else SPREAD_LIMIT):
            what = f"{each.name} with {each.workers} workers" if each.workers > 1 else each.name
            found.append(Finding("spread", f"the hashrate of {what} is known to {each.spread:.0%} only"))
    return found


def _of_load(load: Load | None) -> list[Finding]:
    if load is None:
        return []
    found = []
    if load.others > LOAD_LIMIT * load.cores:
        found.append(Finding("load", f"other programs used {load.others:.2f} of {load.cores} cores meanwhile"))
    if load.steal > LOAD_LIMIT * load.cores:
        found.append(Finding("steal", f"the host kept back {load.steal:.2f} of {load.cores} cores meanwhile"))
    return found


def _of_searches(searches: Searches, counted: Hashrate) -> list[Finding]:
    found = []
    times, hashes = searches.law_of_times, searches.law_of_hashes
    if not times.passed:
        found.append(Finding("times", f"times to a nonce are not exponential (p = {times.p_value:.2g})"))
    if not hashes.passed:
        found.append(
            Finding("hashes", f"counted hashes to a nonce break the law of their difficulty (p = {hashes.p_value:.2g})")
        )
    if not searches.interval.overlaps(counted.interval):
        found.append(
            Finding(
                "disagreement",
                f"searching says {searches.interval.low:.0f} … {searches.interval.high:.0f} hashes/s, "
                f"counting {counted.interval.low:.0f} … {counted.interval.high:.0f}",
            )
        )
    return found
