"""Plasma, difficulty and QSR into each other, under every rule set: exact, and never too little."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import (
    RECEIVE,
    RULE_SETS,
    AlphanetRules,
    BlockKind,
    DynamicState,
    ForumState,
    call,
    make_state,
    ruleset,
    send,
)
from powplasma.plasma.checks import U64_MAX

PRICE = st.integers(1_000, 10**7)
STATES = {
    "alphanet": st.just(ruleset("alphanet").initial_state),
    "forum": st.builds(ForumState, PRICE, st.integers(500, 10**9), st.integers(0, 210_000)),
    "dynamic": st.builds(DynamicState, PRICE, PRICE),
}
RULES_AND_STATE = st.sampled_from(sorted(RULE_SETS)).flatmap(
    lambda name: st.tuples(st.just(ruleset(name)), STATES[name])
)


@given(RULES_AND_STATE, st.integers(0, U64_MAX))
def test_difficulty_of_the_plasma_of_a_difficulty_is_no_dearer(rules_and_state, difficulty) -> None:
    rules, state = rules_and_state
    plasma = rules.plasma_of_difficulty(difficulty, state)
    again = rules.difficulty_of_plasma(plasma, state)
    assert again <= difficulty
    assert rules.plasma_of_difficulty(again, state) == plasma


@given(RULES_AND_STATE, st.data())
def test_plasma_to_difficulty_to_plasma_never_underpays(rules_and_state, data) -> None:
    rules, state = rules_and_state
    plasma = data.draw(st.integers(1, rules.most_pow_plasma(state)))
    difficulty = rules.difficulty_of_plasma(plasma, state)
    assert rules.plasma_of_difficulty(difficulty, state) == plasma
    assert rules.plasma_of_difficulty(difficulty - 1, state) == plasma - 1


@given(st.sampled_from(sorted(RULE_SETS)), st.data())
def test_qsr_of_plasma_is_the_least_that_gives_it(name, data) -> None:
    rules = ruleset(name)
    plasma = data.draw(st.integers(1, rules.max_fused_plasma))
    amount = rules.fused_of_plasma(plasma)
    assert rules.plasma_of_fused(amount) >= plasma > rules.plasma_of_fused(amount - 1)


@given(RULES_AND_STATE, st.integers(21_000, 1_200_000), st.integers(0, 3_000_000))
def test_least_payments_are_exact_minima(rules_and_state, base_plasma, part) -> None:
    rules, state = rules_and_state
    worked = rules.least_pow_plasma(base_plasma, part, state)
    assert rules.price_met(base_plasma, part, worked, state)
    assert part + worked >= base_plasma
    if worked:
        assert not rules.price_met(base_plasma, part, worked - 1, state)
    fused = rules.least_fused(base_plasma, part, state)
    assert rules.price_met(base_plasma, fused, part, state)
    if fused:
        assert not rules.price_met(base_plasma, fused - 1, part, state)


@given(RULES_AND_STATE, st.integers(0, 16_384), st.integers(0, 3_000_000))
def test_required_difficulty_is_an_exact_minimum(rules_and_state, data_bytes, fused) -> None:
    rules, state = rules_and_state
    kind = send(data_bytes)
    if rules.least_pow_plasma(kind.base_plasma, fused, state) > rules.most_pow_plasma(state):
        with pytest.raises(InvalidInput, match="fused"):
            rules.required_difficulty(kind, state, fused)
        return
    difficulty = rules.required_difficulty(kind, state, fused)
    assert rules.price_met(kind.base_plasma, fused, rules.plasma_of_difficulty(difficulty, state), state)
    if difficulty:
        one_less = rules.plasma_of_difficulty(difficulty - 1, state)
        assert not rules.price_met(kind.base_plasma, fused, one_less, state)


def test_todays_figures() -> None:
    rules = ruleset("alphanet")
    assert rules.max_difficulty == 141_750_000
    assert rules.required_difficulty(RECEIVE) == 31_500_000
    assert rules.required_difficulty(send(1_080)) == 141_660_000
    assert rules.required_difficulty(RECEIVE, fused=21_000) == 0
    assert rules.required_difficulty(BlockKind("contract", 0)) == 0


def test_registering_a_pillar_needs_fused_plasma_today() -> None:
    rules = ruleset("alphanet")
    register = call("Pillar", "Register")
    with pytest.raises(InvalidInput, match="at least 10500 fused plasma under alphanet"):
        rules.required_difficulty(register)
    assert rules.required_difficulty(register, fused=10_500) == 141_750_000


@pytest.mark.parametrize(
    ("fusion_price", "work_price", "fused", "message"),
    [
        (10**10, 10**10, 2_100, "no block can pay this price under dynamic"),
        (10**10, 10**10, 680_000_000, "commit 210680000000 plasma with its proof of work (at most 210000000000"),
        (1_000, 10**10, 0, "(21068 fused plasma, which pays alone under dynamic)"),
        (10**9, 10**10, 0, "21068000000 fused plasma, which pays alone under dynamic"),
    ],
)
def test_prices_that_a_block_cannot_pay_are_refused_with_what_could(fusion_price, work_price, fused, message) -> None:
    with pytest.raises(InvalidInput) as refused:
        ruleset("dynamic").required_difficulty(send(1), DynamicState(fusion_price, work_price), fused)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("committed", "uncommitted", "available"), [(0, 0, 21_000), (0, 21_000, 0), (50, 60, 20_990), (0, 5, 20_995)]
)
def test_available_plasma_is_what_unconfirmed_blocks_leave(committed, uncommitted, available) -> None:
    assert ruleset("alphanet").available_plasma(10 * 10**8, committed, uncommitted) == available


def test_more_committed_than_fused_is_refused() -> None:
    with pytest.raises(InvalidInput, match="uncommitted"):
        ruleset("alphanet").available_plasma(0, 5, 6)


@pytest.mark.parametrize("name", sorted(RULE_SETS))
@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("plasma_of_difficulty", -1),
        ("plasma_of_difficulty", 2**64),
        ("plasma_of_difficulty", 1.0),
        ("plasma_of_difficulty", True),
        ("difficulty_of_plasma", -1),
        ("difficulty_of_plasma", 2**64),
        ("difficulty_of_plasma", 0.5),
        ("plasma_of_fused", 1.5),
        ("fused_of_plasma", -1),
        ("fused_of_plasma", 2**64),
    ],
)
def test_bad_amounts_are_refused_in_one_line(name, method, value) -> None:
    with pytest.raises(InvalidInput) as refused:
        getattr(ruleset(name), method)(value)
    assert str(value) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", sorted(RULE_SETS))
def test_every_parameter_has_meaning_unit_source_and_checked_limits(name) -> None:
    for field in dataclasses.fields(RULE_SETS[name]):
        if field.name in ("compatibility", "bits", "recharge_variant"):
            continue
        assert {"meaning", "unit", "source", "limits"} <= field.metadata.keys()
        least, most = field.metadata["limits"]
        assert least <= getattr(ruleset(name), field.name) <= most
        for wrong in (least - 1, most + 1, 1.5, None):
            with pytest.raises(InvalidInput, match=field.name):
                ruleset(name, **{field.name: wrong})


def test_a_replaced_parameter_takes_effect() -> None:
    assert ruleset("alphanet", difficulty_per_plasma=3_000).required_difficulty(RECEIVE) == 63_000_000
    assert ruleset("forum", pow_share=30).pow_share == 30
    assert AlphanetRules(max_pow_plasma=1).max_difficulty == 1_500


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("alphanett", {}, "rules: alphanett is unknown (did you mean alphanet?)"),
        ("forum", {"pow_shar": 3}, "did you mean pow_share?"),
        ("forum", {"target_base_plasma": 4_200_001}, "target_base_plasma: 4200001 is out of range"),
        ("forum", {"recharge_variant": "last"}, "recharge_variant: last is unknown (one of head, first, exact)"),
        ("dynamic", {"pow_plasma_target": 3_150_001}, "together at most 4200000"),
        ("dynamic", {"fused_plasma_target": 2**64 - 1}, "together at most 4200000"),
    ],
)
def test_bad_rule_sets_are_refused_in_one_line(name, parameters, message) -> None:
    with pytest.raises(InvalidInput) as refused:
        ruleset(name, **parameters)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("alphanet", {"work_price": 1_200}, "has no effect under alphanet"),
        ("forum", {"work_price": 1_200}, "its state has base_price, difficulty_per_plasma, fusion_recharge_rate"),
        ("forum", {"difficulty_per_plasma": 0}, "difficulty_per_plasma: 0 is out of range (500"),
        ("forum", {"base_price": 999}, "base_price: 999 is out of range (1000"),
        ("dynamic", {"work_price": 999}, "work_price: 999 is out of range (1000"),
        ("dynamic", {"fusion_price": 1_000.5}, "fusion_price: 1000.5 is not an integer"),
    ],
)
def test_bad_states_are_refused_in_one_line(name, fields, message) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_state(ruleset(name), **fields)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", RULE_SETS)
@pytest.mark.parametrize("state", [0, "forum", "its neighbour's"])
def test_the_state_of_other_rules_is_refused(name, state) -> None:
    rules = ruleset(name)
    if state == "its neighbour's":
        state = ruleset("forum" if name == "dynamic" else "dynamic").initial_state
    with pytest.raises(InvalidInput, match=f"{type(rules.initial_state).__name__}\\)$") as refused:
        rules.required_difficulty(RECEIVE, state)
    assert refused.value.field == "state"


def test_the_text_of_a_block_kind_is_no_block_kind() -> None:
    with pytest.raises(InvalidInput, match=r"^block_kind: send is of type str \(BlockKind\)$"):
        ruleset("alphanet").required_difficulty("send")
