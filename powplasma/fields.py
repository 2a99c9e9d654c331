"""How values are read that come as text or as JSON, whoever sends them."""

from __future__ import annotations

import re

from powplasma.errors import InvalidInput

_WHOLE = re.compile(r"-?[0-9]{1,40}\Z", re.ASCII)
"""Forty digits are more than any accepted value has; a longer text is out of range anyway."""


class Missing(InvalidInput):
    """A value that has to be there is not."""

    def __init__(self, field: str, accepted: str) -> None:
        super().__init__(field, None, "is missing", accepted)

    def describe(self, field: str) -> str:
        """One line that names ``field`` and what it would be."""
        return f"{field} is missing ({self.accepted})"


def whole_number(field: str, value: object, accepted: str) -> int:
    """An integer from an integer or from its decimal digits; nothing else is rounded to one.

    Raises:
        InvalidInput: it is something else; ``field`` and ``accepted`` describe it.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.match(value):
        return int(value)
    problem = (
        "is out of range" if isinstance(value, str) and value.isascii() and value.isdecimal() else "is not an integer"
    )
    raise InvalidInput(field, value, problem, accepted)


def text(field: str, value: object) -> str:
    """A value that has to be text, as hexadecimal digits do: a number of as many digits is none.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(value, str):
        raise InvalidInput(field, value, "is not text", "text in quotation marks")
    return value
