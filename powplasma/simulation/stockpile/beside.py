"""The attack with honest users beside it, momentum by momentum up to a horizon, and what it does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from powplasma.plasma.alphanet import MOMENTUM_SECONDS, AlphanetRules
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.simulation.figures import Row
from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.stockpile.attack import MULTIPLES
from powplasma.simulation.stockpile.false_expiry import false_expiry
from powplasma.simulation.stockpile.goals import Field, Goal, Plan
from powplasma.simulation.stockpile.honest import Device, Honest
from powplasma.simulation.stockpile.population import Event, Population
from powplasma.simulation.stockpile.stock import Arsenal

WARM_UP = 120
"""Momentums before the attack, in which the users begin."""

_LEAST_COUNTED = 60
"""Momentums whose wishes are counted at least: ten minutes, so that there are some."""


@dataclass(slots=True)
class Beside:
    """What happened to everybody.

    Attributes:
        users: how many there are.
        momentums: simulated ones from the attack's first on.
        attack_momentums: those up to the attacker's last block.
        attack_over: whether his stock was used up, or worthless, before the horizon.
        filled: momentums in which blocks paid by work filled all the room that they have.
        attacker_blocks: his blocks.
        above: by multiple, momentums in which the price of work was above it.
        fused_above: the same for fused plasma.
        recovery: momentums from the attacker's last block until the price of work is no higher than when
            the attack began; None if not before the horizon.
        stopped: what the rule set said when it refused to go on; None if it did not.
        counted_momentums: those whose wishes the rows count: until the price has recovered, or all.
        classes: a row for each class.
    """

    users: int
    momentums: int = 0
    attack_momentums: int = 0
    attack_over: bool = False
    filled: int = 0
    attacker_blocks: int = 0
    above: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MULTIPLES, 0))
    fused_above: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MULTIPLES, 0))
    recovery: int | None = None
    stopped: str | None = None
    counted_momentums: int = 0
    classes: list[Row] = field(default_factory=list)


def run_beside(
    goal: Goal, where: Field, stock: Arsenal | None, honest: Honest, *, horizon: int, seed: int, flood: int = 10
) -> Beside:
    """Plays so many momentums after the warm-up.

    Args:
        goal: of the attacker.
        where: rules, mitigations and the quiet state.
        stock: the attacker's, which is used up; None for no attack.
        honest: everybody else.
        horizon: momentums from the attack's first on.
        seed: from which chance is drawn.
        flood: momentums' worth of blocks that the attacker keeps published where a momentum takes blocks in any
            order, as today.

    Raises:
        SimulatorUnavailable: numpy is not installed.
    """
    rules = where.rules
    total = rules.capacity // ACCOUNT_BLOCK_BASE_PLASMA
    users = Population(honest, where, isinstance(rules, AlphanetRules), total, seed)
    result, state = Beside(honest.users), where.quiet
    try:
        for number in range(1, WARM_UP + 1):
            state = where.following(state, users.momentum(number, state, 0).content, number)
        _attack(result, goal, where, stock, users, state=state, horizon=horizon, flood=flood)
    except SimulationStopped as refusal:
        result.stopped = refusal.problem
    # Who wished while the attack went on or the price had not come down from it.
    counted = result.momentums if result.recovery is None else result.attack_momentums + result.recovery
    result.counted_momentums = max(counted, min(_LEAST_COUNTED, result.momentums))
    time = tuple(float(MOMENTUM_SECONDS * (WARM_UP + momentum)) for momentum in (0, result.counted_momentums))
    result.classes = [_row(users, device, position, where, time) for position, device in enumerate(honest.devices)]
    return result


def _attack(
    result: Beside,
    goal: Goal,
    where: Field,
    stock: Arsenal | None,
    users: Population,
    *,
    state: Any,
    horizon: int,
    flood: int,
) -> None:
    plan = Plan(goal, where)
    before = where.lane_difficulty(state)
    start, start_fused = where.lane_difficulty(where.quiet), where.fused_price(where.quiet)
    over = stock is None
    for momentum in range(horizon):
        result.momentums += 1
        lane, fused = where.lane_difficulty(state), where.fused_price(state)
        for multiple in MULTIPLES:
            result.above[multiple] += lane > multiple * start
            result.fused_above[multiple] += fused > multiple * start_fused
        offered, price = 0, where.price(state)
        if stock is not None and not over:
            offered = plan.blocks(state)
            if offered and not stock.has(offered, momentum, price):
                offered = 0
                # A ladder waits for the price to fall to one of its rungs.
                over = goal.name != "ladder"
            if offered and isinstance(where.rules, AlphanetRules) and stock.has(flood * offered, momentum, price):
                offered *= flood
        if stock is not None and result.recovery is None and not offered and lane <= before:
            result.recovery = momentum - result.attack_momentums if over else None
        taken = users.momentum(WARM_UP + momentum + 1, state, offered)
        if taken.attacker and stock is not None:
            stock.take(taken.attacker, momentum, price)
            result.attacker_blocks += taken.attacker
            result.attack_momentums = momentum + 1
        result.filled += taken.full
        state = where.following(state, taken.content, WARM_UP + momentum + 1)
    result.attack_over = over


def _row(users: Population, device: Device, position: int, where: Field, time: tuple[float, ...]) -> Row:
    """The figures of a class: what became of the wishes of a time."""

    def count(event: Event) -> int:
        return len(users.events(event, position, *time)[0])

    quiet, window = where.lane_difficulty(where.quiet), where.policy.window
    latencies, hashes = users.events("included", position, *time)
    times = sorted(latencies.tolist())
    spent = float(hashes.sum()) + float(users.events("given_up", position, *time)[1].sum())
    wished, given_up = count("wished"), count("given_up")
    row: Row = {
        "class": device.name,
        "users": device.users,
        "wished": wished,
        "included": len(times),
        "given_up": given_up,
        "still_waiting": wished - len(times) - given_up,
        "never_percent": round(100 * given_up / wished, 2) if wished else None,
    }
    for rank in (50, 90, 99):
        row[f"latency_p{rank}"] = round(times[-(-rank * len(times) // 100) - 1], 1) if times else None
    row["cost_multiplier"] = round(spent / (quiet * len(times)), 3) if device.hashrate and times else None
    row["underpaid"] = count("underpaid")
    row["expired"] = count("expired")
    tau = quiet / device.hashrate if device.hashrate else None
    row["search_seconds"] = None if tau is None else round(tau, 3)
    expiry = None if tau is None or window is None else false_expiry(tau, window, device.overhead)
    row["false_expiry"] = None if expiry is None else float(f"{expiry:.6g}")
    return row
