"""What commands that run scenarios share: the list of names, settings from the command line, and rows as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from powplasma.errors import InvalidInput

from .output import json_result, result
from .parameters import typed

MOST_SEED = 2**53 - 1
"""Any reader of JSON keeps all digits of a seed up to here."""


def list_scenarios(titles: Mapping[str, str], json: bool) -> None:
    """Prints the names of built-in scenarios with their titles."""
    if json:
        json_result({"scenarios": [{"scenario": name, "title": title} for name, title in titles.items()]})
        return
    width = max(map(len, titles))
    for name, title in titles.items():
        result(f"{name:{width}}  {title}")


def setting(text: str) -> tuple[str, object]:
    """The path and the value of ``PATH=VALUE``, the value as TOML would have it, or as text.

    Raises:
        InvalidInput: field ``set``; it is something else.
    """
    path, equals, value = text.partition("=")
    if not equals or not path or not value:
        raise InvalidInput("set", text, "is no setting", "PATH=VALUE")
    return path, typed(value)


def csv_result(rows: Iterable[Mapping[str, object]]) -> None:
    """Prints rows as they come, so that a long run takes no memory; their names come first."""
    for position, row in enumerate(rows):
        if not position:
            result(_csv_line(row))
        result(_csv_line(row.values()))


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
