"""Networks for tests: any rules, any lanes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import strategies as st

from powplasma.plasma import ruleset
from powplasma.simulation.individuals import native_steps
from powplasma.simulation.individuals.lanes import LANE_KEYS, Lane, parse_lane
from powplasma.simulation.individuals.network import Network
from powplasma.simulation.schema import Table

RULES = ("alphanet", "forum", "dynamic")


@contextmanager
def without_library() -> Iterator[None]:
    """Networks that begin meanwhile take numpy's steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_steps, "_bound", lambda: None)
        yield


def lane(momentums: int = 10_000, **values: object) -> Lane:
    return parse_lane(Table("test:", {"name": "lane", **values}, LANE_KEYS), momentums)


def network(rules: str, *lanes: Lane, seed: int = 0, **parameters: Any) -> Network:
    rule_set = ruleset(rules, **parameters)
    return Network(rule_set, rule_set.initial_state, lanes, seed)


_COMMON = {
    "participants": st.integers(1, 60),
    "strategy": st.sampled_from(["minimum", "headroom", "outbid"]),
    "headroom": st.integers(0, 3),
    "patience": st.sampled_from([0, 1, 3, 20]),
    "when_weak": st.sampled_from(["again", "wait"]),
    "block": st.sampled_from(["send", "receive", "Pillar.Delegate"]),
    "from_momentum": st.integers(1, 10),
}
_rates = {"rate": st.sampled_from([0.05, 0.7, 9.0]), "daily_percent": st.sampled_from([0, 100])}
_greed = {"greedy": st.just(True), "to_momentum": st.sampled_from([15, 10_000])}
_means = [
    {"fused_qsr": st.sampled_from([7, 10, 25, 200]), "hashrate": st.sampled_from([1e5, 3e6, 1e9])},
    {"fused_qsr": st.sampled_from([10, 30, 100])},
    {"hashrate": st.sampled_from([1e5, 3e6, 1e9])},
]
any_lane = st.one_of(
    *(st.fixed_dictionaries(_COMMON | wants | means) for wants in (_rates, _greed) for means in _means)
)

_SMALL = {"max_base_plasma_in_momentum": 420_000, "fused_plasma_target": 100_000, "pow_plasma_target": 100_000}

# Small momentums fill up and let prices rise; then work that counts only so far pays for nothing any more.
parameters: dict[str, st.SearchStrategy[dict[str, int]]] = {
    "alphanet": st.just({}),
    "forum": st.sampled_from(
        [
            {},
            {"max_base_plasma": 420_000, "target_base_plasma": 210_000},
            {"max_base_plasma": 420_000, "target_base_plasma": 100_000, "max_pow_plasma": 30_000},
        ]
    ),
    "dynamic": st.sampled_from(
        [
            {},
            _SMALL,
            _SMALL | {"max_pow_plasma": 30_000},
        ]
    ),
}
