"""What many payments are worth under the prices of a momentum: what the rules say of each of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma import Payment, make_state, ruleset
from powplasma.plasma.pricing import DynamicRules
from powplasma.simulation.individuals.terms import Terms
from tests.simulation.individuals.networks import RULES, lane

prices = st.integers(1_000, 30_000)
states: dict[str, Any] = {
    "alphanet": st.just({}),
    "forum": st.fixed_dictionaries({"base_price": prices, "difficulty_per_plasma": st.integers(1_000, 10**6)}),
    "dynamic": st.fixed_dictionaries({"fusion_price": prices, "work_price": prices}),
}
payments = st.lists(
    st.tuples(
        st.sampled_from([0, 20_999, 21_000, 52_500, 150_000, 210_000]) | st.integers(0, 210_000),
        st.sampled_from([0, 1_499, 31_500_000, 31_501_500, 141_750_000]) | st.integers(0, 10**10),
    ),
    min_size=1,
    max_size=30,
)
means = st.sampled_from([{"fused_qsr": 100}, {"hashrate": 1e6}, {"fused_qsr": 100, "hashrate": 1e6}])


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), pool=payments, mean=means, block=st.sampled_from(["send", "Pillar.Delegate"]))
def test_as_the_rules_say(name: str, data: Any, pool: list[tuple[int, int]], mean: dict[str, Any], block: str) -> None:
    rules: Any = ruleset(name)
    state = make_state(rules, **data.draw(states[name]))
    sender = lane(participants=1, greedy=True, block=block, **mean)
    pool = [(fused * ("fused_qsr" in mean), difficulty * ("hashrate" in mean)) for fused, difficulty in pool]
    terms = Terms(rules, state, 1)
    fused, difficulty = np.array(pool, np.int64).T
    worked = [rules.plasma_of_difficulty(each, state) for _, each in pool]
    base_plasma = sender.kind.base_plasma
    assert terms.worked(difficulty).tolist() == worked
    assert terms.met_by(sender, fused, difficulty).tolist() == [
        rules.price_met(base_plasma, part, work, state) for (part, _), work in zip(pool, worked, strict=True)
    ]
    expected = [
        rules.value(Payment(base_plasma, *each), state) if isinstance(rules, DynamicRules) else each[0] + work
        for each, work in zip(pool, worked, strict=True)
    ]
    assert terms.values(fused, difficulty).tolist() == expected
