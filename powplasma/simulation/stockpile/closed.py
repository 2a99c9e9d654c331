"""Closed forms: how many whole momentums a stock fills, with the roundings of the rules left out.

An attacker alone, in a perfect order, without hashing during the attack. A momentum of ``blocks`` plain blocks
costs C hashes at the quiet price; docs/stockpile.md derives each form.
"""

from __future__ import annotations

from math import floor, log, log1p

_BLOCK_DIFFICULTY = 21_000 * 1_500
"""Hashes of a plain block at 1,500 difficulty per plasma."""


def momentum_cost(blocks: int, block_difficulty: int = _BLOCK_DIFFICULTY) -> int:
    """Hashes of a momentum of so many plain blocks at the quiet price."""
    return blocks * block_difficulty


def filled_at_fixed_price(hashes: int, cost: int) -> int:
    """H / C."""
    return hashes // cost


def filled_at_growing_price(hashes: int, cost: int, growth: float) -> int:
    """The largest n with C (g^n - 1) / (g - 1) <= H, for a price that grows g-fold with each full momentum.

    g is 1.1 under ``dynamic``, 1.125 x 1.5 under ``forum``, 1.125 with its difficulty taken at creation.
    """
    return floor(log1p(hashes / cost * (growth - 1)) / log(growth))


def filled_by_harvest(hashes: int, cost: int, growth: float) -> int:
    """The largest n with C x (n - i) x g^i <= H for every i below n: works kept for what they achieved.

    The i-th momentum and all after it need works that pay g^i, of which H hashes give a fixed number.
    """
    filled = 0
    while all((filled + 1 - step) * growth**step * cost <= hashes for step in range(filled + 1)):
        filled += 1
    return filled


def filled_under_decay(hashrate: int, cost: int, growth: float, half_life: int) -> int:
    """Momentums filled from an endless stock that loses half of its worth every ``half_life`` momentums.

    The stock is worth V = 10 H f / (1 - f), f = 2^(-1/half_life), in fresh hashes in the first momentum; each
    momentum takes its cost and leaves the rest f-fold. Work is taken as if it could be cut anywhere.
    """
    factor = 2 ** (-1 / half_life)
    worth, price, filled = 10 * hashrate * factor / (1 - factor), float(cost), 0
    while worth >= price:
        worth, price, filled = (worth - price) * factor, price * growth, filled + 1
    return filled


def counted_hashes(hashrate: int, seconds: int, window: int) -> int:
    """The stock that a window leaves: at most hashrate x window x 10 s."""
    return hashrate * min(seconds, 10 * window)


def live_hashrate_to_fill(cost: int) -> float:
    """Hashes per second that pay a whole momentum every 10 s at the quiet price, without any stock."""
    return cost / 10


def live_hashrate_to_hold(times: float, target_blocks: int, block_difficulty: int = _BLOCK_DIFFICULTY) -> float:
    """Hashes per second that keep the work price of ``dynamic`` at so many times its least, without any stock.

    The price stays where the blocks paid by work just reach the target.
    """
    return times * target_blocks * block_difficulty / 10
