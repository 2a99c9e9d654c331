"""What each of many accounts can commit for a block: few different payments, and who makes which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from powplasma.plasma.pricing import Payment
from powplasma.simulation.individuals.arrays import Accounts, Flags
from powplasma.simulation.individuals.confinement import Confinements
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.terms import Terms


def payments(
    terms: Terms, lane: Lane, fused_plasma: int, confinements: Confinements | None, accounts: Accounts, *, raised: int
) -> Iterator[tuple[Payment | None, Flags]]:
    """What accounts without an open block can commit, payment by payment.

    Args:
        terms: under which they pay.
        lane: theirs.
        fused_plasma: of each, as far as it counts.
        confinements: of all accounts of the lane; None if nothing of theirs is confined.
        accounts: at least one.
        raised: how often each has raised its bid, this time included.

    Returns:
        Each payment, None for who can make none, with a flag for each account that makes it.
    """
    everything = terms.bid(lane, fused_plasma, raised)
    if confinements is None or (everything is None and not lane.hashrate):
        yield everything, np.ones(accounts.size, np.bool_)
        return
    available = fused_plasma - confinements.confined(accounts, terms.momentum - 1)
    alone = everything is not None and not everything.difficulty
    full = available >= (everything.fused_plasma if everything is not None and alone else fused_plasma)
    if full.any():
        yield everything, full
    less = ~full
    if not lane.hashrate:
        yield None, less
        return
    for amount in np.unique(available[less]).tolist():
        yield terms.bid(lane, amount, raised), available == amount
