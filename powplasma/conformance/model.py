"""What a file of vectors is made of: sections of cases, each an input and the expected answer.

The format of the files is documented in tests/vectors/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from powplasma.errors import PowPlasmaError, shown

Values = dict[str, Any]
"""A JSON object: the input of a case, or an answer to it."""


class UnknownVectors(PowPlasmaError):
    """A file of vectors holds something that this version cannot judge, so none of it is judged.

    Attributes:
        where: the file's format, section or field.
        problem: what is the matter with it.
    """

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where}: {problem}")


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its expected answer.

    Attributes:
        section: ``format.section``, as in ``dynamic_v2.nextPrice``.
        name: of the case, unique in its file.
        input: what an implementation is given.
        expected: what it must answer; every key is compared.
        skip: why nobody is asked, None if somebody is.
        foreign_skip: why another implementation than ours is not asked, None if it is.
    """

    section: str
    name: str
    input: Values
    expected: Values
    skip: str | None = None
    foreign_skip: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an implementation said to a case: values, or why it gives none."""

    values: Values | None
    skip: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose answer is not the expected one.

    Attributes:
        name: of the case.
        key: of the first value that differs, empty if there was no answer at all.
        expected: that value as the file has it.
        actual: that value as it was answered, or the error.
    """

    name: str
    key: str
    expected: object
    actual: object

    def __str__(self) -> str:
        what = f"{shown(self.key)}: " if self.key else ""
        expected, actual = shown(self.expected, quoted=True), shown(self.actual, quoted=True)
        return f"{shown(self.name)}: {what}expected {expected}, got {actual}"


@dataclass(frozen=True, slots=True)
class Section:
    """How one section of a format is read, and how powplasma answers it.

    Attributes:
        read: cases from the section's JSON value, given the full name of the section.
        answer: powplasma's answer to a case's input; a PowPlasmaError is a failure.
    """

    read: Callable[[str, Any], Iterator[Case]]
    answer: Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        name: short name; the file's ``format`` is ``powplasma-vectors/`` and this.
        sections: by their key in the file.
        notes: keys of the file that hold no cases.
    """

    name: str
    sections: Mapping[str, Section]
    notes: frozenset[str] = field(default=frozenset({"format", "set", "source", "counts"}))


NOTE_FIELDS = frozenset({"category", "comment", "from", "id", "name", "note", "panic"})
"""Fields that say something about a case in any section and are not judged, unless the section has another use."""


def read_rows(
    inputs: tuple[str, ...],
    expected: tuple[str, ...],
    *,
    optional: tuple[str, ...] = (),
    name: str | None = None,
) -> Callable[[str, Any], Iterator[Case]]:
    """A reader of a section that is a list of flat objects.

    Args:
        inputs: keys that go to the implementation; must be there.
        expected: keys that it must answer; must be there unless in ``optional``.
        optional: keys of ``inputs`` or ``expected`` that a case may lack.
        name: key whose value names the case, else its position does.
    """

    def read(section: str, rows: Any) -> Iterator[Case]:
        known = {*inputs, *expected, *NOTE_FIELDS}
        required = {*inputs, *expected} - {*optional}
        for position, row in enumerate(_list(section, rows)):
            check_keys(f"{section}[{position}]", row, known, required)
            yield Case(
                section,
                f"{section}/{row[name] if name else position}",
                {key: row[key] for key in inputs if key in row},
                {key: row[key] for key in expected if key in row},
            )

    return read


def read_constants(section: str, values: Any) -> Iterator[Case]:
    """Cases of a nested object of constants: one per leaf, named by its path."""
    for path, value in _leaves("", values):
        yield Case(section, f"{section}/{path}", {"name": path}, {"value": value})


def check_keys(where: str, row: Any, known: set[str], required: set[str]) -> None:
    """Refuses a case with a key that nobody would judge, or without one that is needed.

    Raises:
        UnknownVectors: ``where`` is no object, or has wrong keys.
    """
    if not isinstance(row, dict):
        raise UnknownVectors(where, "is no object")
    if row.keys() - known:
        raise UnknownVectors(where, f"has unknown fields: {', '.join(sorted(row.keys() - known))}")
    if required - row.keys():
        raise UnknownVectors(where, f"lacks fields: {', '.join(sorted(required - row.keys()))}")


def _list(section: str, rows: Any) -> list[Any]:
    if not isinstance(rows, list):
        raise UnknownVectors(section, "is no list of cases")
    return rows


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, inner)
    else:
        yield path, value
