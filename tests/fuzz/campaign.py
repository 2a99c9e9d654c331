"""What all campaigns have in common: a seed and a number determine a case, and a case that fails is told by the two."""

from __future__ import annotations

import abc
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import ClassVar

ROOT = Path(__file__).parents[2]
OWN = ("powplasma", "cli")
"""Folders of what is tried, which an error is placed in."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was tried, and what came of it.

    Attributes:
        shown: the input, for a person who reads about it.
        objections: what is wrong with the outcome, each in a line that begins with its kind; none if all is well.
    """

    shown: str
    objections: tuple[str, ...] = ()


Try = Callable[[Random], Case]
"""Makes a case from chance alone and tries it."""


class Campaign(abc.ABC):
    """One sort of cases.

    Attributes:
        name: by which it is run.
        about: what it tries, in a line.
        whole: how many cases make a thorough run; the suite tries a part of them.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    whole: ClassVar[int]

    @abc.abstractmethod
    def opened(self, folder: Path) -> AbstractContextManager[Try]:
        """Makes ready in an empty folder. No case leaves anything behind that another one could see."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case with objections.

    Attributes:
        campaign: its name.
        seed, number: what determines the case.
    """

    campaign: str
    seed: int
    number: int
    case: Case

    @property
    def replay(self) -> str:
        """The command that tries the case again."""
        return f"python -m tests.fuzz {self.campaign} --seed {self.seed} --case {self.number}"

    def __str__(self) -> str:
        return "\n".join(
            [self.replay, f"  tried: {self.case.shown}", *(f"  - {each}" for each in self.case.objections)]
        )


def chance(campaign: str, seed: int, number: int) -> Random:
    """All the chance that a case has."""
    return Random(f"{campaign} {seed} {number}")


def failures(campaign: Campaign, seed: int, numbers: Iterable[int], folder: Path) -> Iterator[Failure]:
    """Tries cases in turn; those that fail, as they come."""
    with campaign.opened(folder) as attempt:
        for number in numbers:
            case = attempt(chance(campaign.name, seed, number))
            if case.objections:
                yield Failure(campaign.name, seed, number, case)


def place_of(error: BaseException) -> str:
    """Where an error was raised, as far as it is powplasma's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if any(Path(frame.filename).is_relative_to(ROOT / name) for name in OWN)]
    if not own:
        return "?"
    return f"{Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}"
