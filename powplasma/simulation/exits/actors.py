"""Who takes part in a run, drawn by chance: those who leave, those who defraud, and who can see the fraud."""

from __future__ import annotations

import random
from dataclasses import dataclass

from powplasma.simulation.exits.plan import ExitPlan
from powplasma.simulation.exits.queues import challengers


@dataclass(frozen=True, slots=True)
class Leaving:
    """Users who leave, by their rank among all; 0 is the richest.

    Attributes:
        ranks: all of them, in the order in which they decide to.
        decided: by rank, the second in which they do.
        created: by rank, when their output was made; 0 is the begin, and before it is negative.
        in_flight: the ranks whose output is in flight.
    """

    ranks: list[int]
    decided: list[int]
    created: list[int]
    in_flight: frozenset[int]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fraudulent exit.

    Attributes:
        second: from which on it can start.
        created: when the output was made, or is said to have been.
        coin: rank of the user whose coin it is, under Cash.
        value: wei that it claims.
        owner: whether the user concerned has the data and watches; such a user is quicker than any hunter.
        seers: hunters who have the data that shows it.
    """

    second: int
    created: int
    coin: int
    value: int
    owner: bool
    seers: int


def leaving(plan: ExitPlan, seed: int) -> Leaving:
    """Who leaves, and when."""
    users = plan.users
    chance = random.Random(f"{seed}/leaving")  # noqa: S311 - nothing is secret here
    everybody = range(users.number)
    ranks = list(everybody) if users.leaving == users.number else sorted(chance.sample(everybody, users.leaving))
    in_flight = frozenset(chance.sample(ranks, users.in_flight))
    decided, created = [0] * users.number, [0] * users.number
    for rank in ranks:
        if users.spread_seconds:
            decided[rank] = int(chance.random() * users.spread_seconds)
        if rank not in in_flight:
            created[rank] = -1 - int(chance.random() * users.oldest_seconds)
    if users.spread_seconds:
        ranks.sort(key=decided.__getitem__)
    return Leaving(ranks, decided, created, in_flight)


def attempts(plan: ExitPlan, seed: int) -> list[Attempt]:
    """The fraudulent exits in the order of time, each seen or not by each hunter on their own."""
    fraud, users, hunters = plan.fraud, plan.users, plan.challengers
    chance = random.Random(f"{seed}/fraud")  # noqa: S311 - nothing is secret here
    hunted, watched = challengers(plan.rules.design, fraud.kind)
    by_coin = plan.rules.design == "cash"
    coins = chance.sample(range(users.number), fraud.number) if by_coin else [0] * fraud.number
    drawn = []
    for coin in coins:
        second = fraud.from_second + int(chance.random() * fraud.spread_seconds)
        created = -1 - int(chance.random() * users.oldest_seconds) if fraud.kind == "spent" else second
        owner = watched and 100 * chance.random() < users.watch_percent
        seers = sum(100 * chance.random() < hunters.sees_percent for _ in range(hunters.hunters)) if hunted else 0
        value = users.value(coin) if by_coin else fraud.value
        drawn.append(Attempt(second, created, coin, value, owner, seers))
    return sorted(drawn, key=lambda attempt: attempt.second)
