"""The forum proposal's attack: momentums filled with fused plasma, one block from each of many addresses.

The attacker spreads his QSR over addresses and fills every momentum whose price one of them can
pay, until each has sent a block. He can repeat it when his addresses have recharged at the average
rate of the momentums that he filled. Source: github.com/vilkris4/dynamic-plasma-ideas, ``main.go``
of the first commit, whose simulation is commented out there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.plasma.usage import Usage
from powplasma.simulation.momentum import next_state


@dataclass(frozen=True, slots=True)
class FusedAttack:
    """An attacker who fills momentums with fused plasma.

    Attributes:
        qsr: all that he has.
        qsr_per_address: fused for each address; below this, nobody's fused plasma pays a block
            in a momentum that he skips.
        blocks_per_momentum: with which he fills one.
        most_momentums: after which the simulation gives up.
    """

    qsr: int
    qsr_per_address: int
    blocks_per_momentum: int
    most_momentums: int

    @property
    def addresses(self) -> int:
        """How many addresses he fuses for."""
        return self.qsr // self.qsr_per_address


@dataclass(frozen=True, slots=True)
class AttackStep:
    """One momentum of an attack.

    Attributes:
        momentum: its number, from 1.
        base_price, difficulty_per_plasma, recharge_rate: what it inherited.
        recharge_target: rate that the momentum before it pulls towards.
        needed_plasma: fused plasma that a block without data must commit.
        attacker_blocks: blocks of the attacker in it.
        attacker_blocks_left: blocks that he can still send.
    """

    momentum: int
    base_price: int
    difficulty_per_plasma: int
    recharge_target: int
    recharge_rate: int
    needed_plasma: int
    attacker_blocks: int
    attacker_blocks_left: int


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What an attack came to.

    Attributes:
        exhausted: whether all addresses have sent their block.
        addresses: how many there are.
        momentums: from the first to the last that the attacker filled.
        filled_momentums: those with blocks of his.
        empty_momentums: those too dear for him, and for everybody with as little QSR in one address.
        recharge_rate_sum: over the filled momentums; plasma per confirmation, multiplied for his addresses.
        recharge_rate_average: the sum over their number, floored; None if he filled none.
        peak_price: the highest base price of all momentums, in thousandths.
        blocked_seconds: from the first momentum to the last.
        repeat_seconds: until his addresses have recharged; None if they never do.
    """

    exhausted: bool
    addresses: int
    momentums: int
    filled_momentums: int
    empty_momentums: int
    recharge_rate_sum: int
    recharge_rate_average: int | None
    peak_price: int
    blocked_seconds: int
    repeat_seconds: Fraction | None


def attack_steps(rules: ForumRules, state: ForumState, before: Usage, attack: FusedAttack) -> Iterator[AttackStep]:
    """The attack, momentum by momentum, until no block is left or ``most_momentums`` have passed.

    Args:
        rules: whose prices hold.
        state: what the momentum before the attack inherited.
        before: what that momentum contained.
        attack: the attacker.

    Raises:
        SimulationStopped: a price leaves 64 bits.
    """
    left = attack.addresses
    content = before
    fused = attack.qsr_per_address * PLASMA_PER_FUSION_UNIT
    for momentum in range(1, attack.most_momentums + 1):
        state = next_state(rules, state, content, momentum)
        needed = rules.least_fused(ACCOUNT_BLOCK_BASE_PLASMA, 0, state)
        blocks = min(attack.blocks_per_momentum, left) if needed < fused else 0  # strictly, as in the source
        left -= blocks
        target = rules.recharge_target(content.base_plasma)
        yield AttackStep(
            momentum,
            state.base_price,
            state.difficulty_per_plasma,
            target,
            state.fusion_recharge_rate,
            needed,
            blocks,
            left,
        )
        if not left:
            return
        # The source counts the base plasma as what was used, too: without work, that changes nothing.
        base_plasma = blocks * ACCOUNT_BLOCK_BASE_PLASMA
        content = Usage(base_plasma, 0, base_plasma, 0)


def attack_result(rules: ForumRules, attack: FusedAttack, steps: Iterable[AttackStep]) -> AttackResult:
    """The figures of an attack, from its momentums."""
    numerator, denominator = rules.recharge_multiplier(attack.qsr_per_address * PLASMA_PER_FUSION_UNIT)
    momentums = filled = rates = peak = 0
    left = attack.addresses
    for step in steps:
        momentums, left, peak = step.momentum, step.attacker_blocks_left, max(peak, step.base_price)
        if step.attacker_blocks:
            filled += 1
            rates += step.recharge_rate * numerator // denominator
    average = rates // filled if filled else None
    fused = attack.qsr_per_address * PLASMA_PER_FUSION_UNIT
    return AttackResult(
        exhausted=not left,
        addresses=attack.addresses,
        momentums=momentums,
        filled_momentums=filled,
        empty_momentums=momentums - filled,
        recharge_rate_sum=rates,
        recharge_rate_average=average,
        peak_price=peak,
        blocked_seconds=(momentums - 1) * MOMENTUM_SECONDS,
        repeat_seconds=Fraction(fused * MOMENTUM_SECONDS, average) if average else None,
    )
