"""Closed forms of exits under attack: exact integers and fractions, without a simulation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from powplasma.simulation.exits.plan import YEAR

HASH_BYTES = 32
FAILED_CHALLENGE_GAS = 21_000
"""The least that a transaction costs, and so a challenge that is sent to fail."""


def saved_share(rate: Fraction, seconds: int, users: int) -> Fraction:
    """Share of users who have left after so many seconds at a rate of exits per second: min(1, rate T / U)."""
    return min(Fraction(1), rate * seconds / users) if users else Fraction(1)


def drain_seconds(rate: Fraction, users: int) -> Fraction:
    """Time until all have left: U / rate."""
    return users / rate


def price_growth(full_blocks: int) -> Fraction:
    """How many times the first block's price is paid after so many full ones: 1.125 to that power."""
    return Fraction(9, 8) ** full_blocks


def detection(sees: Fraction, hunters: int, watches: Fraction = Fraction(0)) -> Fraction:
    """Chance that a fraud is challenged: 1 - (1 - d)^n (1 - w).

    Args:
        sees: chance that one hunter sees it, independent of the others.
        hunters: how many there are.
        watches: chance that the one who is concerned watches.
    """
    return 1 - (1 - sees) ** hunters * (1 - watches)


def fraud_profit(challenged: Fraction, value: int, bond: int) -> Fraction:
    """Mean profit in wei of one attempt, gas aside: (1 - q) v - q b."""
    return (1 - challenged) * value - challenged * bond


def deterrent_bond(challenged: Fraction, value: int) -> int | None:
    """The smallest bond in wei at which fraud does not pay: v (1 - q) / q, rounded up; None if no bond is enough."""
    if not challenged:
        return None
    exact = value * (1 - challenged) / challenged
    return -(-exact.numerator // exact.denominator)


def takes_part(reward: Fraction, cost: int, others: int) -> bool:
    """Whether one more hunter earns: the reward of a year, split with the others, exceeds the cost: R > c (n + 1)."""
    return reward > cost * (others + 1)


def hunters_who_enter(yearly_reward: Callable[[int], Fraction], cost: int, most: int) -> int:
    """Hunters after all have entered who earn by it, one after the other.

    Args:
        yearly_reward: what so many hunters get in a year, all together.
        cost: wei a year of each.
        most: where to end.
    """
    hunters = 0
    while hunters < most and takes_part(yearly_reward(hunters + 1), cost, hunters):
        hunters += 1
    return hunters


def chain_bytes_per_year(transactions_per_second: int, transaction_bytes: int) -> int:
    """Bytes of a year of transactions."""
    return transactions_per_second * YEAR * transaction_bytes


def coin_bytes_per_year(coins: int, levels: int, blocks_per_year: int) -> int:
    """Bytes of a year of Merkle branches that a user of Cash keeps."""
    return coins * levels * HASH_BYTES * blocks_per_year


def failed_challenges_cost(blocks: int, gas_price: int) -> int:
    """Wei for one failed challenge in each block, where such a challenge delays everybody by a block."""
    return blocks * FAILED_CHALLENGE_GAS * gas_price
