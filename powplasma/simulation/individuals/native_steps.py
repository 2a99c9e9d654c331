"""What the C library does for individuals, bound with ctypes: its headers say what each step takes and gives."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from powplasma.library import usable

COUNT = ctypes.c_int64


class AccountsOfLane(ctypes.Structure):
    """``pp_accounts`` of ``accounts.h``."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("rows", "last", "pool", "stakes", "log", "soon", "later")),
        *((name, COUNT) for name in ("pooled", "base", "soon_count", "seen", "later_count")),
        ("soon_end", ctypes.c_double),
        ("works", ctypes.c_int),
    )


class ExpiredOfLane(ctypes.Structure):
    """``pp_expired`` of ``accounts.h``."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("losers", "closed", "leavers", "pooled")),
        *((name, COUNT) for name in ("losers_count", "closed_count", "leavers_count")),
    )


_ARRAY = ctypes.POINTER(ctypes.c_uint8)
_SECONDS = ctypes.c_double
_AMOUNT, _NUMBER = ctypes.c_uint64, ctypes.POINTER(COUNT)
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "arrive": (COUNT, _ARRAY, COUNT, _ARRAY, _SECONDS, COUNT, _ARRAY, _ARRAY),
    "waiting": (COUNT, _ARRAY, COUNT, _ARRAY),
    "search": (None, _ARRAY, COUNT, _ARRAY, _SECONDS, _ARRAY, _SECONDS, COUNT, COUNT, ctypes.c_int),
    "commit": (None, _ARRAY, COUNT, _ARRAY, _SECONDS, COUNT, _ARRAY, ctypes.c_int),
    "join": (None, _ARRAY, COUNT, _ARRAY),
    "hold": (None, _ARRAY, COUNT, ctypes.c_int, COUNT, ctypes.c_int),
    "part": (None, _ARRAY, COUNT, COUNT, COUNT, _ARRAY),
    "find": (COUNT, _SECONDS, _AMOUNT, _ARRAY, _ARRAY, _ARRAY, _NUMBER),
    "add": (None, _ARRAY, _ARRAY, COUNT),
    "turn": (None,),
    "take": (COUNT, _SECONDS, _ARRAY, _ARRAY),
    "paying": (COUNT, _AMOUNT, _ARRAY, _ARRAY, _ARRAY),
    "take_weak": (COUNT, _AMOUNT, _ARRAY),
    "include": (None, _ARRAY, COUNT, _ARRAY, _ARRAY),
    "expire": (COUNT, COUNT, COUNT, ctypes.c_int, COUNT, ctypes.POINTER(ExpiredOfLane)),
    "enter": (None, _ARRAY, COUNT, _ARRAY, COUNT),
    "leave": (COUNT, _ARRAY, COUNT, _ARRAY, COUNT, _ARRAY, _ARRAY),
}
"""What each step returns, and what it takes after the accounts."""

_OTHERS: dict[str, tuple[Any, ...]] = {
    "confined": (None, _ARRAY, _ARRAY, COUNT, COUNT, _ARRAY),
    "split": (COUNT, _ARRAY, _ARRAY, _ARRAY, COUNT, COUNT, COUNT, _ARRAY, _ARRAY, _ARRAY),
    "recharging": (None, _ARRAY, _ARRAY, COUNT, COUNT, _ARRAY),
    "confine": (COUNT, _ARRAY, _ARRAY, _ARRAY, COUNT, COUNT, COUNT, COUNT),
    "recharged": (None, _ARRAY, _ARRAY, COUNT, COUNT, COUNT, _ARRAY),
    "greatest": (None, _ARRAY, _ARRAY, COUNT, COUNT, _ARRAY, _ARRAY),
}
"""The same of those that take no accounts of a lane."""

at = cast("Callable[[NDArray[Any]], ctypes.c_uint8]", ctypes.c_uint8.from_buffer)
"""Where an array lies, which must not be empty; less than half as dear as its ``ctypes.data``."""


def steps() -> Any:
    """The library's steps, by their names above; None if there is no library, or an index has not 64 bits."""
    return _bound()


@cache
def _bound() -> SimpleNamespace | None:
    library = usable()
    if library is None or np.dtype(np.intp).itemsize != ctypes.sizeof(COUNT):
        return None
    found = SimpleNamespace()
    for name, (result, *arguments) in _SIGNATURES.items():
        step = getattr(library, f"pp_accounts_{name}")
        step.argtypes = (ctypes.POINTER(AccountsOfLane), *arguments)
        step.restype = result
        setattr(found, name, step)
    for name, (result, *arguments) in _OTHERS.items():
        step = getattr(library, f"pp_{name}")
        step.argtypes = arguments
        step.restype = result
        setattr(found, name, step)
    return found
