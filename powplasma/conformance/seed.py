"""Judging seed_tables.json: every number that the text of the forum proposal states.

The tables follow from the rules alone. The scenarios are a published simulation: an attacker who
fills momentums with fused plasma until he has no blocks left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from powplasma.conformance.model import Case, Format, Section, UnknownVectors, Values, check_keys
from powplasma.plasma import alphanet, costs, methods
from powplasma.plasma.forum import ForumMomentum, ForumRules, ForumState
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.plasma.recharge import confine

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


def _momentum(state: ForumState, full_percent: int, pow_percent: int = 0) -> ForumMomentum:
    base_plasma = _RULES.max_base_plasma * full_percent // 100
    used = base_plasma * state.base_price // 1_000
    difficulty = used * state.difficulty_per_plasma * pow_percent // 100
    return ForumMomentum(
        state.base_price,
        base_plasma,
        used,
        difficulty,
        state.difficulty_per_plasma,
        state.fusion_recharge_rate,
    )


def _base_price_rows(uses: list[int]) -> list[Values]:
    price, rows = 1_000, [{"basePrice": 1_000, "priceChange": "0%", "recomputed": 1_000}]
    for full_percent in uses[:-1]:
        price = _RULES.next_base_price(_momentum(ForumState(price, 1_000, 2_100), full_percent))
        change = Fraction(full_percent - 50, 50 * _RULES.price_denominator)
        rows.append({"basePrice": price, "priceChange": _percent(change, "0.1"), "recomputed": price})
    return rows


def _difficulty_rows(uses: list[int]) -> list[Values]:
    difficulty, rows = 1_000, [{"difficultyPerPlasma": 1_000, "change": "0%", "recomputed": 1_000}]
    for pow_percent in uses[:-1]:
        momentum = _momentum(ForumState(1_000, difficulty, 2_100), 50, pow_percent)
        difficulty = _RULES.next_difficulty_per_plasma(momentum)
        change = Fraction(pow_percent - _RULES.pow_share, _RULES.pow_share * _RULES.difficulty_denominator)
        rows.append({"difficultyPerPlasma": difficulty, "change": _percent(change, "0.1"), "recomputed": difficulty})
    return rows


def _recharge_rows(uses: list[int]) -> list[Values]:
    """The first row stands at its target; from then on a row's own fullness moves its rate."""
    rate = _RULES.recharge_target(_RULES.max_base_plasma * uses[0] // 100)
    rows = [_recharge_row(rate, rate, Fraction(0))]
    for full_percent in uses[1:]:
        target = _RULES.recharge_target(_RULES.max_base_plasma * full_percent // 100)
        factor = Fraction(1, _RULES.recharge_factor) if rate > target else Fraction(_RULES.recharge_factor)
        bound = max if rate > target else min
        change = bound(rate * factor, Fraction(target)) / rate - 1
        rate = _RULES.step_recharge_rate(rate, target)
        rows.append(_recharge_row(rate, target, change))
    return rows


def _recharge_row(rate: int, target: int, change: Fraction) -> Values:
    return {
        "rechargeRateQsrPerConfirmation": _rounded(Fraction(rate, PLASMA_PER_FUSION_UNIT)),
        "targetRechargeRate": _rounded(Fraction(target, PLASMA_PER_FUSION_UNIT)),
        "change": _percent(change, "1"),
        "recomputedPlasma": rate,
        "recomputedQsr": rate / PLASMA_PER_FUSION_UNIT,
    }


_TABLES: dict[str, Callable[[list[int]], list[Values]]] = {
    "basePrice": _base_price_rows,
    "difficultyPerPlasma/pow100": _difficulty_rows,
    "difficultyPerPlasma/pow10": _difficulty_rows,
    "rechargeRate/falling": _recharge_rows,
    "rechargeRate/rising": _recharge_rows,
}


def _table(given: Values) -> Values:
    return _TABLES[given["name"]](given["uses"])[given["row"]]


def _percent(change: Fraction, step: str) -> str:
    percent = (Decimal(change.numerator * 100) / change.denominator).quantize(Decimal(step), ROUND_HALF_UP)
    return f"{percent.normalize() + 0:f}%"


def _rounded(value: Fraction) -> float:
    return float((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


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
    cutoff = given["attackTargetQsrCutoff"]
    per_momentum = given["txPerFilledMomentum"]
    multiplier = Fraction(1)
    if given["variant"] == "head":
        multiplier = Fraction(cutoff * PLASMA_PER_FUSION_UNIT, rules.recharge_denominator)
    left = given["attackerQsr"] // cutoff
    momentum = ForumMomentum(*given["start"].values())
    trace: list[Values] = []
    rates: list[int] = []
    while True:
        state = rules.next_state(momentum)
        needed = Fraction(costs.ACCOUNT_BLOCK_BASE_PLASMA * state.base_price, 1_000 * PLASMA_PER_FUSION_UNIT)
        filled = needed < cutoff
        if filled:
            left -= per_momentum
            rates.append(int(state.fusion_recharge_rate * multiplier))
        trace.append(
            {
                "round": len(trace) + 1,
                "basePrice": state.base_price,
                "difficultyPerPlasma": state.difficulty_per_plasma,
                "rechargeTarget": rules.recharge_target(momentum.base_plasma),
                "rechargeRate": state.fusion_recharge_rate,
                "qsrNeededForBaseBlock": float(needed),
                "attackerTxsLeft": left,
                "attackerTxsInMomentum": per_momentum if filled else 0,
            }
        )
        if filled and left <= 0:
            break
        base_plasma = per_momentum * costs.ACCOUNT_BLOCK_BASE_PLASMA if filled else 0
        momentum = ForumMomentum(
            state.base_price, base_plasma, base_plasma, 0, state.difficulty_per_plasma, state.fusion_recharge_rate
        )
    average = sum(rates) // len(rates)
    blocking = Fraction((len(trace) - 1) * alphanet.MOMENTUM_SECONDS, 60)
    cooldown = Fraction(cutoff * PLASMA_PER_FUSION_UNIT, average) * alphanet.MOMENTUM_SECONDS / 60
    return {
        "attackerQsr": given["attackerQsr"],
        "addresses": given["attackerQsr"] // cutoff,
        "qsrPerAddress": cutoff,
        "blocksUsersBelowQsr": cutoff,
        "rounds": len(trace),
        "filledMomentums": len(rates),
        "averageRechargeRate": average,
        "blockingMinutes": f"{float(blocking):.2f}",
        "cooldownMinutes": f"{float(cooldown):.2f}",
        "bandwidthRatio": f"{float(blocking / cooldown):.2f}",
        "text": [f"{float(blocking):.2f}", f"{float(cooldown):.2f}"],
        "trace": trace,
    }


def _read_claims(section: str, claims: Any) -> Iterator[Case]:
    for position, claim in enumerate(claims):
        if claim["text"] not in _CLAIMS:
            raise UnknownVectors(f"{section}[{position}]", f"makes the unknown claim {claim['text']!r}")
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
