"""Reports and pictures: where they go, and that they can go there, before anything is computed for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from powplasma.charts import Chart, Page, check_available, is_page, is_picture, png
from powplasma.errors import InvalidInput

from .exits import OutputFailed
from .output import details
from .targets import Target


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is drawn.

    Attributes:
        html: file of the report.
        folder: of the pictures.
        names: of all charts that there may be, of which each is a file of the folder.
        force: whether to write over files of others.
    """

    html: Path | None
    folder: Path | None
    names: Sequence[str]
    force: bool

    def check(self) -> None:
        """Refuses before any work what could not be written after it.

        Raises:
            ChartsUnavailable: the extra is not installed.
            InvalidInput: field ``html`` or ``png``; something else is there.
        """
        check_available()
        if self.html is not None:
            self._report(self.html).check()
        if self.folder is not None:
            try:
                there, usable = self.folder.exists(), self.folder.is_dir()
            except OSError as error:
                raise self._no_folder(f"cannot be written: {error.strerror}") from None
            if there and not usable:
                raise self._no_folder("is not a folder")
            for name in self.names if there else ():
                self._picture(self.folder, name).check()

    def write(self, charts: Sequence[Chart], page: Callable[[], Page]) -> None:
        """Writes the report, the pictures, or both.

        Args:
            charts: what there is to see.
            page: makes the report, if one is wanted.

        Raises:
            OutputFailed: the disk does not take them.
            InvalidInput: as ``check``.
        """
        if self.html is not None:
            _write(self._report(self.html), page().html().encode())
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputFailed(str(self.folder), error) from error
            for chart in charts:
                assert chart.name in self.names
                _write(self._picture(self.folder, chart.name), png(chart))

    def _report(self, path: Path) -> Target:
        return Target("html", path, is_page, self.force)

    def _picture(self, folder: Path, name: str) -> Target:
        return Target("png", folder / f"{name}.png", is_picture, self.force)

    def _no_folder(self, problem: str) -> InvalidInput:
        return InvalidInput("png", str(self.folder), problem, "a folder, which is made if it is missing")


def _write(target: Target, content: bytes) -> None:
    with target.written() as file:
        file.write(content)
    details(f"wrote {target.path}")
