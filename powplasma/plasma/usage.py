"""What the blocks of a momentum used, which is all that a rule set reads of them."""

from __future__ import annotations

from dataclasses import dataclass

from powplasma.plasma.checks import hold_plain_integers


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over the user blocks of a momentum.

    Attributes:
        fused_base_plasma: base plasma paid for with fused plasma.
        pow_base_plasma: base plasma paid for with proof of work.
        used_plasma: plasma that the blocks commit, fused and worked.
        difficulty: sum of the blocks' difficulties.
    """

    fused_base_plasma: int = 0
    pow_base_plasma: int = 0
    used_plasma: int = 0
    difficulty: int = 0

    def __post_init__(self) -> None:
        base = type(self.fused_base_plasma) is type(self.pow_base_plasma) is int
        if not (base and type(self.used_plasma) is type(self.difficulty) is int):
            hold_plain_integers(self)

    @property
    def base_plasma(self) -> int:
        """All base plasma of the momentum."""
        return self.fused_base_plasma + self.pow_base_plasma


UNUSED = Usage()
"""Of a momentum without user blocks."""
