"""Quotes: amounts that pay, and for how long they go on paying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma import RECEIVE, RULE_SETS, DynamicState, ForumState, call, parse_block_kind, quote, ruleset, send

KINDS = ["send", "receive", "Pillar.Delegate", "Pillar.Register"]


@pytest.mark.parametrize("name", sorted(RULE_SETS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_quote_pays(name, kind) -> None:
    rules = ruleset(name)
    quoted = quote(rules, parse_block_kind(kind))
    base_plasma = quoted.kind.base_plasma
    assert rules.price_met(base_plasma, quoted.fused_plasma_alone, 0, quoted.state)
    assert rules.plasma_of_fused(quoted.qsr_alone) >= quoted.fused_plasma_alone
    if quoted.difficulty is None:
        assert (name, kind) == ("alphanet", "Pillar.Register")
        assert quoted.fused_plasma_with_most_work == 10_500
        assert quoted.survives() == -1
    else:
        assert rules.price_met(base_plasma, 0, rules.plasma_of_difficulty(quoted.difficulty), quoted.state)
        assert quoted.fused_plasma_with_most_work == 0


@given(
    st.sampled_from(["forum", "dynamic"]),
    st.integers(1_000, 50_000),
    st.integers(1_000, 50_000),
    st.integers(0, 30),
    st.integers(0, 30_000),
)
def test_headroom_is_what_the_payment_survives(name, one, other, headroom, fused) -> None:
    rules = ruleset(name)
    state = DynamicState(one, other) if name == "dynamic" else ForumState(one, other, 2_100)
    quoted = quote(rules, send(5), state, fused, headroom)
    risen = state
    for _ in range(headroom):
        risen = rules.steepest_rise(risen)
    assert quoted.priced_state == risen
    survived = quoted.survives()
    assert survived >= headroom
    for _ in range(survived - headroom):
        risen = rules.steepest_rise(risen)
    worked = rules.plasma_of_difficulty(quoted.difficulty, risen)
    assert rules.price_met(quoted.kind.base_plasma, fused, worked, risen)
    beyond = rules.steepest_rise(risen)
    worked = rules.plasma_of_difficulty(quoted.difficulty, beyond)
    assert not rules.price_met(quoted.kind.base_plasma, fused, worked, beyond)


def test_todays_price_survives_for_ever() -> None:
    assert quote(ruleset("alphanet"), RECEIVE).survives() is None


def test_fused_plasma_lowers_the_difficulty() -> None:
    rules = ruleset("alphanet")
    assert quote(rules, call("Pillar", "Register"), fused=10_500).difficulty == 141_750_000
    assert quote(rules, RECEIVE, fused=20_999).difficulty == 1_500
    assert quote(rules, RECEIVE, fused=21_000).difficulty == 0


def test_what_no_account_can_fuse_is_not_offered() -> None:
    quoted = quote(ruleset("dynamic"), RECEIVE, DynamicState(10**12, 1_000))
    assert quoted.fused_plasma_alone is None
    assert quoted.qsr_alone is None
    assert quoted.difficulty == 31_500_000


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"fused": -1}, "fused"),
        ({"fused": 10_500_001}, "fused"),
        ({"headroom": -1}, "headroom"),
        ({"headroom": 0.5}, "headroom"),
    ],
)
def test_bad_questions_are_refused(arguments, field) -> None:
    with pytest.raises(InvalidInput, match=field):
        quote(ruleset("alphanet"), RECEIVE, **arguments)


def test_a_headroom_that_leaves_64_bits_is_refused() -> None:
    rules = ruleset("dynamic")
    with pytest.raises(
        InvalidInput, match=r"^headroom: 1000 momentums of the steepest rise lead .*beyond 64"
    ) as refused:
        quote(rules, RECEIVE, headroom=1_000)
    most = int(refused.value.accepted.split()[2])
    assert quote(rules, RECEIVE, headroom=most).headroom == most
    with pytest.raises(InvalidInput):
        quote(rules, RECEIVE, headroom=most + 1)
