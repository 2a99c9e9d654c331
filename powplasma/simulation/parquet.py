"""Results as Parquet, by pyarrow (extra ``parquet``): the same rows give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, BinaryIO, Self

from powplasma.errors import ExtraMissing, PowPlasmaError
from powplasma.files import json_of
from powplasma.simulation.columns import Kind

METADATA_KEY = "powplasma"
"""Under which a file says, as JSON, what made it."""

_ROWS_AT_ONCE = 1 << 15
"""Rows of a row group, which are held in memory until it is written."""

_LARGE_DIGITS = 38
"""Of a decimal that every reader knows (128 bits)."""


class ParquetUnavailable(ExtraMissing):
    """The library that writes Parquet is not installed."""

    need = "Parquet needs"
    extra = "parquet"


class ColumnOverflow(PowPlasmaError):
    """A value is too large for its column.

    Attributes:
        column: its name.
        row: position of the row, from 1.
        value: the value.
    """

    def __init__(self, column: str, row: int, value: object) -> None:
        self.column = column
        self.row = row
        self.value = value
        super().__init__(f"row {row}: {column} is {value}, which no column of Parquet holds; CSV and JSON do")


class ParquetDamaged(PowPlasmaError):
    """A file is not as it was written.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path}: the file is damaged")


def check_available() -> None:
    """Refuses where nothing can be written.

    Raises:
        ParquetUnavailable: pyarrow is not installed.
    """
    _library()


class ParquetFile:
    """A Parquet file that is written row by row.

    Options of the writer are fixed, and nothing in the file depends on when or where it was written.

    Args:
        file: open for writing; not closed.
        columns: name and type of each, in order. A row that lacks one has a null there.

    Raises:
        ParquetUnavailable: pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO, columns: Mapping[str, Kind]) -> None:
        arrow, parquet = _library()
        self._columns = dict(columns)
        self._arrow = arrow
        self._types = _types(arrow)
        self._schema = arrow.schema([(name, self._types[kind]) for name, kind in columns.items()])
        self._writer = parquet.ParquetWriter(
            file, self._schema, compression="zstd", compression_level=3, version="2.6", store_schema=False
        )
        self._rows: list[Mapping[str, object]] = []
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets go of the file; what was not finished is of no use."""
        self._writer.close()

    def write(self, row: Mapping[str, object]) -> None:
        """Appends a row.

        Raises:
            ColumnOverflow: a value is too large for its column.
        """
        self._rows.append(row)
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def finish(self, metadata: Mapping[str, object]) -> None:
        """Writes what is left, and what made the file; nothing can follow.

        Raises:
            ColumnOverflow: a value is too large for its column.
        """
        self._flush()
        self._writer.add_key_value_metadata({METADATA_KEY: json.dumps(metadata, allow_nan=False)})
        self._writer.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        arrays = [self._array(name, kind) for name, kind in self._columns.items()]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._written += len(self._rows)
        self._rows.clear()

    def _array(self, name: str, kind: Kind) -> Any:
        values = [row.get(name) for row in self._rows]
        for position, value in enumerate(values):
            if value is not None and not _fits(kind, value):
                raise ColumnOverflow(name, self._written + position + 1, value)
        # An integer may be stated as its decimal digits.
        made: Callable[[object], object] | None = _CONVERSIONS.get(kind)
        if made:
            values = [None if value is None else made(value) for value in values]
        return self._arrow.array(values, self._types[kind])


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """The rows of a file, with those of the columns that it has.

    Raises:
        ParquetUnavailable: pyarrow is not installed.
        ParquetDamaged: the file is not as it was written.
        OSError: the file cannot be opened.
    """
    _, parquet = _library()
    with path.open("rb") as opened, _damage_told(path), parquet.ParquetFile(opened) as file:
        present = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(columns=present):
            yield from batch.to_pylist()


def read_metadata(file: BinaryIO) -> dict[str, object] | None:
    """What made an open file, by its own account; None if it does not say, or is no Parquet.

    Raises:
        ParquetUnavailable: pyarrow is not installed.
    """
    _, parquet = _library()
    try:
        found = json_of((parquet.read_metadata(file).metadata or {})[METADATA_KEY.encode()].decode())
    except Exception:  # noqa: BLE001 - what pyarrow raises for a file of somebody else, or a damaged one, is its own
        return None
    return found if isinstance(found, dict) else None


def is_ours(file: BinaryIO) -> bool:
    """Whether an open file is Parquet that this module wrote."""
    found = read_metadata(file)
    return found is not None and str(found.get("format", "")).startswith(METADATA_KEY)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except GeneratorExit:
        raise
    except Exception as error:
        raise ParquetDamaged(str(path)) from error


def _integer(value: object) -> int:
    return int(str(value))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


_CONVERSIONS: dict[Kind, Callable[[object], object]] = {
    Kind.COUNT: _integer, Kind.PRICE: _integer, Kind.LARGE: _decimal, Kind.TEXT: str,
}  # fmt: skip


def _fits(kind: Kind, value: object) -> bool:
    if kind is Kind.COUNT:
        return -(2**63) <= _integer(value) < 2**63
    if kind is Kind.PRICE:
        return 0 <= _integer(value) < 2**64
    return kind is not Kind.LARGE or len(str(value).lstrip("-")) <= _LARGE_DIGITS


def _types(arrow: ModuleType) -> dict[Kind, Any]:
    return {
        Kind.COUNT: arrow.int64(),
        Kind.PRICE: arrow.uint64(),
        Kind.LARGE: arrow.decimal128(_LARGE_DIGITS, 0),
        Kind.NUMBER: arrow.float64(),
        Kind.NUMBERS: arrow.list_(arrow.float64()),
        Kind.FLAG: arrow.bool_(),
        Kind.TEXT: arrow.string(),
    }


def _library() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow  # noqa: PLC0415 - an extra
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise ParquetUnavailable from error
    return pyarrow, pyarrow.parquet
