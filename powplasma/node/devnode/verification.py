"""Whether a devnode takes a block: the node's checks in the node's order, refused in the node's words.

Source: go-zenon ``rpc/api/ledger.go``, ``verifier/account_block.go``, ``vm/vm.go``; docs/specification.md, section 6.
"""

from __future__ import annotations

import dataclasses
from typing import NoReturn

from powplasma import work
from powplasma.account import AccountBlock, SealFlaw
from powplasma.account.block import MAX_AMOUNT
from powplasma.node.devnode.calls import call_refusal, is_canonical
from powplasma.node.devnode.ledger import Chain, Entry, Ledger
from powplasma.node.refusals import BlockRefusal
from powplasma.plasma import AlphanetRules
from powplasma.validation import BlockType, Reason, validate
from powplasma.validation.block import CONTRACT_ADDRESS_KIND
from powplasma.work import ZERO_HASH


class Refused(Exception):
    """A devnode does not take a block.

    Attributes:
        message: the node's words.
    """

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


@dataclasses.dataclass(frozen=True, slots=True)
class Verified:
    """A block that has passed.

    Attributes:
        block: with its base and used plasma as recomputed.
        received: the send that it receives; None for a send.
    """

    block: AccountBlock
    received: Entry | None


def verify(block: AccountBlock, ledger: Ledger, amount: int | None = None) -> Verified:
    """Judges a block by the state of its account after the block that it names as previous.

    Args:
        block: to be judged.
        ledger: knows the account.
        amount: that the block states, where it has none that it could have; any integer.

    Raises:
        Refused: the first check that it does not pass.
    """
    _check_network(block, ledger)
    if block.block_type == BlockType.CONTRACT_SEND:
        _refuse(BlockRefusal.TYPE_CONTRACT_SEND)
    chain = ledger.chain(block.address)
    _check_context(block, chain)
    _check_form(block, block.amount if amount is None else amount)
    if block.difficulty and not work.check(block.data_hash, block.nonce, block.difficulty):
        _refuse(BlockRefusal.POW_INVALID)
    _check_momentum(block, chain, ledger)
    received = _received(block, ledger) if block.block_type == BlockType.USER_RECEIVE else None
    block = _with_plasma(block, ledger)
    is_call = received is None and block.to_address[0] == CONTRACT_ADDRESS_KIND
    refusal = call_refusal(block) if is_call else None
    if refusal is not None:
        _refuse(refusal)
    balance = chain.balances_at(block.height - 1).get(block.token_standard, 0)
    if received is None and block.amount > balance:
        _refuse(BlockRefusal.INSUFFICIENT_BALANCE)
    flaw = block.seal_flaw()
    if is_call and flaw is not SealFlaw.HASH_MISSING and not is_canonical(block):
        flaw = SealFlaw.HASH_WRONG
    if flaw is not None:
        _refuse(_SEAL[flaw])
    if block.descendant_blocks:
        _refuse(BlockRefusal.DESCENDANTS_MUST_BE_EMPTY)
    return Verified(block, received)


def _refuse(refusal: BlockRefusal) -> NoReturn:
    raise Refused(refusal.value)


def _check_network(block: AccountBlock, ledger: Ledger) -> None:
    own = ledger.chain_identifier
    if block.chain_identifier not in (0, own):
        raise Refused(f"{BlockRefusal.OTHER_NETWORK} ({block.chain_identifier}) from the node ({own})")
    if any(block.token_standard) and block.token_standard not in ledger.tokens:
        _refuse(BlockRefusal.TOKEN_STANDARD_UNKNOWN)


def _check_context(block: AccountBlock, chain: Chain) -> None:
    if block.height == 0:
        _refuse(BlockRefusal.HEIGHT_MISSING)
    if block.height == 1 and block.previous_hash != ZERO_HASH:
        _refuse(BlockRefusal.PREVIOUS_HASH_MUST_BE_ZERO)
    if block.height > 1 and block.previous_hash == ZERO_HASH:
        _refuse(BlockRefusal.PREVIOUS_HASH_MISSING)
    if not block.momentum_acknowledged.height and block.momentum_acknowledged.hash == ZERO_HASH:
        _refuse(BlockRefusal.MOMENTUM_MUST_NOT_BE_ZERO)
    previous = chain.at(block.height - 1)
    stable = chain.stable
    if stable > block.height - 1:
        known = any(entry.block.hash == block.previous_hash for entry in chain.entries[:stable])
        _refuse(BlockRefusal.PREVIOUS_HAS_CEMENTED_ON_TOP if known else BlockRefusal.PREVIOUS_HEIGHT_EXISTS)
    if block.height > 1 and (previous is None or previous.block.hash != block.previous_hash):
        _refuse(BlockRefusal.PREVIOUS_MISSING)


def _check_form(block: AccountBlock, amount: int) -> None:
    """Version, network, type, and which fields a block of its type may have."""
    flaws: list[tuple[bool, BlockRefusal]] = [
        (block.version == 0, BlockRefusal.VERSION_MISSING),
        (block.version != 1, BlockRefusal.VERSION_INVALID),
        (block.chain_identifier == 0, BlockRefusal.CHAIN_IDENTIFIER_MISSING),
        (block.block_type == 0, BlockRefusal.TYPE_MISSING),
        (block.block_type == BlockType.GENESIS_RECEIVE, BlockRefusal.TYPE_MUST_NOT_BE_GENESIS),
        (block.block_type > BlockType.CONTRACT_RECEIVE, BlockRefusal.TYPE_UNSUPPORTED),
        (block.address[0] == CONTRACT_ADDRESS_KIND, BlockRefusal.TYPE_MUST_BE_CONTRACT),
        (block.block_type == BlockType.CONTRACT_RECEIVE, BlockRefusal.TYPE_MUST_BE_USER),
    ]
    if block.block_type == BlockType.USER_SEND:
        flaws += [
            (amount < 0, BlockRefusal.AMOUNT_NEGATIVE),
            (amount > MAX_AMOUNT, BlockRefusal.AMOUNT_TOO_BIG),
            (bool(amount) and not any(block.token_standard), BlockRefusal.TOKEN_STANDARD_MISSING),
            (block.from_block_hash != ZERO_HASH, BlockRefusal.FROM_BLOCK_HASH_MUST_BE_ZERO),
        ]
    else:
        flaws += [
            (bool(amount), BlockRefusal.AMOUNT_MUST_BE_ZERO),
            (any(block.token_standard), BlockRefusal.TOKEN_STANDARD_MUST_BE_ZERO),
            (any(block.to_address), BlockRefusal.TO_ADDRESS_MUST_BE_ZERO),
            (block.from_block_hash == ZERO_HASH, BlockRefusal.FROM_BLOCK_HASH_MISSING),
        ]
    for flawed, refusal in flaws:
        if flawed:
            _refuse(refusal)


def _check_momentum(block: AccountBlock, chain: Chain, ledger: Ledger) -> None:
    if ledger.momentum(block.momentum_acknowledged) is None:
        _refuse(BlockRefusal.MOMENTUM_MISSING)
    previous = chain.at(block.height - 1)
    if previous is not None and previous.block.momentum_acknowledged.height > block.momentum_acknowledged.height:
        _refuse(BlockRefusal.MOMENTUM_GAP)


def _received(block: AccountBlock, ledger: Ledger) -> Entry:
    """The send that a receive receives."""
    send = ledger.confirmed(block.from_block_hash)
    if (
        send is None
        or send.confirmed is None
        or send.confirmed > block.momentum_acknowledged.height
        or send.block.block_type not in (BlockType.USER_SEND, BlockType.CONTRACT_SEND)
    ):
        _refuse(BlockRefusal.FROM_BLOCK_MISSING)
    if send.block.to_address != block.address:
        _refuse(BlockRefusal.FROM_BLOCK_RECEIVER_MISMATCH)
    earlier = ledger.receive_of(block.from_block_hash)
    # A receive at this height or above would be taken back for this block.
    if earlier is not None and earlier.block.height < block.height:
        _refuse(BlockRefusal.FROM_BLOCK_ALREADY_RECEIVED)
    return send


def _with_plasma(block: AccountBlock, ledger: Ledger) -> AccountBlock:
    """The block with its recomputed base and used plasma, if it commits enough.

    A price that is too low is no reason: such a block waits in the pool until the price falls.
    """
    available = ledger.available_plasma(block.address, block.momentum_acknowledged.height, block.height - 1)
    verdict = validate(block, rules=ledger.rules, state=ledger.state, available_plasma=available)
    if verdict.reason not in (Reason.ACCEPTED, Reason.PRICE_TOO_LOW):
        refusal = _PLASMA[verdict.reason]
        if refusal in _UNKNOWN_COST and isinstance(ledger.rules, AlphanetRules):
            refusal = BlockRefusal.VM_PANIC
        _refuse(refusal)
    assert verdict.base_plasma is not None
    used = verdict.fused_plasma + verdict.pow_plasma
    return dataclasses.replace(block, base_plasma=verdict.base_plasma, used_plasma=used)


_PLASMA = {
    Reason.DIFFICULTY_OUT_OF_RANGE: BlockRefusal.POW_INVALID,
    Reason.BAD_NONCE: BlockRefusal.POW_INVALID,
    Reason.NOT_ENOUGH_FUSED_PLASMA: BlockRefusal.NOT_ENOUGH_PLASMA,
    Reason.BLOCK_PLASMA_CAP_EXCEEDED: BlockRefusal.PLASMA_LIMIT_REACHED,
    Reason.DATA_TOO_LONG: BlockRefusal.DATA_TOO_BIG,
    Reason.UNKNOWN_METHOD: BlockRefusal.METHOD_NOT_FOUND,
    Reason.NOT_ENOUGH_PLASMA: BlockRefusal.NOT_ENOUGH_TOTAL_PLASMA,
}
"""What the validator finds after the checks above, in the node's words."""

_UNKNOWN_COST = (BlockRefusal.DATA_TOO_BIG, BlockRefusal.METHOD_NOT_FOUND)
"""Before Dynamic Plasma the node answers to a base plasma that cannot be computed as to a fault of its own."""

_SEAL = {
    SealFlaw.HASH_MISSING: BlockRefusal.HASH_MISSING,
    SealFlaw.HASH_WRONG: BlockRefusal.HASH_INVALID,
    SealFlaw.SIGNATURE_MISSING: BlockRefusal.SIGNATURE_MISSING,
    SealFlaw.PUBLIC_KEY_MISSING: BlockRefusal.PUBLIC_KEY_MISSING,
    SealFlaw.SIGNATURE_WRONG: BlockRefusal.SIGNATURE_INVALID,
    SealFlaw.PUBLIC_KEY_WRONG_ADDRESS: BlockRefusal.PUBLIC_KEY_WRONG_ADDRESS,
}
