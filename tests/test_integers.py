"""Integers of every kind: numpy's give what plain ones give, and nothing else passes for an integer."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma import plasma, validation, work
from powplasma.account.block import AccountBlock, MomentumReference
from powplasma.account.derivation import account_path
from powplasma.errors import InvalidInput
from powplasma.kernels import check_many
from powplasma.plasma import content, costs, forum, freshness, pricing, recharge, rules, target, usage
from powplasma.stock.need import Need
from powplasma.validation import Anchor, Expiry, JudgedBlock, validate, validate_many

U64_MAX = (1 << 64) - 1
KINDS = [np.dtype(code).type for code in "bBhHiIlLqQ"]
"""Numpy's integers: 8 to 64 bits, with a sign and without."""

ALPHANET, FORUM, DYNAMIC = (rules.ruleset(name) for name in ("alphanet", "forum", "dynamic"))
STATES: dict[str, tuple[Any, Any]] = {
    "AlphanetRules": (ALPHANET, ALPHANET.initial_state),
    "ForumRules": (FORUM, forum.ForumState(2_500, 1_700, 2_100)),
    "DynamicRules": (DYNAMIC, pricing.DynamicState(2_500, 1_700)),
}
HASH = bytes(range(32))
PAID = pricing.Payment(21_000, 60_000, 1_500_000)
BLOCK = JudgedBlock(2, bytes(20), fused_plasma=21_000)
EXPIRY = Expiry(freshness.Window(360), 1_000, lambda _: HASH)


def _of_each_rule_set() -> Iterator[tuple[str, Callable[..., Any], dict[str, int]]]:
    for name, (each, state) in STATES.items():
        yield (
            f"{name}.price_met",
            lambda each=each, state=state, **given: each.price_met(**given, state=state),
            {"base_plasma": 21_000, "fused": 50_000, "pow_plasma": 2_500},
        )
        yield (
            f"{name}.least_pow_plasma",
            lambda each=each, state=state, **given: each.least_pow_plasma(**given, state=state),
            {"base_plasma": 21_000, "fused": 1_000},
        )
        yield (
            f"{name}.least_fused",
            lambda each=each, state=state, **given: each.least_fused(**given, state=state),
            {"base_plasma": 21_000, "pow_plasma": 1_000},
        )
        yield f"{name}.__init__", type(each), _parameters(each)
        inherited: list[tuple[str, dict[str, int]]] = [
            ("plasma_of_difficulty", {"difficulty": 31_500_000}),
            ("difficulty_of_plasma", {"plasma": 21_000}),
            ("plasma_of_fused", {"amount": 10**9}),
            ("fused_of_plasma", {"plasma": 21_000}),
            ("available_plasma", {"fused_amount": 10**10, "committed": 10, "uncommitted": 100}),
        ]
        for method, good in inherited:
            yield f"RuleSet.{method}", getattr(each, method), good
        yield (
            "RuleSet.required_difficulty",
            lambda each=each, state=state, **given: each.required_difficulty(costs.RECEIVE, state, **given),
            {"fused": 20_000},
        )
        yield (
            "quote",
            lambda each=each, state=state, **given: plasma.quote(each, costs.RECEIVE, state, **given),
            {"fused": 20_000, "headroom": 3},
        )
        yield "Need.of_plasma", lambda each=each, **given: Need.of_plasma(each, **given), {"plasma": 21_000}
        yield "Need.of_block", lambda each=each, **given: Need.of_block(each, costs.RECEIVE, **given), {"fused": 100}
        yield (
            "validate",
            lambda each=each, state=state, **given: validate(BLOCK, rules=each, state=state, **given),
            {"available_plasma": 21_000},
        )
        yield (
            "validate_many",
            lambda available_plasma, each=each, state=state: validate_many(
                [BLOCK, BLOCK], rules=each, state=state, available_plasma=[21_000, available_plasma]
            ),
            {"available_plasma": 21_000},
        )


def _parameters(each: Any) -> dict[str, int]:
    return {field.name: getattr(each, field.name) for field in dataclasses.fields(each) if field.type == "int"}


CALLS: list[tuple[str, Callable[..., Any], dict[str, int]]] = [
    *_of_each_rule_set(),
    ("threshold", work.threshold, {"difficulty": 1_000}),
    ("check", lambda difficulty: work.check(HASH, bytes(8), difficulty), {"difficulty": 3}),
    ("check_difficulty", lambda difficulty: work.check_difficulty(difficulty, least=1), {"difficulty": 3}),
    ("difficulty_of_prefix", work.difficulty_of_prefix, {"prefix": 5}),
    ("nonce_of_counter", work.nonce_of_counter, {"counter": 5}),
    ("check_many", lambda difficulties: check_many(HASH, bytes(8), difficulties), {"difficulties": 3}),
    ("check_many", lambda difficulties: list(check_many(HASH, bytes(8), [difficulties])), {"difficulties": 3}),
    ("Need.of_difficulty", Need.of_difficulty, {"difficulty": 1_000}),
    ("Need.difficulty_at", lambda age: Need.of_plasma(DYNAMIC, 100).difficulty_at(freshness.Decay(9), age), {"age": 7}),
    (
        "Need.difficulty_at",
        lambda age: Need.of_plasma(DYNAMIC, 100).difficulty_at(freshness.Window(9), age),
        {"age": 7},
    ),
    ("Need.__init__", Need, {"difficulty": 1_500, "plasma": 1}),
    ("MomentumReference.__init__", lambda height: MomentumReference(HASH, height), {"height": 7}),
    ("AccountBlock.send", lambda amount: AccountBlock.send(bytes(20), bytes(20), amount), {"amount": 100}),
    (
        "AccountBlock.__init__",
        lambda **given: AccountBlock(address=bytes(20), **given).preimage(),
        dict.fromkeys(("version", "chain_identifier", "block_type", "height", "amount"), 2)
        | dict.fromkeys(("fused_plasma", "difficulty", "base_plasma", "used_plasma"), 100),
    ),
    ("account_path", account_path, {"index": 3}),
    ("PoolBlock.__init__", lambda height: content.PoolBlock("z", height, HASH, PAID), {"height": 3}),
    (
        "judge_momentum",
        lambda **given: content.judge_momentum([], DYNAMIC, pricing.DynamicState(1_050, 1_050), **given),
        {"version": 2, "next_fusion_price": 1_000, "next_work_price": 1_000},
    ),
    ("check_pool_room", lambda pending: content.check_pool_room(pending, DYNAMIC), {"pending": 100}),
    ("BlockKind.__init__", lambda **given: costs.BlockKind("send", **given), {"base_plasma": 21_000, "data_bytes": 0}),
    ("send", costs.send, {"data_bytes": 100}),
    (
        "Target.plasma",
        lambda difficulty: target.Target(DYNAMIC, allow_any_difficulty=False).plasma(difficulty),
        {"difficulty": 150_000},
    ),
    (
        "Target.block",
        lambda fused: target.Target(DYNAMIC, allow_any_difficulty=False).block(costs.RECEIVE, fused),
        {"fused": 100},
    ),
    ("block_kind", lambda data_bytes: target.block_kind("send", data_bytes), {"data_bytes": 100}),
    ("parse_block_kind", lambda data_bytes: costs.parse_block_kind("send", data_bytes), {"data_bytes": 100}),
    (
        "ForumState.__init__",
        lambda **given: FORUM.steepest_rise(rules.make_state(FORUM, **given)),
        {"base_price": 1_500, "difficulty_per_plasma": 1_000, "fusion_recharge_rate": 2_100},
    ),
    (
        "ForumRules.next_base_price",
        lambda base_plasma: FORUM.next_base_price(FORUM.initial_state, base_plasma),
        {"base_plasma": 2_200_000},
    ),
    (
        "ForumRules.next_recharge_rate",
        lambda base_plasma: FORUM.next_recharge_rate(FORUM.initial_state, base_plasma),
        {"base_plasma": 2_200_000},
    ),
    (
        "Usage.__init__",
        lambda **given: FORUM.next_state(FORUM.initial_state, usage.Usage(**given)),
        {
            "fused_base_plasma": 1_100_000,
            "pow_base_plasma": 1_200_000,
            "used_plasma": 3_300_000,
            "difficulty": 1_000_000_000,
        },
    ),
    (
        "RuleSet.base_plasma_at",
        DYNAMIC.base_plasma_at,
        {"full_percent": 70, "pow_percent": 30},
    ),
    (
        "RuleSet.usage_at",
        lambda **given: DYNAMIC.usage_at(DYNAMIC.initial_state, **given),
        {"full_percent": 70, "pow_percent": 30},
    ),
    (
        "ForumRules.usage_at",
        lambda **given: FORUM.usage_at(FORUM.initial_state, **given),
        {"full_percent": 70, "pow_percent": 30},
    ),
    (
        "ForumRules.fused_for_every_momentum",
        lambda fused: FORUM.fused_for_every_momentum(fused, FORUM.initial_state),
        {"fused": 21_000},
    ),
    (
        "RuleSet.fused_for_every_momentum",
        lambda fused: DYNAMIC.fused_for_every_momentum(fused, DYNAMIC.initial_state),
        {"fused": 21_000},
    ),
    ("ForumRules.recharge_target", FORUM.recharge_target, {"base_plasma": 1_000_000}),
    ("ForumRules.step_recharge_rate", FORUM.step_recharge_rate, {"rate": 120, "target": 100}),
    ("ForumRules.recharge_multiplier", FORUM.recharge_multiplier, {"fused_plasma": 21_000}),
    (
        "ForumRules.confine",
        FORUM.confine,
        {"used": 21_000, "fused_plasma": 210_000, "recharge_rate": 100, "height": 1_000},
    ),
    ("ForumRules.least_plasma", FORUM.least_plasma, {"base_plasma": 21_000}),
    ("adjust", forum.adjust, {"target": 100, "actual": 120, "current": 1_000, "denominator": 8}),
    ("Never.credit", freshness.Never().credit, {"plasma": 100, "age": 5}),
    ("Window.credit", freshness.Window(5).credit, {"plasma": 100, "age": 5}),
    ("Decay.credit", freshness.Decay(5).credit, {"plasma": 100, "age": 5}),
    ("Window.__init__", lambda momentums: freshness.Window(momentums).credit(9, 100), {"momentums": 100}),
    ("Decay.__init__", lambda half_life: freshness.Decay(half_life).credit(1_000_000, 100), {"half_life": 100}),
    (
        "DynamicState.__init__",
        lambda **given: DYNAMIC.value(PAID, rules.make_state(DYNAMIC, **given)),
        {"fusion_price": 1_500, "work_price": 1_700},
    ),
    (
        "Payment.__init__",
        lambda **given: DYNAMIC.nominal_base_plasma(pricing.Payment(**given), pricing.DynamicState(2_500, 1_700)),
        {"base_plasma": 21_000, "fused_plasma": 60_000, "difficulty": 1_500_000},
    ),
    (
        "prices_in_force",
        pricing.prices_in_force,
        {"version": 2, "next_fusion_price": 1_500, "next_work_price": 1_700},
    ),
    (
        "next_price",
        pricing.next_price,
        {"price": 1_500, "used": 120, "target": 100, "max_change_percent": 10, "change_denominator": 20},
    ),
    ("DynamicRules.suggestion", DYNAMIC.suggestion, {"base_plasma": 21_000, "available": 100}),
    (
        "recharge_target",
        lambda **given: recharge.recharge_target(**given, variant="head"),
        {"base_plasma": 1_000_000, "max_rate": 210_000, "base": 10_000, "max_base_plasma": 4_200_000},
    ),
    (
        "Confinement.__init__",
        lambda **given: recharge.confined_plasma(recharge.Confinement(**given), 120),
        {"plasma": 21_000, "height": 100, "target": 100},
    ),
    (
        "confined_plasma",
        lambda height: recharge.confined_plasma(recharge.Confinement(21_000, 3, 100), height),
        {"height": 20},
    ),
    (
        "confine",
        lambda numerator, denominator, **given: recharge.confine(**given, multiplier=(numerator, denominator)),
        {"used": 21_000, "recharge_rate": 100, "height": 20, "numerator": 3, "denominator": 2},
    ),
    (
        "available_fused_plasma",
        lambda **given: recharge.available_fused_plasma(**given, confinement=recharge.Confinement(100, 3, 100)),
        {"fused_plasma": 21_000, "uncommitted": 100, "height": 20},
    ),
    ("make_state", lambda work_price: rules.make_state(DYNAMIC, work_price=work_price), {"work_price": 1_700}),
    ("Anchor.__init__", lambda height: EXPIRY.age(Anchor(HASH, height)), {"height": 900}),
    ("Expiry.anchor", EXPIRY.anchor, {"depth": 20}),
    (
        "Expiry.__init__",
        lambda frontier_height: Expiry(freshness.Window(9), frontier_height, lambda _: HASH).anchor(),
        {"frontier_height": 20},
    ),
]
"""Every function of these rooms that takes an integer, with integers that it takes."""

VERDICTS: list[tuple[str, Callable[..., Any], dict[str, int]]] = [
    (
        "JudgedBlock.__init__",
        lambda **given: validate(JudgedBlock(**given, address=bytes(20)), rules=DYNAMIC, available_plasma=21_000),
        {"block_type": 2, "fused_plasma": 21_000, "difficulty": 0},
    ),
    (
        "JudgedBlock.__init__",
        lambda **given: validate_many([JudgedBlock(**given, address=bytes(20))], rules=ALPHANET)[0],
        {"block_type": 2, "fused_plasma": 21_000, "difficulty": 1_500},
    ),
]
"""The same, where bad input gets a verdict."""

COVERED_BY_OTHERS = {
    "Freshness.credit",  # a protocol
    "RuleSet.price_met",  # abstract
    "RuleSet.least_pow_plasma",
    "RuleSet.least_fused",
    "RuleSet.__init__",
}
MADE_BY_POWPLASMA = {
    "Work.__init__",
    "MomentumVerdict.__init__",
    "Suggestion.__init__",
    "Quote.__init__",
    "Verdict.__init__",
    "EmbeddedMethod.__init__",
    "NotInInt64.__init__",
    "column",
    "check_product",
    "refuse",
    "too_wide",
    "parameter",
    "judge",
    "plain_integer",
}
"""Results and inner tools: what goes in has passed one of the others."""


def _listed(columns: Any) -> list[Any]:
    return [getattr(columns, field.name).tolist() for field in dataclasses.fields(columns)]


def _outcome(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "gives", call()
    except InvalidInput as refused:
        return "refuses", str(refused)


def _foreign(value: object) -> Iterator[object]:
    """Whatever numpy has left in a result."""
    if isinstance(value, np.generic):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _foreign(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _foreign(each)


def _positions(table: list[tuple[str, Callable[..., Any], dict[str, int]]]) -> list[Any]:
    """Every integer argument of every call, each with a name of its own."""
    return [
        pytest.param(function, good, field, id=f"{name}-{field}-{number}")
        for number, (name, function, good) in enumerate(table)
        for field in good
    ]


def _ends(kind: Any) -> Iterator[Any]:
    """Where arithmetic of one of numpy's kinds wraps, and where it seldom does."""
    info = np.iinfo(kind)
    for value in {int(info.min), int(info.max), int(info.max) - 1, int(info.max) // 3, 0, 1, 100, 21_000, 1_500_000}:
        if value <= info.max:
            yield kind(value)


@pytest.mark.parametrize(("function", "good", "field"), _positions([*CALLS, *VERDICTS]))
def test_numpy_integers_give_what_plain_integers_give(
    function: Callable[..., Any], good: dict[str, int], field: str
) -> None:
    for kind in KINDS:
        for value in _ends(kind):
            _gives_the_same(function, good, {field: value})


@given(
    position=st.sampled_from([(function, good) for _, function, good in [*CALLS, *VERDICTS]]),
    kind=st.sampled_from(KINDS),
    data=st.data(),
)
@settings(max_examples=500)
def test_any_numpy_integers_give_what_plain_integers_give(
    position: tuple[Callable[..., Any], dict[str, int]], kind: Any, data: st.DataObject
) -> None:
    """All arguments at once: two of numpy's integers wrap where one beside a plain integer raises."""
    function, good = position
    info = np.iinfo(kind)
    integers = st.integers(max(0, int(info.min)), int(info.max))
    near = {field: value for field, value in good.items() if value <= info.max}
    chosen = data.draw(st.fixed_dictionaries({field: st.just(value) | integers for field, value in near.items()}))
    _gives_the_same(function, good, {field: kind(value) for field, value in chosen.items()})


def _gives_the_same(function: Callable[..., Any], good: dict[str, int], values: dict[str, Any]) -> None:
    plain = _outcome(lambda: function(**good | {field: int(value) for field, value in values.items()}))
    foreign = _outcome(lambda: function(**good | values))
    assert foreign == plain, values
    assert not list(_foreign(foreign[1])), values


NO_INTEGERS = [
    "1000000",
    b"1",
    1.0,
    float("inf"),
    float("nan"),
    True,
    np.True_,
    np.float64(1),
    np.ma.masked,
    np.array([1, 2]),
    Decimal(1),
    Fraction(1),
    [1],
    {},
    object,
]


@pytest.mark.parametrize(("function", "good", "field"), _positions(CALLS))
def test_what_is_no_integer_is_told_from_what_is_out_of_range(
    function: Callable[..., Any], good: dict[str, int], field: str
) -> None:
    for value in NO_INTEGERS:
        if field == "difficulties" and isinstance(value, np.ndarray | list):
            continue  # a sequence of difficulties
        with pytest.raises(InvalidInput) as refused:
            function(**good | {field: value})
        assert refused.value.problem == "is not an integer", value


@pytest.mark.parametrize(("function", "good", "field"), _positions([*CALLS, *VERDICTS]))
def test_integers_beyond_all_range_end_in_one_line(
    function: Callable[..., Any], good: dict[str, int], field: str
) -> None:
    for value in (10**5_000, -(10**5_000), 1 << 64, -1):
        outcome, said = _outcome(lambda value=value: function(**good | {field: value}))  # type: ignore[misc]
        if outcome == "refuses":
            assert said.isprintable()
            assert len(said) < 1_000


def test_every_function_that_takes_an_integer_is_in_the_table() -> None:
    """A new function of these rooms has to be put to the properties above."""
    modules = ["powplasma.work", "powplasma.kernels.batch", "powplasma.stock.need", "powplasma.account.block"]
    modules.append("powplasma.account.derivation")
    for package in (plasma, validation):
        modules += [found.name for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")]
    taking = {name for module in modules for name in _taking_integers(module)}
    covered = {name for name, _, _ in (*CALLS, *VERDICTS)}
    assert taking - covered - COVERED_BY_OTHERS - MADE_BY_POWPLASMA == set()
    assert covered - taking == set()


def _taking_integers(module_name: str) -> Iterator[str]:
    module = importlib.import_module(module_name)
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module_name:
            continue
        functions = {name: value}
        if inspect.isclass(value):
            methods = {key: getattr(each, "__func__", each) for key, each in vars(value).items()}
            functions = {
                f"{name}.{key}": each
                for key, each in methods.items()
                if inspect.isfunction(each) and (key == "__init__" or not key.startswith("_"))
            }
        for qualified, function in functions.items():
            if inspect.isfunction(function):
                parameters = inspect.signature(function).parameters.values()
                if any(re.search(r"\bint\b", str(parameter.annotation)) for parameter in parameters):
                    yield qualified
