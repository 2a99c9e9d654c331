"""One figure of every run of a sweep: as lines for a terminal, and as a chart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from powplasma import __version__
from powplasma.errors import InvalidInput
from powplasma.simulation import Scenario
from powplasma.simulation.columns import flatten

from .bench_table import columns
from .simulate_table import shown

if TYPE_CHECKING:
    from powplasma.charts import Chart, Page

_MOST_DIGITS = 300
"""Of a number that a float holds."""

Point = tuple[Mapping[str, object], list[float]]
"""The values of a combination by path, and the figure of each of its runs that came to one."""


def usual_figure(scenario: Scenario) -> str:
    """What is shown of a scenario if nobody asks for something else."""
    plan: Any = scenario.plan
    if hasattr(plan, "attack"):
        return "blocked_minutes"
    if hasattr(plan, "lanes"):
        lane = next((lane for lane in plan.lanes if not lane.attacker), plan.lanes[0])
        return f"lanes.{lane.name}.latency_p95"
    return "fullness_percent"


class Figures:
    """Collects a figure run by run.

    Args:
        name: of the figure, by its path in the JSON object.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[str, Point] = {}
        self._known: dict[str, None] = {}
        self._seen = False

    def see(self, record: Mapping[str, Any]) -> None:
        """Takes the figure of a run from its JSON object, or from its row of a Parquet file."""
        values = record.get("values")
        flat = dict(flatten(record))
        if values is None:
            values = {path.removeprefix("values."): flat[path] for path in flat if path.startswith("values.")}
        point = self._found.setdefault(json.dumps(values), (values, []))
        self._seen = self._seen or self.name in flat
        value = flat.get(self.name)
        if isinstance(value, int | float | Decimal) or (isinstance(value, str) and value.isdecimal()):
            number = float(value) if not isinstance(value, str) or len(value) <= _MOST_DIGITS else math.inf
            if math.isinf(number):
                raise InvalidInput("figure", self.name, "is too large to be shown", f"at most {_MOST_DIGITS} digits")
            point[1].append(number)
        elif value is not None:
            raise InvalidInput("figure", self.name, "is no number", "the path of a number in the JSON object")
        if not self._seen:
            self._known |= dict.fromkeys(path for path, value in flat.items() if isinstance(value, int | float))

    def points(self) -> list[Point]:
        """One for each combination, in the order of the runs.

        Raises:
            InvalidInput: field ``figure``; no run has it.
        """
        if not self._seen:
            near = get_close_matches(self.name, list(self._known), n=1)
            accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(self._known)}"
            raise InvalidInput("figure", self.name, "is in no run", accepted)
        return list(self._found.values())


def figure_lines(figures: Figures, axes: Sequence[str]) -> Iterator[str]:
    """A line for each combination: its values, how many runs have the figure, and what it was."""
    rows = [[*(axes or ["scenario"]), "runs", "least", f"mean {figures.name}", "greatest"]]
    for values, found in figures.points():
        names = [str(values[path]) for path in axes] or ["as it is"]
        mean = math.fsum(found) / len(found) if found else None
        rows.append([*names, str(len(found)), *map(shown, (min(found, default=None), mean, max(found, default=None)))])
    yield from columns(rows)


def figure_chart(figures: Figures, axes: Sequence[str]) -> Chart:
    """The figure over the axes."""
    from powplasma.charts import sweep_chart  # noqa: PLC0415 - most sweeps do without

    return sweep_chart(figures.name, axes, figures.points())


def figure_page(scenario: Scenario, request: Mapping[str, object], figures: Figures, axes: Sequence[str]) -> Page:
    """The report on a sweep. It holds no time, so that a rerun gives the same bytes."""
    from powplasma.charts import Page, Table  # noqa: PLC0415 - the same

    rows = [["values", "runs", f"mean {figures.name}", "least", "greatest"]]
    for values, found in figures.points():
        mean = math.fsum(found) / len(found) if found else None
        text = ", ".join(f"{path} {value}" for path, value in values.items()) or "as it is"
        rows.append([text, str(len(found)), *map(shown, (mean, min(found, default=None), max(found, default=None)))])
    asked = [
        ["key", "value"],
        *([key, value if isinstance(value, str) else json.dumps(value)] for key, value in request.items()),
    ]
    facts = [f"A sweep of {scenario.name} under the rules {scenario.rules.name}."]
    tables = [Table(figures.name, rows), Table("What was asked for", asked)]
    return Page(scenario.title, facts, [], [figure_chart(figures, axes)], tables, f"powplasma {__version__}")
