"""The password in the environment: taken out of it as the program begins, so that no process it starts inherits it."""

from __future__ import annotations

import os

PASSWORD_VARIABLE = "POWPLASMA_PASSWORD"  # noqa: S105 - a name, not a password

_HELD: list[str] = []


def withhold_password() -> None:
    """Takes the password out of the environment and keeps it for ``take_password``."""
    _HELD.clear()
    password = os.environ.pop(PASSWORD_VARIABLE, None)
    if password is not None:
        _HELD.append(password)


def take_password() -> str | None:
    """The password that was in the environment, if there was one; it is kept no longer."""
    return _HELD.pop() if _HELD else None
