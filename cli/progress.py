"""What a person sees while something takes its time: one line on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from . import output

if TYPE_CHECKING:
    from rich.live import Live

_LINE_SECONDS = 5.0
"""Time between two lines where standard error is no terminal, and every line stays."""

_FRAME_SECONDS = 0.1
"""Time between two states of the line on a terminal."""

progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show progress on standard error.  [default: if it is a terminal]",
)


class ProgressLine:
    """A line that is rewritten in place on a terminal, and repeated now and then elsewhere.

    Args:
        wanted: whether to show it; None leaves that to standard error being a terminal.
    """

    def __init__(self, wanted: bool | None) -> None:
        self._terminal = sys.stderr.isatty()
        self.enabled = self._terminal if wanted is None else wanted
        self._live: Live | None = None
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time for the next ``show``."""
        return self.enabled and time.monotonic() >= self._next

    def show(self, text: str) -> None:
        """Puts the line up, if it is due."""
        if not self.due:
            return
        self._next = time.monotonic() + (_FRAME_SECONDS if self._terminal else _LINE_SECONDS)
        if not self._terminal:
            output.details(text)
            return
        if self._live is None:
            self._live = _live_line()
        self._live.update(text, refresh=True)

    def hide(self) -> None:
        """Takes the line away, so that something else can be printed in its place; ``show`` puts it up again."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See ``hide``."""
        self.hide()


def _live_line() -> Live:
    # Most searches end before the first line is due; they need not wait for rich to be imported.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    live = Live(console=Console(stderr=True, highlight=False, markup=False), auto_refresh=False, transient=True)
    live.start()
    return live
