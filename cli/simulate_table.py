"""The figures of a simulation as lines for a terminal, and as the tables of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .bench_table import columns

Rows = list[list[str]]


def summary_lines(summary: Mapping[str, object]) -> Iterator[str]:
    """The figures, one per line; lanes side by side, and any other list of objects as a table."""
    for name, value in summary.items():
        if name == "lanes" and isinstance(value, list):
            yield from columns(lane_rows(value))
        elif isinstance(value, list):
            yield from _right_aligned(table_rows(value))
        else:
            yield f"  {name:22} {figure(value)}"


def figure_rows(summary: Mapping[str, object]) -> Rows:
    """The figures that are no lists."""
    return [[name, figure(value)] for name, value in summary.items() if not isinstance(value, list)]


def lane_rows(lanes: Sequence[Mapping[str, object]]) -> Rows:
    """A row for each figure and a column for each lane; their names are the first row."""
    return [[key, *(shown(lane[key]) for lane in lanes)] for key in lanes[0] if not isinstance(lanes[0][key], list)]


def table_rows(rows: Sequence[Mapping[str, object]]) -> Rows:
    """Objects with the same keys, which are the first row."""
    heads = [head for head, value in rows[0].items() if not isinstance(value, list)]
    return [heads, *([shown(row[head]) for head in heads] for row in rows)]


def figure(value: object) -> str:
    """A figure, or an object of figures."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(number)}" for key, number in value.items()) or "-"
    return shown(value)


def shown(value: object) -> str:
    """A figure in six digits, but an integer in all of its own."""
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _right_aligned(rows: Rows) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for line in rows:
        yield "  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
