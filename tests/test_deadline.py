"""Deadlines: passed, still to come, and never."""

from __future__ import annotations

import math

import pytest

from powplasma.deadline import LONGEST_WAIT, Deadline


@pytest.mark.parametrize("seconds", [None, math.inf, 1e18, 2**31 / 1000, 3.2e6])
def test_no_wait_is_longer_than_a_system_call_takes(seconds: float | None) -> None:
    deadline = Deadline(seconds)
    assert not deadline.over
    assert deadline.wait == LONGEST_WAIT
    assert deadline.left > LONGEST_WAIT


def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    deadline = Deadline(1e-9)
    while not deadline.over:
        pass
    assert deadline.left == deadline.wait == 0
