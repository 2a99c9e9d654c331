"""Charts of one simulated run, momentum by momentum: prices, fullness, lanes, and who was blocked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from powplasma.charts.chart import BLUE, FAINT, GREEN, ORANGE, RED, Chart, Spec, axis, tooltip, values
from powplasma.charts.thinning import Thinned

_PURPLE, _SKY, _YELLOW = "#cc79a7", "#56b4e9", "#e69f00"
COLOURS = [BLUE, ORANGE, GREEN, _PURPLE, _YELLOW, _SKY, RED, FAINT]
"""One for each line of a chart; they repeat where there are more."""

_MOMENTUMS = {"format": ",d", "tickMinStep": 1}

_LOGARITHMIC_FROM = 20
"""Ratio of the greatest to the least factor of a price from which the axis is logarithmic."""


def state_chart(series: Thinned, prices: Sequence[str]) -> Chart:
    """What the prices and rates of a run were, times their values in the first momentum.

    Args:
        series: of the run.
        prices: which columns they are; at least one.
    """
    rows = []
    for name in prices:
        column = series.columns.index(name)
        start = max(1, series.bins[0].low[column])  # a rate may begin at 0
        rows += [
            {
                "momentum": each.middle,
                "line": name,
                "low": _short(_factor(each.low[column], start)),
                "high": _short(_factor(each.high[column], start)),
                "value": _range(each.low[column], each.high[column]),
            }
            for each in series.bins
        ]
    factors = [float(str(row[side])) for row in rows for side in ("low", "high")]
    far = min(factors) > 0 and max(factors) / min(factors) > _LOGARITHMIC_FROM
    scale = {"type": "log"} if far else {"zero": False, "nice": True}
    height = axis("high", "times the value in momentum 1", scale=scale, axis={"format": ".6~g"})
    return Chart(
        name="prices",
        title="Prices",
        caption="What the blocks of each momentum were priced by." + _thinned(series),
        view=_bands(rows, height, prices, {"value": "value"}),
    )


def fullness_chart(series: Thinned, column: str, capacity: int) -> Chart:
    """How full the momentums were.

    Args:
        series: of the run.
        column: the one with the base plasma of a momentum.
        capacity: most base plasma of a momentum.
    """
    index = series.columns.index(column)
    rows = [
        {
            "momentum": each.middle,
            "line": "base plasma",
            "low": _short(100 * each.low[index] / capacity),
            "high": _short(100 * each.high[index] / capacity),
            "mean": _short(100 * each.mean(index) / capacity),
            "value": f"{100 * each.mean(index) / capacity:.1f} %",
        }
        for each in series.bins
    ]
    height = axis("high", "percent of a momentum's capacity", scale={"domain": [0, 100], "nice": False})
    return Chart(
        name="fullness",
        title="Fullness",
        caption=f"Base plasma of each momentum; {capacity:,} is most." + _thinned(series),
        view=_bands(rows, height, ["base plasma"], {"value": "fullness"}, mean=True),
    )


def lane_chart(series: Thinned, ending: str, lanes: Sequence[str], *, name: str, title: str, caption: str) -> Chart:
    """A count of each lane, momentum by momentum.

    Args:
        series: of the run.
        ending: that the columns have behind the lane's name.
        lanes: names of the lanes.
        name: of the chart.
        title: one line.
        caption: a sentence.
    """
    rows = []
    for lane in lanes:
        index = series.columns.index(f"{lane}{ending}")
        rows += [
            {
                "momentum": each.middle,
                "line": lane,
                "low": each.low[index],
                "high": each.high[index],
                "mean": _short(each.mean(index)),
                "value": _range(each.low[index], each.high[index]),
            }
            for each in series.bins
        ]
    scale = {"zero": True} if any(row["high"] for row in rows) else {"domain": [0, 1]}
    height = axis("high", "blocks in a momentum" if "included" in ending else "accounts", scale=scale)
    view = _bands(rows, height, lanes, {"line": "lane", "value": title.lower()}, mean=True)
    return Chart(name, title, caption + _thinned(series), view)


def blocked_chart(series: Thinned, rows: Mapping[str, tuple[str, str]]) -> Chart:
    """When somebody was blocked.

    Args:
        series: of the run.
        rows: for each label, the column that is 1 in such a momentum and 0 in others, and what it came to in words.
    """
    strips = []
    for label, (column, _) in rows.items():
        index = series.columns.index(column)
        strips += [
            {
                "label": label,
                "from": each.first - 0.5,
                "to": each.last + 0.5,
                "share": _short(each.mean(index)),
                "shown": f"{each.mean(index):.0%}",
                "momentums": _range(each.first, each.last),
            }
            for each in series.bins
            if each.total[index]
        ]
    ends = [series.bins[0].first - 0.5, series.bins[-1].last + 0.5]
    band: Spec = {"field": "label", "type": "nominal", "title": None, "scale": {"domain": list(rows)}}
    strip = {
        "data": values(strips),
        "mark": {"type": "rect", "color": RED, "height": {"band": 0.7}},
        "encoding": {
            "y": band,
            "x": axis("from", "momentum", scale={"domain": ends, "nice": False}, axis=_MOMENTUMS),
            "x2": {"field": "to"},
            "opacity": {"field": "share", "type": "quantitative", "legend": None, "scale": {"domain": [0, 1]}},
            "tooltip": tooltip(label="", momentums="momentums", shown="blocked"),
        },
    }
    frame = {
        "data": values([{"label": label, "from": ends[0], "to": ends[1]} for label in rows]),
        "mark": {"type": "rect", "fill": None, "stroke": FAINT, "height": {"band": 0.7}},
        "encoding": {"y": band, "x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}},
    }
    words = "; ".join(f"{label}: {text}" for label, (_, text) in rows.items())
    bins = f" A strip is {series.rows_per_bin:,} momentums wide: the paler, the fewer of them."
    faint = "" if series.rows_per_bin == 1 else bins
    return Chart(
        name="blocked",
        title="Who was blocked for how long",
        caption=f"{words}.{faint}",
        view={"height": 46 * len(rows), "layer": [strip, frame]},
    )


def _bands(
    rows: Sequence[Mapping[str, object]],
    height: Spec,
    lines: Sequence[str],
    hover: dict[str, str],
    *,
    mean: bool = False,
) -> Spec:
    """From the least to the greatest of each bin, filled; with single rows, a line."""
    across = axis("momentum", "momentum", scale={"zero": False, "nice": False}, axis=_MOMENTUMS)
    colours = [COLOURS[position % len(COLOURS)] for position in range(len(lines))]
    colour: Spec = {"field": "line", "type": "nominal", "scale": {"domain": list(lines), "range": colours}}
    if len(lines) == 1:
        colour["legend"] = None
    thick = any(row["low"] != row["high"] for row in rows)
    shared: Spec = {"x": across, "color": colour}
    area = {
        "mark": {"type": "area", "opacity": 0.3 if mean and thick else 0.6, "interpolate": "linear"},
        "encoding": {**shared, "y": height, "y2": {"field": "low"}},
    }
    middle = {
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {**shared, "y": {**height, "field": "mean" if mean else "high"}},
    }
    lower = {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {**shared, "y": {**height, "field": "low"}}}
    point = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.001},
        "encoding": {**shared, "y": height, "tooltip": tooltip(momentum="momentum", **hover)},
    }
    layers = [*([area] if thick else []), middle, *([lower] if thick and not mean else []), point]
    return {"data": values(rows), "layer": layers}


def _thinned(series: Thinned) -> str:
    """What a bin is, where the series was too long."""
    if series.rows_per_bin == 1:
        return ""
    return f" Each point stands for {series.rows_per_bin:,} momentums: the band is from the least to the greatest."


def _factor(value: int, start: int) -> float:
    """Their ratio, as far up as a chart goes: a price may have a thousand digits."""
    return value / start if value < start * 10**300 else 1e300


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} … {high:,}"


def _short(value: float) -> float:
    """Six digits are more than a chart shows."""
    return float(f"{value:.6g}")
