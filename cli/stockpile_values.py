"""Hashrates and times as people write them: ``1GH``, ``52.1 MH/s``, ``10min``, ``1y``."""

from __future__ import annotations

import re
from fractions import Fraction

import click

from powplasma.errors import InvalidInput

_RATE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,9})?(?:e[0-9]{1,2})?)\s*([kKMGTP]?)(?:[hH](?:/s)?)?\Z", re.ASCII)
_TIME = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,9})?)\s*([a-z]+)\Z", re.ASCII)

_FACTORS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_SECONDS = {
    "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_557_600,
}  # fmt: skip
"""A year is 365.25 days."""


def hashrate(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Callback of an option that is a hashrate; its range is the library's to check."""
    if value is None:
        return None
    match = _RATE.match(value.strip())
    if match is None:
        raise InvalidInput(param.name or "", value, "is no hashrate", "hashes per second such as 1GH, 52.1MH or 5e8")
    hashes = Fraction(match[1]) * _FACTORS[match[2]]
    if hashes.denominator != 1:
        raise InvalidInput(param.name or "", value, "is no whole number of hashes per second", "such as 1GH or 52.1MH")
    return int(hashes)


def timespan(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Callback of an option that is a time in whole seconds; its range is the library's to check."""
    if value is None:
        return None
    match = _TIME.match(value.strip())
    if match is None or match[2] not in _SECONDS:
        raise InvalidInput(
            param.name or "", value, "is no time", "a number with s, min, h, d, w or y, such as 10min or 1y"
        )
    seconds = Fraction(match[1]) * _SECONDS[match[2]]
    if seconds.denominator != 1:
        raise InvalidInput(param.name or "", value, "is no whole number of seconds", "such as 90s, 1.5h or 1y")
    return int(seconds)
