"""Anchored work: its data hash, every reason to refuse it, and what its age leaves of it."""

import pickle
from dataclasses import dataclass, replace
from hashlib import sha3_256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import powplasma
from powplasma import Anchor, Decay, Expiry, InvalidInput, Never, Window, anchored_data_hash, work
from powplasma.address import format_address
from powplasma.plasma import DynamicState, ruleset
from powplasma.validation import BlockType, JudgedBlock, Reason, validate, validate_many

USER = bytes(20)
CONTRACT = bytes([1]) + bytes(19)
PREVIOUS = bytes([7] * 32)
FRONTIER = 1_000
ALPHANET = ruleset("alphanet")


def momentum(height: int) -> bytes | None:
    """The hash of a height on a made-up chain."""
    return sha3_256(b"momentum %d" % height).digest() if height <= FRONTIER else None


WINDOW = Window(360)


def expiry(policy=WINDOW, frontier: int = FRONTIER, chain=momentum) -> Expiry:
    return Expiry(policy, frontier, chain)


def nonce_for(data_hash: bytes, difficulty: int) -> bytes:
    """A nonce by plain search, with the exact rule alone, that is bad for difficulty 2^40."""
    return next(
        nonce
        for nonce in map(work.nonce_of_counter, range(1 << 30))
        if difficulty <= work.achieved_difficulty(data_hash, nonce) < 1 << 40
    )


def anchored(height: int, difficulty: int = 3_000, fused: int = 20_998) -> JudgedBlock:
    """A send with two plasma from work that is anchored at a height."""
    anchor = Anchor(momentum(height) or bytes(32), height)
    nonce = nonce_for(anchored_data_hash(USER, PREVIOUS, anchor.hash), difficulty)
    return JudgedBlock(
        BlockType.USER_SEND, USER, PREVIOUS, USER, b"", fused, difficulty=difficulty, nonce=nonce, anchor=anchor
    )


def judge(block: JudgedBlock, expiry: Expiry | None, **arguments):
    return validate(block, rules=ALPHANET, available_plasma=10**6, expiry=expiry, **arguments)


FIELDS = st.tuples(
    st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)
)


@given(FIELDS)
def test_the_data_hash_is_over_84_bytes_of_fixed_widths(fields: tuple[bytes, bytes, bytes]) -> None:
    assert anchored_data_hash(*fields) == sha3_256(b"".join(fields)).digest()
    assert anchored_data_hash(*fields) != powplasma.data_hash(*fields[:2])


@given(FIELDS, FIELDS)
def test_no_two_triples_have_one_data_hash(one: tuple[bytes, ...], other: tuple[bytes, ...]) -> None:
    assert (anchored_data_hash(*one) == anchored_data_hash(*other)) == (one == other)


def test_texts_and_bytes_are_the_same() -> None:
    texts = format_address(USER), PREVIOUS.hex(), (b"\xab" * 32).hex()
    assert anchored_data_hash(*texts) == anchored_data_hash(USER, PREVIOUS, b"\xab" * 32)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("z1", PREVIOUS, PREVIOUS), "address"),
        ((USER, PREVIOUS[1:], PREVIOUS), "previous_hash"),
        ((USER, PREVIOUS, "00"), "anchor_hash"),
        ((USER, PREVIOUS, PREVIOUS + b"x"), "anchor_hash"),
    ],
)
def test_fields_of_another_width_are_refused(arguments, field: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        anchored_data_hash(*arguments)
    assert failure.value.field == field


@pytest.mark.parametrize("height", [641, 642, 999, 1_000])
def test_work_within_the_window_counts_in_full(height: int) -> None:
    verdict = judge(anchored(height), expiry())
    assert verdict.accepted
    assert (verdict.age, verdict.pow_plasma, verdict.credited_plasma) == (FRONTIER + 1 - height, 2, 2)
    assert verdict.details["age"] == FRONTIER + 1 - height
    assert f"2 of 2 from difficulty 3000 at age {FRONTIER + 1 - height}" in verdict.explain()


FRESH = anchored(990)
REFUSED = [
    (replace(FRESH, anchor=None), expiry(), Reason.ANCHOR_MISSING, "names no anchor, which window:360 asks for"),
    (FRESH, expiry(frontier=989), Reason.ANCHOR_IN_FUTURE, "height 990 is beyond the frontier at 989"),
    (FRESH, expiry(chain=lambda height: None), Reason.ANCHOR_UNKNOWN, "is not the momentum of height 990"),
    (FRESH, expiry(chain=lambda height: b"r" * 32), Reason.ANCHOR_UNKNOWN, "is not the momentum of height 990"),
    (replace(FRESH, anchor=Anchor(FRESH.anchor.hash, 991)), expiry(), Reason.ANCHOR_UNKNOWN, "height 991 on this"),
    (anchored(640), expiry(), Reason.EXPIRED, "at age 361, too old for window:360"),
    (FRESH, expiry(Window(10)), Reason.EXPIRED, "at age 11, too old for window:10"),
    (anchored(361), expiry(Decay(10)), Reason.EXPIRED, "at age 640, too old for decay:10"),
    (replace(FRESH, nonce=bytes(8), difficulty=1 << 40), expiry(), Reason.BAD_NONCE, "not good for difficulty"),
    (replace(FRESH, anchor=Anchor(momentum(991), 991)), expiry(), Reason.BAD_NONCE, "not good for difficulty 3000"),
    (replace(FRESH, anchor=("hash", 3)), expiry(), Reason.MALFORMED, "tuple is no anchor"),
    (FRESH, None, Reason.BAD_NONCE, "not good for difficulty 3000"),
    (FRESH, expiry(Never()), Reason.BAD_NONCE, "not good for difficulty 3000"),
]


@pytest.mark.parametrize(("block", "judged_by", "reason", "words"), REFUSED)
def test_every_reason(block: JudgedBlock, judged_by: Expiry | None, reason: Reason, words: str) -> None:
    verdict = judge(block, judged_by)
    assert verdict.reason is reason
    assert verdict.explain().startswith("Refused: ")
    assert words in verdict.explain()
    assert pickle.loads(pickle.dumps(verdict)) == verdict


def test_an_anchor_is_looked_at_before_the_nonce_and_the_amounts() -> None:
    block = replace(anchored(640), nonce=bytes(8), fused_plasma=2**63)
    assert judge(block, expiry()).reason is Reason.EXPIRED


@pytest.mark.parametrize("frontier", [1, 50, 1_000])
def test_a_window_is_as_many_momentums_as_it_says(frontier: int) -> None:
    """Work that is anchored to the frontier has age 1, in the momentum after it."""
    at = Anchor(bytes(32), frontier)
    for window, accepted in {0: [], 1: [1], 2: [1, 2], 6: [1, 2, 3, 4, 5, 6]}.items():
        judges = [expiry(Window(window), frontier + later, chain=None) for later in range(9)]
        assert [judged_by.age(at) for judged_by in judges] == [*range(1, 10)]
        assert [judged_by.age(at) for judged_by in judges if judged_by.refuse(at) is None] == accepted


def test_the_greatest_age_is_in_range() -> None:
    judged_by = expiry(Window(2**64 - 1), 2**64 - 1, chain=None)
    assert judged_by.age(Anchor(bytes(32), 1)) == 2**64 - 1
    assert judged_by.refuse(Anchor(bytes(32), 1)) is None
    assert expiry(Window(2**64 - 2), 2**64 - 1, chain=None).refuse(Anchor(bytes(32), 1)) is not None


@pytest.mark.parametrize("frontier", [1, 50, 2**64 - 1])
def test_without_a_chain_the_age_alone_decides(frontier: int) -> None:
    verdict = judge(replace(FRESH, anchor=Anchor(FRESH.anchor.hash, 50)), expiry(frontier=frontier, chain=None))
    expected = {1: Reason.ANCHOR_IN_FUTURE, 50: Reason.ACCEPTED, 2**64 - 1: Reason.EXPIRED}
    assert verdict.reason is expected[frontier]


def test_decayed_work_is_judged_by_what_is_left_of_it() -> None:
    """Two plasma are one after a half-life: enough beside 20,999 fused plasma, too little beside 20,998."""
    assert judge(replace(FRESH, fused_plasma=20_999), expiry(Decay(11))).accepted
    verdict = judge(FRESH, expiry(Decay(11)))
    assert verdict.reason is Reason.NOT_ENOUGH_PLASMA
    assert (verdict.pow_plasma, verdict.credited_plasma) == (2, 1)
    assert "20999 plasma (20998 fused, 1 of 2 from difficulty 3000 at age 11)" in verdict.explain()
    assert judge(anchored(1_000, difficulty=4_500), expiry(Decay(10))).accepted


def test_the_price_is_judged_by_what_is_left() -> None:
    rules, state = ruleset("dynamic"), DynamicState(1_000, 2_000)
    block = replace(FRESH, fused_plasma=20_999)
    for policy, reason in ((Window(360), Reason.ACCEPTED), (Decay(11), Reason.PRICE_TOO_LOW)):
        verdict = validate(block, rules=rules, state=state, available_plasma=10**6, expiry=expiry(policy))
        assert verdict.reason is reason


def test_so_is_the_cap_of_a_block() -> None:
    rules = ruleset("alphanet", max_block_plasma=21_000)
    block = replace(FRESH, fused_plasma=20_999)
    for policy, reason in ((Window(360), Reason.BLOCK_PLASMA_CAP_EXCEEDED), (Decay(11), Reason.ACCEPTED)):
        assert validate(block, rules=rules, available_plasma=10**6, expiry=expiry(policy)).reason is reason


UNANCHORED = replace(FRESH, anchor=None, nonce=nonce_for(powplasma.data_hash(USER, PREVIOUS), 3_000), difficulty=3_000)
WITHOUT_WORK = JudgedBlock(BlockType.USER_SEND, USER, fused_plasma=21_000)


@pytest.mark.parametrize(
    ("block", "policy"),
    [
        (UNANCHORED, Never()),
        (UNANCHORED, None),
        (replace(UNANCHORED, anchor=Anchor(bytes(32), 5)), Never()),
        (replace(UNANCHORED, anchor="nonsense"), None),
        (WITHOUT_WORK, Window(360)),
        (WITHOUT_WORK, Decay(360)),
        (JudgedBlock(BlockType.CONTRACT_RECEIVE, CONTRACT), Window(0)),
    ],
)
def test_what_no_policy_looks_at_is_judged_as_today(block: JudgedBlock, policy) -> None:
    verdict = judge(block, None if policy is None else expiry(policy))
    assert verdict.accepted
    assert verdict == judge(replace(block, anchor=None), None)
    assert "age" not in verdict.details


@dataclass(frozen=True)
class OfToday:
    """A block of a class that knows nothing of anchors."""

    block_type: int = BlockType.USER_SEND
    address: bytes = USER
    previous_hash: bytes = PREVIOUS
    to_address: bytes = USER
    data: bytes = b""
    fused_plasma: int = 20_998
    difficulty: int = 3_000
    nonce: bytes = UNANCHORED.nonce


def test_a_block_without_the_field_has_no_anchor() -> None:
    assert judge(OfToday(), None).accepted
    assert judge(OfToday(), expiry()).reason is Reason.ANCHOR_MISSING


BLOCKS = st.sampled_from(
    [FRESH, anchored(641), anchored(640), UNANCHORED, WITHOUT_WORK, *(block for block, *_ in REFUSED)]
)
POLICIES = st.sampled_from([Never(), Window(360), Window(0), Window(11), Decay(11), Decay(1), Decay(10**6)])


@given(st.lists(BLOCKS, max_size=8), POLICIES, st.sampled_from([1, 640, 989, FRONTIER]))
def test_many_blocks_get_the_verdicts_of_single_ones(blocks, policy, frontier: int) -> None:
    judged_by = expiry(policy, frontier)
    many = validate_many(blocks, rules=ALPHANET, available_plasma=[10**6] * len(blocks), expiry=judged_by)
    assert many == [judge(block, judged_by) for block in blocks]


def test_a_chain_that_answers_nonsense_is_refused() -> None:
    for answer in (b"short", "ab" * 32, 5):
        with pytest.raises(InvalidInput, match=r"momentum_hash: .* was answered for height 990"):
            judge(FRESH, expiry(chain=lambda height, answer=answer: answer))


@pytest.mark.parametrize(("depth", "height"), [(0, 1_000), (30, 970), (999, 1)])
def test_work_can_be_anchored_below_the_frontier(depth: int, height: int) -> None:
    assert expiry().anchor(depth) == Anchor(momentum(height), height)


def test_an_anchor_that_cannot_be_had_is_refused() -> None:
    for judged_by, depth, field in (
        (expiry(), -1, "depth"),
        (expiry(), 1_000, "depth"),
        (expiry(frontier=1_001), 0, "frontier_height"),
        (expiry(chain=None), 0, "frontier_height"),
    ):
        with pytest.raises(InvalidInput) as failure:
            judged_by.anchor(depth)
        assert failure.value.field == field


def test_a_reorganisation_takes_shallow_anchors_and_leaves_deep_ones() -> None:
    def reorganised(height: int) -> bytes | None:
        return momentum(height) if height < 995 else sha3_256(b"other %d" % height).digest()

    judged_by = expiry(chain=reorganised)
    verdicts = [judge(anchored(expiry().anchor(depth).height), judged_by) for depth in (0, 5, 6)]
    assert [verdict.reason for verdict in verdicts] == [Reason.ANCHOR_UNKNOWN, Reason.ANCHOR_UNKNOWN, Reason.ACCEPTED]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Anchor(b"", 1), "anchor_hash"),
        (lambda: Anchor("x" * 64, 1), "anchor_hash"),
        (lambda: Anchor(bytes(32), 0), "anchor_height"),
        (lambda: Anchor(bytes(32), 2**64), "anchor_height"),
        (lambda: Anchor(bytes(32), 1.0), "anchor_height"),
        (lambda: expiry(frontier=0), "frontier_height"),
        (lambda: expiry(frontier="9"), "frontier_height"),
    ],
)
def test_what_is_no_anchor_or_no_frontier_is_refused(make, field: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        make()
    assert failure.value.field == field


def test_an_anchor_may_be_given_as_text() -> None:
    assert Anchor("ab" * 32, 3) == Anchor(b"\xab" * 32, 3)
