"""Looks for a published block follow each other more quickly than for a user, who may have a slow node."""

import pytest

from powplasma.node import client


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LOOKS_SECONDS", (0.0, 0.05))
