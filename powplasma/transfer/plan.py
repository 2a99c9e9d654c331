"""What the next block of an account has to be: its place in the chain, and what it commits.

A node is asked where the account's chain ends, for the newest momentum and for the available
fused plasma. Base plasma and difficulty are recomputed by ``powplasma.node.required_work``.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Any

from powplasma.account import AccountBlock
from powplasma.account.abi import Call, check_block, decode_call
from powplasma.address import format_token_standard
from powplasma.errors import InvalidInput
from powplasma.node import (
    BlockingNode,
    Budget,
    FusedPlasmaMissing,
    MethodUnknown,
    Momentum,
    Node,
    NodeDisagrees,
    check_fresh,
    required_work,
    rules_for,
    state_after,
)
from powplasma.plasma import BlockKind, RuleSet, quote, ruleset
from powplasma.plasma.pricing import DYNAMIC_MOMENTUM_VERSION
from powplasma.transfer.terms import Terms
from powplasma.validation import BlockType, Reason, validate
from powplasma.validation.block import CONTRACT_ADDRESS_KIND
from powplasma.work import ZERO_HASH

_WAIT_SECONDS = 0.5
"""Between two looks for fused plasma that comes back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The next block of an account, and what it was planned by.

    Attributes:
        block: unsigned and without a nonce; what it commits is final unless prices rise.
        kind: of the block.
        rules: of the network.
        state: the prices in force.
        priced_state: the prices that the block's plasma pays: ``state`` after the headroom.
        available_plasma: fused plasma that the block may commit: what the node says is available, or 0 if work alone is
            to pay.
        work_alone: difficulty that would pay without fused plasma; None if none does.
        fused_alone: fused plasma that would pay without work; None if no amount does.
        waited: momentums that were waited for fused plasma.
    """

    block: AccountBlock
    kind: BlockKind
    rules: RuleSet[Any]
    state: Any
    priced_state: Any
    available_plasma: int
    work_alone: int | None = None
    fused_alone: int | None = None
    waited: int = 0


async def amake_plan(node: Node, template: AccountBlock, terms: Terms) -> Plan:
    """Plans the next block of an account by what the node knows now.

    Args:
        node: asked.
        template: a block from ``AccountBlock.send`` or ``AccountBlock.receive``.
        terms: see ``Terms``.

    Raises:
        InvalidInput: field ``data``, it calls no method of the contract or is too long; or ``amount``, more than the
            account has. For a call of a contract also as ``powplasma.account.abi.check_call``.
        NodeStale: the node may not know the newest state of the network.
        NodeDisagrees: the node is of another network, has other rules, or states another base plasma.
        DifficultyRefused: what is needed is beyond ``max_difficulty``, or the node asks for more than the rules do.
        FusedPlasmaMissing: by the terms fused plasma is to pay alone, and does not, also after the wait.
        NodeError: the node does not answer as it should.
    """
    first: int | None = None
    while True:
        try:
            plan = await _plan_now(node, template, terms)
        except FusedPlasmaMissing as missing:
            owned = await node.plasma(template.address)
            height = (await node.frontier_momentum()).height
            first = height if first is None else first
            later = None if owned.max_plasma < missing.needed else owned.max_plasma
            if later is None or height >= first + terms.wait_momentums:
                raise FusedPlasmaMissing(
                    missing.kind, missing.needed, missing.available, later, None if later else missing.qsr
                ) from None
            await asyncio.sleep(_WAIT_SECONDS)
        else:
            waited = 0 if first is None else plan.block.momentum_acknowledged.height - first
            return dataclasses.replace(plan, waited=waited)


async def _plan_now(node: Node, template: AccountBlock, terms: Terms) -> Plan:
    """A plan by what the account can commit now."""
    address = template.address
    frontier = await node.frontier_block(address)
    # After the account's chain, so that this momentum is not older than the one that the last block acknowledges.
    momentum = await node.frontier_momentum()
    _check_network(momentum, terms)
    if not terms.allow_stale:
        check_fresh(node.url, momentum, await node.sync_info(), terms.max_node_age)
    rules = await _rules(node, momentum, terms)
    kind = kind_of(template)
    if call_of(template) is not None:
        check_block(template)
    await _check_balance(node, template)
    receiver = template.to_address if template.block_type == BlockType.USER_SEND else None
    answer = await node.required_pow(address, template.block_type, receiver, template.data)
    budget = Budget(max_difficulty=terms.max_difficulty)
    required = required_work(
        kind,
        momentum,
        answer,
        rules=rules,
        budget=budget,
        headroom=terms.headroom,
        use_fused=terms.payment != "work",
        use_work=terms.payment in ("either", "work"),
    )
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
    quoted = quote(rules, kind, state, headroom=terms.headroom)
    return Plan(
        block,
        kind,
        rules,
        state,
        quoted.priced_state,
        0 if terms.payment == "work" else answer.available_plasma,
        quoted.difficulty,
        quoted.fused_plasma_alone,
    )


def make_plan(node: BlockingNode, template: AccountBlock, terms: Terms) -> Plan:
    """Plans the next block of an account; arguments, result and errors as for ``amake_plan``, without asyncio."""
    return node.call(lambda connected: amake_plan(connected, template, terms))


def kind_of(block: AccountBlock) -> BlockKind:
    """The kind of a user's block, as the validator finds it.

    Raises:
        InvalidInput: field ``data``; it calls no method of the contract in the one encoding that a node takes, or is
            too long. Or ``block_type``.
    """
    call_of(block)
    verdict = validate(dataclasses.replace(block, fused_plasma=0, difficulty=0), rules=ruleset("alphanet"))
    if verdict.reason in (Reason.UNKNOWN_METHOD, Reason.DATA_TOO_LONG):
        raise InvalidInput("data", block.data, "is not usable", verdict.problem)
    if verdict.kind is None or verdict.base_plasma is None:
        raise InvalidInput("block_type", block.block_type, "is none of a user's", "2, a send, or 3, a receive")
    return BlockKind(verdict.kind, verdict.base_plasma)


def call_of(block: AccountBlock) -> Call | None:
    """The call of a contract's method that a block makes; None for a block that is not sent to a contract.

    Raises:
        InvalidInput: field ``data``; a node would not take it as a call.
    """
    if block.block_type != BlockType.USER_SEND or block.to_address[0] != CONTRACT_ADDRESS_KIND:
        return None
    return decode_call(block.to_address, block.data)


def _check_network(momentum: Momentum, terms: Terms) -> None:
    """Refuses a node of another network than the one that is meant."""
    expected = terms.chain_identifier
    if expected is not None and momentum.chain_identifier != expected:
        raise NodeDisagrees("chain_identifier", momentum.chain_identifier, expected)


async def _rules(node: Node, momentum: Momentum, terms: Terms) -> RuleSet[Any]:
    variables = None
    if momentum.version >= DYNAMIC_MOMENTUM_VERSION:
        with contextlib.suppress(MethodUnknown):  # the defaults hold until governance can set others
            variables = await node.plasma_variables()
    rules = rules_for(momentum, variables)
    if terms.rules not in (None, rules.name):
        problem = f"are not in force: the node's momentum {momentum.height} has version {momentum.version}"
        raise InvalidInput("rules", terms.rules, problem, f"{rules.name}, or leave it out")
    return rules


async def _check_balance(node: Node, template: AccountBlock) -> None:
    """Refuses a send of more than there is before any work is done for it."""
    if not template.amount:
        return
    balance = (await node.account_info(template.address)).balances.get(template.token_standard)
    owned = balance.amount if balance else 0
    if template.amount > owned:
        token = format_token_standard(template.token_standard)
        accepted = f"at most {owned} base units of {token}; what was sent to the account has to be received first"
        raise InvalidInput("amount", template.amount, "is more than the account has", accepted)
