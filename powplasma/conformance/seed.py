"""Judging seed_tables.json: every number that the text of the forum proposal states.

The tables follow from the rules alone. The scenarios are a published simulation: an attacker who
fills momentums with fused plasma until he has no blocks left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from powplasma.conformance.model import Case, Format, Section, UnknownVectors, Values, check_keys
from powplasma.errors import shown
from powplasma.plasma import alphanet, costs, methods
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.plasma.recharge import confine
from powplasma.simulation.attack import AttackStep, FusedAttack, attack_result, attack_steps
from powplasma.simulation.momentum import Content
from powplasma.simulation.tables import difficulty_rows, price_rows, recharge_rows
from powplasma.simulation.trajectory import Phase, Step, trajectory

_RULES = ForumRules()
_FIRST = ForumRules(recharge_variant="first")


def _read_tables(section: str, tables: Any) -> Iterator[Case]:
    for position, table in enumerate(tables):
        check_keys(f"{section}[{position}]", table, _TABLE_KEYS, {"name", "columns", "rows"})
        given = {"name": table["name"], "rows": len(table["rows"])}
        if table["name"] not in _TABLES:
            raise UnknownVectors(f"{section}/{table['name']}", "is an unknown table")
        for index, row in enumerate(table["rows"]):
            asked = given | {"row": index, "uses": [_use(table["name"], other) for other in table["rows"]]}
            expected = {name: value for name, value in zip(table["columns"], row, strict=True) if name not in _USES}
            for name in ("recomputed", "recomputedPlasma", "recomputedQsr"):
                if name in table:
                    expected[name] = table[name][index]
            slip = _SLIPS.get((table["name"], index))
            if slip is not None and slip[0] == expected["targetRechargeRate"]:
                expected["targetRechargeRate"] = slip[1]
            yield Case(section, f"{section}/{table['name']}/{index}", asked, expected)


_TABLE_KEYS = {"name", "columns", "rows", "recomputed", "recomputedPlasma", "recomputedQsr", "rule", "matches", "note"}
_USES = ("momentumHeight", "fullnessPercent", "fullness", "powPlasmaPercent")
_SLIPS = {("rechargeRate/rising", 0): (0.1, 0.01)}
"""The text's target of 0.1 for a full momentum: its own rule gives 0.01. (as printed, as ruled)"""


def _use(name: str, row: list[Any]) -> int:
    """The percent that drives a table: fullness, or the share of worked plasma in a momentum at the target."""
    return int(row[2] if name.startswith("difficultyPerPlasma") else row[1])


def _start(first_use: int, name: str) -> ForumState:
    """Where a table starts: a recharge rate stands at the target of its first row."""
    rate = _RULES.initial_state.fusion_recharge_rate
    if name.startswith("rechargeRate"):
        rate = _RULES.recharge_target(_RULES.max_base_plasma * first_use // 100)
    return ForumState(1_000, 1_000, rate)


def _phases(name: str, uses: list[int]) -> Iterator[Phase]:
    for use in uses:
        yield Phase(1, 50, use) if name.startswith("difficultyPerPlasma") else Phase(1, use)


def _recomputed(name: str, step: Step) -> Values:
    """The value of a row before any rounding."""
    if name.startswith("rechargeRate"):
        rate = step.next_state.fusion_recharge_rate
        return {"recomputedPlasma": rate, "recomputedQsr": rate / PLASMA_PER_FUSION_UNIT}
    state = step.state
    return {"recomputed": state.base_price if name == "basePrice" else state.difficulty_per_plasma}


_TABLES = {
    "basePrice": price_rows,
    "difficultyPerPlasma/pow100": difficulty_rows,
    "difficultyPerPlasma/pow10": difficulty_rows,
    "rechargeRate/falling": recharge_rows,
    "rechargeRate/rising": recharge_rows,
}


def _table(given: Values) -> Values:
    name, uses = given["name"], given["uses"]
    steps = list(trajectory(_RULES, _start(uses[0], name), list(_phases(name, uses))))
    row = list(_TABLES[name](_RULES, steps))[given["row"]]
    return {key: value for key, value in row.items() if key not in _USES} | _recomputed(name, steps[given["row"]])


def _read_scenarios(section: str, scenarios: Any) -> Iterator[Case]:
    for position, scenario in enumerate(scenarios):
        check_keys(f"{section}[{position}]", scenario, {"name", "text", "recomputed", "note"}, {"text", "recomputed"})
        recomputed = scenario["recomputed"]
        if recomputed is None:
            if scenario["text"] != {"numbers": None}:
                raise UnknownVectors(f"{section}[{position}]", "has numbers but nothing recomputed")
            yield Case(section, f"{section}/{position}", {}, {}, skip="the text has no numbers")
            continue
        text = scenario["text"]
        expected = dict(recomputed["result"]) | {"trace": recomputed["trace"]}
        expected |= {key: text[key] for key in ("attackerQsr", "addresses", "qsrPerAddress") if key in text}
        expected["blocksUsersBelowQsr"] = text["blocksUsersBelowQsr"]
        expected["text"] = [f"{text['blockedMinutes']:.2f}", f"{text['repeatMinutes']:.2f}"]
        yield Case(section, f"{section}/{position}", recomputed["parameters"] | {"variant": "first"}, expected)


def _read_head_variant(section: str, result: Any) -> Iterator[Case]:
    yield Case(section, section, _SCENARIO_1 | {"variant": "head"}, result)


_SCENARIO_1: Values = {
    "attackerQsr": 1_000_000,
    "attackTargetQsrCutoff": 50,
    "txPerFilledMomentum": 200,
    "start": {
        "basePrice": 1_000,
        "basePlasma": 2_100_000,
        "usedPlasma": 2_100_000,
        "difficulty": 420_000_000,
        "difficultyPerPlasma": 1_000,
        "fusionRechargeRate": 2_100,
    },
}


def _attack(given: Values) -> Values:
    """The published attack: blocks of one address each, until the mempool has none left."""
    rules = _FIRST if given["variant"] == "first" else _RULES
    price, base_plasma, used, difficulty, per_plasma, rate = given["start"].values()
    # How the momentum before the attack splits its base plasma does not matter to these rules.
    before = Content(base_plasma, 0, used, difficulty)
    attack = FusedAttack(
        given["attackerQsr"], given["attackTargetQsrCutoff"], given["txPerFilledMomentum"], most_momentums=5_000
    )
    steps = list(attack_steps(rules, ForumState(price, per_plasma, rate), before, attack))
    result = attack_result(rules, attack, steps)
    blocking = Fraction(result.blocked_seconds, 60)
    cooldown = (result.repeat_seconds or Fraction(0)) / 60
    minutes = [f"{float(blocking):.2f}", f"{float(cooldown):.2f}"]
    return {
        "attackerQsr": attack.qsr,
        "addresses": attack.addresses,
        "qsrPerAddress": attack.qsr_per_address,
        "blocksUsersBelowQsr": attack.qsr_per_address,
        "rounds": result.momentums,
        "filledMomentums": result.filled_momentums,
        "averageRechargeRate": result.recharge_rate_average,
        "blockingMinutes": minutes[0],
        "cooldownMinutes": minutes[1],
        "bandwidthRatio": f"{float(blocking / cooldown):.2f}" if cooldown else None,
        "text": minutes,
        "trace": [_round(step) for step in steps],
    }


def _round(step: AttackStep) -> Values:
    return {
        "round": step.momentum,
        "basePrice": step.base_price,
        "difficultyPerPlasma": step.difficulty_per_plasma,
        "rechargeTarget": step.recharge_target,
        "rechargeRate": step.recharge_rate,
        "qsrNeededForBaseBlock": step.needed_plasma / PLASMA_PER_FUSION_UNIT,
        "attackerTxsLeft": step.attacker_blocks_left,
        "attackerTxsInMomentum": step.attacker_blocks,
    }


def _read_claims(section: str, claims: Any) -> Iterator[Case]:
    for position, claim in enumerate(claims):
        if claim["text"] not in _CLAIMS:
            raise UnknownVectors(
                f"{section}[{position}]", f"makes the unknown claim {shown(claim['text'], quoted=True)}"
            )
        expected = {"value": claim["value"], "holds": claim["checked"] is not False}
        yield Case(section, f"{section}/{position}", {"text": claim["text"]}, expected)


def _collect_reward_costs() -> set[int]:
    return {method.plasma for method in methods.METHODS if method.name == "CollectReward"}


_CLAIMS: dict[str, Callable[[], tuple[Any, bool]]] = {
    "maximum 100 account blocks per momentum": lambda: (alphanet.MAX_BLOCKS_IN_MOMENTUM, True),
    "regular transaction 21,000 plasma": lambda: (costs.send().base_plasma, True),
    "collect rewards costs 73,500 plasma": lambda: (73_500, 73_500 in _collect_reward_costs()),
    "most expensive transaction 105,000 (registering a pillar)": lambda: (
        max(method.plasma for method in methods.METHODS),
        True,
    ),
    "theoretical maximum 10,500,000 per momentum": lambda: (
        alphanet.MAX_BLOCKS_IN_MOMENTUM * methods.PILLAR_REGISTRATION_PLASMA,
        True,
    ),
    "target PoW share 20%": lambda: (_RULES.pow_share, True),
    "10 QSR committed in momentum 5 (rate 0.16 QSR/confirmation, second recharge table) takes 63 confirmations "
    "(~10 minutes)": lambda: (confine(21_000, 336, 0).target, True),
    "1 QSR/confirmation at price 1 limits an address to ~0.01 TPS": lambda: (
        1 / (confine(21_000, 2_100, 0).target * alphanet.MOMENTUM_SECONDS),
        True,
    ),
    "halving per momentum at most -50%, doubling at most +100%": lambda: (
        [100 // _RULES.recharge_factor - 100, 100 * _RULES.recharge_factor - 100],
        True,
    ),
}
"""What the text states, as the rules give it; and whether the statement holds today."""


def _claim(given: Values) -> Values:
    value, holds = _CLAIMS[given["text"]]()
    return {"value": value, "holds": holds}


SEED_TABLES = Format(
    "seed_tables",
    {
        "tables": Section(_read_tables, _table),
        "scenarios": Section(_read_scenarios, _attack),
        "headVariantOfScenario1": Section(_read_head_variant, _attack),
        "claims": Section(_read_claims, _claim),
    },
)
"""Files of the kind ``powplasma-vectors/seed_tables``."""
