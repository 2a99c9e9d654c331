"""Shorthands for attacks, and the rules of a full momentum written down once more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from powplasma.plasma.rules import make_state, ruleset
from powplasma.simulation.stockpile.attack import Attack, Course, arsenal
from powplasma.simulation.stockpile.goals import Field, parse_goal
from powplasma.simulation.stockpile.policy import parse_policy
from powplasma.simulation.stockpile.stock import Arsenal

GH = 10**9
YEAR = 31_557_600
TIMES = (600, 3_600, 86_400, 30 * 86_400, YEAR)


def field(rules: str, policy: str, **parameters: int) -> Field:
    chosen = ruleset(rules, **parameters)
    state = make_state(chosen, difficulty_per_plasma=1_500) if rules == "forum" else chosen.initial_state
    return Field(chosen, parse_policy(policy), state)


def attack(
    rules: str, policy: str, goal: str = "burst", seconds: int = YEAR, hashrate: int = GH, **parameters: Any
) -> tuple[Course, Arsenal]:
    where, wanted = field(rules, policy, **parameters), parse_goal(goal)
    stock = arsenal(wanted, where, hashrate, seconds)
    return Attack(wanted, where, stock).run(), stock


def filled(rules: str, policy: str, seconds: int = YEAR, hashrate: int = GH) -> int:
    return attack(rules, policy, seconds=seconds, hashrate=hashrate)[0].filled


def costs(rules: str, policy: str, momentums: int) -> list[int]:
    """Hashes of each of the first full momentums, by the rules as the specification has them and no code of theirs."""
    price, per_plasma, found = 1_000, 1_500, []
    for _ in range(momentums):
        plasma = -(-21_000 * price // 1_000)
        bought = 1_500 if policy == "creation" else per_plasma
        found.append(200 * plasma * bought)
        if rules == "dynamic":
            price = min(price + 3_150_000 * price // 1_050_000 // 20, price * 110 // 100)
        else:
            used, worked = 200 * plasma, 200 * plasma * bought // per_plasma
            target = used * 20 // 100
            per_plasma = max(500, per_plasma + per_plasma * (worked - target) // (target * 8))
            price += price * 2_100_000 // (2_100_000 * 8)
    return found


def paid(hashes: int, prices: list[int]) -> int:
    """How many of them a stock pays, one after the other."""
    count = 0
    while count < len(prices) and hashes >= prices[count]:
        hashes -= prices[count]
        count += 1
    return count


GROWTH = {("dynamic", "inclusion"): 1.1, ("forum", "inclusion"): 1.6875, ("forum", "creation"): 1.125}

EXACT_GROWTH = {
    ("dynamic", "inclusion"): Fraction(11, 10),
    ("forum", "inclusion"): Fraction(27, 16),
    ("forum", "creation"): Fraction(9, 8),
}
