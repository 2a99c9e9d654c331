"""Chance for many at once, by numpy (extra ``sim``)."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from powplasma.errors import ExtraMissing

if TYPE_CHECKING:
    import numpy as np


class SimulatorUnavailable(ExtraMissing):
    """The library for arrays is not installed."""

    need = "honest users need"
    extra = "sim"


def arrays() -> ModuleType:
    """The library for arrays, numpy.

    Raises:
        SimulatorUnavailable: it is not installed.
    """
    try:
        import numpy  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SimulatorUnavailable from error
    return numpy


def generator(seed: int) -> np.random.Generator:
    """A stream of chance of its own.

    Raises:
        SimulatorUnavailable: numpy is not installed.
    """
    stream: np.random.Generator = arrays().random.Generator(arrays().random.PCG64(seed))
    return stream
