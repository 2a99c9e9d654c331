"""How a scenario file is read: every key is known, typed and in range, or the file is refused in one line."""

from __future__ import annotations

import contextlib
import datetime
import numbers
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NoReturn

from powplasma.errors import InvalidInput, check_integer, check_number, plain_integer, shown

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
        return _path(self.where, key)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def integer(self, key: str, least: int, most: int, default: int | None = None, unit: str = "") -> int:
        """A whole number in a range; no float is rounded to one."""
        accepted = f"{least} … {most} {unit}".rstrip()
        value = self._get(key, default, accepted)
        if isinstance(value, str):
            raise InvalidInput(self.path(key), value, _KEPT_AS_TEXT.format("an integer"), accepted)
        return check_integer(self.path(key), value, least, most, unit)

    def number(self, key: str, least: float, most: float, default: float | None = None, unit: str = "") -> float:
        """A finite number in a range."""
        accepted = f"{least:g} … {most:g} {unit}".rstrip()
        value = self._get(key, default, accepted)
        if isinstance(value, str):
            raise InvalidInput(self.path(key), value, _KEPT_AS_TEXT.format("a number"), accepted)
        return check_number(self.path(key), value, least, most, accepted)

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
            near = get_close_matches(shown(value), known, n=1)
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


_KEPT_AS_TEXT = "is text, not {}"
"""What is wrong with ``"10"``, which looks like an integer once its quotes are gone."""

_DEEPEST = 16
"""Tables within tables; a scenario needs four."""

_MOST_DIGITS = 100
"""Of an integer; every range ends far below."""


def plain_value(where: str, value: object, depth: int = 0) -> Any:
    """A copy of what TOML can say, in Python's own types: numpy's numbers become plain ones.

    Args:
        where: names the value in an error.
        value: a table, a list, text, a number, a truth value, a date or a time.
        depth: tables and lists that it is in.

    Raises:
        InvalidInput: ``where``, or a key in it: another type, an integer of more than 100 digits, or too many
            tables within tables.
    """
    if isinstance(value, dict | list) and depth > _DEEPEST:
        raise InvalidInput(where, "it", "is nested too deeply", f"at most {_DEEPEST} tables and lists in each other")
    if isinstance(value, dict):
        return {_key(where, key): plain_value(_path(where, key), each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [plain_value(f"{where}.{position}", each, depth + 1) for position, each in enumerate(value)]
    if isinstance(value, bool | str | datetime.date | datetime.time):
        return value
    if isinstance(value, numbers.Integral):
        number = plain_integer(where, value)
        if abs(number) >= 10**_MOST_DIGITS:
            raise InvalidInput(where, value, "is out of range", f"integers of at most {_MOST_DIGITS} digits")
        return number
    if isinstance(value, numbers.Real):
        return float(value)
    raise InvalidInput(where, value, f"is of type {type(value).__name__}", "what TOML can say")


def _path(where: str, key: object) -> str:
    return f"{where}{'.' if not where.endswith(':') else ' '}{key}"


def _key(where: str, key: object) -> str:
    if not isinstance(key, str):
        raise InvalidInput(where, key, "is not the name of a key", "text")
    return key
