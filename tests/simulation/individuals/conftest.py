"""Individuals with and without the native library."""

import os
from collections.abc import Iterator

import pytest

from powplasma.library import LIBRARY
from powplasma.simulation.individuals import native_steps
from tests.simulation.individuals.networks import without_library


@pytest.fixture(scope="module")
def library() -> None:
    """The steps of the library, which has to be there if it was asked for."""
    if not LIBRARY.exists() and os.environ.get("POWPLASMA_NATIVE") != "yes":
        pytest.skip("the native library is not built")
    assert native_steps.steps() is not None


@pytest.fixture(params=["library", "numpy"], scope="module")
def arrays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whose steps the accounts of a network take: those of the library, then numpy's."""
    if request.param == "library":
        request.getfixturevalue("library")
        yield
    else:
        with without_library():
            assert native_steps.steps() is None
            yield
