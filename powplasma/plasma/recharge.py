"""The recharge of the forum proposal: target rate, and plasma confined by the blocks that used it.

Source: github.com/vilkris4/dynamic-plasma-ideas, ``main.go`` (target) and
``dynamic_plasma_formulas.md`` (confinement); docs/specification.md, section 4. The source gives
confinement as formulas over real numbers: every rounding here is a choice, made so that plasma is
never available earlier than the formula says.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Literal, get_args

from powplasma.errors import InvalidInput, check_integer, plain_integer
from powplasma.plasma.checks import U64_MAX, hold_plain_integers, plain_integers

RechargeVariant = Literal["head", "first", "exact"]
"""Which recharge target: that of the source's last commit, of its first, or the exact value of both formulas."""

_PUBLISHED_ARTEFACTS: dict[str, dict[int, int]] = {
    "head": {1_050_000: 20_999},
    "first": {3_150_000: 209},
    "exact": {},
}
"""Base plasma at which a published program truncates a double just below an integer.

The two commits write one function in two ways, 10000^(-x) and 100^(-2x). A scan of every base
plasma from 0 to 4,200,000 shows that each differs from the exact value at one point only."""

_PUBLISHED_PARAMETERS = (210_000, 10_000, 4_200_000)
"""Maximum rate, base and maximum base plasma for which that scan was made."""

_NEAR_INTEGER = 1e-9
"""Relative distance from an integer within which a double does not decide a floor; a few million times its error."""

_DIGITS = 60


def check_variant(variant: str) -> None:
    """Refuses an unknown variant.

    Raises:
        InvalidInput: field ``recharge_variant``.
    """
    if variant not in get_args(RechargeVariant):
        raise InvalidInput("recharge_variant", variant, "is unknown", f"one of {', '.join(get_args(RechargeVariant))}")


def recharge_target(base_plasma: int, max_rate: int, base: int, max_base_plasma: int, variant: RechargeVariant) -> int:
    """floor(max_rate × base^(-base_plasma / max_base_plasma)), with the artefacts of a published variant.

    The floor is that of the exact value on every machine: a double decides it only where it is
    far enough from an integer, else 60 decimal digits do.

    Raises:
        InvalidInput: a number that is no unsigned 64-bit integer, or 0 where that makes no sense.
    """
    base_plasma = check_integer("base_plasma", base_plasma, 0, U64_MAX, "plasma")
    max_rate = check_integer("max_recharge_rate", max_rate, 1, U64_MAX)
    base = check_integer("recharge_base", base, 1, U64_MAX)
    max_base_plasma = check_integer("max_base_plasma", max_base_plasma, 1, U64_MAX)
    rate: float = max_rate * base ** -(base_plasma / max_base_plasma)
    whole = int(rate)
    margin = rate * _NEAR_INTEGER
    if margin < rate - whole < 1 - margin:
        return whole
    return _close_target(base_plasma, max_rate, base, max_base_plasma, variant)


@lru_cache(maxsize=4096)
def _close_target(base_plasma: int, max_rate: int, base: int, max_base_plasma: int, variant: RechargeVariant) -> int:
    """The target where the exact value is at, or close to, an integer; within 10^-30 of one it is that integer."""
    if (max_rate, base, max_base_plasma) == _PUBLISHED_PARAMETERS and base_plasma in _PUBLISHED_ARTEFACTS[variant]:
        return _PUBLISHED_ARTEFACTS[variant][base_plasma]
    with localcontext() as context:
        context.prec = _DIGITS
        rate = max_rate * (-(Decimal(base).ln() * base_plasma / max_base_plasma)).exp()
        return int(rate + Decimal("1e-30"))


@dataclass(frozen=True, slots=True)
class Confinement:
    """Fused plasma that an account's confirmed blocks hold back.

    Attributes:
        plasma: confined plasma at ``height``.
        height: height of the momentum that confirmed the account's latest block.
        target: confirmations from ``height`` until nothing is confined any more.
    """

    plasma: int
    height: int
    target: int

    def __post_init__(self) -> None:
        if not type(self.plasma) is type(self.height) is type(self.target) is int:
            hold_plain_integers(self)


def confined_plasma(confinement: Confinement | None, height: int) -> int:
    """Plasma still confined at the frontier ``height``; recharged plasma is rounded down.

    Raises:
        InvalidInput: field ``height``; below the confinement's own.
    """
    if confinement is None:
        return 0
    height = check_integer("height", height, confinement.height, U64_MAX)
    confirmations = height - confinement.height
    if confirmations >= confinement.target:
        return 0
    return confinement.plasma - confirmations * confinement.plasma // confinement.target


def confine(
    used: int,
    recharge_rate: int,
    height: int,
    before: Confinement | None = None,
    multiplier: tuple[int, int] = (1, 1),
) -> Confinement:
    """The confinement after a momentum at ``height`` confirmed a block with ``used`` fused plasma.

    Confirmations needed for the block are used / (recharge rate × multiplier), rounded up; they
    are added to what an earlier confinement still needs.

    Args:
        used: fused plasma of the block.
        recharge_rate: that of the confirming momentum.
        height: of that momentum.
        before: the account's confinement until then.
        multiplier: numerator and denominator of the account's own multiplier (last commit:
            its fused plasma over 210,000; first commit: 1).

    Raises:
        InvalidInput: field ``used``, ``recharge_rate`` (0 would confine for ever) or ``multiplier``.
    """
    used = check_integer("used", used, 0, U64_MAX, "plasma")
    recharge_rate = check_integer("recharge_rate", recharge_rate, 1, U64_MAX, "plasma per confirmation")
    height = plain_integer("height", height)
    numerator, denominator = (check_integer("multiplier", part, 1, U64_MAX) for part in multiplier)
    confirmations = -(-used * denominator // (recharge_rate * numerator)) if used else 0
    confined = confined_plasma(before, height)
    left = max(0, before.target - (height - before.height)) if before else 0
    return Confinement(confined + used, height, confirmations + left)


def available_fused_plasma(fused_plasma: int, uncommitted: int, confinement: Confinement | None, height: int) -> int:
    """Fused plasma that an account can commit at the frontier ``height``; never below 0.

    Args:
        fused_plasma: all plasma of the account's fused QSR.
        uncommitted: fused plasma of its blocks that no momentum confirms yet.
        confinement: what its confirmed blocks hold back.
        height: of the frontier momentum.
    """
    fused_plasma, uncommitted = plain_integers(fused_plasma=fused_plasma, uncommitted=uncommitted)
    return max(0, fused_plasma - uncommitted - confined_plasma(confinement, height))
