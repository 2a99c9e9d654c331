"""What a chart is: a Vega-Lite view with its title and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from powplasma.errors import printable

Spec = dict[str, Any]
"""A Vega-Lite view, or a part of one."""

INK = "#1f2933"
FAINT = "#9aa5b1"
BLUE, ORANGE, GREEN, RED = "#0072b2", "#d55e00", "#009e73", "#b3261e"
"""Colours that people with the common kinds of colour blindness tell apart (Okabe and Ito)."""

_CONFIG: Spec = {
    "font": "sans-serif",
    "background": "white",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "gridColor": "#e4e7eb", "domainColor": FAINT, "tickColor": FAINT,
    },
    "legend": {
        "labelFontSize": 12, "labelColor": INK, "orient": "top", "title": None, "columns": 3, "symbolOpacity": 1,
    },
    "title": {"fontSize": 15, "anchor": "start", "color": INK, "subtitleFontSize": 12, "subtitleColor": "#52606d"},
}  # fmt: skip

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nothing is fetched from there."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture.

    Attributes:
        name: file name without an ending.
        title: one line.
        caption: what is to be seen, in a sentence or two.
        view: the view, without width, title and looks.
    """

    name: str
    title: str
    caption: str
    view: Spec

    def spec(self, width: int | str, *, titled: bool) -> Spec:
        """The complete specification.

        Args:
            width: pixels, or ``container`` to follow a page.
            titled: whether the title is part of the picture.
        """
        title = {"title": {"text": self.title, "subtitle": _wrapped(self.caption, 110)}} if titled else {}
        spec: Spec = _shown(
            {
                "$schema": _SCHEMA,
                "width": width,
                "height": 320,
                "autosize": {"type": "fit-x" if width == "container" else "pad", "contains": "padding"},
                "config": _CONFIG,
                **title,
                **self.view,
            }
        )
        return spec


def values(rows: Iterable[Mapping[str, object]]) -> Spec:
    """Rows as the data of a view."""
    return {"values": [dict(row) for row in rows]}


def axis(field: str, title: str, *, kind: str = "quantitative", **more: Any) -> Spec:
    """One channel of a view."""
    return {"field": field, "type": kind, "title": title, **more}


def tooltip(**titles: str) -> list[Spec]:
    """What is shown on hovering: fields that hold text, each with its title."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in titles.items()]


def _shown(part: Any) -> Any:
    """The same with every text escaped as on a terminal: names of lanes, machines and files are other people's."""
    if isinstance(part, str):
        return printable(part)
    if isinstance(part, dict):
        return {key: _shown(each) for key, each in part.items()}
    return [_shown(each) for each in part] if isinstance(part, list) else part


def _wrapped(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
