"""One engine with two warm workers for all tests that do not harm it."""

from collections.abc import Iterator

import pytest

from powplasma import Engine

HARD = 1 << 60
"""A difficulty that no test will ever reach."""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(workers=2) as shared:
        yield shared
