"""Pictures of results: charts as PNG, and reports as self-contained HTML (extra ``charts``)."""

from powplasma.charts.chart import Chart
from powplasma.charts.hashrates import kernel_chart, machine_chart, scaling_chart
from powplasma.charts.page import Page, Table
from powplasma.charts.prices import price_chart
from powplasma.charts.render import ChartsUnavailable, check_available, png
from powplasma.charts.searches import search_chart

__all__ = [
    "Chart",
    "ChartsUnavailable",
    "Page",
    "Table",
    "check_available",
    "kernel_chart",
    "machine_chart",
    "png",
    "price_chart",
    "scaling_chart",
    "search_chart",
]
