"""One engine with two workers for all tests that do not harm it."""

from collections.abc import Iterator

import pytest

from powplasma import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(workers=2) as shared:
        yield shared
