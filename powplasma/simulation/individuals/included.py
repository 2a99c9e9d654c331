"""What is known of the blocks that a momentum takes from a lane."""

from __future__ import annotations

from typing import NamedTuple

from powplasma.simulation.individuals.arrays import Accounts, Integers, Keys, Seconds


class Included(NamedTuple):
    """Blocks of one lane in one momentum, an entry per block.

    Attributes:
        accounts: whose they are.
        keys: what orders them; nothing does under ``alphanet``.
        wished: when each account began to want the block, in seconds.
        ready: when its nonce was found; without meaning in a lane where nobody works.
        fused_plasma: that it commits.
        difficulty: that it commits.
        attempts: how many blocks the account has made of this wish.
        work_seconds: that it has worked for all of them.
    """

    accounts: Accounts
    keys: Keys
    wished: Seconds
    ready: Seconds
    fused_plasma: Integers
    difficulty: Integers
    attempts: Integers
    work_seconds: Seconds
