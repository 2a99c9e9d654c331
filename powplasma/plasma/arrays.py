"""The rules for many cells at once: the integers of the scalar rules, one array element per cell.

A cell is one run of a sweep, with parameters of its own. Everything is a signed 64-bit integer, and
nothing wraps: before a product is computed, it is known to fit. Source: docs/specification.md,
sections 4 and 5, by way of ``forum`` and ``pricing``. Needs numpy (extra ``sim``), so nothing else
imports this module at the top.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from powplasma.errors import PowPlasmaError, check_integer
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.pricing import MIN_PRICE, DynamicRules

Cells = NDArray[np.int64]
"""One integer per cell; the last axis has either all cells or, if all have the same integer, one element."""

INT64_MAX = (1 << 63) - 1
"""Largest integer of an array."""

Columns = TypeVar("Columns")


class NotInInt64(PowPlasmaError):
    """Cells whose next state cannot be computed with signed 64-bit integers, or not at all.

    Nothing has changed: without these cells, the others can go on.

    Attributes:
        name: the number that does not fit, or a product that it goes into.
        cells: their positions, ascending.
    """

    def __init__(self, name: str, cells: Sequence[int]) -> None:
        self.name = name
        self.cells = tuple(cells)
        super().__init__(f"{name} leaves 64 bits with a sign in {len(self.cells)} cells, the first at {self.cells[0]}")


def column(values: Iterable[int]) -> Cells:
    """One integer per cell; a single element if they are all the same, which makes divisions several times faster.

    Raises:
        OverflowError: an integer beyond int64.
    """
    cells = np.array(list(values), dtype=np.int64)
    return cells[:1].copy() if cells.size and bool((cells == cells[0]).all()) else cells


def check_product(name: str, left: Cells, right: Cells, width: int) -> None:
    """Refuses factors, none negative, whose product does not fit; computes it for the greatest of each alone.

    Args:
        name: of what is multiplied.
        left: a number per cell.
        right: a number per cell.
        width: number of cells.

    Raises:
        NotInInt64: ``name``.
    """
    if int(left.max()) * int(right.max()) > INT64_MAX:
        refuse(name, left > INT64_MAX // right.clip(1), width)


def refuse(name: str, beyond: NDArray[np.bool_], width: int) -> None:
    """Raises a ``NotInInt64`` if there is a cell to refuse."""
    if beyond.any():
        raise NotInInt64(name, np.flatnonzero(np.broadcast_to(beyond, width)).tolist())


def narrowed(columns: Columns, keep: NDArray[np.bool_]) -> Columns:
    """A dataclass of columns, or of such dataclasses, with some of the cells only."""
    assert dataclasses.is_dataclass(columns)
    less: dict[str, Any] = {}
    for field in dataclasses.fields(columns):
        value = getattr(columns, field.name)
        if dataclasses.is_dataclass(value):
            less[field.name] = narrowed(value, keep)
        else:
            less[field.name] = value[..., keep] if value.shape[-1] > 1 else value
    return cast(Columns, dataclasses.replace(cast(Any, columns), **less))


@dataclass(frozen=True, slots=True)
class ForumPull:
    """What the base plasma of a momentum decides alone, under the rules of the forum proposal.

    Attributes:
        surplus: base plasma above the target.
        reach: one more than the distance from the target.
        pow_share: percent of the used plasma that work is measured against.
        recharge_target: see ``ForumRules.recharge_target``.
    """

    surplus: Cells
    reach: Cells
    pow_share: Cells
    recharge_target: Cells


@dataclass(frozen=True, slots=True)
class ForumArray:
    """The parameters of ``ForumRules`` that the next state depends on; a state is an array of three rows.

    The rows are those of ``ForumState``: base price, difficulty per plasma, recharge rate.
    """

    price_divisor: Cells
    min_base_price: Cells
    difficulty_denominator: Cells
    min_difficulty_per_plasma: Cells
    recharge_factor: Cells

    @classmethod
    def of(cls, rules: Sequence[ForumRules]) -> ForumArray:
        """The rules of each cell; each has to fit."""
        return cls(
            column(each.target_base_plasma * each.price_denominator for each in rules),
            column(each.min_base_price for each in rules),
            column(each.difficulty_denominator for each in rules),
            column(each.min_difficulty_per_plasma for each in rules),
            column(each.recharge_factor for each in rules),
        )

    @staticmethod
    def fits(rules: ForumRules) -> bool:
        """Whether every product of parameters alone has room in an array, and the rules refuse what does not fit."""
        return not rules.compatibility and (
            max(
                rules.max_base_plasma,
                rules.target_base_plasma * rules.price_denominator,
                rules.min_base_price,
                rules.difficulty_denominator,
                rules.min_difficulty_per_plasma,
                rules.max_recharge_rate * rules.recharge_factor,
            )
            < INT64_MAX
        )

    @staticmethod
    def pull(rules: Sequence[ForumRules], base_plasma: Sequence[int]) -> ForumPull:
        """What the base plasma of each cell's momentum decides; the same as long as that is the same."""
        both = [
            (each, check_integer("base_plasma", plasma, 0, each.max_base_plasma, "plasma in a momentum"))
            for each, plasma in zip(rules, base_plasma, strict=True)
        ]
        return ForumPull(
            column(plasma - each.target_base_plasma for each, plasma in both),
            column(abs(plasma - each.target_base_plasma) + 1 for each, plasma in both),
            column(each.pow_share if plasma >= each.target_base_plasma else 100 for each, plasma in both),
            column(each.recharge_target(plasma) for each, plasma in both),
        )

    def next_state(self, state: Cells, pull: ForumPull, used: Cells, worked: Cells) -> Cells:
        """As ``ForumRules.next_state``.

        Args:
            state: 3 × cells.
            pull: of the momentum's base plasma.
            used: plasma that its blocks committed.
            worked: its difficulty, divided by the difficulty per plasma.

        Raises:
            NotInInt64: a number, or a product on the way to it, does not fit; or a target for work
                is 0 while there is work, which the scalar rules refuse.
        """
        width = state.shape[1]
        price, per_plasma, rate = state
        check_product("base_price", price, pull.reach, width)
        check_product("used_plasma", used, np.maximum(pull.pow_share, self.difficulty_denominator), width)
        target = used * pull.pow_share // 100
        # (work + 1) × difficulty per plasma is more than the difficulty, and than what it moves to.
        dearest = np.maximum(worked, target)
        if (int(dearest.max()) + 1) * int(per_plasma.max()) > INT64_MAX:
            refuse("difficulty_per_plasma", dearest >= INT64_MAX // per_plasma, width)
        surplus = worked - target
        if not target.all():
            refuse("used_plasma", (target == 0) & (worked > 0), width)
            target = np.maximum(target, 1)
        following = np.empty_like(state)
        np.maximum(price + price * pull.surplus // self.price_divisor, self.min_base_price, out=following[0])
        moved = per_plasma * surplus // (target * self.difficulty_denominator)
        np.maximum(per_plasma + moved, self.min_difficulty_per_plasma, out=following[1])
        lower = np.maximum(rate // self.recharge_factor, pull.recharge_target)
        np.minimum(lower, rate * self.recharge_factor, out=following[2])
        return following


@dataclass(frozen=True, slots=True)
class DynamicPull:
    """What the base plasma of a momentum decides alone, under Dynamic Plasma; two rows, fused and worked.

    Attributes:
        surplus: base plasma above the target.
        reach: the greatest factor that a price is multiplied by.
    """

    surplus: Cells
    reach: Cells


@dataclass(frozen=True, slots=True)
class DynamicArray:
    """The parameters of ``DynamicRules`` that the next prices depend on; a state has a row for each price."""

    divisor: Cells
    highest_percent: Cells
    lowest_percent: Cells

    @classmethod
    def of(cls, rules: Sequence[DynamicRules]) -> DynamicArray:
        """The rules of each cell; each has to fit."""
        return cls(
            _rows(
                [each.fused_plasma_target * each.price_change_denominator for each in rules],
                [each.pow_plasma_target * each.price_change_denominator for each in rules],
            ),
            column(100 + each.max_price_change_percent for each in rules),
            column(100 - each.max_price_change_percent for each in rules),
        )

    @staticmethod
    def fits(rules: DynamicRules) -> bool:
        """Whether the rules keep to their limits, which leave room in an array."""
        return not rules.compatibility

    @staticmethod
    def pull(rules: Sequence[DynamicRules], fused: Sequence[int], worked: Sequence[int]) -> DynamicPull:
        """What the base plasma of each cell's momentum decides, paid by fused plasma and by work."""
        limits = [each.max_base_plasma_in_momentum for each in rules]
        fused_surplus = [
            check_integer("fused", plasma, 0, most, "plasma in a momentum") - each.fused_plasma_target
            for each, plasma, most in zip(rules, fused, limits, strict=True)
        ]
        worked_surplus = [
            check_integer("worked", plasma, 0, most, "plasma in a momentum") - each.pow_plasma_target
            for each, plasma, most in zip(rules, worked, limits, strict=True)
        ]
        percent = [100 + each.max_price_change_percent for each in rules]
        return DynamicPull(
            _rows(fused_surplus, worked_surplus),
            _rows(
                [max(abs(surplus) + 1, most) for surplus, most in zip(fused_surplus, percent, strict=True)],
                [max(abs(surplus) + 1, most) for surplus, most in zip(worked_surplus, percent, strict=True)],
            ),
        )

    def next_state(self, prices: Cells, pull: DynamicPull) -> Cells:
        """As ``DynamicRules.next_state``; the two floored divisions of ``next_price`` are one by the product.

        Args:
            prices: 2 × cells.
            pull: of the momentum's base plasma.

        Raises:
            NotInInt64: a price, or a product on the way to it, does not fit.
        """
        width = prices.shape[1]
        for row, name in enumerate(("fusion_price", "work_price")):
            check_product(name, prices[row], pull.reach[row], width)
        moved = prices + prices * pull.surplus // self.divisor
        moved = np.minimum(moved, prices * self.highest_percent // 100)
        following = np.empty_like(prices)
        np.maximum(np.maximum(moved, prices * self.lowest_percent // 100), MIN_PRICE, out=following)
        return following


def _rows(first: Sequence[int], second: Sequence[int]) -> Cells:
    """Two columns of the same width, one below the other."""
    return np.stack(np.broadcast_arrays(column(first), column(second)))
