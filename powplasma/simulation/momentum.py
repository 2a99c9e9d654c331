"""Runs that a rule set can end: the refusal that names the momentum, and streams that stay ended."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, TypeVar

from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.usage import Usage

Item = TypeVar("Item")


class SimulationStopped(PowPlasmaError):
    """A rule set refuses the state that a simulation led to, as when a price leaves 64 bits.

    Attributes:
        momentum: the momentum that cannot be followed, from 1.
        problem: what the rule set says.
    """

    def __init__(self, momentum: int, problem: str) -> None:
        self.momentum = momentum
        self.problem = problem
        super().__init__(f"momentum {momentum}: {problem}")


class Stream(Generic[Item]):
    """What a run yields, one momentum after the other.

    What has ended it, a refusal or Ctrl-C, ends it again however often it is asked: half a run never looks
    like a whole one.

    Args:
        items: a generator, which by itself is at its end once it has raised.
    """

    def __init__(self, items: Generator[Item]) -> None:
        self._items = items
        self._ended_by: BaseException | None = None

    def __iter__(self) -> Stream[Item]:
        return self

    def __next__(self) -> Item:
        if self._ended_by is not None:
            raise self._ended_by
        try:
            return next(self._items)
        except StopIteration:
            raise
        except BaseException as end:
            self._ended_by = end
            raise

    def close(self) -> None:
        """Nothing is left of it."""
        self._items.close()


def next_state(rules: RuleSet[Any], state: Any, usage: Usage, momentum: int) -> Any:
    """What the momentum after this one inherits.

    Raises:
        SimulationStopped: the rule set refuses; ``momentum`` is named.
    """
    try:
        return rules.next_state(state, usage)
    except InvalidInput as error:
        raise SimulationStopped(momentum, str(error)) from error
