"""Today's network: a fixed price, 1,500 difficulty per plasma, fixed caps.

Source: go-zenon ``vm/plasma.go`` and ``vm/constants/plasma.go``; docs/specification.md, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from powplasma.plasma.checks import U64_MAX, check_plasma, check_type, plain_integers
from powplasma.plasma.interface import DIFFICULTY_PER_PLASMA, PLASMA_PER_FUSION_UNIT, RuleSet, parameter

MIN_FUSE_AMOUNT = 1_000_000_000
"""Least amount of QSR, in base units, that one fusion takes: 10 QSR. go-zenon ``FuseMinAmount``."""

FUSE_LOCK_MOMENTUMS = 3_600
"""Momentums until a fusion can be cancelled: 10 hours. go-zenon ``FuseExpiration``."""

MOMENTUM_SECONDS = 10
"""Seconds from one momentum to the next. go-zenon ``vm/constants/consensus.go``."""

MAX_BLOCKS_IN_MOMENTUM = 100
"""Most account blocks, contract blocks included, in a momentum. go-zenon ``chain/account_pool.go``."""


@dataclass(frozen=True, slots=True)
class AlphanetState:
    """Nothing: today no price changes from momentum to momentum."""


_STATE = AlphanetState()


@dataclass(frozen=True, kw_only=True)
class AlphanetRules(RuleSet[AlphanetState]):
    """The rules of the live network.

    A block must commit its base plasma, from fused plasma, proof of work or both.
    """

    name: ClassVar[str] = "alphanet"

    difficulty_per_plasma: int = parameter(
        DIFFICULTY_PER_PLASMA,
        (1, U64_MAX),
        "difficulty",
        "difficulty that buys one plasma",
        "go-zenon PoWDifficultyPerPlasma",
    )
    max_pow_plasma: int = parameter(
        94_500,
        (0, U64_MAX),
        "plasma",
        "most plasma from the proof of work of one block",
        "go-zenon MaxPoWPlasmaForAccountBlock",
    )
    max_block_plasma: int = parameter(
        10_500_000, (0, U64_MAX), "plasma", "most plasma that one block commits", "go-zenon MaxPlasmaForAccountBlock"
    )
    max_fusion_units: int = parameter(
        5_000,
        (0, U64_MAX // PLASMA_PER_FUSION_UNIT),
        "units of 1 QSR",
        "most fusion units that count for one account",
        "go-zenon MaxFusionUnitsPerAccount",
    )

    @property
    def initial_state(self) -> AlphanetState:
        """The one state there is."""
        return _STATE

    def check_state(self, state: AlphanetState) -> None:
        """Accepts the one state there is."""
        check_type("state", state, AlphanetState)

    def difficulty_per_plasma_at(self, state: AlphanetState) -> int:  # noqa: ARG002 - the price never changes
        """1,500 at any time, unless replaced."""
        return self.difficulty_per_plasma

    def price_met(self, base_plasma: int, fused: int, pow_plasma: int, state: AlphanetState) -> bool:  # noqa: ARG002
        """Whether fused and worked plasma together reach the base plasma."""
        if not type(base_plasma) is type(fused) is type(pow_plasma) is int:
            base_plasma, fused, pow_plasma = plain_integers(base_plasma=base_plasma, fused=fused, pow_plasma=pow_plasma)
        return fused + pow_plasma >= base_plasma

    def least_pow_plasma(self, base_plasma: int, fused: int = 0, state: AlphanetState | None = None) -> int:  # noqa: ARG002
        """What fused plasma leaves of the base plasma."""
        base_plasma, fused = check_plasma(base_plasma=base_plasma, fused=fused)
        return max(0, base_plasma - fused)

    def least_fused(self, base_plasma: int, pow_plasma: int = 0, state: AlphanetState | None = None) -> int:  # noqa: ARG002
        """What proof of work leaves of the base plasma."""
        base_plasma, pow_plasma = check_plasma(base_plasma=base_plasma, pow_plasma=pow_plasma)
        return max(0, base_plasma - pow_plasma)

    def steepest_rise(self, state: AlphanetState) -> AlphanetState:
        """The same state: prices are fixed."""
        return state
