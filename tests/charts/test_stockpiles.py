"""Charts of stockpiles: what they show is what was computed, and they can be drawn."""

from __future__ import annotations

from typing import Any

from powplasma.charts import png
from powplasma.charts.stockpiles import expiry_chart, filled_chart, waiting_chart
from powplasma.plasma.rules import ruleset
from powplasma.simulation.stockpile import (
    Scene,
    custom,
    false_expiry,
    load_honest,
    parse_goal,
    parse_policy,
    stockpile,
)


def records(honest: str) -> list[dict[str, Any]]:
    rules = ruleset("dynamic")
    scene = Scene(custom(10**9), 3_600, parse_goal("burst"), load_honest(honest), horizon=80)
    return [stockpile(scene, rules, rules.initial_state, parse_policy(text)) for text in ("none", "window:6")]


def test_filled() -> None:
    chart = filled_chart(records("none"))
    rows = chart.view["data"]["values"]
    assert [row["seconds"] for row in rows] == [5_710, 50]
    assert [row["shown"] for row in rows] == ["571", "5"]
    assert png(chart).startswith(b"\x89PNG")


def test_nothing_filled_can_be_drawn() -> None:
    chart = filled_chart([{**records("none")[0], "momentums_filled": 0}])
    assert chart.view["data"]["values"][0]["time"] == "none"
    assert png(chart).startswith(b"\x89PNG")


def test_waiting() -> None:
    played = records("default")
    chart = waiting_chart(played)
    rows = chart.view["data"]["values"]
    expected = [
        each["latency_p90"]
        for record in played
        for each in record["honest"]["classes"]
        if each["latency_p90"] is not None
    ]
    assert [row["seconds"] for row in rows] == expected
    assert png(chart).startswith(b"\x89PNG")


def test_expiry() -> None:
    chart = expiry_chart(load_honest("default"), 31_500_000)
    rows = chart.view["data"]["values"]
    assert {row["device"] for row in rows} == {"desktop", "laptop", "phone", "exchange", "offline"}
    phone = [row for row in rows if row["device"] == "phone" and row["price"] == "ten times the price"]
    assert all(row["chance"] == false_expiry(315, row["window"] // 10, 5) for row in phone)
    assert len(phone) > 20
    assert png(chart).startswith(b"\x89PNG")
