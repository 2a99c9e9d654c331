"""The layouts of the forum proposal's five tables, keyed and rounded as its text prints them.

Only the printed columns are rounded (half up); the trajectory beneath is exact. The recharge
tables print the rate that a momentum's own fullness has moved, the others the price that it inherited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.simulation.figures import Row
from powplasma.simulation.trajectory import Step


def price_rows(rules: ForumRules, steps: Iterable[Step]) -> Iterator[Row]:
    """Columns ``momentumHeight``, ``fullnessPercent``, ``basePrice``, ``priceChange``."""
    change = Fraction(0)
    for step in steps:
        yield {
            "momentumHeight": step.momentum,
            "fullnessPercent": step.phase.full_percent,
            "basePrice": step.state.base_price,
            "priceChange": _percent(change, "0.1"),
        }
        target = rules.target_base_plasma
        change = Fraction(step.content.base_plasma - target, target * rules.price_denominator)


def difficulty_rows(rules: ForumRules, steps: Iterable[Step]) -> Iterator[Row]:
    """Columns ``momentumHeight``, ``fullness``, ``powPlasmaPercent``, ``difficultyPerPlasma``, ``change``."""
    change = Fraction(0)
    for step in steps:
        enough = step.content.base_plasma >= rules.target_base_plasma
        yield {
            "momentumHeight": step.momentum,
            "fullness": f"{'>=' if enough else '<'}{100 * rules.target_base_plasma // rules.max_base_plasma}%",
            "powPlasmaPercent": step.phase.pow_percent,
            "difficultyPerPlasma": step.state.difficulty_per_plasma,
            "change": _percent(change, "0.1"),
        }
        target = (rules if step.fits else rules.widened()).pow_target(step.content)
        worked = step.content.difficulty // step.state.difficulty_per_plasma
        change = Fraction(worked - target, target * rules.difficulty_denominator) if target else Fraction(0)


def recharge_rows(rules: ForumRules, steps: Iterable[Step]) -> Iterator[Row]:
    """Columns as the price's, with ``rechargeRateQsrPerConfirmation``, ``targetRechargeRate``, ``change``; in QSR."""
    for step in steps:
        before, after = step.state.fusion_recharge_rate, step.next_state.fusion_recharge_rate
        target = rules.recharge_target(step.content.base_plasma)
        yield {
            "momentumHeight": step.momentum,
            "fullnessPercent": step.phase.full_percent,
            "rechargeRateQsrPerConfirmation": _qsr(after),
            "targetRechargeRate": _qsr(target),
            "change": _percent(_recharge_change(rules, before, target), "1"),
        }


TABLES: dict[str, Callable[[ForumRules, Iterable[Step]], Iterator[Row]]] = {
    "price": price_rows,
    "difficulty": difficulty_rows,
    "recharge": recharge_rows,
}
"""The layouts, by name."""


def _recharge_change(rules: ForumRules, rate: int, target: int) -> Fraction:
    """The change that the text prints: of the rate before rounding."""
    if rate == target or not rate:
        return Fraction(0)
    if rate > target:
        return max(Fraction(1, rules.recharge_factor), Fraction(target, rate)) - 1
    return min(Fraction(rules.recharge_factor), Fraction(target, rate)) - 1


def _percent(change: Fraction, step: str) -> str:
    percent = (Decimal(change.numerator * 100) / change.denominator).quantize(Decimal(step), ROUND_HALF_UP)
    return f"{percent.normalize() + 0:f}%"


def _qsr(plasma: int) -> float:
    return float((Decimal(plasma) / PLASMA_PER_FUSION_UNIT).quantize(Decimal("0.01"), ROUND_HALF_UP))
