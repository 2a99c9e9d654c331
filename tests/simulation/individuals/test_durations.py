"""Durations in classes: nearly those that occurred."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.simulation.individuals.durations import Durations

PERCENTS = np.arange(101)


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.lists(st.floats(0, 1e9), max_size=20), max_size=6))
def test_the_quantiles_are_those_of_all(parts: list[list[float]]) -> None:
    durations = Durations()
    for part in parts:
        durations.add(np.array(part))
        durations.quantiles(PERCENTS)  # in between, too
    everything = sorted(duration for part in parts for duration in part)
    if not everything:
        assert (durations.mean(), durations.quantiles(PERCENTS)) == (None, [])
        assert durations.percentiles("x")["x_p50"] is None
        return
    mean = durations.mean()
    assert mean is not None
    assert math.isclose(mean, sum(everything) / len(everything), rel_tol=1e-9, abs_tol=1e-6)
    exact = [everything[max(0, -(-percent * len(everything) // 100) - 1)] for percent in range(101)]
    found = durations.quantiles(PERCENTS)
    assert (found[0], found[100]) == (round(exact[0], 6), round(exact[100], 6))
    for quantile, one in zip(found, exact, strict=True):
        assert one * (1 - 1e-9) - 2e-6 <= quantile <= one * (1 + 1 / 4_096) + 2e-6
    assert durations.percentiles("x")["x_p95"] == found[95]
