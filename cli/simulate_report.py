"""One simulated run as a report and as pictures, from a series that is followed as it is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from powplasma import __version__
from powplasma.charts import (
    Chart,
    Page,
    Table,
    Thinned,
    blocked_chart,
    fullness_chart,
    lane_chart,
    latency_chart,
    state_chart,
)
from powplasma.charts.figures import seconds
from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.simulation import Scenario

from .records import Record
from .simulate_table import figure_rows, lane_rows, shown, table_rows

_FILLED, _DEAR = "filled by the attacker", "empty, too dear"


class Picture:
    """What of a run is drawn; takes its momentums one by one and keeps no more than a chart has room for.

    Args:
        scenario: which is run.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._series: Thinned | None = None
        self._prices: list[str] = []
        self._lanes: list[str] = []

    def see(self, row: Mapping[str, Any]) -> None:
        """Takes the next momentum of the series."""
        derived = self._derived(row)
        if self._series is None:
            names = [*(field.name for field in dataclasses.fields(self._scenario.state)), "recharge_rate"]
            self._prices = [name for name in names if name in row]
            self._lanes = [name.removesuffix("_held") for name in row if name.endswith("_held")]
            derived = self._derived(row)
            self._series = Thinned(list(derived))
        self._series.add(row["momentum"], list(derived.values()))

    def _derived(self, row: Mapping[str, Any]) -> dict[str, int]:
        """The numbers of a momentum that are drawn."""
        found = {name: row[name] for name in self._prices}
        if "attacker_blocks" in row:
            blocks = row["attacker_blocks"]
            found |= {"base_plasma": blocks * ACCOUNT_BLOCK_BASE_PLASMA, _FILLED: int(blocks > 0)}
            return found | {_DEAR: 1 - found[_FILLED]}
        found["base_plasma"] = row["base_plasma"]
        for lane in self._lanes:
            included, held = row[f"{lane}_included"], row[f"{lane}_held"]
            found |= {f"{lane}_included": included, f"{lane}_left": held - included}
            found[f"{lane}_blocked"] = int(held > 0 and not included)
        return found

    def charts(self, summary: Mapping[str, Any]) -> list[Chart]:
        """What there is to see, with the figures of the same run."""
        series = self._series
        assert series is not None
        charts = [state_chart(series, self._prices)] if self._prices else []
        charts.append(fullness_chart(series, "base_plasma", self._scenario.rules.capacity))
        if "lanes" in summary:
            charts += self._lane_charts(series, summary["lanes"])
        elif "blocked_minutes" in summary:
            words = _lasting(summary["filled_momentums"]), _lasting(summary["empty_momentums"])
            charts.append(blocked_chart(series, {_FILLED: (_FILLED, words[0]), _DEAR: (_DEAR, words[1])}))
        return charts

    def _lane_charts(self, series: Thinned, lanes: list[dict[str, Any]]) -> list[Chart]:
        caption = "Blocks of each lane in a momentum."
        charts = [
            lane_chart(series, "_included", self._lanes, name="included", title="Included blocks", caption=caption)
        ]
        caption = "Accounts whose block was ready and found no room, or that cannot pay the price at all."
        charts.append(lane_chart(series, "_left", self._lanes, name="held", title="Left behind", caption=caption))
        latencies = {lane["name"]: lane["latency_quantiles"] for lane in lanes if lane["included"]}
        never = {lane["name"]: lane["never_included_percent"] for lane in lanes if lane["wished"]}
        if latencies:
            charts.append(latency_chart(latencies, never))
        strips = {
            lane["name"]: (
                f"{lane['name']}_blocked",
                _blocked(lane["blocked_momentums"], lane["longest_blocked"]),
            )
            for lane in lanes
        }
        return [*charts, blocked_chart(series, strips)]


def _blocked(momentums: int, longest: int) -> str:
    return f"{_lasting(momentums)}, {_lasting(longest)} in a row" if momentums else "never"


def _lasting(momentums: int) -> str:
    """So many momentums, and how long that is."""
    return f"{momentums:,} momentum{'s' * (momentums != 1)} ({seconds(momentums * MOMENTUM_SECONDS)})"


def run_page(header: Record, summary: Mapping[str, Any], charts: list[Chart]) -> Page:
    """The report on one run. It holds no time, so that a rerun gives the same bytes."""
    rules: Any = header["rules"]
    variant = f", variant {header['variant']}" if header["variant"] else ""
    facts = [f"Scenario {header['scenario']}{variant}, under the rules {rules['name']}, seed {header['seed']}."]
    tables = []
    figures = figure_rows(summary)
    if figures:
        tables.append(Table("Figures", [["figure", "value"], *figures]))
    for key in ("lanes", "rows"):
        if key in summary:
            cells = lane_rows(summary[key]) if key == "lanes" else table_rows(summary[key])
            tables.append(Table(key.capitalize(), cells))
    tables.append(Table("Parameters", _parameters(header)))
    return Page(str(header["title"]), facts, [], charts, tables, f"powplasma {__version__}")


def _parameters(header: Record) -> list[list[str]]:
    named: Any = {"rules": header["rules"], "state": header["state"]}
    return [["key", "value"], *([f"{key}.{name}", shown(value)] for key in named for name, value in named[key].items())]
