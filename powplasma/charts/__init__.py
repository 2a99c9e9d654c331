"""Pictures of results: charts as PNG, and reports as self-contained HTML (extra ``charts``)."""

from powplasma.charts.chart import Chart
from powplasma.charts.hashrates import kernel_chart, machine_chart, scaling_chart
from powplasma.charts.latencies import latency_chart
from powplasma.charts.momentums import blocked_chart, fullness_chart, lane_chart, state_chart
from powplasma.charts.page import Page, Table, is_page
from powplasma.charts.prices import price_chart
from powplasma.charts.render import ChartsUnavailable, check_available, is_picture, png
from powplasma.charts.searches import search_chart
from powplasma.charts.sweeps import sweep_chart
from powplasma.charts.thinning import Thinned

__all__ = [
    "Chart",
    "ChartsUnavailable",
    "Page",
    "Table",
    "Thinned",
    "blocked_chart",
    "check_available",
    "fullness_chart",
    "is_page",
    "is_picture",
    "kernel_chart",
    "lane_chart",
    "latency_chart",
    "machine_chart",
    "png",
    "price_chart",
    "scaling_chart",
    "search_chart",
    "state_chart",
    "sweep_chart",
]
