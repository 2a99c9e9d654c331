"""The checks that every room uses, and how a value from elsewhere is shown."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput, check_integer, check_seconds, printable

HUGE = 10**5000
"""More digits than Python writes out."""


def named(value: object) -> str:
    """A name for a case that is the same in every process, which a hash is not."""
    return f"{value.bit_length()} bits" if isinstance(value, int) and abs(value) == HUGE else repr(value)


@pytest.mark.parametrize("value", [7, np.int8(7), np.uint64(7), np.array(7)])
def test_every_kind_of_integer_is_one_and_comes_back_as_pythons_own(value: object) -> None:
    assert type(check_integer("count", value, 1, 10)) is int


@pytest.mark.parametrize(
    "value",
    [True, 7.0, "7", None, np.float64(7), np.bool_(True), [7], b"7", np.array([7, 7]), np.ma.array(7, mask=True)],
)
def test_anything_else_is_said_not_to_be_an_integer(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^count: .* is not an integer \(1 … 10 nonces\)\Z"):
        check_integer("count", value, 1, 10, "nonces")


@pytest.mark.parametrize("value", [0, 11, -1, np.int64(11), HUGE, -HUGE], ids=named)
def test_an_integer_outside_is_said_to_be_out_of_range(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^count: .* is out of range \(1 … 10\)\Z"):
        check_integer("count", value, 1, 10)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (Fraction(1, 2), 0.5),
        (math.inf, math.inf),
        (HUGE, math.inf),
    ],
    ids=named,
)
def test_a_time_is_a_real_number_above_0_and_may_be_infinite(value: object, seconds: float) -> None:
    assert check_seconds("timeout", value) == seconds
    assert type(check_seconds("timeout", value)) is float


@pytest.mark.parametrize("value", [0, -1, -0.0, math.nan, -math.inf, -HUGE], ids=named)
def test_a_time_that_is_not_above_0_is_out_of_range(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^timeout: .* is out of range \(seconds above 0\)\Z"):
        check_seconds("timeout", value)


@pytest.mark.parametrize("value", ["1", None, True, 1j, [1], np.bool_(True)])
def test_what_is_not_a_number_is_not_a_time(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^timeout: .* is not a number"):
        check_seconds("timeout", value)


@given(st.text())
def test_whatever_somebody_wrote_takes_one_line_and_moves_nothing(text: str) -> None:
    assert printable(text).isprintable()
    assert InvalidInput("field", text, "is wrong", "right").args[0].isprintable()
    if text.isprintable():
        assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a\\nb"), ("\x1b[2K", "\\x1b[2K"), ("\u202e", "\\u202e"), ("\ud800", "\\ud800"), ("ÄäŁ…", "ÄäŁ…")],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
