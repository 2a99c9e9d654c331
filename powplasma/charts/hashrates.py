"""Hashrates side by side: kernels, numbers of workers, machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from powplasma.charts.chart import BLUE, FAINT, INK, Chart, Spec, axis, tooltip, values
from powplasma.charts.figures import hashrate
from powplasma.measure import Hashrate, Measurement
from powplasma.measure.history import Run
from powplasma.measure.statistics import Interval


def scaling_chart(scaling: Sequence[Hashrate]) -> Chart:
    """Hashrate over the number of workers, and what it would be if each made as much as the first.

    Args:
        scaling: one kernel with one worker and more.
    """
    alone = scaling[0]
    rows = []
    for each in scaling:
        ideal = alone.hashrate / alone.workers * each.workers
        rows.append(
            {
                "workers": each.workers,
                "ideal": ideal,
                "share": f"{each.hashrate / ideal:.1%}",
                **_figures(each.hashrate, each.interval),
            }
        )
    counts = [each.workers for each in scaling]
    shared: Spec = {
        "x": axis(
            "workers", "worker processes", axis={"values": counts, "format": "d"}, scale={"domain": [0, counts[-1]]}
        ),
        "y": axis("hashrate", "hashes per second", axis={"format": "~s"}, scale={"zero": True}),
    }
    hover = tooltip(workers="workers", shown="hashrate", bounds="interval", share="of ideal")
    ideal_line = {
        "mark": {"type": "line", "color": FAINT, "strokeDash": [6, 4]},
        "encoding": {**shared, "y": {**shared["y"], "field": "ideal"}},
    }
    bars = {
        "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
        "encoding": {**shared, "y": {**shared["y"], "field": "low"}, "y2": {"field": "high"}},
    }
    line = {"mark": {"type": "line", "color": BLUE, "strokeWidth": 2}, "encoding": shared}
    points = {
        "mark": {"type": "point", "filled": True, "size": 90, "color": BLUE},
        "encoding": {**shared, "tooltip": hover},
    }
    return Chart(
        name="scaling",
        title=f"More workers: {alone.name}",
        caption="Dashed: every worker makes as many hashes as one that has the machine to itself.",
        view={"data": values(rows), "layer": [ideal_line, line, bars, points]},
    )


def kernel_chart(measurement: Measurement) -> Chart:
    """Every kernel, and what they were measured against, with one worker each."""
    fewest = measurement.scaling[0].workers
    contenders = [each for each in measurement.hashrates if each.workers in {1, fewest}] + list(measurement.against)
    rows = [
        {
            "label": each.name if each.workers else f"{each.name} (loop)",
            **_figures(each.hashrate, each.interval),
        }
        for each in sorted(contenders, key=lambda each: -each.hashrate)
    ]
    return Chart(
        name="kernels",
        title="Kernels, one worker each" if fewest == 1 else f"Kernels, {fewest} workers each",
        caption="Hashrate by counting; the black line is the interval of the median.",
        view=_bars(rows, 40),
    )


def machine_chart(runs: Sequence[Run]) -> Chart:
    """Machines and versions side by side.

    Args:
        runs: at least one.
    """
    rows: list[dict[str, object]] = []
    for index, run in enumerate(runs):
        # Runs of one machine and version may have one label, and would be stacked.
        label = run.label if sum(other.label == run.label for other in runs) == 1 else f"{index + 1}. {run.label}"
        rows.append({"label": label, "date": run.time[:10], **_figures(run.hashrate, run.interval)})
    return Chart(
        name="machines",
        title="Machines side by side",
        caption="Hashrate by counting; the black line is the interval of the median.",
        view=_bars(rows, 48),
    )


def _figures(rate: int, interval: Interval) -> dict[str, object]:
    return {
        "hashrate": rate,
        "low": interval.low,
        "high": interval.high,
        "shown": hashrate(rate),
        "bounds": f"{hashrate(interval.low)} … {hashrate(interval.high)} ({interval.confidence:.1%})",
    }


def _bars(rows: Sequence[Mapping[str, object]], height: int) -> Spec:
    """Horizontal bars with their figure and interval; the name stands above each, where a phone has room for it."""
    band: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": None,
        "scale": {"padding": 0.1},
    }
    most = max(float(str(row["high"])) for row in rows)
    length = axis("hashrate", "hashes per second", axis={"format": "~s", "tickCount": 6}, scale={"domain": [0, most]})
    hover = tooltip(
        label="", shown="hashrate", bounds="interval", **({"date": "measured"} if "date" in rows[0] else {})
    )
    bar = {
        "mark": {"type": "bar", "color": BLUE, "opacity": 0.75, "height": {"band": 0.42}, "yOffset": height * 0.2},
        "encoding": {"y": band, "x": length, "tooltip": hover},
    }
    rule = {
        "mark": {"type": "rule", "color": INK, "strokeWidth": 3, "yOffset": height * 0.2},
        "encoding": {"y": band, "x": {**length, "field": "low"}, "x2": {"field": "high"}},
    }
    text = {
        "transform": [{"calculate": "datum.label + ': ' + datum.shown", "as": "text"}],
        "mark": {"type": "text", "align": "left", "x": 2, "dy": -height * 0.24, "color": INK, "fontSize": 12},
        "encoding": {"y": band, "text": {"field": "text"}},
    }
    return {"data": values(rows), "height": height * len(rows), "layer": [bar, rule, text]}
