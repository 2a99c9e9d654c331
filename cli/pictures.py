"""Reports and pictures: where they go, and that they can go there, before anything is computed for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from powplasma.charts import Chart, Page, check_available, png
from powplasma.errors import InvalidInput

from .aside import can_become_file, written_aside
from .exits import OutputFailed
from .output import details


def check_targets(html: Path | None, png: Path | None) -> None:
    """Refuses before any work what could not be written after it.

    Raises:
        ChartsUnavailable: the extra is not installed.
        InvalidInput: field ``html`` or ``png``; the folder is not there, or is none.
    """
    check_available()
    if html is not None and not can_become_file(html):
        raise InvalidInput("html", str(html), "cannot be written", "a file in a folder that exists")
    if png is not None and png.exists() and not png.is_dir():
        raise InvalidInput("png", str(png), "is no folder", "a folder, which is made if it is missing")


def write_pictures(charts: Sequence[Chart], page: Callable[[], Page], html: Path | None, folder: Path | None) -> None:
    """Writes the report, the pictures, or both.

    Args:
        charts: what there is to see.
        page: makes the report, if one is wanted.
        html: file of the report.
        folder: of the pictures.

    Raises:
        OutputFailed: the disk does not take them.
    """
    if html is not None:
        _write(html, page().html().encode())
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputFailed(str(folder), error) from error
        for chart in charts:
            _write(folder / f"{chart.name}.png", png(chart))


def _write(path: Path, content: bytes) -> None:
    with written_aside(path) as file:
        file.write(content)
    details(f"wrote {path}")
