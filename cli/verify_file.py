"""A file of works: all are judged, in batches, and the lines that offend are named."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from powplasma.kernels import check_many
from powplasma.validation import Expiry

from .exits import ExitCode
from .jsonl import line_message
from .records import Record, error_record
from .works import StatedWork, Unreadable

_WORKS_AT_ONCE = 8192


@dataclass(slots=True)
class Verdicts:
    """What became of the lines of a file of works.

    Attributes:
        limit: how many lines of each kind are remembered; all are counted.
        expiry: by which anchors are judged too, if any.
        works: lines that state a work.
        invalid: works whose nonce is not good, or whose anchor is refused.
        refused: how many anchors were refused, by the reason.
        unreadable: lines that state no work.
        undemanding: works of difficulty 0 or 1, for which every nonce is good.
        invalid_lines: numbers of the first invalid ones.
        unreadable_lines: the first unreadable ones.
    """

    limit: int
    expiry: Expiry | None = None
    works: int = 0
    invalid: int = 0
    unreadable: int = 0
    undemanding: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    invalid_lines: list[int] = field(default_factory=list)
    unreadable_lines: list[Unreadable] = field(default_factory=list)

    def judge(self, lines: Iterable[StatedWork | Unreadable]) -> None:
        """Judges every line."""
        batch: list[StatedWork] = []
        for line in lines:
            if isinstance(line, Unreadable):
                self.unreadable += 1
                if len(self.unreadable_lines) < self.limit:
                    self.unreadable_lines.append(line)
                continue
            batch.append(line)
            if len(batch) == _WORKS_AT_ONCE:
                self._judge(batch)
                batch = []
        self._judge(batch)

    def _judge(self, batch: list[StatedWork]) -> None:
        good = check_many(
            b"".join([work.data_hash for work in batch]),
            b"".join([work.nonce for work in batch]),
            array("Q", [work.difficulty for work in batch]),
        )
        self.works += len(batch)
        self.undemanding += sum(work.difficulty <= 1 for work in batch)
        wrong = [work.line for work, passes in zip(batch, good, strict=True) if self._refuse(work) or not passes]
        self.invalid += len(wrong)
        self.invalid_lines += wrong[: self.limit - len(self.invalid_lines)]

    def _refuse(self, work: StatedWork) -> bool:
        """Whether the work's anchor is refused; counts the reason."""
        refused = None if self.expiry is None else self.expiry.refuse(work.anchor)
        if refused is not None:
            self.refused[refused[0].name.lower()] += 1
        return refused is not None

    @property
    def exit_code(self) -> ExitCode:
        """The worst that was found."""
        if self.unreadable:
            return ExitCode.BAD_INPUT
        return ExitCode.NEGATIVE if self.invalid else ExitCode.DONE

    @property
    def record(self) -> Record:
        """The object that --json prints."""
        refused: Record = {} if self.expiry is None else {"refused": dict(sorted(self.refused.items()))}
        return {
            "works": self.works,
            "valid": self.works - self.invalid,
            "invalid": self.invalid,
            "unreadable": self.unreadable,
            "undemanding": self.undemanding,
            **refused,
            "invalid_lines": self.invalid_lines,
            "unreadable_lines": [
                {"line": line.line, "error": error_record(line.error)} for line in self.unreadable_lines
            ],
        }

    def summary(self) -> list[str]:
        """The lines that a person gets."""
        lines = [f"{self.works} works: {self.works - self.invalid} valid, {self.invalid} invalid"]
        if self.refused:
            reasons = sorted(self.refused.items())
            lines[0] += f" ({', '.join(f'{count} {reason}' for reason, count in reasons)})".replace("_", " ")
        if self.unreadable:
            lines[0] += f"; {self.unreadable} unreadable lines"
        if self.invalid_lines:
            more = self.invalid - len(self.invalid_lines)
            numbers = ", ".join(map(str, self.invalid_lines))
            lines.append(f"invalid: line {numbers}" + (f" and {more} more" if more else ""))
        return lines

    def problems(self) -> list[str]:
        """One line for each unreadable line that is remembered, and one for the rest."""
        lines = [line_message(line.line, line.error) for line in self.unreadable_lines]
        more = self.unreadable - len(self.unreadable_lines)
        return [*lines, f"{more} more unreadable lines"] if more else lines
