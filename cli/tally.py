"""What became of the lines of a batch."""

from __future__ import annotations

from dataclasses import dataclass

from .exits import ExitCode


@dataclass(slots=True)
class Tally:
    """Counts of lines.

    Attributes:
        found: lines with a nonce.
        missing: lines whose search reached its limit.
        bad: lines that are not usable.
        kept: those of all of them that an earlier run had written.
        hashes: nonces judged in this run.
    """

    found: int = 0
    missing: int = 0
    bad: int = 0
    kept: int = 0
    hashes: int = 0

    @property
    def lines(self) -> int:
        """All lines."""
        return self.found + self.missing + self.bad

    @property
    def exit_code(self) -> ExitCode:
        """The worst that happened to any line."""
        if self.bad:
            return ExitCode.BAD_INPUT
        return ExitCode.NEGATIVE if self.missing else ExitCode.DONE

    def __str__(self) -> str:
        kept = f" ({self.kept} of them before)" if self.kept else ""
        return f"{self.lines} lines{kept}: {self.found} found, {self.missing} not found, {self.bad} bad"
