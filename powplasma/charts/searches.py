"""Real searches against the law that they should follow."""

from __future__ import annotations

import math

from powplasma.charts.chart import BLUE, FAINT, ORANGE, Chart, Spec, axis, tooltip, values
from powplasma.charts.figures import SECONDS_LABELS, seconds
from powplasma.measure import Hashrate, Searches

_STEPS = 120
"""Points of the curve of the law."""

_BAND = 1.628
"""Over the square root of the number of searches: half the height of a band that holds 99 of 100 samples
completely (Kolmogorov's limit)."""


def search_chart(searches: Searches, counted: Hashrate) -> Chart:
    """The share of searches that were over after a time, measured and in theory.

    Args:
        searches: real searches.
        counted: the hashrate by counting of the same contender, which the theory uses.
    """
    mean = searches.difficulty / counted.hashrate
    longest = max(*searches.seconds, 5 * mean)
    half = _BAND / math.sqrt(len(searches.seconds))
    theory = []
    for step in range(_STEPS + 1):
        time = longest * step / _STEPS
        share = -math.expm1(-time / mean)
        theory.append({"t": time, "share": share, "low": max(0.0, share - half), "high": min(1.0, share + half)})
    found = sorted(searches.seconds)
    measured = [
        {"t": time, "share": (index + 1) / len(found), "time": seconds(time), "done": f"{(index + 1) / len(found):.1%}"}
        for index, time in enumerate(found)
    ]
    shared: Spec = {
        "x": axis("t", "time to a nonce", axis={"labelExpr": SECONDS_LABELS}, scale={"domain": [0, longest]}),
        "y": axis("share", "searches that are over", axis={"format": "%"}, scale={"domain": [0, 1]}),
    }
    scale = {"domain": ["theory", "measured"], "range": [ORANGE, BLUE]}
    band = {
        "data": values(theory),
        "mark": {"type": "area", "color": FAINT, "opacity": 0.25},
        "encoding": {**shared, "y": {**shared["y"], "field": "low"}, "y2": {"field": "high"}},
    }
    law = {
        "data": values(theory),
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {**shared, "color": {"datum": "theory", "scale": scale}},
    }
    steps = {
        "data": values(measured),
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {**shared, "color": {"datum": "measured", "scale": scale}},
    }
    hover = {
        "data": values(measured),
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.001},
        "encoding": {**shared, "tooltip": tooltip(time="over after", done="searches")},
    }
    fit = searches.law_of_times
    return Chart(
        name="searches",
        title=f"{len(found)} searches for difficulty {searches.difficulty:,}",
        caption=f"Theory is the exponential law at the counted hashrate. The grey band holds 99 of 100 such series "
        f"completely. Anderson-Darling, whatever the mean: p = {fit.p_value:.2g}.",
        view={"layer": [band, law, steps, hover]},
    )
