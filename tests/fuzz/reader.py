"""What a reader is: something that is given text, bytes, JSON or values of Python from elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from powplasma.errors import PowPlasmaError


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """One reader.

    Attributes:
        name: of it.
        samples: what it reads; their type says how they are spoilt.
        read: is given a sample that is spoilt, or not.
        refusals: what it may raise.
        hides: whether nothing of what it is given may be in what it raises.
        weight: how often it is tried, against 1 for most.
    """

    name: str
    samples: list[Any]
    read: Callable[[Any], object]
    refusals: tuple[type[BaseException], ...] = (PowPlasmaError,)
    hides: bool = False
    weight: float = 1.0


class Anything:
    """A sample that is no text: any value of Python takes its place, and the good one only now and then."""

    def __init__(self, good: object) -> None:
        self.good = good
