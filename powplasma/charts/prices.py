"""Yield against the price of work, with the line where a user's patience ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from powplasma.charts.chart import BLUE, GREEN, ORANGE, RED, Chart, Spec, axis, tooltip, values
from powplasma.charts.figures import MARKED_SECONDS, SECONDS_LABELS, seconds
from powplasma.measure import RulesYield
from powplasma.measure.yields import QUANTILES

_CHANCES = {0.5: "P50", 0.95: "P95"}


def price_chart(yields: Sequence[RulesYield], patience: float) -> Chart:
    """Time to a send as congestion multiplies the price of work.

    Args:
        yields: for each rule set.
        patience: seconds that a user waits.
    """
    rows = [row for each in yields for row in _rows(each)]
    times = [float(str(row["seconds"])) for row in rows] + [patience]
    factors = [float(str(row["factor"])) for row in rows]
    names = {"field": "rules", "type": "nominal"}
    domain = [each.name for each in yields]
    shared: Spec = {
        "x": axis(
            "factor",
            "price of work, times that of a quiet network",
            scale={"type": "log", "domain": [1, max(*factors, 2.0)]},
            axis={"values": [4**power for power in range(9)], "format": ","},
        ),
        "y": axis(
            "seconds",
            "time to a send",
            scale={"type": "log", "domain": [min(times) / 1.3, max(times) * 1.3], "nice": False},
            axis={"values": MARKED_SECONDS, "labelExpr": SECONDS_LABELS, "offset": 8},
        ),
        "color": {**names, "scale": {"domain": domain, "range": [BLUE, ORANGE, GREEN]}},
    }
    ready = {"field": "ready", "type": "nominal", "sort": list(_CHANCES.values()), "legend": {"orient": "bottom"}}
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**shared, "strokeDash": ready}}
    # One rule set's only point lies on another's first: it is larger, and drawn first.
    points = {
        "mark": {"type": "point", "filled": True, "opacity": 1},
        "encoding": {
            **shared,
            "shape": {**names, "scale": {"domain": domain, "range": ["diamond", "circle", "square"]}},
            "size": {"condition": {"test": "datum.moves", "value": 50}, "value": 260},
            "tooltip": tooltip(
                rules="rules",
                what="price",
                ready="ready for",
                time="time",
                plasma="plasma per second",
                hour="sends per hour",
            ),
        },
    }
    limit = {"data": values([{"seconds": patience, "label": f"patience: {seconds(patience)}"}])}
    height = {"y": {"field": "seconds", "type": "quantitative"}}
    rule = {**limit, "mark": {"type": "rule", "color": RED, "strokeWidth": 2}, "encoding": height}
    label = {
        **limit,
        "mark": {"type": "text", "align": "left", "dy": -8, "x": 6, "color": RED, "fontSize": 12},
        "encoding": {**height, "text": {"field": "label"}},
    }
    return Chart(
        name="prices",
        title="How much congestion patience bears",
        caption="Time within which half of all sends (P50) and 95 of 100 (P95) have their nonce, without fused plasma. "
        "Above the red line it is too long for the user. Alphanet has one price only.",
        view={"data": values(rows), "layer": [rule, label, line, points]},
    )


def _rows(each: RulesYield) -> Iterator[dict[str, object]]:
    for price in each.prices:
        send = next(block for block in price.blocks if block.kind.name == "send")
        if send.seconds is None or send.blocks_per_hour is None:
            return
        for chance, time in zip(QUANTILES, send.seconds, strict=True):
            if chance in _CHANCES:
                yield {
                    "rules": each.name,
                    "moves": each.market.moves,
                    "factor": price.price / each.quiet.price,
                    "what": f"{each.price_name.replace('_', ' ')} {price.price:,}",
                    "ready": _CHANCES[chance],
                    "seconds": time,
                    "time": seconds(time),
                    "plasma": f"{price.plasma_per_second:,.4g}",
                    "hour": f"{send.blocks_per_hour:,.4g}",
                }
