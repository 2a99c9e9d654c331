"""One attack under one policy, with all its figures; and the policies that are compared by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.errors import check_integer
from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.interface import RuleSet
from powplasma.simulation.figures import Row
from powplasma.simulation.stockpile.attack import Attack, Course, arsenal
from powplasma.simulation.stockpile.beside import Beside, run_beside
from powplasma.simulation.stockpile.goals import Field, Goal
from powplasma.simulation.stockpile.hardware import Hardware
from powplasma.simulation.stockpile.honest import Honest
from powplasma.simulation.stockpile.policy import Policy
from powplasma.simulation.stockpile.stock import Arsenal

DEFAULT_POLICIES = ("none", "creation", "inclusion", "window:360", "decay:360", "cap:25")
"""What is compared where nothing is asked for; 360 momentums are an hour."""

MOST_HASHRATE = 10**18
"""A thousand times a million GH/s; hashes of a century of it still are exact integers."""

MOST_SECONDS = 100 * 31_557_600
"""A century."""

_REPLAY_ENTRY = 40
"""Bytes of a remembered work: its hash and the height of its anchor."""

_WORK_BYTES = 8 + 20
"""Bytes of a work in the attacker's stock: nonce and address."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An attack, without the rules and the policy it meets.

    Attributes:
        hardware: of the attacker.
        seconds: for which he grinds ahead.
        goal: what he wants.
        honest: users beside him; none for nobody.
        horizon: momentums that are simulated with them.
        seed: from which their chance is drawn.
        price_per_kwh: in dollars, or in any currency.
        flood: see ``run_beside``.
    """

    hardware: Hardware
    seconds: int
    goal: Goal
    honest: Honest
    horizon: int = 2_160
    seed: int = 0
    price_per_kwh: float = 0.15
    flood: int = 10

    def __post_init__(self) -> None:
        check_integer("hashrate", self.hardware.hashrate, 1, MOST_HASHRATE, "hashes per second")
        check_integer("precompute", self.seconds, 1, MOST_SECONDS, "seconds")
        check_integer("horizon", self.horizon, 1, 1_000_000, "momentums")
        check_integer("flood", self.flood, 1, 1_000, "momentums' worth of blocks")


def stockpile(scene: Scene, rules: RuleSet[Any], state: Any, policy: Policy) -> Row:
    """The figures of an attack, by the names of docs/cli.md.

    Args:
        scene: the attack.
        rules: the rule set.
        state: the quiet state, in which the stock is ground and the attack begins.
        policy: the mitigations.

    Raises:
        InvalidInput: field ``goal``; not computed under this policy.
        SimulatorUnavailable: there are honest users, and numpy is not installed.
    """
    field = Field(rules, policy, state)
    hashrate, goal = scene.hardware.hashrate, scene.goal
    stock = arsenal(goal, field, hashrate, scene.seconds)
    counted = stock.hashes - stock.expired
    course = Attack(goal, field, stock).run()
    beside = None
    if scene.honest.devices:
        beside = run_beside(
            goal,
            field,
            arsenal(goal, field, hashrate, scene.seconds),
            scene.honest,
            horizon=scene.horizon,
            seed=scene.seed,
            flood=scene.flood,
        )
    return {
        "policy": str(policy),
        "rules": rules.name,
        "goal": str(goal),
        "momentums_filled": course.filled,
        "minutes_blocked": round(course.filled * MOMENTUM_SECONDS / 60, 2),
        **_attack_figures(course),
        **_stock_figures(scene, stock, counted, course),
        "replay_store_bytes": _replay_store(field),
        "honest": None if beside is None else _honest(beside),
    }


def _attack_figures(course: Course) -> Row:
    return {
        "momentums_attacked": course.momentums,
        "momentums_occupied": course.occupied,
        "momentums_held": None if course.unbounded else course.held,
        "held_for_ever": course.unbounded,
        "blocks": course.blocks,
        "peak_price": round(course.peak, 3),
        **{f"work_above_{multiple}x": count for multiple, count in course.above.items()},
        **{f"fused_above_{multiple}x": count for multiple, count in course.fused_above.items()},
        "recovery_momentums": course.recovery,
        "stopped": course.stopped,
    }


def _stock_figures(scene: Scene, stock: Arsenal, counted: int, course: Course) -> Row:
    hardware = scene.hardware
    energy = hardware.energy(stock.hashes)
    live = hardware.hashrate * MOMENTUM_SECONDS * course.momentums
    return {
        "hashes": str(stock.hashes),
        "hashes_counted": str(counted),
        "hashes_spent": str(stock.spent),
        "hashes_useful": str(stock.useful),
        "share_expired": _share(stock.expired, stock.hashes),
        "share_wasted": _share(max(0, stock.hashes - stock.useful), stock.hashes),
        "amplification": round(stock.useful / live, 3) if live else None,
        "stock_bytes": course.blocks * _WORK_BYTES,
        "kwh": None if energy is None else round(energy, 3),
        "energy_cost": None if energy is None else round(energy * scene.price_per_kwh, 2),
        "machine_cost": hardware.cost,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6)


def _replay_store(field: Field) -> int | None:
    """Bytes of all works that a window can hold; None if it is without end.

    What a node would have to remember if a work were not bound to the account's previous block, and could be
    used twice. It is so bound, today and when anchored, and a node needs to remember none.
    """
    window = field.policy.window
    return None if window is None else window * field.room * _REPLAY_ENTRY


def _honest(beside: Beside) -> Row:
    return {
        "users": beside.users,
        "momentums": beside.momentums,
        "counted_momentums": beside.counted_momentums,
        "attack_momentums": beside.attack_momentums,
        "attack_over": beside.attack_over,
        "momentums_filled": beside.filled,
        "attacker_blocks": beside.attacker_blocks,
        **{f"work_above_{multiple}x": count for multiple, count in beside.above.items()},
        **{f"fused_above_{multiple}x": count for multiple, count in beside.fused_above.items()},
        "recovery_momentums": beside.recovery,
        "stopped": beside.stopped,
        "classes": [dict(row) for row in beside.classes],
    }
