"""A cluster for the tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from powplasma.cluster import connection
from powplasma.engine import cluster_pool
from tests.cli.conftest import call, environment, program
from tests.cluster.local import Local
from tests.waiting import PATIENCE

__all__ = ["call", "cluster", "environment", "program"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of one with two worker processes."""
    with Local() as local:
        yield local.address


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that starts again may take its time; a test that waits in vain shortens it."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", PATIENCE)
    monkeypatch.setattr(cluster_pool, "RECONNECT_SECONDS", PATIENCE)
