"""Confined plasma of many accounts: what ``powplasma.plasma.recharge`` says of each of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.plasma.forum import ForumRules
from powplasma.plasma.recharge import Confinement, confined_plasma
from powplasma.simulation import SimulationStopped
from powplasma.simulation.individuals.confinement import Confinements

FUSED = 105_000
steps = st.lists(
    st.tuples(st.integers(1, 40), st.sets(st.integers(0, 5)), st.integers(1, 210_000), st.integers(0, 10**6)),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(steps=steps, variant=st.sampled_from(["head", "first", "exact"]))
def test_each_account_as_the_rules_say(steps: list[tuple[int, set[int], int, int]], variant: str) -> None:
    rules = ForumRules(recharge_variant=variant)  # type: ignore[arg-type]
    many = Confinements(rules, FUSED, 6)
    each: list[Confinement | None] = [None] * 6
    everybody = np.arange(6)
    momentum = 0
    for later, accounts, rate, wanted in steps:
        momentum += later
        confined = [confined_plasma(one, momentum) for one in each]
        assert many.confined(everybody, momentum).tolist() == confined
        needed = wanted % FUSED + 1
        expected = []
        for one in each:
            least = momentum
            while FUSED - confined_plasma(one, least) < needed:
                least += 1
            expected.append(least)
        assert many.recharged(everybody, needed, momentum).tolist() == expected
        senders = sorted(accounts)
        used = [min(wanted, FUSED - confined[account]) for account in senders]
        many.confirm(np.array(senders, np.intp), np.array(used, np.int64), rate, momentum)
        for account, plasma in zip(senders, used, strict=True):
            if plasma:
                each[account] = rules.confine(plasma, FUSED, rate, momentum, each[account])


def test_what_the_arrays_cannot_hold_is_refused() -> None:
    rules = ForumRules(recharge_variant="first")
    many = Confinements(rules, 2**62, 1)
    many.confirm(np.array([0]), np.array([2**61]), 1, 1)
    with pytest.raises(SimulationStopped, match="momentum 2: confirmations of confined plasma"):
        many.confined(np.array([0]), 2)
    with pytest.raises(SimulationStopped, match=r"momentum 3: .*recharge_rate"):
        Confinements(rules, 2**62, 1).confirm(np.array([0]), np.array([1]), 0, 3)
