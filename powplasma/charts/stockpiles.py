"""Stockpiled work: what it fills under each policy, who waits, and what a window costs honest devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from powplasma.charts.chart import BLUE, GREEN, INK, ORANGE, RED, Chart, Spec, axis, tooltip, values
from powplasma.charts.figures import MARKED_SECONDS, SECONDS_LABELS, seconds
from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.simulation.stockpile import Honest, false_expiry

Record = Mapping[str, Any]

_COLOURS = [BLUE, ORANGE, GREEN, RED, "#cc79a7", "#e69f00"]
_WINDOWS = sorted({round(1.12**step) for step in range(70)})
"""Momentums, from one to six hours."""

_CONGESTION = {1: "quiet price", 10: "ten times the price"}
_LEAST_CHANCE = 1e-6
_ROW_HEIGHT = 26
_YEAR = 31_557_600


def filled_chart(records: Sequence[Record]) -> Chart:
    """How long work from the stock fills all the room it has, by policy.

    Args:
        records: as ``stockpile`` gives them; at least one.
    """
    rows = []
    for record in records:
        time = max(MOMENTUM_SECONDS * record["momentums_filled"], 1)
        rows.append(
            {
                "label": f"{record['rules']}  {record['policy']}",
                "rules": record["rules"],
                "seconds": time,
                "shown": f"{record['momentums_filled']:,}",
                "time": _time(time) if record["momentums_filled"] else "none",
            }
        )
    longest = max(row["seconds"] for row in rows)
    band: Spec = {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 320}}
    length = axis(
        "seconds",
        "time that is filled (logarithmic)",
        scale={"type": "log", "domain": [1, max(longest * 8, 100)]},
        axis={"values": MARKED_SECONDS, "labelExpr": SECONDS_LABELS},
    )
    colour = {"field": "rules", "type": "nominal", "scale": {"range": _COLOURS}}
    hover = tooltip(label="", shown="momentums", time="time")
    bars = {
        "mark": {"type": "bar", "opacity": 0.8},
        "encoding": {"y": band, "x": length, "x2": {"datum": 1}, "color": colour, "tooltip": hover},
    }
    text = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12},
        "encoding": {"y": band, "x": length, "text": {"field": "time"}},
    }
    return Chart(
        name="filled",
        title="How long a stock fills the room of work",
        caption="Whole momentums with no room left for others who pay by work, the attacker alone on the chain.",
        view={"data": values(rows), "height": _ROW_HEIGHT * len(rows) + 20, "layer": [bars, text]},
    )


def expiry_chart(honest: Honest, difficulty: int) -> Chart:
    """The chance that honest work is too old, over the window, for a wallet that keeps the anchor it began with.

    Args:
        honest: whose devices.
        difficulty: of a plain block.
    """
    rows = []
    for device in honest.devices:
        for times, price in _CONGESTION.items() if device.hashrate else ():
            for window in _WINDOWS:
                chance = false_expiry(times * difficulty / device.hashrate, window, device.overhead)
                if chance >= _LEAST_CHANCE:
                    rows.append(
                        {
                            "device": device.name,
                            "price": price,
                            "window": MOMENTUM_SECONDS * window,
                            "chance": chance,
                            "shown": f"{100 * chance:.3g} %",
                            "momentums": f"{window:,} momentums",
                        }
                    )
    names = [device.name for device in honest.devices if device.hashrate]
    encoding = {
        "x": axis(
            "window",
            "window",
            scale={"type": "log", "domain": [MOMENTUM_SECONDS, MOMENTUM_SECONDS * _WINDOWS[-1]]},
            axis={"values": [10, 60, 600, 3_600, 36_000], "labelExpr": SECONDS_LABELS},
        ),
        "y": axis(
            "chance",
            "work that is too old",
            scale={"type": "log", "domain": [_LEAST_CHANCE, 1]},
            axis={"values": [1, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6], "format": "~%"},
        ),
        "color": {"field": "device", "type": "nominal", "scale": {"domain": names, "range": _COLOURS}},
        "strokeDash": {"field": "price", "type": "nominal", "sort": [*_CONGESTION.values()]},
        "tooltip": tooltip(device="", price="", momentums="window", shown="too old"),
    }
    return Chart(
        name="expiry",
        title="What a window costs honest devices",
        caption="Share of searches that end too late if the wallet keeps the anchor it began with. A wallet that goes "
        "on under the newest momentum as it searches loses none.",
        view={"data": values(rows), "mark": {"type": "line", "strokeWidth": 2, "clip": True}, "encoding": encoding},
    )


def waiting_chart(records: Sequence[Record]) -> Chart:
    """Waiting times of honest users, by policy and class.

    Args:
        records: as ``stockpile`` gives them, with honest users.
    """
    rows = [
        {
            "label": f"{record['rules']}  {record['policy']}",
            "class": each["class"],
            "seconds": each["latency_p90"],
            "time": seconds(each["latency_p90"]),
            "never": f"{each['never_percent']} %",
        }
        for record in records
        for each in record["honest"]["classes"]
        if each["latency_p90"] is not None
    ]
    encoding = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": None,
            "title": None,
            "axis": {"labelLimit": 320, "grid": True},
        },
        "x": axis(
            "seconds",
            "time within which 90 of 100 that get in are in",
            scale={"type": "log", "nice": False},
            axis={"values": [*MARKED_SECONDS, 30, 120, 1_800], "labelExpr": SECONDS_LABELS},
        ),
        "color": {"field": "class", "type": "nominal", "sort": None, "scale": {"range": _COLOURS}},
        "tooltip": tooltip(label="", **{"class": "class", "time": "P90", "never": "never"}),
    }
    labels = {row["label"] for row in rows}
    return Chart(
        name="waiting",
        title="Who waits beside the attack",
        caption="Wishes made while the attack went on or prices had not come down from it. Those who gave up have "
        "no time.",
        view={
            "data": values(rows),
            "height": _ROW_HEIGHT * len(labels) + 20,
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 0.9},
            "encoding": encoding,
        },
    )


def _time(time: float) -> str:
    return seconds(time) if time < _YEAR else f"{time / _YEAR:,.3g} y"
