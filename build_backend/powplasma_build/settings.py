"""POWPLASMA_NATIVE: whether the native library is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

VARIABLE = "POWPLASMA_NATIVE"


class Native(StrEnum):
    """How much the native library is wanted."""

    AUTO = "auto"
    """Build it; without a working compiler fall back to plain Python with a warning."""
    YES = "yes"
    """Build it or fail."""
    NO = "no"
    """Do not try; the wheel is then the same for every machine."""


def native_wanted(environ: Mapping[str, str]) -> Native:
    """The setting in ``environ``; unset means auto.

    Raises:
        SystemExit: any other value, with one line that says what is accepted. A build hook that
            exits is reported by its front end without a traceback.
    """
    value = environ.get(VARIABLE, Native.AUTO)
    try:
        return Native(value)
    except ValueError:
        accepted = ", ".join(Native)
        raise SystemExit(f"{VARIABLE}: {value!r} is not a setting (accepted: {accepted})") from None
