"""Moments until which something may take, and how long to wait at once for them."""

from __future__ import annotations

import math
import time

LONGEST_WAIT = 3_600.0
"""Most seconds of one wait. ``poll`` overflows after 24.8 days, so a longer wait is made of several."""


class Deadline:
    """A moment some seconds from now on the monotonic clock, or never.

    Args:
        seconds: until then; infinity or None for never.
    """

    __slots__ = ("_end",)

    def __init__(self, seconds: float | None = None) -> None:
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then: 0 when it is over, infinity for never."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the moment has passed."""
        return time.monotonic() >= self._end

    @property
    def wait(self) -> float:
        """Seconds to wait at once before looking again: what is left, but never more than ``LONGEST_WAIT``."""
        return min(self.left, LONGEST_WAIT)
