"""The files that one run of ``powplasma simulate`` leaves: its series as Parquet, its report and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from powplasma.simulation import Scenario
from powplasma.simulation.columns import Kind, kind_of
from powplasma.simulation.parquet import ParquetFile, check_available, is_ours

from .figures import json_figures
from .output import details
from .records import Record
from .targets import Target, pictures_of

if TYPE_CHECKING:
    from .simulate_report import Picture

_CHARTS = ("prices", "fullness", "included", "held", "latency", "blocked")
"""Names of all that there may be."""

RUN_FORMAT = "powplasma-run"
"""Value of ``format`` in what a Parquet file says about itself."""


class RunFiles:
    """Writes what was asked for while a run is followed, and finishes it with its figures.

    Args:
        scenario: which is run.
        header: what a rerun needs.
        parquet: file of the series, if one is wanted.
        html: file of the report.
        png: folder of the pictures.
        force: whether to write over files of others.

    Raises:
        InvalidInput: a file or folder cannot be there.
        ChartsUnavailable, ParquetUnavailable: an extra is not installed.
    """

    def __init__(
        self,
        scenario: Scenario,
        header: Record,
        *,
        parquet: Path | None,
        html: Path | None,
        png: Path | None,
        force: bool,
    ) -> None:
        self._header = header
        self._unlimited = frozenset() if scenario.has_rows else scenario.unlimited_columns
        self._parquet = None if parquet is None else Target("parquet", parquet, is_ours, force)
        self._stack = ExitStack()
        self._table: ParquetFile | None = None
        self._picture: Picture | None = None
        if self._parquet is not None:
            check_available()
            self._parquet.check()
        self._pictures = pictures_of(html, png, _CHARTS, force=force)
        if self._pictures is not None:
            from .simulate_report import Picture  # noqa: PLC0415 - an extra, which most runs do without

            self._picture = Picture(scenario)

    @property
    def wanted(self) -> bool:
        """Whether there is any, and the series has to be followed."""
        return self._parquet is not None or self._picture is not None

    @property
    def drawn(self) -> bool:
        """Whether there are pictures."""
        return self._picture is not None

    def follow(self, rows: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
        """Hands the rows on, and keeps of them what is written."""
        for row in rows:
            self.tabulate(row)
            self.draw(row)
            yield row

    def tabulate(self, row: Mapping[str, object]) -> None:
        """Appends a row to the Parquet file, if there is one.

        Raises:
            ColumnOverflow: a value is too large for it.
        """
        if self._parquet is None:
            return
        if self._table is None:
            file = self._stack.enter_context(self._parquet.written())
            unlimited = self._unlimited
            columns = {name: Kind.TEXT if name in unlimited else kind_of(name, row[name]) for name in row}
            self._table = self._stack.enter_context(ParquetFile(file, columns))
        self._table.write(row)

    def draw(self, row: Mapping[str, object]) -> None:
        """Takes a momentum into the pictures, if there are some."""
        if self._picture is not None:
            self._picture.see(row)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Completes every file.

        Raises:
            OutputFailed: the disk does not take them.
        """
        if self._table is not None:
            figures = json_figures({key: value for key, value in summary.items() if key != "rows"})
            self._table.finish({"format": RUN_FORMAT, **self._header, "summary": figures})
            self._stack.close()
            details(f"wrote {self._parquet.path if self._parquet else ''}")
        if self._pictures is not None and self._picture is not None:
            from .simulate_report import run_page  # noqa: PLC0415 - the same

            charts = self._picture.charts(summary)
            self._pictures.write(charts, lambda: run_page(self._header, summary, charts))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves no half of a file behind."""
        self._stack.__exit__(kind, error, trace)
