"""Integers that could wrap never reach the rules' products."""

from collections.abc import Callable

import numpy as np
import pytest

from powplasma.errors import InvalidInput
from powplasma.plasma import ruleset
from powplasma.plasma.pricing import Payment


@pytest.mark.parametrize("name", ["forum", "dynamic"])
@pytest.mark.parametrize("amount", [np.float64(105_000), -1, 2**64, 21_000.0, True])
def test_amounts_that_are_no_plasma_are_refused(name: str, amount: int) -> None:
    rules = ruleset(name)
    calls: list[tuple[str, Callable[[], int]]] = [
        ("base_plasma", lambda: rules.least_pow_plasma(amount)),
        ("base_plasma", lambda: rules.least_fused(amount)),
        ("fused", lambda: rules.least_pow_plasma(21_000, amount)),
        ("pow_plasma", lambda: rules.least_fused(21_000, amount)),
    ]
    for field, call in calls:
        with pytest.raises(InvalidInput) as failure:
            call()
        assert failure.value.field == field


@pytest.mark.parametrize("field", ["base_plasma", "fused_plasma", "difficulty"])
def test_a_payment_holds_plain_integers(field: str) -> None:
    given = {"base_plasma": 21_000, "fused_plasma": 0, "difficulty": 0}
    assert type(getattr(Payment(**given | {field: np.uint8(1)}), field)) is int
    with pytest.raises(InvalidInput) as failure:
        Payment(**given | {field: np.float64(1)})
    assert failure.value.field == field
