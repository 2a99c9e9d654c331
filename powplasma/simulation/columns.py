"""Results as one flat row of columns, each of a type that its name decides and no value changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum


class Kind(Enum):
    """What a column holds."""

    COUNT = "count"
    """An integer of 64 bits with a sign."""

    PRICE = "price"
    """An unsigned integer of 64 bits, the width that the rule sets keep prices and rates in."""

    LARGE = "large"
    """An integer of up to 38 digits; a sum of plasma or difficulty has no other limit."""

    NUMBER = "number"
    """A float, rounded for a report."""

    NUMBERS = "numbers"
    """A list of such floats."""

    FLAG = "flag"
    """True or false."""

    TEXT = "text"
    """Text."""


_LATER_STATES = {"peak_state", "last_state"}
_PRICES = {
    "base_price", "difficulty_per_plasma", "fusion_recharge_rate", "fusion_price", "work_price", "recharge_rate",
    "recharge_target", "peak_price", "basePrice", "difficultyPerPlasma",
}  # fmt: skip
_LARGE = {
    "used_plasma", "difficulty", "fused_plasma", "needed_plasma", "recharge_rate_sum", "recharge_rate_average",
}  # fmt: skip
_COUNTS = {"recovery_momentums", "momentum", "run"}
_NUMBER_ENDINGS = ("_minutes", "_percent", "_mean")


def flatten(record: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every value of nested objects with its path, as in ``lanes.wallets.included``.

    An entry of a list of objects goes by its ``name``, or by its position, from 0.
    """
    for key, value in record.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flatten(value, f"{path}.")
        elif isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value):
            for position, entry in enumerate(value):
                name = entry.get("name", position)
                yield from flatten({key: entry[key] for key in entry if key != "name"}, f"{path}.{name}.")
        else:
            yield path, value


def kind_of(path: str, value: object) -> Kind:
    """The type of a column, by its path; ``value``, one that it holds, counts only where the name says nothing."""
    *parents, leaf = path.split(".")
    if parents[:1] == ["rules"] or (parents and parents[-1] in _LATER_STATES):
        return Kind.TEXT  # a trajectory goes on beyond 64 bits
    if leaf in _PRICES or parents == ["state"]:
        return Kind.PRICE
    if leaf in _LARGE:
        return Kind.LARGE
    if leaf in _COUNTS:
        return Kind.COUNT
    if leaf.startswith("latency_") or leaf.endswith(_NUMBER_ENDINGS):
        return Kind.NUMBERS if leaf.endswith("_quantiles") else Kind.NUMBER
    return kind_of_values([value])


def kind_of_values(values: Sequence[object]) -> Kind:
    """The narrowest type that holds all of some values."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return Kind.FLAG
    if kinds == {int}:
        return Kind.COUNT if all(-(2**63) <= int(str(value)) < 2**63 for value in values) else Kind.TEXT
    if kinds <= {int, float}:
        return Kind.NUMBER
    return Kind.TEXT
