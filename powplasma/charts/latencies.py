"""How long those who got in had to wait, lane by lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from powplasma.charts.chart import Chart, axis, tooltip, values
from powplasma.charts.figures import MARKED_SECONDS, SECONDS_LABELS, seconds
from powplasma.charts.momentums import COLOURS


def latency_chart(lanes: Mapping[str, Sequence[tuple[float, float]]], never: Mapping[str, float]) -> Chart:
    """The share of included blocks that were in a momentum after a time.

    Args:
        lanes: for each lane with an included block, pairs of a share (0 … 1) and the seconds that it took at most.
        never: percent of each lane's wishes that no momentum contained by the end.
    """
    rows = [
        {"lane": lane, "share": share, "seconds": time, "shown": f"{share:.4g}", "time": seconds(time)}
        for lane, points in lanes.items()
        for share, time in points
    ]
    times = [float(str(row["seconds"])) for row in rows]
    scale = {"type": "log", "domain": [min(times) / 1.2, max(times) * 1.2], "nice": False}
    colours = [COLOURS[position % len(COLOURS)] for position in range(len(lanes))]
    shared = {
        "x": axis("seconds", "from the wish to the momentum", scale=scale,
                  axis={"values": MARKED_SECONDS, "labelExpr": SECONDS_LABELS}),
        "y": axis("share", "included blocks", axis={"format": "%"}, scale={"domain": [0, 1]}),
        "color": {"field": "lane", "type": "nominal", "scale": {"domain": list(lanes), "range": colours}},
    }  # fmt: skip
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**shared, "order": {"field": "share"}}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {**shared, "tooltip": tooltip(lane="lane", shown="share", time="within")},
    }
    left = ", ".join(f"{lane} {percent:g} %" for lane, percent in never.items())
    return Chart(
        name="latency",
        title="Waiting times of the included blocks",
        caption=f"How many were in a momentum after a time. Never included by the end: {left}.",
        view={"data": values(rows), "layer": [line, points]},
    )
