"""Whole blocks: every reason, every rule set, one block and many."""

import pickle
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import powplasma
from powplasma import work
from powplasma.address import parse_address
from powplasma.errors import InvalidInput
from powplasma.plasma import RULE_SETS, DynamicState, ForumState, Stage, ruleset, send
from powplasma.plasma.costs import CONTRACT_ADDRESSES
from powplasma.validation import BlockType, JudgedBlock, Reason, validate, validate_many

USER = bytes(20)
CONTRACT = parse_address(CONTRACT_ADDRESSES["Pillar"])
DELEGATE = bytes.fromhex("7c2d5d6e")
REGISTER = bytes.fromhex("644de927")
ALPHANET = ruleset("alphanet")


def nonce_for(block: JudgedBlock) -> bytes:
    """A nonce by plain search, with the exact rule alone."""
    data_hash = work.data_hash(block.address, block.previous_hash)
    counter = 0
    while not work.check(data_hash, work.nonce_of_counter(counter), block.difficulty):
        counter += 1
    return work.nonce_of_counter(counter)


@pytest.fixture(scope="module")
def worked() -> JudgedBlock:
    """A send with one plasma from work; the rest has to be fused."""
    block = JudgedBlock(BlockType.USER_SEND, USER, bytes([7] * 32), USER, difficulty=1_500, fused_plasma=20_999)
    return replace(block, nonce=nonce_for(block))


def test_a_good_block_is_accepted(worked) -> None:
    verdict = validate(worked, rules=ALPHANET, available_plasma=20_999)
    assert verdict.accepted
    assert verdict.details == {
        "rules": "alphanet",
        "kind": "send",
        "base_plasma": 21_000,
        "fused_plasma": 20_999,
        "available_plasma": 20_999,
        "difficulty": 1_500,
        "pow_plasma": 1,
        "required_pow_plasma": 1,
        "max_block_plasma": 10_500_000,
    }


def test_the_nonce_must_be_good(worked) -> None:
    wrong = replace(worked, nonce=bytes(8) if worked.nonce != bytes(8) else b"\xff" * 8)
    assert not work.check(work.data_hash(USER, worked.previous_hash), wrong.nonce, 1_500)
    verdict = validate(wrong, rules=ALPHANET, available_plasma=20_999)
    assert verdict.reason is Reason.BAD_NONCE
    assert verdict.explain() == "Refused: the nonce is not good for difficulty 1500."


def test_the_previous_hash_belongs_to_the_work(worked) -> None:
    moved = replace(worked, previous_hash=bytes(32))
    assert validate(moved, rules=ALPHANET, available_plasma=20_999).reason is Reason.BAD_NONCE


USER_SEND = JudgedBlock(BlockType.USER_SEND, USER, fused_plasma=21_000)
CALL = JudgedBlock(BlockType.USER_SEND, USER, to_address=CONTRACT, data=DELEGATE, fused_plasma=52_500)
REASONS = [
    (USER_SEND, 21_000, Reason.ACCEPTED),
    (replace(USER_SEND, block_type=BlockType.USER_RECEIVE), 21_000, Reason.ACCEPTED),
    (replace(USER_SEND, block_type=BlockType.USER_RECEIVE, data=bytes(99)), 21_000, Reason.ACCEPTED),
    (CALL, 52_500, Reason.ACCEPTED),
    (replace(CALL, data=DELEGATE + bytes(20_000)), 52_500, Reason.ACCEPTED),
    (JudgedBlock(BlockType.CONTRACT_RECEIVE, CONTRACT), 0, Reason.ACCEPTED),
    (replace(USER_SEND, nonce=b"anything"), 21_000, Reason.ACCEPTED),
    (replace(USER_SEND, nonce=b"short"), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, address=USER.hex()[:20]), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, address=b"z1q"), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, data="text"), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, fused_plasma=-1), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, fused_plasma=2**64), 2**64 - 1, Reason.MALFORMED),
    (replace(USER_SEND, fused_plasma=21_000.0), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, difficulty=-5), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, difficulty=None), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, fused_plasma=np.uint64(21_000)), 21_000, Reason.ACCEPTED),
    (replace(USER_SEND, difficulty=np.float64(0)), 21_000, Reason.MALFORMED),
    (replace(USER_SEND, block_type=BlockType.GENESIS_RECEIVE), 21_000, Reason.WRONG_BLOCK_TYPE),
    (replace(USER_SEND, block_type=BlockType.CONTRACT_SEND), 21_000, Reason.WRONG_BLOCK_TYPE),
    (replace(USER_SEND, address=CONTRACT), 21_000, Reason.WRONG_BLOCK_TYPE),
    (replace(USER_SEND, difficulty=2**63), 21_000, Reason.DIFFICULTY_OUT_OF_RANGE),
    (replace(USER_SEND, difficulty=2**64 - 1), 21_000, Reason.DIFFICULTY_OUT_OF_RANGE),
    (JudgedBlock(BlockType.CONTRACT_SEND, CONTRACT, difficulty=1), 0, Reason.CONTRACT_WITH_DIFFICULTY),
    (replace(USER_SEND, difficulty=2**62), 21_000, Reason.BAD_NONCE),
    (replace(USER_SEND, data=bytes(16_385)), 21_000, Reason.DATA_TOO_LONG),
    (replace(CALL, data=b""), 52_500, Reason.UNKNOWN_METHOD),
    (replace(CALL, data=b"\xff" * 4), 52_500, Reason.UNKNOWN_METHOD),
    (replace(CALL, to_address=bytes([1]) + bytes(19)), 52_500, Reason.UNKNOWN_METHOD),
    (USER_SEND, 20_999, Reason.NOT_ENOUGH_FUSED_PLASMA),
    (replace(USER_SEND, fused_plasma=10_500_001), 10_500_001, Reason.BLOCK_PLASMA_CAP_EXCEEDED),
    (replace(USER_SEND, fused_plasma=20_999), 21_000, Reason.NOT_ENOUGH_PLASMA),
    (replace(USER_SEND, data=b"x"), 21_000, Reason.NOT_ENOUGH_PLASMA),
    (replace(CALL, data=REGISTER), 52_500, Reason.NOT_ENOUGH_PLASMA),
]


@pytest.mark.parametrize(("block", "available", "reason"), REASONS)
def test_reasons_under_todays_rules(block, available, reason) -> None:
    verdict = validate(block, rules=ALPHANET, available_plasma=available)
    assert verdict.reason is reason
    assert verdict.accepted == (reason is Reason.ACCEPTED)
    sentence = verdict.explain()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence.startswith("Accepted" if verdict.accepted else "Refused")


@pytest.mark.parametrize("bad", [replace(CALL, data=b""), replace(USER_SEND, data=bytes(16_385))])
def test_the_node_looks_at_fused_plasma_and_the_cap_before_it_looks_up_the_cost(bad) -> None:
    dear = replace(bad, fused_plasma=10_500_001)
    assert validate(dear, rules=ALPHANET, available_plasma=10_500_000).reason is Reason.NOT_ENOUGH_FUSED_PLASMA
    refused = validate(dear, rules=ALPHANET, available_plasma=10_500_001)
    assert refused.reason is Reason.BLOCK_PLASMA_CAP_EXCEEDED
    assert refused.base_plasma is None
    assert "may commit 10500000" in refused.explain()


ABOUT_ANCHORS = {Reason.ANCHOR_MISSING, Reason.ANCHOR_IN_FUTURE, Reason.ANCHOR_UNKNOWN, Reason.EXPIRED}


def test_every_reason_is_shown_by_a_case() -> None:
    assert {reason for _, _, reason in REASONS} | {Reason.PRICE_TOO_LOW} | ABOUT_ANCHORS == set(Reason)


@pytest.mark.parametrize(
    ("rules", "state", "enough"),
    [
        (ruleset("forum"), ForumState(1_501, 1_000, 21), 31_521),
        (ruleset("dynamic"), DynamicState(1_501, 1_000), 31_521),
    ],
)
def test_a_block_below_the_price_waits(rules, state, enough) -> None:
    paying = replace(USER_SEND, fused_plasma=enough)
    assert validate(paying, rules=rules, state=state, available_plasma=enough).accepted
    poor = replace(USER_SEND, fused_plasma=enough - 1)
    verdict = validate(poor, rules=rules, state=state, available_plasma=enough)
    assert verdict.reason is Reason.PRICE_TOO_LOW
    assert verdict.explain().startswith("Not now")
    assert verdict.required_pow_plasma == 1


def test_without_a_word_about_it_an_account_has_no_fused_plasma() -> None:
    assert validate(USER_SEND, rules=ALPHANET).reason is Reason.NOT_ENOUGH_FUSED_PLASMA


def test_what_work_buys_is_capped() -> None:
    """A lucky nonce may state any difficulty it is good for; more than the cap buys nothing."""
    rules = ruleset("alphanet", max_pow_plasma=0)
    block = JudgedBlock(BlockType.USER_SEND, USER, difficulty=1)
    assert validate(block, rules=rules).pow_plasma == 0


def test_sporks_decide_what_a_call_costs() -> None:
    collect = replace(CALL, data=bytes.fromhex("af43d3f0"), fused_plasma=52_500)
    judged = [validate(collect, rules=ALPHANET, available_plasma=52_500, stage=stage) for stage in Stage]
    assert [verdict.base_plasma for verdict in judged] == [126_000, 52_500, 52_500, 52_500]
    assert judged[0].reason is Reason.NOT_ENOUGH_PLASMA


@dataclass(frozen=True)
class Liar:
    """A block that also claims what the validator recomputes."""

    block_type: int = BlockType.USER_SEND
    address: bytes = USER
    previous_hash: bytes = bytes(32)
    to_address: bytes = USER
    data: bytes = b"data"
    fused_plasma: int = 0
    difficulty: int = 0
    nonce: bytes = bytes(8)
    base_plasma: int = 0
    used_plasma: int = 10**9
    pow_plasma: int = 10**9
    data_hash: bytes = bytes(32)


def test_claims_that_can_be_recomputed_are_not_looked_at() -> None:
    verdict = validate(Liar(), rules=ALPHANET)
    assert verdict.reason is Reason.NOT_ENOUGH_PLASMA
    assert verdict.base_plasma == send(4).base_plasma
    assert verdict.pow_plasma == 0


@pytest.mark.parametrize("available", [-1, 1.5, 2**64])
def test_bad_available_plasma_is_refused(available) -> None:
    with pytest.raises(InvalidInput, match="available_plasma"):
        validate(USER_SEND, rules=ALPHANET, available_plasma=available)
    with pytest.raises(InvalidInput, match="available_plasma"):
        validate_many([USER_SEND], rules=ALPHANET, available_plasma=[available])


def test_one_available_plasma_is_needed_per_block() -> None:
    with pytest.raises(InvalidInput, match=r"available_plasma: 1 values are given \(2, one per block\)"):
        validate_many([USER_SEND] * 2, rules=ALPHANET, available_plasma=[5])


def test_a_bad_state_is_refused() -> None:
    with pytest.raises(InvalidInput, match="difficulty_per_plasma: 0"):
        validate(USER_SEND, rules=ruleset("forum"), state=ForumState(1_000, 0, 21))


BLOCKS = st.builds(
    JudgedBlock,
    block_type=st.sampled_from([*BlockType, 0, 6]),
    address=st.sampled_from([USER, CONTRACT, b"", bytes([0]) * 19 + b"x"]),
    previous_hash=st.sampled_from([bytes(32), bytes([9]) * 32, bytes(31)]),
    to_address=st.sampled_from([USER, CONTRACT, bytes([1]) * 20]),
    data=st.sampled_from([b"", DELEGATE, REGISTER, bytes(500), bytes(16_385)]),
    fused_plasma=st.one_of(st.sampled_from([0, 21_000, 52_500, 2**64, -1]), st.integers(0, 11_000_000)),
    difficulty=st.one_of(st.sampled_from([0, 1, 2, 2**63 - 1, 2**63, 2**64]), st.integers(0, 64)),
    nonce=st.one_of(st.binary(min_size=8, max_size=8), st.just(b"")),
)
STATES = {
    "alphanet": None,
    "forum": ForumState(1_100, 500, 21),
    "dynamic": DynamicState(1_100, 1_300),
}


@given(
    st.lists(st.tuples(BLOCKS, st.sampled_from([0, 21_000, 20_000_000])), max_size=12),
    st.sampled_from(sorted(RULE_SETS)),
)
def test_many_blocks_get_the_verdicts_of_single_ones(blocks, name) -> None:
    rules, state = ruleset(name), STATES[name]
    single = [validate(b, rules=rules, state=state, available_plasma=available) for b, available in blocks]
    many = validate_many(
        [b for b, _ in blocks], rules=rules, state=state, available_plasma=[available for _, available in blocks]
    )
    assert many == single


def test_the_batch_asks_about_worked_blocks_only_and_believes_the_answer(worked) -> None:
    asked = []

    def refuse_all(data_hashes, nonces, difficulties):
        asked.append((data_hashes, nonces, difficulties))
        return [False] * len(nonces)

    blocks = [USER_SEND, worked, replace(worked, nonce=b"")]
    verdicts = validate_many(blocks, rules=ALPHANET, available_plasma=[21_000] * 3, check_nonces=refuse_all)
    assert [verdict.reason for verdict in verdicts] == [Reason.ACCEPTED, Reason.BAD_NONCE, Reason.MALFORMED]
    assert asked == [([work.data_hash(USER, worked.previous_hash)], [worked.nonce], [1_500])]


@pytest.mark.parametrize("answers", [[], [True, True]])
def test_a_nonce_check_that_answers_too_few_or_too_many_is_caught(worked, answers) -> None:
    with pytest.raises(ValueError, match="zip"):
        validate_many([worked], rules=ALPHANET, check_nonces=lambda *_: answers)


def test_verdicts_can_be_sent_to_another_process() -> None:
    verdict = validate(USER_SEND, rules=ruleset("dynamic"), available_plasma=21_000)
    assert pickle.loads(pickle.dumps(verdict)) == verdict


def test_the_public_names() -> None:
    verdict = powplasma.validate(USER_SEND, rules=powplasma.ruleset("alphanet"), available_plasma=21_000)
    assert isinstance(verdict, powplasma.Verdict)
    assert powplasma.validate_many([USER_SEND], rules=ALPHANET) == [validate(USER_SEND, rules=ALPHANET)]
