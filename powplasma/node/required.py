"""What a block must commit, by the rules and the user's budget; what a node says about it is only compared.

A node could make a wallet work for hours by asking for an absurd difficulty or by stating absurd
prices. So base plasma and difficulty are recomputed, and the result has to be within a budget.
The available fused plasma is the node's word: a node that states too little of it makes the
block cost at most its full proof of work, one that states too much gets a block that it refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.address import format_address
from powplasma.errors import InvalidInput, check_integer, check_seconds
from powplasma.node.errors import DifficultyRefused, FusedPlasmaMissing, NodeDisagrees, PlasmaMissing
from powplasma.node.momentum import Momentum
from powplasma.node.plasma import RequiredPow
from powplasma.plasma import RECEIVE, AlphanetRules, BlockKind, DynamicRules, RuleSet, call_of_data, quote, send
from powplasma.plasma.alphanet import MIN_FUSE_AMOUNT
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.interface import FUSION_UNIT_AMOUNT
from powplasma.plasma.pricing import DYNAMIC_MOMENTUM_VERSION, prices_in_force
from powplasma.validation import BlockType
from powplasma.validation.block import CONTRACT_ADDRESS_KIND


@dataclass(frozen=True, slots=True)
class Budget:
    """The most work that a user allows for one block.

    Attributes:
        max_difficulty: largest difficulty.
        max_seconds: longest expected time of the search, which may be infinite; needs ``hashrate``.
        hashrate: hashes per second of this machine.
    """

    max_difficulty: int | None = None
    max_seconds: float | None = None
    hashrate: float | None = None

    def __post_init__(self) -> None:
        if self.max_difficulty is not None:
            object.__setattr__(self, "max_difficulty", check_integer("max_difficulty", self.max_difficulty, 0, U64_MAX))
        for field in ("max_seconds", "hashrate"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, check_seconds(field, value, "a number above 0"))
        if self.max_seconds is not None and self.hashrate is None:
            raise InvalidInput("max_seconds", self.max_seconds, "needs a hashrate", "hashes per second")

    def check(self, difficulty: int) -> None:
        """Refuses a difficulty beyond the budget.

        Raises:
            DifficultyRefused: with the limit that it exceeds.
        """
        if self.max_difficulty is not None and difficulty > self.max_difficulty:
            raise DifficultyRefused(difficulty, self.max_difficulty, "the budget for one block")
        if self.max_seconds is not None and self.hashrate is not None:
            limit = self.max_seconds * self.hashrate
            if difficulty > limit:
                why = f"{self.max_seconds:g} s at {self.hashrate:.0f} hashes per second"
                raise DifficultyRefused(difficulty, int(limit), why)


@dataclass(frozen=True, slots=True)
class RequiredWork:
    """What a block is to commit.

    Attributes:
        fused_plasma: fused plasma.
        difficulty: difficulty of its work; 0 if the fused plasma pays alone.
        base_plasma: of the block.
    """

    fused_plasma: int
    difficulty: int
    base_plasma: int


def kind_of_block(block_type: int, to_address: bytes, data: bytes) -> BlockKind:
    """The kind of a user's block, which says its base plasma.

    Args:
        block_type: 2 for a send, 3 for a receive.
        to_address: 20 bytes: receiver of a send.
        data: of the block.

    Raises:
        InvalidInput: field ``block_type``, ``data_bytes`` (too many), ``to_address`` (a contract that does
            not exist) or ``data`` (no method of the contract).
    """
    if block_type == BlockType.USER_RECEIVE:
        return RECEIVE
    if block_type != BlockType.USER_SEND:
        raise InvalidInput("block_type", block_type, "is no type of a user's block", "2 or 3")
    if to_address[:1] == bytes([CONTRACT_ADDRESS_KIND]):
        return call_of_data(format_address(to_address), data)
    return send(len(data))


def rules_for(momentum: Momentum, dynamic: DynamicRules | None = None) -> RuleSet[Any]:
    """The rules for the blocks after a momentum: by its version today's, or those of Dynamic Plasma.

    Args:
        momentum: the newest.
        dynamic: Dynamic Plasma with the variables in force; their defaults if left out.
    """
    if momentum.version >= DYNAMIC_MOMENTUM_VERSION:
        return dynamic or DynamicRules()
    return AlphanetRules()


def state_after(momentum: Momentum, rules: RuleSet[Any]) -> Any:
    """The state of the rules by which the blocks after a momentum are judged.

    Raises:
        InvalidInput: field ``rules``: no node has these rules; or a price that the rules cannot have led to.
    """
    if isinstance(rules, DynamicRules):
        state = prices_in_force(momentum.version, momentum.next_fusion_price, momentum.next_work_price)
        rules.check_state(state)
        return state
    if isinstance(rules, AlphanetRules):
        return rules.initial_state
    raise InvalidInput("rules", rules.name, "are those of no node", "alphanet or dynamic")


def required_work(
    kind: BlockKind,
    momentum: Momentum,
    answer: RequiredPow,
    *,
    rules: RuleSet[Any],
    budget: Budget | None = None,
    headroom: int = 0,
    use_fused: bool = True,
    use_work: bool = True,
) -> RequiredWork:
    """What a block of this kind is to commit, recomputed; the node's own figures are checked against it.

    All available fused plasma is used before any work, as much of it as is needed, unless one of the two is not to be
    used.

    Args:
        kind: the block.
        momentum: the newest one, whose prices are in force.
        answer: what the node says.
        rules: of the network; see ``rules_for``.
        budget: the most work; that of the rules if left out.
        headroom: momentums of the steepest rise of prices that the payment has to survive.
        use_fused: whether fused plasma may pay.
        use_work: whether work may pay.

    Raises:
        NodeDisagrees: the node states another base plasma.
        FusedPlasmaMissing: work is not to be used, and the available fused plasma does not pay alone.
        PlasmaMissing: proof of work cannot pay what the available fused plasma leaves.
        DifficultyRefused: the node asks for more than the rules do even after one more momentum of
            the steepest rise, or what is needed is beyond the budget.
        InvalidInput: ``headroom`` is not usable.
    """
    if answer.base_plasma != kind.base_plasma:
        raise NodeDisagrees("base_plasma", answer.base_plasma, kind.base_plasma)
    state = state_after(momentum, rules)
    limit = _most_asked(kind, rules, state, answer)
    if answer.required_difficulty > limit:
        raise DifficultyRefused(answer.required_difficulty, limit, f"{rules.name}, as recomputed,")
    available = min(answer.available_plasma, rules.max_fused_plasma) if use_fused else 0
    priced = quote(rules, kind, state, headroom=headroom).priced_state
    alone = rules.least_fused(kind.base_plasma, 0, priced)
    fused = min(available, alone)
    if not use_work and fused < alone:
        raise FusedPlasmaMissing(kind.name, alone, answer.available_plasma, None, _qsr_of(alone - available, rules))
    check_payable(kind, rules, priced, available)
    difficulty = rules.required_difficulty(kind, priced, fused)
    (budget or Budget()).check(difficulty)
    return RequiredWork(fused, difficulty, kind.base_plasma)


def check_payable(kind: BlockKind, rules: RuleSet[Any], state: Any, available: int) -> None:
    """Refuses a block that the fused plasma of its account and the most proof of work cannot pay together.

    Args:
        kind: the block.
        rules: of the network.
        state: the prices in force.
        available: fused plasma that the account can commit.

    Raises:
        PlasmaMissing: says what is missing.
    """
    usable = min(available, rules.max_fused_plasma)
    try:
        rules.required_difficulty(kind, state, min(usable, rules.least_fused(kind.base_plasma, 0, state)))
    except InvalidInput:
        needed = rules.least_fused(kind.base_plasma, rules.most_pow_plasma(state), state)
        qsr = None
        if usable < needed <= min(rules.max_fused_plasma, rules.max_block_plasma):
            qsr = _qsr_of(needed - usable, rules)
        raise PlasmaMissing(kind.name, needed, available, qsr) from None


def _qsr_of(plasma: int, rules: RuleSet[Any]) -> int:
    """Whole QSR, as many as a fusion has to have at least, that give so much plasma."""
    return max(rules.fused_of_plasma(plasma), MIN_FUSE_AMOUNT) // FUSION_UNIT_AMOUNT


def _most_asked(kind: BlockKind, rules: RuleSet[Any], state: Any, answer: RequiredPow) -> int:
    """The most that an honest node asks for, a momentum later than the one that is known included."""
    later = rules.steepest_rise(state)
    try:
        if isinstance(rules, DynamicRules):
            return rules.suggestion(kind.base_plasma, answer.available_plasma, later).difficulty
        return rules.required_difficulty(kind, later, min(answer.available_plasma, kind.base_plasma))
    except InvalidInput:  # no work pays this price; what the node asks for is then judged by the cap alone
        return rules.max_difficulty_at(later)
