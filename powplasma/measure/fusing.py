"""How much QSR would have to be fused to do without work."""

from __future__ import annotations

from typing import Any

from powplasma.plasma import RuleSet
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT


def qsr_for_one(rules: RuleSet[Any], base_plasma: int, state: Any) -> int:
    """Whole QSR whose fused plasma pays one block of this base plasma."""
    return _units(rules.least_fused(base_plasma, 0, state))


def qsr_for_rate(rules: RuleSet[Any], base_plasma: int, state: Any) -> int:
    """Whole QSR whose fused plasma pays for so much base plasma in every single momentum.

    Fused plasma that a block used comes back when a momentum confirms the block. At best that is
    the next one, so that all of it can be used in every momentum. Under the forum proposal it
    recharges: an account gets back recharge rate × fused plasma / 210,000 per momentum.
    """
    return _units(rules.fused_for_every_momentum(rules.least_fused(base_plasma, 0, state), state))


def _units(plasma: int) -> int:
    return -(-plasma // PLASMA_PER_FUSION_UNIT)
