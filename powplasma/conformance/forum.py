"""Judging dynamic_v1.json: the published program of the forum proposal, wraps and divisions by zero included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from powplasma.conformance.model import Case, Format, Section, Values, check_keys, read_constants, read_rows
from powplasma.errors import InvalidInput
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.forum import BASE_PRICE_SCALE, ForumRules, ForumState, adjust
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.plasma.usage import Usage

_HEAD = ForumRules(compatibility=True)
_FIRST = ForumRules(compatibility=True, recharge_variant="first")
_EXACT = ForumRules(compatibility=True, recharge_variant="exact")

_CONSTANTS: Values = {
    "MaxBasePlasmaInMomentum": _HEAD.max_base_plasma,
    "TargetBasePlasmaInMomentum": _HEAD.target_base_plasma,
    "TargetPoWPlasmaPercentInMomentum": _HEAD.pow_share,
    "MaxFusionRechargeRate": _HEAD.max_recharge_rate,
    "BasePriceChangeDenominator": _HEAD.price_denominator,
    "DifficultyPerPlasmaChangeDenominator": _HEAD.difficulty_denominator,
    "PlasmaRechargeRateChangeMultiplier": _HEAD.recharge_factor,
    "AccountPlasmaRechargeRateDenominator": _HEAD.recharge_denominator,
    "MinDifficultyPerPlasma": _HEAD.min_difficulty_per_plasma,
    "MinBasePrice": _HEAD.min_base_price,
    "BasePriceDenominator": BASE_PRICE_SCALE,
    "AccountBlockBasePlasma": ACCOUNT_BLOCK_BASE_PLASMA,
    "PlasmaPerFusionUnit": PLASMA_PER_FUSION_UNIT,
}
_MOMENTUM = (
    "basePrice", "basePlasma", "usedPlasma", "difficulty", "difficultyPerPlasma", "fusionRechargeRate",
)  # fmt: skip
_NEXT = ("nextBasePrice", "nextDifficultyPerPlasma", "rechargeTarget", "nextRechargeRate")
_PANICS = {f"{key}_panic" for key in _NEXT}


def _constant(given: Values) -> Values:
    return {"value": _CONSTANTS[given["name"]]} if given["name"] in _CONSTANTS else {}


def _read_states(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        where = f"{section}[{position}]"
        check_keys(where, row, {"id", "momentum", "expected"}, {"id", "momentum", "expected"})
        check_keys(f"{where}.momentum", row["momentum"], {*_MOMENTUM}, {*_MOMENTUM})
        expected = dict(row["expected"])
        expected = {
            key: value for key, value in expected.items() if key.removesuffix("_panic") not in _NEXT or key in _NEXT
        }
        check_keys(f"{where}.expected", expected, {*_NEXT, "initialCommit"}, {*_NEXT})
        first = expected.pop("initialCommit", {})
        check_keys(f"{where}.expected.initialCommit", first, {*_NEXT}, set())
        expected |= {f"initialCommit.{key}": value for key, value in first.items()}
        yield Case(section, f"{section}/{row['id']}", row["momentum"], expected)


def _read_trajectories(section: str, rows: Any) -> Iterator[Case]:
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, {"name", "steps"}, {"name", "steps"})
        for step, values in enumerate(row["steps"]):
            keys = {"momentum", *_NEXT}
            check_keys(f"{section}/{row['name']}[{step}]", values, keys, keys)
            expected = {key: values[key] for key in _NEXT}
            yield Case(section, f"{section}/{row['name']}/{step}", values["momentum"], expected)


def _next(given: Values) -> Values:
    price, base_plasma, used, difficulty, per_plasma, rate = (int(given[key]) for key in _MOMENTUM)
    momentum = ForumState(price, per_plasma, rate), Usage(base_plasma, 0, used, difficulty)
    values = _next_values(_HEAD, *momentum)
    return values | {f"initialCommit.{key}": value for key, value in _next_values(_FIRST, *momentum).items()}


def _next_values(rules: ForumRules, state: ForumState, usage: Usage) -> Values:
    return {
        "nextBasePrice": rules.next_base_price(state, usage.base_plasma),
        "nextDifficultyPerPlasma": _none_if_refused(lambda: rules.next_difficulty_per_plasma(state, usage)),
        "rechargeTarget": rules.recharge_target(usage.base_plasma),
        "nextRechargeRate": rules.next_recharge_rate(state, usage.base_plasma),
    }


def _none_if_refused(compute: Callable[[], int]) -> int | None:
    """The program's panic is powplasma's refusal, also in compatibility."""
    try:
        return compute()
    except InvalidInput:
        return None


def _adjust(given: Values) -> Values:
    target, actual, current, denominator = (int(given[key]) for key in ("target", "actual", "current", "denominator"))
    moved = _none_if_refused(lambda: adjust(target, actual, current, denominator))
    return {"expected": None if moved is None else moved & U64_MAX}


def _step(given: Values) -> Values:
    return {"expected": _HEAD.step_recharge_rate(int(given["current"]), int(given["target"]))}


_SCAN_KEYS = {
    "exact_floor": "exact",
    "go_head": "head",
    "go_initial": "first",
    "head": "head",
    "initial": "first",
    "go": "head",
}


def _read_scan(section: str, scan: Any) -> Iterator[Case]:
    """Points of the full scan; what Python's own pow gives is a note."""
    lists = {"examples_head_vs_initial", "python_examples", "near_integer_points"}
    notes = {"source", "head_vs_initial_differences", "python_math_pow_differences_from_head"}
    check_keys(section, scan, lists | notes, lists)
    for name in sorted(lists):
        for position, row in enumerate(scan[name]):
            check_keys(
                f"{section}.{name}[{position}]", row, {"basePlasma", "python_math_pow", *_SCAN_KEYS}, {"basePlasma"}
            )
            expected = {_SCAN_KEYS[key]: value for key, value in row.items() if key in _SCAN_KEYS}
            yield Case(section, f"{section}/{name}/{position}", {"basePlasma": row["basePlasma"]}, expected)


def _targets(given: Values) -> Values:
    base_plasma = int(given["basePlasma"])
    rules = {"head": _HEAD, "first": _FIRST, "exact": _EXACT}
    return {name: variant.recharge_target(base_plasma) for name, variant in rules.items()}


DYNAMIC_V1 = Format(
    "dynamic_v1",
    {
        "constants": Section(read_constants, _constant),
        "states": Section(_read_states, _next),
        "targetOffsetMultiplier": Section(
            read_rows(("target", "actual", "current", "denominator"), ("expected",)), _adjust
        ),
        "rechargeRate": Section(read_rows(("current", "target"), ("expected",)), _step),
        "trajectories": Section(_read_trajectories, _next),
        "rechargeTargetScan": Section(_read_scan, _targets),
    },
)
"""Files of the kind ``powplasma-vectors/dynamic_v1``."""
