"""A sweep's figure over its axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from powplasma.charts.chart import Chart, Spec, axis, tooltip, values
from powplasma.charts.momentums import COLOURS

_LOGARITHMIC_FROM = 50
"""Ratio of the greatest to the least of an axis from which it is logarithmic."""

_MOST_LINES = 40


def sweep_chart(
    figure: str, axes: Sequence[str], points: Sequence[tuple[Mapping[str, object], Sequence[float]]]
) -> Chart:
    """The mean of a figure over the first axis, a line for each combination of the others.

    Args:
        figure: its name.
        axes: the paths that were swept, the first one along the chart; none for mere repetitions.
        points: the values of each combination by path, and the figure of each of its runs.
    """
    lines: dict[str, None] = {}
    rows, means = [], []
    for chosen, found in points:
        line = ", ".join(str(chosen[path]) for path in axes[1:])
        lines[line] = None
        if found and len(lines) <= _MOST_LINES:
            mean = math.fsum(found) / len(found)
            means.append(mean)
            rows.append(
                {
                    "x": chosen[axes[0]] if axes else "all runs",
                    "line": line,
                    "mean": mean,
                    "low": min(found),
                    "high": max(found),
                    "shown": f"{mean:,.6g}",
                    "range": f"{min(found):,.6g} … {max(found):,.6g}",
                    "runs": str(len(found)),
                }
            )
    across = _across(axes[0] if axes else "", [row["x"] for row in rows])
    many = len(lines) > 1
    names = list(lines)[:_MOST_LINES]
    colours = [COLOURS[position % len(COLOURS)] for position in range(len(names))]
    colour: Spec = {"field": "line", "type": "nominal", "scale": {"domain": names, "range": colours}}
    if many:
        colour["legend"] = {"title": ", ".join(axes[1:]), "labelLimit": 300, "titleLimit": 700}
    shared: Spec = {"x": across, "color": colour if many else {"value": COLOURS[0]}}
    unit = " (seconds)" if figure.rpartition(".")[2].startswith(("latency_", "work_mean")) else ""
    height = axis("mean", figure + unit, axis=_written(means), scale={"zero": True})
    hover = tooltip(x=axes[0] if axes else "", **({"line": ", ".join(axes[1:])} if many else {}), shown=figure)
    hover += tooltip(range="range", runs="runs")
    bars = {
        "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.5},
        "encoding": {**shared, "y": {**height, "field": "low"}, "y2": {"field": "high"}},
    }
    line_ = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**shared, "y": height}}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
        "encoding": {**shared, "y": height, "tooltip": hover},
    }
    dropped = f" {len(lines) - _MOST_LINES} combinations more are left out." if len(lines) > _MOST_LINES else ""
    return Chart(
        name="sweep",
        title=f"{figure} over {axes[0]}" if axes else figure,
        caption=f"Points: means of the runs. Bars: from the least to the greatest.{dropped}",
        view={"data": values(rows), "layer": [bars, line_, dots]},
    )


def _across(title: str, found: Sequence[object]) -> Spec:
    numbers = [float(value) for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(found) or not numbers:
        return axis("x", title, kind="nominal", sort=None)
    far = min(numbers) > 0 and max(numbers) / min(numbers) > _LOGARITHMIC_FROM
    return axis("x", title, scale={"type": "log"} if far else {"zero": False}, axis=_written(numbers))


def _written(numbers: Sequence[float]) -> Spec:
    """How an axis writes them: thousands as k, but nothing as m, which could be anything."""
    return {"format": ".6~g" if any(0 < abs(number) < 1 for number in numbers) else "~s"}
