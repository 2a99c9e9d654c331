"""What work of a given age is still worth: the freshness policies, in exact integers.

The age of a work is the height of the momentum that includes it, less the height of the one that it
is anchored to; no momentum includes work that is anchored to itself, so the least age is 1. A policy
turns the plasma that the work buys when it is fresh into what is credited at that age. How work is
anchored, and how a block is judged by it, is the validator's affair. These policies are proposals of
powplasma and no rule of today's network. docs/specification.md, section 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import ClassVar, Protocol

from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX

_ACCEPTED = "never, window:MOMENTUMS or decay:MOMENTUMS"

_BITS = 128
"""Fractional bits of the first attempt at a power of two; enough for all but contrived amounts."""


class Freshness(Protocol):
    """A freshness policy; ``str`` of it is the text that ``parse_freshness`` reads."""

    @property
    def anchored(self) -> bool:
        """Whether work needs an anchor to be worth anything."""

    def credit(self, plasma: int, age: int) -> int:
        """Plasma credited for work that bought ``plasma`` when it was fresh.

        Args:
            plasma: 0 … 2^64 - 1.
            age: height of the including momentum less that of the anchor, 0 … 2^64 - 1. No block has
                age 0; it stands for work as fresh as can be thought.

        Raises:
            InvalidInput: field ``plasma`` or ``age``.
        """


@dataclass(frozen=True, slots=True)
class Never:
    """Work never expires, and needs no anchor: today's rule."""

    anchored: ClassVar[bool] = False

    def credit(self, plasma: int, age: int) -> int:
        """All of it, at any age."""
        plasma, _ = _checked(plasma, age)
        return plasma

    def __str__(self) -> str:
        return "never"


@dataclass(frozen=True, slots=True)
class Window:
    """Work counts in full for a number of momentums, and then for nothing.

    The work that can have been done since the anchor is that of as many momentums as the age, so that
    a window of w lets at most w × 10 s of a hashrate count.

    Attributes:
        momentums: the greatest age that counts, 0 … 2^64 - 1; with 0 no work counts.

    Raises:
        InvalidInput: field ``momentums``.
    """

    momentums: int
    anchored: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "momentums", check_integer("momentums", self.momentums, 0, U64_MAX))

    def credit(self, plasma: int, age: int) -> int:
        """All of it at the ages 0 … ``momentums``, 0 later."""
        plasma, age = _checked(plasma, age)
        return plasma if age <= self.momentums else 0

    def __str__(self) -> str:
        return f"window:{self.momentums}"


@dataclass(frozen=True, slots=True)
class Decay:
    """Work loses half of what it is worth in every half-life, gradually.

    Attributes:
        half_life: momentums, 1 … 2^64 - 1.

    Raises:
        InvalidInput: field ``half_life``.
    """

    half_life: int
    anchored: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_life", check_integer("half_life", self.half_life, 1, U64_MAX))

    def credit(self, plasma: int, age: int) -> int:
        """floor(plasma × 2^(-age / half_life)), exactly.

        The power is known between two bounds, and decides the floor where both give the same one.
        If they do not, it is worked out with twice as many bits. This ends: between whole
        half-lives the power is irrational, so the product is never an integer.
        """
        plasma, age = _checked(plasma, age)
        halvings, rest = divmod(age, self.half_life)
        if halvings >= 64:
            return 0
        if not rest:
            return plasma >> halvings
        bits = _BITS
        while True:
            low, high = _power(rest, self.half_life, bits)
            shift = bits + halvings
            credited = plasma * low >> shift
            if plasma * high >> shift == credited:
                return credited
            bits *= 2

    def __str__(self) -> str:
        return f"decay:{self.half_life}"


def parse_freshness(text: str) -> Freshness:
    """The policy that ``never``, ``window:360`` or ``decay:360`` names; the number is in momentums.

    Raises:
        InvalidInput: field ``expiry``; any other text, or a number out of range.
    """
    name, _, number = text.partition(":") if isinstance(text, str) else ("", "", "")
    if text == "never":
        return Never()
    if name not in ("window", "decay") or not (number.isascii() and number.isdecimal()):
        raise InvalidInput("expiry", text, "is no freshness policy", _ACCEPTED)
    least = 0 if name == "window" else 1
    momentums = int(number) if len(number) <= 20 else U64_MAX + 1
    if not least <= momentums <= U64_MAX:
        raise InvalidInput("expiry", text, "is out of range", f"{name}:{least} … {name}:{U64_MAX}")
    return Window(momentums) if name == "window" else Decay(momentums)


def _checked(plasma: int, age: int) -> tuple[int, int]:
    return check_integer("plasma", plasma, 0, U64_MAX, "plasma"), check_integer("age", age, 0, U64_MAX, "momentums")


@lru_cache(maxsize=1 << 14)
def _power(rest: int, half_life: int, bits: int) -> tuple[int, int]:
    """Bounds of 2^bits × 2^(-rest / half_life) for 0 < rest < half_life: it lies strictly between them.

    The exponent, cut to ``bits`` binary digits, says which of the roots are multiplied. Each root is
    low by less than 4 and each product is cut down by less than 1, so the result is low by less than
    5 for every factor. Cutting the exponent makes it high by less than 1.
    """
    roots = _roots(bits)
    power, digits = 1 << bits, (rest << bits) // half_life
    for position in range(bits):
        if digits >> (bits - 1 - position) & 1:
            power = power * roots[position] >> bits
    return power - 1, power + 5 * bits


@lru_cache(maxsize=16)
def _roots(bits: int) -> tuple[int, ...]:
    """2^bits × 2^(-1/2), 2^(-1/4), … , 2^(-1 / 2^bits), each low by less than 4.

    Each is the root of the one before. With an error below 4 there, halved by the root and
    multiplied by at most the square root of 2, and below 1 from rounding, it stays below 4.
    """
    roots, root = [], 1 << bits >> 1
    for _ in range(bits):
        root = isqrt(root << bits)
        roots.append(root)
    return tuple(roots)
