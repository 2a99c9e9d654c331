"""What can go wrong while the native library is built."""

from __future__ import annotations


class NativeBuildError(Exception):
    """The native library cannot be built here.

    Attributes:
        summary: the reason in one line.
        output: what the compiler said, possibly many lines, possibly nothing.
    """

    def __init__(self, summary: str, output: str = "") -> None:
        self.summary = summary
        self.output = output
        super().__init__(summary)
