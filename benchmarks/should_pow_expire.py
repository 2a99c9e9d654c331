"""The figures of docs/should-pow-expire.md, all of them from this one command.

``python -m benchmarks.should_pow_expire`` writes docs/data/should-pow-expire.json and the tables of the study that are
made of it; with ``--check`` it writes nothing and fails where a byte would change. No figure depends on time or
machine, but for those with honest users, whose chance comes from numpy's generator and the C library's logarithm.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.should_pow_expire_tables import TABLES
from powplasma.plasma.rules import make_state, ruleset
from powplasma.simulation.stockpile import (
    DEFAULT_POLICIES,
    Scene,
    closed,
    custom,
    false_expiry,
    load_honest,
    parse_goal,
    parse_policy,
    preset,
)
from powplasma.simulation.stockpile import stockpile as play
from powplasma.simulation.stockpile.beside import run_beside
from powplasma.simulation.stockpile.false_expiry import sampled_false_expiry
from powplasma.simulation.stockpile.goals import Field
from powplasma.simulation.stockpile.hardware import PRICE_PER_KWH, Hardware

Row = dict[str, Any]

DOCS = Path(__file__).parents[1] / "docs"
DATA = DOCS / "data" / "should-pow-expire.json"
STUDY = DOCS / "should-pow-expire.md"

GH = 10**9
TIMES = {"10 min": 600, "1 h": 3_600, "1 d": 86_400, "30 d": 2_592_000, "1 y": 31_557_600}
YEAR = TIMES["1 y"]
PLAIN = 31_500_000
SEED = 1
SEARCHES = 200_000
FULL, FULL_TODAY = closed.momentum_cost(200), closed.momentum_cost(100)
NOBODY = load_honest("none")


def quiet(name: str, **parameters: int) -> tuple[Any, Any]:
    """A rule set and the state that the study begins with: price 1,000 and 1,500 difficulty per plasma."""
    rules = ruleset(name, **parameters)
    return rules, make_state(rules, difficulty_per_plasma=1_500) if name == "forum" else rules.initial_state


def attack(
    rules: str,
    policy: str,
    *,
    goal: str = "burst",
    seconds: int = YEAR,
    hardware: Hardware | None = None,
    **parameters: int,
) -> Row:
    """The figures of one attacker alone."""
    scene = Scene(hardware or custom(GH), seconds, parse_goal(goal), NOBODY)
    return play(scene, *quiet(rules, **parameters), parse_policy(policy))


def closed_forms() -> list[Row]:
    """Simulated and closed, for every stock."""
    forms: list[tuple[str, str, Callable[[int], int]]] = [
        ("alphanet", "none", lambda hashes: closed.filled_at_fixed_price(hashes, FULL_TODAY)),
        ("forum", "creation", lambda hashes: closed.filled_at_growing_price(hashes, FULL, 1.125)),
        ("forum", "inclusion", lambda hashes: closed.filled_at_growing_price(hashes, FULL, 1.125 * 1.5)),
        ("dynamic", "inclusion", lambda hashes: closed.filled_at_growing_price(hashes, FULL, 1.1)),
    ]
    return [
        {
            "rules": rules,
            "policy": policy,
            "stock": stock,
            "simulated": attack(rules, policy, seconds=seconds)["momentums_filled"],
            "closed": form(GH * seconds),
        }
        for rules, policy, form in forms
        for stock, seconds in TIMES.items()
    ]


POLICIES = (*DEFAULT_POLICIES, "creation+window:360", "window:360+cap:50")


def policies() -> list[Row]:
    """A year of 1 GH/s, spent at once."""
    return [attack(rules, policy) for rules in ("alphanet", "forum", "dynamic") for policy in POLICIES]


def goals() -> list[Row]:
    """A year of 1 GH/s, for other ends."""
    wanted = ("burst", "harvest", "ladder:10", "ladder:5", "ladder:20", "hold:10", "hold:100", "under-target")
    return [
        attack(rules, policy, goal=goal)
        for rules in ("alphanet", "forum", "dynamic")
        for goal in wanted
        for policy in ("inclusion", "window:360")
    ]


WINDOWS = (6, 18, 30, 60, 120, 360, 720, 2_160, 8_640)


def windows() -> list[Row]:
    """How long a window should be: what it leaves an attacker, and what it costs honest devices."""
    phone, laptop, offline = (
        next(device for device in load_honest("default").devices if device.name == name)
        for name in ("phone", "laptop", "offline")
    )
    rows = []
    for window in WINDOWS:
        policy = f"window:{window}"
        burst = attack("dynamic", policy)
        rows.append(
            {
                "window": window,
                "hashes_counted": burst["hashes_counted"],
                "burst": burst["momentums_filled"],
                "harvest": attack("dynamic", policy, goal="harvest")["momentums_filled"],
                "hold_10": attack("dynamic", policy, goal="hold:10")["momentums_held"],
                "burst_forum": attack("forum", policy)["momentums_filled"],
                "burst_alphanet": attack("alphanet", policy)["momentums_filled"],
                "replay_store_bytes": burst["replay_store_bytes"],
                "laptop_10x": _chance(10 * PLAIN / laptop.hashrate, window, laptop.overhead),
                "phone": _chance(PLAIN / phone.hashrate, window, phone.overhead),
                "phone_10x": _chance(10 * PLAIN / phone.hashrate, window, phone.overhead),
                "offline": _chance(PLAIN / offline.hashrate, window, offline.overhead),
            }
        )
    return rows


def _chance(tau: float, window: int, overhead: float) -> float:
    return float(f"{false_expiry(tau, window, overhead):.3g}")


def sampled() -> list[Row]:
    """False expiry, judged momentum by momentum, beside its closed form."""
    return [
        {
            "tau": tau,
            "window": window,
            "closed": float(f"{false_expiry(tau, window, 15.0):.6g}"),
            "sampled": sampled_false_expiry(tau, window, 15.0, SEARCHES, SEED) / SEARCHES,
        }
        for tau in (30, 120, 600, 3_600)
        for window in (6, 30, 60, 360, 1_080, 8_640)
    ]


def hardware() -> list[Row]:
    """What a stock costs, and what it does under ``dynamic`` with and without a window."""
    rows = []
    for name in ("cpu", "rtx4090", "farm"):
        machine = preset(name)
        for stock in ("1 d", "30 d", "1 y"):
            free = attack("dynamic", "inclusion", hardware=machine, seconds=TIMES[stock])
            kept = attack("dynamic", "window:360", hardware=machine, seconds=TIMES[stock])
            held, held_kept = (
                attack("dynamic", policy, goal="hold:10", hardware=machine, seconds=TIMES[stock])
                for policy in ("inclusion", "window:360")
            )
            rows.append(
                {
                    "attacker": name,
                    "hashrate": machine.hashrate,
                    "stock": stock,
                    "kwh": free["kwh"],
                    "energy_cost": free["energy_cost"],
                    "machine_cost": free["machine_cost"],
                    "burst": free["momentums_filled"],
                    "burst_window": kept["momentums_filled"],
                    "hold_10": held["momentums_held"],
                    "hold_10_window": held_kept["momentums_held"],
                }
            )
    return rows


def live() -> list[Row]:
    """Hashrates that need no stock at all."""
    return [
        {"what": "fill every momentum of alphanet", "hashrate": closed.live_hashrate_to_fill(FULL_TODAY)},
        *(
            {
                "what": f"hold the work price of dynamic at {times} times its least",
                "hashrate": closed.live_hashrate_to_hold(times, 50),
            }
            for times in (2, 10, 100, 1_000)
        ),
    ]


def sensitivity() -> list[Row]:
    """The parameters of ``dynamic``, one at a time."""
    variants: list[tuple[str, dict[str, int]]] = [
        ("as merged", {}),
        ("largest change 5 %", {"max_price_change_percent": 5}),
        ("largest change 15 % and more", {"max_price_change_percent": 15}),
        ("denominator 10, largest change 30 %", {"price_change_denominator": 10, "max_price_change_percent": 30}),
        ("target of work halved", {"pow_plasma_target": 525_000}),
        ("target of work doubled", {"pow_plasma_target": 2_100_000}),
        ("momentum four times as large", {"max_base_plasma_in_momentum": 16_800_000}),
    ]
    rows = []
    for name, parameters in variants:
        row: Row = {"variant": name}
        for key, policy in (("free", "inclusion"), ("window", "window:360")):
            row[f"burst_{key}"] = attack("dynamic", policy, **parameters)["momentums_filled"]
            row[f"hold_10_{key}"] = attack("dynamic", policy, goal="hold:10", **parameters)["momentums_held"]
        rows.append(row)
    return rows


HORIZON = 2_160


def honest() -> list[Row]:
    """5,000 users beside a year of 1 GH/s: what becomes of what they wish while it lasts."""
    population, rows = load_honest("default"), []
    scene = Scene(custom(GH), YEAR, parse_goal("burst"), population, HORIZON, SEED, PRICE_PER_KWH)
    hold = Scene(custom(GH), YEAR, parse_goal("hold:10"), population, HORIZON, SEED, PRICE_PER_KWH)
    for name in ("alphanet", "forum", "dynamic"):
        rules, state = quiet(name)
        field = Field(rules, parse_policy("inclusion"), state)
        calm = run_beside(scene.goal, field, None, population, horizon=HORIZON, seed=SEED)
        rows.append({"rules": name, "goal": "no attack", "policy": "inclusion", **_brief(calm.classes)})
        for case, policy in (
            (scene, "inclusion"),
            (scene, "window:360"),
            (scene, "decay:360"),
            (scene, "cap:25"),
            (hold, "inclusion"),
            (hold, "window:360"),
        ):
            if case is hold and name != "dynamic":
                continue
            classes = play(case, rules, state, parse_policy(policy))["honest"]["classes"]
            rows.append({"rules": name, "goal": str(case.goal), "policy": policy, **_brief(classes)})
    return rows


def flood() -> list[Row]:
    """Today's network takes blocks in any order: how much the attacker publishes decides who gets in."""
    population, rows = load_honest("default"), []
    for momentums in (1, 3, 10, 30, 100):
        scene = Scene(custom(GH), YEAR, parse_goal("burst"), population, 720, SEED, PRICE_PER_KWH, momentums)
        figures = play(scene, *quiet("alphanet"), parse_policy("inclusion"))
        rows.append({"flood": momentums, **_brief(figures["honest"]["classes"])})
    return rows


def _brief(classes: list[Row]) -> Row:
    keys = ("wished", "never_percent", "latency_p50", "latency_p90", "latency_p99", "cost_multiplier", "expired")
    return {"classes": [{"class": row["class"], **{key: row[key] for key in keys}} for row in classes]}


EXACT: dict[str, Callable[[], list[Row]]] = {
    "closed_forms": closed_forms,
    "policies": policies,
    "goals": goals,
    "windows": windows,
    "hardware": hardware,
    "live": live,
    "sensitivity": sensitivity,
}
"""Parts that no chance enters."""

DRAWN: dict[str, Callable[[], list[Row]]] = {"sampled": sampled, "honest": honest, "flood": flood}
"""Parts that are drawn."""


def as_text(figures: dict[str, list[Row]]) -> str:
    """The data file: a line for each row, so that differences are readable."""
    parts = (part_as_text(name, rows) for name, rows in figures.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def part_as_text(name: str, rows: list[Row]) -> str:
    """One part of the data file."""
    return f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"


def with_tables(text: str, figures: dict[str, list[Row]]) -> str:
    """The study with every table made anew."""
    for name, table in TABLES.items():
        pattern = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert pattern.search(text), f"the study has no place for {name}"
        lines = table(figures)
        text = pattern.sub(lambda match, lines=lines: match[1] + "\n".join(lines) + "\n" + match[2], text)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a byte would change")
    check = parser.parse_args().check
    figures = {name: make() for name, make in (EXACT | DRAWN).items()}
    changed = 0
    for path, text in ((DATA, as_text(figures)), (STUDY, with_tables(STUDY.read_text(encoding="utf-8"), figures))):
        if check:
            same = path.exists() and path.read_text(encoding="utf-8") == text
            print(f"{path.name}: {'the same bytes' if same else 'CHANGED'}")
            changed += not same
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
