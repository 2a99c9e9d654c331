"""What the store finds, at which price and age, and what it drops."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma import Decay, Expiry, InvalidInput, Never, Window, ruleset
from powplasma.plasma import RECEIVE, DynamicState, ForumState, send
from powplasma.stock import Hit, Miss, Need, Pruned, Shortage, Stock, StoredWork
from powplasma.validation import Anchor, BlockType, JudgedBlock, validate

from .conftest import achieved, work_of

ANY = Need.of_difficulty(1)
ALPHANET = ruleset("alphanet")
FRONTIER = 1_000


def momentum(height: int) -> bytes | None:
    return height.to_bytes(32, "big") if height <= FRONTIER else None


def anchored(number: int, height: int, account: int | None = None) -> StoredWork:
    return work_of(number, account=account, anchor=Anchor(momentum(height) or b"a" * 32, height))


def place(work: StoredWork) -> tuple[bytes, bytes]:
    return work.address, work.previous_hash


def test_a_work_is_found_by_its_place_alone(stock: Stock) -> None:
    work, other = work_of(1), work_of(2)
    stock.put([work, other])
    hit = stock.find(*place(work), ANY)
    assert hit == Hit(work, 1, achieved(work), None)
    for address, previous in ((work.address, other.previous_hash), (other.address, work.previous_hash)):
        assert stock.find(address, previous, ANY) == Miss(Shortage.ABSENT, 1)


def test_what_was_put_is_there_for_another_process_of_another_time(path, stock: Stock) -> None:
    works = [work_of(number) for number in range(50)]
    stock.put(works[:20])
    with Stock(path, create=False) as other:
        stock.put(works[20:])
        assert all(isinstance(other.find(*place(work), ANY), Hit) for work in works)
    stock.close()
    with Stock(path) as again:
        assert sorted(again.works(), key=place) == sorted(works, key=place)


def test_the_difficulty_that_the_nonce_is_good_for_decides(stock: Stock) -> None:
    work = work_of(3)
    stock.put([work])
    reached = achieved(work)
    hit = stock.find(*place(work), Need.of_difficulty(reached))
    assert (hit.difficulty, hit.achieved_difficulty) == (reached, reached)
    miss = stock.find(*place(work), Need.of_difficulty(reached + 7))
    assert miss == Miss(Shortage.TOO_LITTLE, reached + 7, reached, 7)


@settings(max_examples=40, deadline=None)  # the disk takes part
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(1, 60))
def test_of_several_works_for_a_place_the_best_serves(tmp_path_factory, numbers: list[int], difficulty: int) -> None:
    here = work_of(0)
    works = [replace(here, nonce=work_of(number).nonce) for number in numbers]
    with Stock(tmp_path_factory.mktemp("stock") / "works.db") as stock:
        stock.put(works)
        found = stock.find(*place(here), Need.of_difficulty(difficulty))
    best = max(map(achieved, works))
    assert found.achieved_difficulty == best
    assert isinstance(found, Hit) == (best >= difficulty)


def test_find_many_says_what_find_says(stock: Stock) -> None:
    works = [work_of(number) for number in range(20)]
    stock.put(works[:15])
    for need in (ANY, Need.of_difficulty(5)):
        assert stock.find_many(map(place, works), need) == [stock.find(*place(work), need) for work in works]


def test_putting_twice_stores_once(stock: Stock) -> None:
    stock.put([work_of(1), work_of(1)])
    stock.put([work_of(1)])
    assert list(stock.works()) == [work_of(1)]


def test_texts_are_taken_for_bytes(stock: Stock) -> None:
    address = "z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402"
    stock.put([StoredWork(address, "ab" * 32, "01" * 8)])
    assert isinstance(stock.find(address, b"\xab" * 32, ANY), Hit)
    (stored,) = stock.works(address)
    assert stored.nonce == b"\1" * 8


@pytest.mark.parametrize(
    ("fields", "field"),
    [((b"", bytes(32), bytes(8)), "address"), ((bytes(20), "0", bytes(8)), "previous_hash")]
    + [((bytes(20), bytes(32), nonce), "nonce") for nonce in (bytes(7), None, "x" * 16)],
)
def test_what_is_no_work_is_refused(fields, field: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        StoredWork(*fields)
    assert failure.value.field == field


def test_one_bad_work_leaves_nothing_of_its_batch(stock: Stock) -> None:
    def works():
        yield work_of(1)
        raise RuntimeError("of all things")

    with pytest.raises(RuntimeError):
        stock.put(works())
    assert list(stock.works()) == []


# Prices


def test_a_dearer_price_makes_a_hit_a_miss_that_says_what_is_lacking(stock: Stock) -> None:
    work = next(work for work in map(work_of, range(10_000)) if 3_000 <= achieved(work) < 4_500)
    stock.put([work])
    rules = ruleset("forum")
    need = Need.of_block(rules, send(), ForumState(1_000, 1_500, 21), fused=20_999)
    assert need.difficulty == 1_500
    assert isinstance(stock.find(*place(work), need), Hit)
    dear = Need.of_block(rules, send(), ForumState(1_000, 100_000, 21), fused=20_999)
    assert stock.find(*place(work), dear) == Miss(
        Shortage.TOO_LITTLE, 100_000, achieved(work), 100_000 - achieved(work)
    )


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        (ALPHANET, None),
        (ruleset("forum"), ForumState(1_265, 765, 2_100)),
        (ruleset("dynamic"), DynamicState(1_100, 1_333)),
    ],
)
def test_needs_are_those_of_the_rules(rules, state) -> None:
    need = Need.of_block(rules, RECEIVE, state, fused=500)
    assert need.difficulty == rules.required_difficulty(RECEIVE, state, 500)
    assert need.plasma == rules.least_pow_plasma(RECEIVE.base_plasma, 500, state)
    assert Need.of_plasma(rules, need.plasma, state) == need


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Need.of_difficulty(0), "difficulty"),
        (lambda: Need.of_difficulty(2**64), "difficulty"),
        (lambda: Need.of_plasma(ALPHANET, 0), "plasma"),
        (lambda: Need.of_plasma(ALPHANET, 94_501), "plasma"),
        (lambda: Need.of_block(ALPHANET, send(), fused=21_000), "fused"),
        (lambda: Need.of_block(ALPHANET, send(16_000)), "fused"),
    ],
)
def test_needs_that_no_work_meets_are_refused(make, field: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        make()
    assert failure.value.field == field


# Age


def expiry(policy=None, frontier: int = FRONTIER, chain=momentum) -> Expiry:
    return Expiry(policy or Window(360), frontier, chain)


@pytest.mark.parametrize(
    ("work", "judged_by", "shortage"),
    [
        (anchored(1, 700), expiry(), None),
        (anchored(1, 641), expiry(), None),
        (anchored(1, 640), expiry(), Shortage.EXPIRED),
        (anchored(1, 1_000), expiry(Window(1)), None),
        (anchored(1, 1_000), expiry(Window(0)), Shortage.EXPIRED),
        (anchored(1, 700), expiry(frontier=699), Shortage.ANCHOR_IN_FUTURE),
        (anchored(1, 700), expiry(chain={}.get), Shortage.ANCHOR_UNKNOWN),
        (anchored(1, 700), expiry(chain=None), None),
        (anchored(1, 700), expiry(Decay(100)), None),
        (anchored(1, 700), expiry(Decay(4)), Shortage.EXPIRED),
        (anchored(1, 700), expiry(Never()), Shortage.ABSENT),
        (anchored(1, 700), None, Shortage.ABSENT),
        (work_of(1), expiry(), Shortage.ANCHOR_MISSING),
        (work_of(1), expiry(Never()), None),
        (work_of(1), None, None),
    ],
)
def test_anchors_are_judged_as_the_validator_does(stock: Stock, work, judged_by, shortage) -> None:
    stock.put([work])
    need = Need(1, 0, ALPHANET) if judged_by and isinstance(judged_by.policy, Decay) else ANY
    found = stock.find(*place(work), need, judged_by)
    assert (found.shortage if isinstance(found, Miss) else None) is shortage


def test_the_youngest_anchor_that_will_do_serves(stock: Stock) -> None:
    here = work_of(0)
    works = [replace(anchored(number, height), address=here.address, previous_hash=here.previous_hash)
             for number, height in ((1, 500), (2, 900), (3, 1_001), (4, 990))]  # fmt: skip
    stock.put([here, *works])
    hit = stock.find(*place(here), ANY, expiry(Window(600)))
    assert (hit.work, hit.age) == (works[3], 11)
    assert stock.find(*place(here), ANY).work == here
    strong = max(works[:2] + works[3:], key=achieved)
    hit = stock.find(*place(here), Need.of_difficulty(achieved(strong)), expiry(Window(600)))
    assert hit.work == strong
    miss = stock.find(*place(here), Need.of_difficulty(2**60), expiry(Window(600)))
    assert (miss.shortage, miss.achieved_difficulty) == (Shortage.TOO_LITTLE, achieved(strong))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 60), st.integers(1, 4), st.integers(1, 40))
def test_what_decay_leaves_is_a_hit_exactly_when_the_validator_accepts_it(
    tmp_path_factory, number: int, half_life: int, plasma: int, age: int
) -> None:
    rules = ruleset("alphanet", difficulty_per_plasma=2)
    work = anchored(number, FRONTIER + 1 - age)
    judged_by = expiry(Decay(half_life))
    with Stock(tmp_path_factory.mktemp("stock") / "works.db") as stock:
        stock.put([work])
        found = stock.find(*place(work), Need.of_plasma(rules, plasma), judged_by)

    def accepted(difficulty: int) -> bool:
        block = JudgedBlock(BlockType.USER_SEND, *place(work), fused_plasma=21_000 - plasma, anchor=work.anchor)
        block = replace(block, nonce=work.nonce, difficulty=difficulty)
        return validate(block, rules=rules, available_plasma=21_000, expiry=judged_by).accepted

    assert isinstance(found, Hit) == accepted(achieved(work))
    if isinstance(found, Hit):
        assert accepted(found.difficulty)
        assert not accepted(found.difficulty - 1)
    elif found.lacking is not None and found.shortage is Shortage.TOO_LITTLE:
        assert found.achieved_difficulty + found.lacking >= found.difficulty


def test_the_reason_of_the_work_that_came_nearest_is_told(stock: Stock) -> None:
    here = work_of(0)
    shortages = []
    fork = Anchor(b"f" * 32, 990)
    for anchor in (None, fork, *(anchored(1, height).anchor for height in (1_001, 600, 990))):
        stock.put([replace(here, anchor=anchor)])
        shortages.append(stock.find(*place(here), Need.of_difficulty(2**60), expiry()).shortage)
    assert shortages == [
        Shortage.ANCHOR_MISSING, Shortage.ANCHOR_UNKNOWN, Shortage.ANCHOR_IN_FUTURE, Shortage.EXPIRED,
        Shortage.TOO_LITTLE,
    ]  # fmt: skip


def test_a_decay_takes_from_plasma_and_not_from_a_difficulty(stock: Stock) -> None:
    with pytest.raises(InvalidInput, match="expiry: decay:9 takes a part of plasma"):
        stock.find(bytes(20), bytes(32), ANY, expiry(Decay(9)))


def test_old_work_that_no_difficulty_could_save_lacks_no_number(stock: Stock) -> None:
    work = anchored(1, 900)
    stock.put([work])
    miss = stock.find(*place(work), Need.of_plasma(ALPHANET, 94_500), expiry(Decay(10)))
    assert miss == Miss(Shortage.TOO_LITTLE, 141_750_000, achieved(work), None)


# Dropping


def test_a_place_or_an_account_is_dropped(stock: Stock) -> None:
    works = [work_of(number, account=number % 2) for number in range(10)]
    stock.put(works)
    assert stock.drop(*place(works[0])) == 1
    assert stock.drop(*place(works[0])) == 0
    assert stock.drop(works[1].address) == 5
    assert {work.nonce for work in stock.works()} == {work.nonce for work in works[2::2]}


def test_when_the_frontier_moves_on_only_the_places_named_stay(stock: Stock) -> None:
    works = [work_of(number, account=number % 2) for number in range(10)]
    stock.put(works)
    address = works[0].address
    assert stock.keep(address, [works[2].previous_hash, works[4].previous_hash.hex(), bytes(32)]) == 3
    assert {work.nonce for work in stock.works(address)} == {works[2].nonce, works[4].nonce}
    assert len(list(stock.works(works[1].address))) == 5
    assert stock.keep(address, []) == 2
    assert stock.keep(address, []) == 0


def test_pruning_drops_what_its_policy_never_credits_again(stock: Stock) -> None:
    fork = work_of(9, anchor=Anchor(b"f" * 32, 900))
    works = [anchored(1, 640), anchored(2, 641), anchored(3, 1_001), fork, work_of(5)]
    stock.put(works)
    assert stock.prune() == Pruned(0, 0)
    assert stock.prune(expiry()) == Pruned(0, 2)
    assert {work.nonce for work in stock.works()} == {works[i].nonce for i in (1, 2, 4)}
    assert stock.prune(expiry(Never())) == Pruned(0, 0)
