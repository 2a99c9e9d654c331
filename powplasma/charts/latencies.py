"""How long those who got in had to wait, lane by lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from powplasma.charts.chart import Chart, axis, tooltip, values
from powplasma.charts.figures import SECONDS_LABELS, seconds
from powplasma.charts.momentums import COLOURS

_MARKED_SECONDS = [
    *(step * 10.0**power for power in range(-6, 1) for step in (1, 2, 5)),
    10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 18_000, 43_200,
    *(step * 86_400 * 10**power for power in range(6) for step in (1, 2, 5)),
]  # fmt: skip
"""Times that the axis marks: most waits are between a second and a day, so closely enough there."""


def latency_chart(lanes: Mapping[str, Sequence[float]], never: Mapping[str, float]) -> Chart:
    """The share of included blocks that were in a momentum after a time.

    Args:
        lanes: for each lane with an included block, the seconds that 0, 1, … 100 percent of them took at most.
        never: percent of each lane's wishes that no momentum contained by the end.
    """
    rows = [
        {"lane": lane, "share": percent / 100, "seconds": time, "shown": f"{percent} %", "time": seconds(time)}
        for lane, quantiles in lanes.items()
        for percent, time in enumerate(quantiles)
        if percent  # the very least takes half of a logarithmic axis for nothing
    ]
    times = [float(str(row["seconds"])) for row in rows]
    scale = {"type": "log", "domain": [min(times) / 1.2, max(times) * 1.2], "nice": False}
    colours = [COLOURS[position % len(COLOURS)] for position in range(len(lanes))]
    shared = {
        "x": axis("seconds", "from the wish to the momentum", scale=scale,
                  axis={"values": _MARKED_SECONDS, "labelOverlap": "greedy", "labelExpr": SECONDS_LABELS}),
        "y": axis("share", "share of the included blocks", axis={"format": "%"}, scale={"domain": [0, 1]}),
        "color": {"field": "lane", "type": "nominal", "scale": {"domain": list(lanes), "range": colours}},
    }  # fmt: skip
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**shared, "order": {"field": "share"}}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.001},
        "encoding": {**shared, "tooltip": tooltip(lane="lane", shown="share", time="within")},
    }
    left = ", ".join(f"{lane} {percent:g} %" for lane, percent in never.items())
    return Chart(
        name="latency",
        title="Waiting times of the included blocks",
        caption=f"How many were in a momentum after a time. Never included by the end: {left}.",
        view={"data": values(rows), "layer": [line, points]},
    )
