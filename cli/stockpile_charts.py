"""The result of ``stockpile`` as a report and as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from powplasma import __version__
from powplasma.charts import Chart, Page, Table
from powplasma.charts.stockpiles import expiry_chart, filled_chart, waiting_chart
from powplasma.plasma import ruleset
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.simulation.stockpile import Scene, load_honest

from .pictures import Pictures
from .records import Record
from .stockpile_table import attack_rows, headline, honest_rows


def write_charts(scene: Scene, records: Sequence[Record], pictures: Pictures) -> None:
    """Writes the report, the pictures, or both; errors as ``Pictures.write``."""
    charts = _charts(scene, records)
    pictures.write(charts, lambda: _page(scene, records, charts))


def _charts(scene: Scene, records: Sequence[Record]) -> list[Chart]:
    difficulty = ruleset("alphanet").difficulty_of_plasma(ACCOUNT_BLOCK_BASE_PLASMA)
    devices = scene.honest if scene.honest.devices else load_honest("default")
    charts = [filled_chart(records)]
    if scene.honest.devices:
        charts.append(waiting_chart(records))
    return [*charts, expiry_chart(devices, difficulty)]


def _page(scene: Scene, records: Sequence[Record], charts: list[Chart]) -> Page:
    tables = [Table("The attacker alone", attack_rows(records))]
    if scene.honest.devices:
        tables.append(Table(f"Beside {scene.honest.users:,} honest users", honest_rows(records)))
    facts = [f"{headline(scene)}.", f"Hardware: {scene.hardware.source}."]
    stopped = [f"{each['rules']}, {each['policy']}: {each['stopped']}." for each in records if each["stopped"]]
    return Page(
        "Stockpiled proof of work", facts, stopped, charts, tables, f"powplasma {__version__}, seed {scene.seed}"
    )
