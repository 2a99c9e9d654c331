"""A report as one HTML file: text, tables and charts, with everything they need inside."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from powplasma.charts.chart import Chart, Spec
from powplasma.charts.render import javascript
from powplasma.errors import printable

_BEGINNING = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="generator" content="powplasma">"""
"""Of every report, so that it is known again."""

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2933; background: #fff; margin: 0 auto; padding: 1rem;
  max-width: 60rem; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 0.3rem; }
p { margin: 0.3rem 0; } .note { background: #fff4e5; border-left: 4px solid #d55e00; padding: 0.5rem 0.8rem; }
.chart { width: 100%; min-height: 120px; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; } th, td { padding: 0.2rem 0.7rem 0.2rem 0; text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums; } th { border-bottom: 1px solid #9aa5b1; }
th:first-child, td:first-child { text-align: left; } footer { margin-top: 2rem; color: #52606d; font-size: 0.85rem; }
"""

# Vega compiles its expressions with eval; nothing may be loaded from anywhere.
_POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True, slots=True)
class Table:
    """A table under its title.

    Attributes:
        title: one line.
        rows: cells as text; the first row is the head.
        text: sentences below it.
    """

    title: str
    rows: Sequence[Sequence[str]]
    text: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A report.

    Attributes:
        title: of the page.
        facts: sentences at the top.
        notes: reasons for doubt, set apart.
        charts: pictures in their order.
        tables: below the pictures.
        footer: where the figures come from.
    """

    title: str
    facts: Sequence[str]
    notes: Sequence[str]
    charts: Sequence[Chart]
    tables: Sequence[Table]
    footer: str

    def html(self) -> str:
        """The page as one self-contained document.

        Raises:
            ChartsUnavailable: vl-convert is not installed.
        """
        views = "".join(
            f"vegaEmbed('#{chart.name}', {_script_safe(chart.spec('container', titled=False))}, options);\n"
            for chart in self.charts
        )
        parts = [
            _BEGINNING,
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<link rel="icon" href="data:,"><title>{_text(self.title)}</title><style>{_STYLE}</style></head><body>',
            f"<h1>{_text(self.title)}</h1>",
            *(f"<p>{_text(fact)}</p>" for fact in self.facts),
            *(f'<p class="note">{_text(note)}</p>' for note in self.notes),
            "<noscript><p class='note'>The charts need JavaScript; the tables below do not.</p></noscript>",
            *(_figure(chart) for chart in self.charts),
            *(_table(table) for table in self.tables),
            f"<footer>{_text(self.footer)}</footer>",
            f"<script>{javascript()}</script>",
            f"<script>const options = {{actions: false, renderer: 'svg'}};\n{views}</script>",
            "</body></html>",
        ]
        return "\n".join(parts) + "\n"


def is_page(file: BinaryIO) -> bool:
    """Whether an open file is a report that powplasma wrote."""
    return file.read(len(_BEGINNING)) == _BEGINNING.encode()


def _text(text: str) -> str:
    """Text of whatever origin, as HTML that shows it: without markup, and without what hides or turns it around."""
    return html.escape(printable(text))


def _figure(chart: Chart) -> str:
    return (
        f"<h2>{_text(chart.title)}</h2><p>{_text(chart.caption)}</p>"
        f'<div class="chart" id="{_text(chart.name)}" role="img" aria-label="{_text(chart.title)}"></div>'
    )


def _table(table: Table) -> str:
    head, *body = table.rows
    lines = ["<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in body]
    return (
        f'<h2>{_text(table.title)}</h2><div class="wide"><table><thead><tr>'
        + "".join(f"<th>{_text(cell)}</th>" for cell in head)
        + f"</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
        + "".join(f"<p>{_text(sentence)}</p>" for sentence in table.text)
    )


def _script_safe(spec: Spec) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(spec).replace("<", r"\u003c")
