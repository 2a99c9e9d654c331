"""A cluster for the tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import call, environment, program
from tests.cluster.local import Local

__all__ = ["call", "cluster", "environment", "program"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of one with two worker processes."""
    with Local() as local:
        yield local.address
