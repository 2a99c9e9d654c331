"""Parquet: what is written is read back, types do not depend on values, and nothing is cut off."""

import io
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.simulation.columns import Kind, flatten, kind_of, kind_of_values
from powplasma.simulation.parquet import ColumnOverflow, ParquetFile, ParquetUnavailable, check_available

COLUMNS = {"count": Kind.COUNT, "price": Kind.PRICE, "large": Kind.LARGE, "number": Kind.NUMBER, "text": Kind.TEXT}
COLUMNS |= {"numbers": Kind.NUMBERS}
ROWS = st.fixed_dictionaries(
    {
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "price": st.none() | st.integers(0, 2**64 - 1),
        "large": st.none() | st.integers(-(10**38) + 1, 10**38 - 1),
        "number": st.none() | st.floats(allow_nan=False),
        "numbers": st.none() | st.lists(st.floats(allow_nan=False), max_size=3),
        "text": st.none() | st.text("aé\n", max_size=4),
    }
)


def written(rows: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    with ParquetFile(file, COLUMNS) as table:
        for row in rows:
            table.write(row)
        table.finish({"rows": len(rows)})
    return file.getvalue()


@settings(deadline=None)  # the first example loads pyarrow
@given(st.lists(ROWS, max_size=5))
def test_everything_that_fits_is_read_back(rows: list[dict[str, object]]) -> None:
    content = written(rows)
    assert content == written(rows)
    table = pq.read_table(io.BytesIO(content))
    plain = [pa.int64(), pa.uint64(), pa.decimal128(38, 0), pa.float64(), pa.string()]
    assert table.schema.types == [*plain, pa.list_(pa.field("element", pa.float64()))]
    assert table.to_pylist() == [
        row | {"large": None if row["large"] is None else Decimal(str(row["large"]))} for row in rows
    ]
    assert pq.read_metadata(io.BytesIO(content)).metadata[b"powplasma"] == b'{"rows": %d}' % len(rows)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("count", 2**63),
        ("count", -(2**63) - 1),
        ("price", -1),
        ("price", 2**64),
        ("large", 10**38),
        ("large", "-" + "9" * 39),
    ],
)
def test_what_does_not_fit_is_named_and_never_wrapped(column: str, value: object) -> None:
    with pytest.raises(ColumnOverflow, match=f"row 2: {column} is {value}"):
        written([{}, {column: value}])


def test_a_path_for_every_figure() -> None:
    record = {"a": 1, "state": {"b": "2"}, "lanes": [{"name": "x", "c": 3}, {"name": "y", "c": 4}], "rows": [{"d": 5}]}
    assert dict(flatten(record)) == {"a": 1, "state.b": "2", "lanes.x.c": 3, "lanes.y.c": 4, "rows.0.d": 5}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("state.base_price", Kind.PRICE),
        ("peak_state.work_price", Kind.TEXT),
        ("rules.difficulty_per_plasma", Kind.TEXT),
        ("lanes.x.difficulty", Kind.LARGE),
        ("lanes.x.latency_p95", Kind.NUMBER),
        ("repeat_minutes", Kind.NUMBER),
        ("recovery_momentums", Kind.COUNT),
    ],
)
def test_the_name_decides_the_type_even_of_nothing(path: str, kind: Kind) -> None:
    assert kind_of(path, None) is kind_of(path, 1) is kind


def test_the_narrowest_type_for_an_axis() -> None:
    assert kind_of_values([1, 2]) is Kind.COUNT
    assert kind_of_values([1, 2.5]) is Kind.NUMBER
    assert kind_of_values([True, False]) is Kind.FLAG
    assert kind_of_values([1, 2**63]) is Kind.TEXT
    assert kind_of_values([1, "dynamic"]) is Kind.TEXT


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetUnavailable, match=r"powplasma\[parquet\]"):
        check_available()
