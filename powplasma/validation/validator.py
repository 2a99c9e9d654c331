"""Whether an account block's proof of work and plasma are valid under a rule set.

The nonce is judged with ``powplasma.work`` alone, so that a bug in a kernel can never approve
itself. Nothing is taken from the block that can be recomputed. Source: go-zenon ``vm/vm.go``,
``verifier/account_block.go``; docs/specification.md, section 6.

What is judged is work and plasma; previous block, balance, hash and signature are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from powplasma import work
from powplasma.address import ADDRESS_BYTES, format_address
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.costs import (
    ACCOUNT_BLOCK_BASE_PLASMA,
    CONTRACT_BLOCK,
    DATA_BYTE_PLASMA,
    MAX_DATA_BYTES,
    RECEIVE,
    call_of_data,
    send,
)
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.methods import Stage
from powplasma.validation.block import (
    CONTRACT_ADDRESS_KIND,
    AccountBlockFields,
    BlockType,
    anchor_of,
    with_plain_integers,
)
from powplasma.validation.expiry import Anchor, Expiry, data_hash_at
from powplasma.validation.verdict import Reason, Verdict

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Context(Generic[State]):
    """What all blocks of one call are judged by; ``expiry`` only if its policy asks for anchors."""

    rules: RuleSet[State]
    state: State
    stage: Stage
    expiry: Expiry | None

    @classmethod
    def of(cls, rules: RuleSet[State], state: State | None, stage: Stage, expiry: Expiry | None) -> Context[State]:
        """From the arguments of ``validate``.

        Raises:
            InvalidInput: as ``RuleSet.check_state``.
        """
        asks = expiry is not None and expiry.policy.anchored
        return cls(rules, rules.state_or_initial(state), stage, expiry if asks else None)


OUT_OF_RANGE_DIFFICULTY = 1 << 63
"""From here on a difficulty is out of range: no search can reach it, and an older node misread it."""


def validate(
    block: AccountBlockFields,
    *,
    rules: RuleSet[State],
    state: State | None = None,
    available_plasma: int = 0,
    stage: Stage = Stage.HTLC,
    expiry: Expiry | None = None,
) -> Verdict:
    """Judges one block.

    Args:
        block: the block's fields; see ``AccountBlockFields``.
        rules: the rule set.
        state: prices that the block is judged by; the rule set's initial state if left out.
        available_plasma: fused plasma that the block's account can commit. Without it the account
            is taken to have none.
        stage: the sporks active at the momentum that the block acknowledges.
        expiry: a freshness policy and the point of the chain to judge from; by default work never
            expires and no anchor is looked at, as on the network today.

    Raises:
        InvalidInput: ``state``, ``available_plasma``, or ``momentum_hash`` of ``expiry``. A bad block
            never raises: it gets a verdict.
    """
    context = Context.of(rules, state, stage, expiry)
    available_plasma = check_integer("available_plasma", available_plasma, 0, U64_MAX, "plasma")
    block = with_plain_integers(block)
    refused = refuse_form(block, context)
    if refused is not None:
        return refused
    nonce_good = not block.difficulty or work.check(data_hash_of(block, context), block.nonce, block.difficulty)
    return judge(block, nonce_good, context, available_plasma)


def data_hash_of(block: AccountBlockFields, context: Context[State]) -> bytes:
    """The data hash of a well-formed block, recomputed; with its anchor where a policy asks for one."""
    anchor = None if context.expiry is None else anchor_of(block)
    return data_hash_at(block.address, block.previous_hash, b"" if anchor is None else anchor.hash)


def refuse_form(block: AccountBlockFields, context: Context[State]) -> Verdict | None:
    """A verdict on what can be said before the nonce is judged, None if there is nothing to refuse.

    Here and in ``judge``, the block is one that ``with_plain_integers`` gave.
    """
    rules, state = context.rules, context.state
    well_formed = (
        isinstance(block.address, bytes)
        and isinstance(block.to_address, bytes)
        and isinstance(block.previous_hash, bytes)
        and isinstance(block.nonce, bytes)
        and isinstance(block.data, bytes)
        and len(block.address) == ADDRESS_BYTES
        and len(block.to_address) == ADDRESS_BYTES
        and len(block.previous_hash) == work.HASH_BYTES
        and len(block.nonce) == work.NONCE_BYTES
        and type(block.fused_plasma) is type(block.difficulty) is int
        and 0 <= block.fused_plasma | block.difficulty <= U64_MAX  # or-ed integers have 64 bits only if both have
    )
    if not well_formed:
        return Verdict(Reason.MALFORMED, rules, state, problem=_malformation(block))
    contract = block.address[0] == CONTRACT_ADDRESS_KIND
    types = _CONTRACT_TYPES if contract else _USER_TYPES
    if not isinstance(block.block_type, int) or block.block_type not in types:
        whose = "is not one of a contract's" if contract else "is not one of a user's"
        wrong = InvalidInput("block type", block.block_type, whose, f"{types[0]} or {types[1]}")
        return Verdict(Reason.WRONG_BLOCK_TYPE, rules, state, problem=str(wrong))
    if block.difficulty >= OUT_OF_RANGE_DIFFICULTY:
        problem = f"difficulty {block.difficulty} is out of range (0 … {OUT_OF_RANGE_DIFFICULTY - 1})"
        return Verdict(Reason.DIFFICULTY_OUT_OF_RANGE, rules, state, difficulty=block.difficulty, problem=problem)
    if contract and block.difficulty:
        problem = f"a contract's block states difficulty {block.difficulty} (0 for a contract)"
        return Verdict(Reason.CONTRACT_WITH_DIFFICULTY, rules, state, difficulty=block.difficulty, problem=problem)
    return _refuse_anchor(block, context.expiry, context) if block.difficulty and context.expiry else None


def _refuse_anchor(block: AccountBlockFields, expiry: Expiry, context: Context[State]) -> Verdict | None:
    """A verdict on the anchor of a block with work: a look at the chain is cheaper than judging the nonce."""
    rules, state = context.rules, context.state
    anchor: object = anchor_of(block)
    if anchor is not None and not isinstance(anchor, Anchor):
        problem = f"anchor: {type(anchor).__name__} is no anchor (Anchor or None)"
        return Verdict(Reason.MALFORMED, rules, state, problem=problem)
    refused = expiry.refuse(anchor)
    if refused is None:
        return None
    reason, problem = refused
    age = None if anchor is None else expiry.age(anchor)
    return Verdict(reason, rules, state, difficulty=block.difficulty, problem=problem, age=age)


_SEND = send().name
_USER_RECEIVE = BlockType.USER_RECEIVE.value
_USER_TYPES = (BlockType.USER_SEND.value, BlockType.USER_RECEIVE.value)
_CONTRACT_TYPES = (BlockType.CONTRACT_SEND.value, BlockType.CONTRACT_RECEIVE.value)


def _malformation(block: AccountBlockFields) -> str:
    """The first field of a malformed block, as a line."""
    try:
        for field, length in _LENGTHS.items():
            value = getattr(block, field)
            if not isinstance(value, bytes):
                raise InvalidInput(field, value, "is not bytes", f"{length} bytes")
            if len(value) != length:
                raise InvalidInput(field, value, f"has {len(value)} bytes", f"{length} bytes")
        if not isinstance(block.data, bytes):
            raise InvalidInput("data", block.data, "is not bytes", "bytes")
        check_integer("fused_plasma", block.fused_plasma, 0, U64_MAX, "plasma")
        check_integer("difficulty", block.difficulty, 0, U64_MAX, "")
    except InvalidInput as refused:
        return str(refused)
    raise AssertionError("the block was found malformed")


_LENGTHS = {
    "address": ADDRESS_BYTES,
    "to_address": ADDRESS_BYTES,
    "previous_hash": work.HASH_BYTES,
    "nonce": work.NONCE_BYTES,
}


def _cost_of(block: AccountBlockFields, stage: Stage) -> tuple[str, int]:
    """Kind and base plasma of a well-formed user block; refuses an unknown method and too much data."""
    if block.block_type == _USER_RECEIVE:
        return RECEIVE.name, RECEIVE.base_plasma
    if block.to_address[0] == CONTRACT_ADDRESS_KIND:
        called = call_of_data(format_address(block.to_address), block.data, stage)
        return called.name, called.base_plasma
    length = len(block.data)
    if length > MAX_DATA_BYTES:
        raise InvalidInput("data_bytes", length, "is out of range", f"0 … {MAX_DATA_BYTES} bytes in a send to a user")
    return _SEND, ACCOUNT_BLOCK_BASE_PLASMA + DATA_BYTE_PLASMA * length


def judge(block: AccountBlockFields, nonce_good: bool, context: Context[State], available: int) -> Verdict:
    """The verdict on a well-formed block, in the node's order: work, fused plasma, cap, cost, total, price."""
    rules, state = context.rules, context.state
    fused, difficulty = block.fused_plasma, block.difficulty
    if block.address[0] == CONTRACT_ADDRESS_KIND:
        return Verdict(Reason.ACCEPTED, rules, state, CONTRACT_BLOCK.name, CONTRACT_BLOCK.base_plasma, fused)
    if not nonce_good:
        return Verdict(Reason.BAD_NONCE, rules, state, fused_plasma=fused, difficulty=difficulty)
    pow_plasma = min(difficulty // rules.difficulty_per_plasma_at(state), rules.max_pow_plasma)
    age = credited = None
    if context.expiry is not None and difficulty and (anchor := anchor_of(block)) is not None:
        age = context.expiry.age(anchor)
        credited = context.expiry.policy.credit(pow_plasma, age)
    worked = pow_plasma if credited is None else credited
    kind = base_plasma = None
    unknown: InvalidInput | None = None
    try:
        kind, base_plasma = _cost_of(block, context.stage)
    except InvalidInput as refused:
        unknown = refused
    problem = ""
    if fused > available:
        reason = Reason.NOT_ENOUGH_FUSED_PLASMA
    elif fused + worked > rules.max_block_plasma:
        reason = Reason.BLOCK_PLASMA_CAP_EXCEEDED
    elif base_plasma is None:
        reason = Reason.DATA_TOO_LONG if unknown and unknown.field == "data_bytes" else Reason.UNKNOWN_METHOD
        problem = str(unknown)
    elif fused + worked < base_plasma:
        reason = Reason.NOT_ENOUGH_PLASMA
    elif not rules.price_met(base_plasma, fused, worked, state):
        reason = Reason.PRICE_TOO_LOW
    else:
        reason = Reason.ACCEPTED
    return Verdict(
        reason, rules, state, kind, base_plasma, fused, available, difficulty, pow_plasma, problem, age, credited
    )
