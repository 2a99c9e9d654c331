"""How a scenario file is read: every key is known, typed and in range, or the file is refused in one line."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NoReturn

from powplasma.errors import InvalidInput

Values = dict[str, object]
"""A TOML table."""


class Table:
    """A table of a scenario file, asked key by key.

    Attributes:
        where: the file, and the path of the table in it; begins every error.
    """

    def __init__(self, where: str, values: object, known: tuple[str, ...]) -> None:
        """Refuses what is no table, or has a key that is not ``known``.

        Raises:
            InvalidInput: the first such key, with the nearest known one.
        """
        self.where = where
        if not isinstance(values, dict):
            raise InvalidInput(where, values, "is not a table", f"a table with {', '.join(known)}")
        for key, value in values.items():
            if key not in known:
                near = get_close_matches(key, known, n=1)
                accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
                raise InvalidInput(self.path(key), value, "is set, but there is no such key", accepted)
        self._values: Values = values

    def path(self, key: str) -> str:
        """The key as errors name it."""
        return f"{self.where}{'.' if not self.where.endswith(':') else ' '}{key}"

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def integer(self, key: str, least: int, most: int, default: int | None = None, unit: str = "") -> int:
        """A whole number in a range; no float is rounded to one."""
        value = self._get(key, default, f"{least} … {most} {unit}".rstrip())
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput(
                self.path(key), value, _kept_as_text(value, "an integer"), f"{least} … {most} {unit}".rstrip()
            )
        if not least <= value <= most:
            raise InvalidInput(self.path(key), value, "is out of range", f"{least} … {most} {unit}".rstrip())
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None, unit: str = "") -> float:
        """A finite number in a range."""
        accepted = f"{least:g} … {most:g} {unit}".rstrip()
        value = self._get(key, default, accepted)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InvalidInput(self.path(key), value, _kept_as_text(value, "a number"), accepted)
        if not least <= value <= most:
            raise InvalidInput(self.path(key), value, "is out of range", accepted)
        return float(value)

    def text(self, key: str, default: str | None = None) -> str:
        """Any text."""
        value = self._get(key, default, "text")
        if not isinstance(value, str):
            raise InvalidInput(self.path(key), value, "is not text", "text in quotation marks")
        return value

    def choice(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        """One of the known words."""
        value = self._get(key, default, f"one of {', '.join(known)}")
        if value not in known:
            near = get_close_matches(str(value), known, n=1)
            accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
            raise InvalidInput(self.path(key), value, "is unknown", accepted)
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._get(key, default, "true or false")
        if not isinstance(value, bool):
            raise InvalidInput(self.path(key), value, "is neither true nor false", "true or false")
        return value

    def table(self, key: str, known: tuple[str, ...]) -> Table:
        """A table in this one; empty if it is not there."""
        return Table(self.path(key), self._values.get(key, {}), known)

    def values(self, key: str) -> Values:
        """A table whose keys somebody else checks; empty if it is not there."""
        values = self._values.get(key, {})
        if not isinstance(values, dict):
            raise InvalidInput(self.path(key), values, "is not a table", "a table")
        return values

    def tables(self, key: str, known: tuple[str, ...]) -> Iterator[Table]:
        """The tables of a list that has at least one."""
        values = self._get(key, None, f"one or more tables [[{key}]]")
        if not isinstance(values, list) or not values:
            raise InvalidInput(self.path(key), values, "is no list of tables", f"one or more tables [[{key}]]")
        for position, value in enumerate(values):
            yield Table(self.path(f"{key}.{position}"), value, known)

    def refuse(self, key: str, value: object, problem: str, accepted: str) -> NoReturn:
        """Refuses the value of a key for a reason that another key gives."""
        raise InvalidInput(self.path(key), value, problem, accepted)

    @contextlib.contextmanager
    def named(self, key: str) -> Iterator[None]:
        """Gives what is refused within the name of a key of this table."""
        try:
            yield
        except InvalidInput as error:
            raise InvalidInput(self.path(key), error.value, error.problem, error.accepted) from None

    def _get(self, key: str, default: object, accepted: str) -> object:
        value = self._values.get(key, default)
        if value is None:
            raise InvalidInput(self.path(key), "nothing", "is set", accepted)
        return value


def _kept_as_text(value: object, wanted: str) -> str:
    """What is wrong with a value that is not ``wanted``; ``"10"`` looks like an integer once its quotes are gone."""
    return f"is text, not {wanted}" if isinstance(value, str) else f"is not {wanted}"
