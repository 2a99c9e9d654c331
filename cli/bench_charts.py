"""The result of ``bench`` as a report and as pictures."""

from __future__ import annotations

from typing import Any

from powplasma import __version__
from powplasma.charts import (
    Chart,
    Page,
    Table,
    kernel_chart,
    machine_chart,
    price_chart,
    scaling_chart,
    search_chart,
)

from .bench_compare import comparison_rows
from .bench_outcome import Outcome
from .bench_words import fact_lines, meaning_lines, price_rows, ratio_lines, search_lines, yield_rows
from .pictures import Pictures
from .report import rate


def write_charts(outcome: Outcome, pictures: Pictures) -> None:
    """Writes the report, the pictures, or both; errors as ``Pictures.write``."""
    charts = _charts(outcome)
    pictures.write(charts, lambda: _page(outcome, charts))


def _charts(outcome: Outcome) -> list[Chart]:
    """What there is to draw, the yield first."""
    charts = []
    if outcome.measured:
        measurement, worth, _ = outcome.measured
        charts.append(price_chart(worth, outcome.patience))
        if measurement.searches is not None:
            charts.append(search_chart(measurement.searches, measurement.best))
        charts.append(scaling_chart(measurement.scaling))
        charts.append(kernel_chart(measurement))
    if len(outcome.runs) > 1 or not outcome.measured:
        charts.append(machine_chart(outcome.runs))
    return charts


def _page(outcome: Outcome, charts: list[Chart]) -> Page:
    facts: list[str] = []
    notes: list[str] = []
    tables: list[Table] = []
    title, when = "Machines side by side", max(run.time for run in outcome.runs)
    if outcome.measured:
        measurement, worth = outcome.measured[:2]
        record: Any = outcome.measured[2]
        best = measurement.best
        title = f"{measurement.machine.name}: {rate(best.hashrate)}, {worth[0].quiet.plasma_per_second:,.0f} plasma/s"
        facts += [f"{line}." for line in fact_lines(measurement)]
        facts.append(
            f"Hashrate by counting, {best.name} with {best.workers} workers: {rate(best.hashrate)} "
            f"({rate(best.interval.low)} … {rate(best.interval.high)}, {best.interval.confidence:.1%})."
        )
        if measurement.searches is not None:
            facts += map(_sentence, search_lines(measurement.searches, best))
        facts += [f"{line}." for line in ratio_lines(measurement)]
        notes += [_sentence(finding.text) for finding in measurement.findings]
        for each, stated in zip(worth, record["yields"], strict=True):
            sentences = [_sentence(line) for line in meaning_lines(each, stated, outcome.patience)]
            tables.append(Table(f"Yield under {each.name}, quiet network", yield_rows(each, stated), sentences))
            if each.market.moves:
                tables.append(Table(f"Yield under {each.name}, congested", price_rows(each)))
    if len(outcome.runs) > 1 or not outcome.measured:
        tables.append(Table("Side by side", comparison_rows(outcome.runs, outcome.rules, outcome.patience)))
    return Page(title, facts, notes, charts, tables, f"powplasma {__version__}, {when}")


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."
