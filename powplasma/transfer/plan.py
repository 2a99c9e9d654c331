"""What the next block of an account has to be: its place in the chain, and what it commits.

A node is asked where the account's chain ends, for the newest momentum and for the available
fused plasma. Base plasma and difficulty are recomputed by ``powplasma.node.required_work``.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Any

from powplasma.account import AccountBlock
from powplasma.address import format_token_standard
from powplasma.errors import InvalidInput, check_integer
from powplasma.node import (
    BlockingNode,
    Budget,
    MethodUnknown,
    Momentum,
    NodeDisagrees,
    required_work,
    rules_for,
    state_after,
)
from powplasma.plasma import BlockKind, RuleSet, quote, ruleset
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.pricing import DYNAMIC_MOMENTUM_VERSION
from powplasma.plasma.quote import MAX_HEADROOM
from powplasma.validation import BlockType, Reason, validate
from powplasma.work import ZERO_HASH

DEFAULT_MAX_DIFFICULTY = 1_417_500_000
"""Most work for one block if nothing else is said: ten times the most that today's network credits."""

DEFAULT_HEADROOM = 2
"""Momentums of the steepest rise of prices that a payment survives if nothing else is said."""

DEFAULT_PATIENCE = 30.0
"""Seconds to look for a block of which nobody knows whether it was published, if nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a sender allows and expects.

    Attributes:
        rules: name of the rule set, ``alphanet`` or ``dynamic``; None takes those of the newest momentum's version.
        headroom: momentums of the steepest rise of prices that the payment has to survive; 0 … 10,000.
        max_difficulty: most work for one block.
        max_seconds: longest search for one nonce; None sets no limit.
        chain_identifier: the network that is meant; None takes the one that the node names.
        patience: seconds to look for a block of which nobody knows whether it was published.

    Raises:
        InvalidInput: names the field.
    """

    rules: str | None = None
    headroom: int = DEFAULT_HEADROOM
    max_difficulty: int = DEFAULT_MAX_DIFFICULTY
    max_seconds: float | None = None
    chain_identifier: int | None = None
    patience: float = DEFAULT_PATIENCE

    def __post_init__(self) -> None:
        if self.rules not in (None, "alphanet", "dynamic"):
            raise InvalidInput("rules", self.rules, "are those of no node", "alphanet or dynamic")
        check_integer("headroom", self.headroom, 0, MAX_HEADROOM, "momentums")
        check_integer("max_difficulty", self.max_difficulty, 0, U64_MAX)
        if self.chain_identifier is not None:
            check_integer("chain_identifier", self.chain_identifier, 1, U64_MAX)
        for field in ("max_seconds", "patience"):
            value = getattr(self, field)
            optional = field == "max_seconds" and value is None
            if not optional and not (type(value) in (int, float) and 0 < value < float("inf")):
                raise InvalidInput(field, value, "is out of range", "seconds above 0")


@dataclass(frozen=True, slots=True)
class Plan:
    """The next block of an account, and what it was planned by.

    Attributes:
        block: unsigned and without a nonce; what it commits is final unless prices rise.
        kind: of the block.
        rules: of the network.
        state: the prices in force.
        priced_state: the prices that the block's plasma pays: ``state`` after the headroom.
        available_plasma: fused plasma that the account can commit, as the node says.
    """

    block: AccountBlock
    kind: BlockKind
    rules: RuleSet[Any]
    state: Any
    priced_state: Any
    available_plasma: int


def make_plan(node: BlockingNode, template: AccountBlock, terms: Terms) -> Plan:
    """The next block of an account by what the node knows now.

    Args:
        node: asked.
        template: a block from ``AccountBlock.send`` or ``AccountBlock.receive``.
        terms: see ``Terms``.

    Raises:
        InvalidInput: field ``data``, it calls no method of the contract or is too long; or ``amount``, more than the
            account has.
        NodeDisagrees: the node is of another network, has other rules, or states another base plasma.
        DifficultyRefused: what is needed is beyond ``max_difficulty``, or the node asks for more than the rules do.
        NodeError: the node does not answer as it should.
    """
    address = template.address
    frontier = node.frontier_block(address)
    # After the account's chain, so that this momentum is not older than the one that the last block acknowledges.
    momentum = node.frontier_momentum()
    rules = _rules(node, momentum, terms)
    kind = kind_of(template)
    _check_balance(node, template)
    receiver = template.to_address if template.block_type == BlockType.USER_SEND else None
    answer = node.required_pow(address, template.block_type, receiver, template.data)
    budget = Budget(max_difficulty=terms.max_difficulty)
    required = required_work(kind, momentum, answer, rules=rules, budget=budget, headroom=terms.headroom)
    state = state_after(momentum, rules)
    block = dataclasses.replace(
        template,
        chain_identifier=momentum.chain_identifier,
        previous_hash=frontier.block.hash if frontier else ZERO_HASH,
        height=frontier.block.height + 1 if frontier else 1,
        momentum_acknowledged=momentum.reference,
        fused_plasma=required.fused_plasma,
        difficulty=required.difficulty,
    )
    priced_state = quote(rules, kind, state, headroom=terms.headroom).priced_state
    return Plan(block, kind, rules, state, priced_state, answer.available_plasma)


def kind_of(block: AccountBlock) -> BlockKind:
    """The kind of a user's block, as the validator finds it.

    Raises:
        InvalidInput: field ``data``; it calls no method of the contract, or is too long. Or ``block_type``.
    """
    verdict = validate(dataclasses.replace(block, fused_plasma=0, difficulty=0), rules=ruleset("alphanet"))
    if verdict.reason in (Reason.UNKNOWN_METHOD, Reason.DATA_TOO_LONG):
        raise InvalidInput("data", block.data, "is not usable", verdict.problem)
    if verdict.kind is None or verdict.base_plasma is None:
        raise InvalidInput("block_type", block.block_type, "is none of a user's", "2, a send, or 3, a receive")
    return BlockKind(verdict.kind, verdict.base_plasma)


def _rules(node: BlockingNode, momentum: Momentum, terms: Terms) -> RuleSet[Any]:
    expected = terms.chain_identifier
    if expected is not None and momentum.chain_identifier != expected:
        raise NodeDisagrees("chain_identifier", momentum.chain_identifier, expected)
    variables = None
    if momentum.version >= DYNAMIC_MOMENTUM_VERSION:
        with contextlib.suppress(MethodUnknown):  # the defaults hold until governance can set others
            variables = node.plasma_variables()
    rules = rules_for(momentum, variables)
    if terms.rules not in (None, rules.name):
        problem = f"are not in force: the node's momentum {momentum.height} has version {momentum.version}"
        raise InvalidInput("rules", terms.rules, problem, f"{rules.name}, or leave it out")
    return rules


def _check_balance(node: BlockingNode, template: AccountBlock) -> None:
    """Refuses a send of more than there is before any work is done for it."""
    if not template.amount:
        return
    balance = node.account_info(template.address).balances.get(template.token_standard)
    owned = balance.amount if balance else 0
    if template.amount > owned:
        token = format_token_standard(template.token_standard)
        accepted = f"at most {owned} base units of {token}; what was sent to the account has to be received first"
        raise InvalidInput("amount", template.amount, "is more than the account has", accepted)
