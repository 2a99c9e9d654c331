"""Files of finished works, as JSON Lines or CSV: read in bounded memory, a line at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from powplasma.errors import InvalidInput
from powplasma.fields import Missing, text, whole_number
from powplasma.validation import Anchor
from powplasma.validation.subject import data_hash_of
from powplasma.work import MAX_DIFFICULTY, check_difficulty, parse_nonce

from .anchor import stated_anchor
from .jsonl import parse_object, plain, read_lines

FORMATS = ("jsonl", "csv")
_COLUMNS = frozenset({"data_hash", "address", "previous_hash", "anchor_hash", "anchor_height", "nonce", "difficulty"})


@dataclass(frozen=True, slots=True)
class StatedWork:
    """A work as a file states it.

    Attributes:
        line: its line number.
        data_hash: 32 bytes.
        nonce: 8 bytes.
        difficulty: 0 … 2^64 - 1.
        anchor: which the data hash contains, None for a work without one.
    """

    line: int
    data_hash: bytes
    nonce: bytes
    difficulty: int
    anchor: Anchor | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that states no work.

    Attributes:
        line: its number.
        error: what is wrong with it.
    """

    line: int
    error: InvalidInput


def format_of(path: str, stated: str | None) -> str:
    """The format of a file: as stated, else by its suffix, else JSON Lines."""
    return stated or ("csv" if PurePath(path).suffix.lower() == ".csv" else "jsonl")


def read_works(descriptor: int, kind: str, difficulty: int | None) -> Iterator[StatedWork | Unreadable]:
    """The works and unreadable lines of a file, in its order.

    What else a line says (keys or columns of other names) is passed over.

    Args:
        descriptor: of the file.
        kind: one of ``FORMATS``.
        difficulty: of works that state none.

    Raises:
        InvalidInput: field ``input``; the first line of a CSV file names no columns of a work.
    """
    table: CsvTable | None = None
    for number, line in read_lines(descriptor):
        try:
            if isinstance(line, InvalidInput):
                raise line
            if kind == "csv" and table is None:
                table = CsvTable(line)
            else:
                content = parse_object(line) if table is None else table.parse(line)
                yield stated_work(number, content, difficulty)
        except InvalidInput as error:
            if error.field == "input":
                raise
            yield Unreadable(number, error)


def stated_work(line: int, content: Mapping[str, object], difficulty: int | None) -> StatedWork:
    """The work that the keys of one line describe.

    Raises:
        InvalidInput: names the key that is missing or not usable.
    """
    if "error" in content:
        raise InvalidInput("error", plain(content["error"]), "stands where a work should be", "a finished work")
    values = {key: plain(content[key]) for key in _COLUMNS if content.get(key) not in (None, "")}
    anchor = stated_anchor(values.get("anchor_hash"), values.get("anchor_height"))
    subject = data_hash_of(values.get("data_hash"), values.get("address"), values.get("previous_hash"), anchor)
    if "nonce" not in values:
        raise Missing("nonce", "16 hex digits")
    accepted = f"0 … {MAX_DIFFICULTY}"
    stated = values.get("difficulty", difficulty)
    if stated is None:
        raise Missing("difficulty", f"{accepted}, or --difficulty for all lines without one")
    number = whole_number("difficulty", stated, accepted)
    check_difficulty(number, least=0)
    return StatedWork(line, subject, parse_nonce(text("nonce", values["nonce"])), number, anchor)


class CsvTable:
    """Rows of a CSV file by the names in its first line; a row is one line.

    Args:
        first_line: of the file.

    Raises:
        InvalidInput: field ``input``; it does not name the columns.
    """

    def __init__(self, first_line: bytes) -> None:
        try:
            self._columns = [name.strip() for name in _cells(first_line)]
        except InvalidInput as error:
            raise InvalidInput("input", error.value, error.problem, error.accepted) from None
        known = [name for name in self._columns if name in _COLUMNS]
        if "nonce" not in known or len(set(known)) < len(known):
            accepted = "data_hash, nonce, difficulty or address, previous_hash, nonce, difficulty, each once"
            raise InvalidInput("input", ",".join(self._columns), "is not a first line that names the columns", accepted)

    def parse(self, line: bytes) -> dict[str, object]:
        """One row.

        Raises:
            InvalidInput: field ``line``; it has not one cell for each column.
        """
        cells = _cells(line)
        if len(cells) != len(self._columns):
            accepted = f"{len(self._columns)}, one for each column"
            raise InvalidInput("line", line.decode(), f"has {len(cells)} cells", accepted)
        return {name: cell.strip() for name, cell in zip(self._columns, cells, strict=True)}


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8")], strict=True))
    except UnicodeDecodeError as error:
        raise InvalidInput("line", repr(line)[2:-1], f"is not UTF-8 at byte {error.start + 1}", "CSV") from None
    except csv.Error as error:
        raise InvalidInput("line", line.decode(), f"is not CSV: {error}", "one row per line") from None
