"""Amounts are exact: what people write, in base units and back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.transfer.amounts import coins, in_coins


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("1.5", 8, 150_000_000),
        ("0", 8, 0),
        ("0.00000001", 8, 1),
        ("21000000.00000000", 8, 2_100_000_000_000_000),
        ("007.5000000000", 8, 750_000_000),
        ("9007199254740993", 8, 900719925474099300000000),
        ("12", 0, 12),
        ("12.0", 0, 12),
        ("0.000000000000000001", 18, 1),
    ],
)
def test_amounts(text, decimals, amount) -> None:
    assert coins(text, decimals) == amount


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1e3", "1,5", "1.", ".5", " 1", "1\n", "١", "0x1", "1_000", "nan", 1.5, 1, None, "1.2.3"]
)
def test_what_is_no_amount_is_refused(text) -> None:
    with pytest.raises(InvalidInput, match=r"amount: .* is no amount"):
        coins(text)


def test_an_amount_is_never_rounded_or_clamped() -> None:
    with pytest.raises(InvalidInput, match="more decimal places than the token"):
        coins("0.000000001")
    with pytest.raises(InvalidInput, match="more decimal places than the token"):
        coins("1.5", 0)
    with pytest.raises(InvalidInput, match=r"amount: .* is out of range"):
        coins(str(2**255), 0)
    assert coins(str(2**255 - 1), 0) == 2**255 - 1
    with pytest.raises(InvalidInput, match="decimals"):
        coins("1", 19)


@given(st.integers(0, 2**255 - 1), st.integers(0, 18))
def test_amounts_come_back(amount: int, decimals: int) -> None:
    text = in_coins(amount, decimals)
    assert coins(text, decimals) == amount
    assert Fraction(text) == Fraction(amount, 10**decimals)
