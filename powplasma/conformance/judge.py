"""Judges a file of vectors: every case passes, fails or is skipped for a stated reason."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from powplasma.account import WalletUnavailable
from powplasma.conformance.anchored import ANCHORED_WORK
from powplasma.conformance.blocks import ACCOUNT_BLOCK
from powplasma.conformance.calls import CONTRACT_CALLS
from powplasma.conformance.costs import PLASMA_COSTS
from powplasma.conformance.dynamic import DYNAMIC_V2
from powplasma.conformance.forum import DYNAMIC_V1
from powplasma.conformance.keys import ADDRESS_KEYS, KEYSTORE
from powplasma.conformance.model import Answer, Case, Failure, Format, UnknownVectors, Values
from powplasma.conformance.outcomes import CONTRACT_OUTCOMES
from powplasma.conformance.pow import POW
from powplasma.conformance.rpc import RPC_ACCOUNT_VIEW, RPC_SAMPLES
from powplasma.conformance.seed import SEED_TABLES
from powplasma.errors import InvalidInput, PowPlasmaError, shown
from powplasma.files import read_json

FORMATS: dict[str, Format] = {
    f"powplasma-vectors/{known.name}": known
    for known in (
        POW,
        ANCHORED_WORK,
        PLASMA_COSTS,
        DYNAMIC_V1,
        DYNAMIC_V2,
        SEED_TABLES,
        ACCOUNT_BLOCK,
        ADDRESS_KEYS,
        KEYSTORE,
        RPC_SAMPLES,
        RPC_ACCOUNT_VIEW,
        CONTRACT_CALLS,
        CONTRACT_OUTCOMES,
    )
}
"""Every kind of file that can be judged, by the file's own ``format``."""

_UNREADABLE = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)
"""What reading a value of the wrong shape raises, or one that is nested deeply."""

_MOST_BYTES = 1 << 28
"""Of a file of vectors: three hundred times the largest published one."""

Implementation = Callable[[Iterable[Case]], Iterable[tuple[Case, Answer]]]
"""Answers every case, in any order."""


@dataclass(slots=True)
class SectionReport:
    """How the cases of one section fared.

    Attributes:
        section: ``format.section``.
        passed: number of cases answered as expected.
        failures: the others, each with the first value that differs.
        skipped: number of cases not judged, by the reason.
    """

    section: str
    passed: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    def skip(self, why: str) -> None:
        """Counts a case that is not judged."""
        self.skipped[why] = self.skipped.get(why, 0) + 1


@dataclass(slots=True)
class FileReport:
    """How a file of vectors fared; ``sections`` in the order of the format."""

    format: str
    sections: list[SectionReport]

    @property
    def judged(self) -> bool:
        """Whether any case was judged; if all were skipped, nothing is known."""
        return any(section.passed or section.failures for section in self.sections)

    @property
    def conforms(self) -> bool:
        """Whether cases were judged, and none failed."""
        return self.judged and not any(section.failures for section in self.sections)


def judge_file(path: Path, implementation: Implementation | None = None) -> FileReport:
    """Judges powplasma, or another implementation, by every case of a file.

    Raises:
        UnknownVectors: the file, its format, a section or a field is not known; nothing is judged.
    """
    chosen, sections = load_cases(path)
    cases = [case for found in sections.values() for case in found]
    reports = {section: SectionReport(section) for section in sections}
    asked = []
    for case in cases:
        why = case.skip if implementation is None else case.skip or case.foreign_skip
        if why is None:
            asked.append(case)
        else:
            reports[case.section].skip(why)
    pending = {case.name for case in asked}
    answers = _own_answers(chosen, asked) if implementation is None else implementation(asked)
    with contextlib.ExitStack() as stack:
        if isinstance(answers, Generator):  # an interruption here has to end it, too
            stack.enter_context(contextlib.closing(answers))
        for case, answer in answers:
            pending.discard(case.name)
            report = reports[case.section]
            if answer.skip is not None:
                report.skip(answer.skip)
                continue
            failure = _compare(case, answer)
            if failure is None:
                report.passed += 1
            else:
                report.failures.append(failure)
    for case in asked:
        if case.name in pending:
            reports[case.section].failures.append(Failure(case.name, "", "an answer", "none"))
    return FileReport(chosen.name, list(reports.values()))


def load_cases(path: Path) -> tuple[Format, dict[str, list[Case]]]:
    """The format of a file, and the cases of each of its sections by ``format.section``.

    Raises:
        UnknownVectors: as ``judge_file``; also where the file's own counts do not hold, or a
            section that is not counted as empty has no cases.
    """
    chosen, document = _read(path)
    counts = document.get("counts", {})
    if not isinstance(counts, dict):
        raise UnknownVectors(f"{chosen.name}.counts", "is no object")
    sections: dict[str, list[Case]] = {}
    for key in document.keys() - chosen.notes:
        if key not in chosen.sections:
            raise UnknownVectors(f"{chosen.name}.{key}", "is an unknown section")
    for key, section in chosen.sections.items():
        if key not in document:
            continue
        where = f"{chosen.name}.{key}"
        try:
            sections[where] = list(section.read(where, document[key]))
        except _UNREADABLE as strange:
            raise UnknownVectors(where, f"is not made as it should be ({shown(strange, quoted=True)})") from None
        if not sections[where] and counts.get(key) != 0:
            raise UnknownVectors(where, "has no cases")
    _check_counts(chosen, document, counts)
    names = [case.name for cases in sections.values() for case in cases]
    if len(set(names)) != len(names):
        raise UnknownVectors(chosen.name, "has two cases of one name")
    if not names:
        raise UnknownVectors(chosen.name, "has no cases")
    return chosen, sections


def _read(path: Path) -> tuple[Format, Values]:
    try:
        document = read_json(path, "files", _MOST_BYTES)
    except InvalidInput as unreadable:
        raise UnknownVectors(str(path), unreadable.problem) from None
    name = document.get("format") if isinstance(document, dict) else None
    chosen = FORMATS.get(name) if isinstance(name, str) else None
    if chosen is None:
        raise UnknownVectors(
            str(path), f"has the unknown format {shown(name, quoted=True)}; known are {', '.join(FORMATS)}"
        )
    return chosen, document


def _check_counts(chosen: Format, document: Values, counts: Values) -> None:
    """A file that lost cases must not pass for what is left of it."""
    for key, count in counts.items():
        if key in chosen.sections and key not in document and count:
            raise UnknownVectors(f"{chosen.name}.{key}", f"is missing; the file counts {count} cases")
        if key in chosen.sections and isinstance(document.get(key), list) and len(document[key]) != count:
            raise UnknownVectors(f"{chosen.name}.{key}", f"has {len(document[key])} cases; the file counts {count}")


def _own_answers(chosen: Format, cases: Iterable[Case]) -> Iterable[tuple[Case, Answer]]:
    for case in cases:
        section = chosen.sections[case.section.partition(".")[2]]
        try:
            yield case, Answer(section.answer(case.input))
        except WalletUnavailable as missing:
            yield case, Answer(None, skip=str(missing))
        except PowPlasmaError as refused:
            yield case, Answer(None, error=str(refused))
        except _UNREADABLE as strange:
            yield case, Answer(None, error=f"the input cannot be read ({shown(strange, quoted=True)})")


def _compare(case: Case, answer: Answer) -> Failure | None:
    if answer.values is None:
        return Failure(case.name, "", "an answer", answer.error)
    for key, expected in case.expected.items():
        if key not in answer.values:
            return Failure(case.name, key, expected, "nothing")
        actual = answer.values[key]
        try:
            same = _plain(actual) == _plain(expected)
        except _UNREADABLE:  # lists within lists without end, or an integer of more digits than Python writes
            same = False
        if not same:
            return Failure(case.name, key, expected, actual)
    return None


def _plain(value: Any) -> Any:
    """One form for what JSON can write in several: an integer is the same as 1.0 and as its decimal text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value
