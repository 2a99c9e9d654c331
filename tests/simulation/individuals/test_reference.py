"""The arrays do what the objects of ``reference`` do, momentum by momentum, with the same draws."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powplasma.simulation import SimulationStopped
from powplasma.simulation.individuals import draws, population, wishes
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.network import Network, Produced
from tests.simulation.individuals.networks import RULES, any_lane, lane, network, parameters
from tests.simulation.individuals.reference import Momentum, Recorder, ReferenceNetwork

pytestmark = pytest.mark.usefixtures("arrays")


def check_equal(produced: Produced, expected: Momentum) -> None:
    assert produced.momentum == expected.momentum
    assert produced.state == expected.state
    assert list(produced.wanted) == expected.wanted
    assert list(produced.held) == expected.held
    found = []
    for position, blocks in enumerate(produced.included):
        columns = (
            blocks.accounts, blocks.keys, blocks.wished, blocks.fused_plasma, blocks.difficulty, blocks.attempts,
            blocks.work_seconds,
        )  # fmt: skip
        found += [(position, *block) for block in zip(*(column.tolist() for column in columns), strict=True)]
        for ready, difficulty in zip(blocks.ready.tolist(), blocks.difficulty.tolist(), strict=True):
            assert not difficulty or ready <= 10 * produced.momentum
    assert sorted(found) == sorted(
        (
            block.account.position, block.account.number, block.key, block.wished, block.payment.fused_plasma,
            block.payment.difficulty, block.attempts, block.work_seconds,
        )
        for block in expected.blocks
    )  # fmt: skip
    assert produced.content == expected.content
    assert list(produced.given_up) == expected.given_up
    assert produced.next_state == expected.next_state


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done rarely, so that it costs little, is done often within so few momentums."""
    monkeypatch.setattr(draws, "_AHEAD_ARRIVALS", 16)
    monkeypatch.setattr(wishes, "_SPARE", 10)
    monkeypatch.setattr(population, "_WINDOW_MOMENTUMS", 3)


@pytest.mark.parametrize("rules", RULES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), first=any_lane, second=any_lane, seed=st.integers(0, 99))
def test_the_arrays_equal_the_objects(
    rules: str, data: Any, first: dict[str, Any], second: dict[str, Any], seed: int
) -> None:
    check_run(rules, [lane(**first), lane(**second | {"name": "other"})], seed, 45, **data.draw(parameters[rules]))


def check_run(rules: str, lanes: list[Lane], seed: int, momentums: int, **values: int) -> Network:
    """So many momentums by either; returns the network of arrays."""
    with pytest.MonkeyPatch.context() as patch:
        Recorder.made = {}
        patch.setattr("powplasma.simulation.individuals.network.Draws", Recorder)
        net = network(rules, *lanes, seed=seed, **values)
    reference = ReferenceNetwork(net.rules, net.state, lanes, Recorder.made)
    try:
        for produced in net.produce(momentums):
            sampled = {
                (position, account)
                for position, blocks in enumerate(produced.included)
                for account in blocks.accounts.tolist()
            }
            check_equal(produced, reference.produce(sampled))
    except SimulationStopped as stopped:
        with pytest.raises(SimulationStopped, match=str(stopped)):
            reference.produce(set())
    return net


_SMALL_MOMENTUMS = {
    "forum": {"max_base_plasma": 420_000, "target_base_plasma": 100_000},
    "dynamic": {"max_base_plasma_in_momentum": 420_000, "fused_plasma_target": 100_000, "pow_plasma_target": 100_000},
}


@pytest.mark.parametrize("patience", [0, 20])
@pytest.mark.parametrize(("strategy", "when_weak"), [("minimum", "again"), ("headroom", "again"), ("headroom", "wait")])
@pytest.mark.parametrize("rules", ["forum", "dynamic"])
def test_a_cohort_does_what_each_of_its_accounts_would(
    rules: str, strategy: str, when_weak: str, patience: int
) -> None:
    """A lane whose means are soon exceeded by the price bids as one whenever the price has fallen."""
    common: dict[str, Any] = {"strategy": strategy, "headroom": 1, "when_weak": when_weak, "patience": patience}
    crowd = lane(**common, participants=60, rate=0.7, fused_qsr=18)
    workers = lane(**common, participants=10, rate=0.1, hashrate=3e6, name="workers")
    net = check_run(rules, [crowd, workers], 0, 100, **_SMALL_MOMENTUMS[rules])
    assert net.populations[0].cohort.rounds >= 3


def test_a_cohort_that_is_left_behind_bids_again_if_it_still_can() -> None:
    """Work fills the momentums, so that the price of fused plasma moves little while fused blocks wait."""
    crowd = lane(participants=60, rate=0.7, fused_qsr=12)
    workers = lane(participants=20, rate=0.3, hashrate=1e9, name="workers")
    parameters = _SMALL_MOMENTUMS["dynamic"] | {"fused_plasma_target": 200_000}
    bids: list[bool] = []
    renew = population.Population._renew

    def watched(self: population.Population, terms: Any, *, moved: bool) -> None:
        before = self.cohort.rounds
        renew(self, terms, moved=moved)
        bids.append(self.cohort.rounds > before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population.Population, "_renew", watched)
        check_run("dynamic", [crowd, workers], 0, 100, **parameters)
    assert any(bids)
