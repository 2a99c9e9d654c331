"""What attackers want, and what comes of it."""

from __future__ import annotations

import pytest

from powplasma.errors import InvalidInput
from powplasma.plasma.usage import UNUSED
from powplasma.simulation.stockpile.attack import Attack
from powplasma.simulation.stockpile.goals import Plan, parse_goal
from powplasma.simulation.stockpile.policy import Price
from powplasma.simulation.stockpile.stock import Ageless, PlainStock

from .attacks import GH, attack, field


class TheLongWay:
    """A stock without age that does not let rounds be counted."""

    def __init__(self, hashes: int) -> None:
        self.stock = PlainStock(hashes)
        self.hashes, self.expired = hashes, 0

    spent = property(lambda self: self.stock.spent)
    useful = property(lambda self: self.stock.useful)

    def has(self, blocks: int, momentum: int, price: Price) -> bool:
        return self.stock.has(blocks, momentum, price)

    def take(self, blocks: int, momentum: int, price: Price) -> None:
        self.stock.take(blocks, momentum, price)


@pytest.mark.parametrize(
    ("rules", "policy"),
    [("alphanet", "none"), ("forum", "creation"), ("forum", "cap:25"), ("dynamic", "inclusion"), ("dynamic", "cap:30")],
)
@pytest.mark.parametrize("goal", ["burst", "hold:2", "hold:7", "under-target"])
def test_counting_rounds_gives_what_playing_them_gives(rules: str, policy: str, goal: str) -> None:
    hashes = 7_777 * 10**9
    courses = []
    for stock in (PlainStock(hashes), TheLongWay(hashes)):
        course = Attack(parse_goal(goal), field(rules, policy), stock).run()  # type: ignore[arg-type]
        courses.append((course, stock.spent, stock.useful))
    assert not isinstance(TheLongWay(1), Ageless)
    assert courses[0] == courses[1]


@pytest.mark.parametrize("policy", ["inclusion", "window:360", "decay:360"])
def test_a_hold_is_held_and_ends_with_the_stock(policy: str) -> None:
    course, stock = attack("dynamic", policy, "hold:10", seconds=86_400)
    assert course.held
    assert not course.unbounded
    assert course.above[10] >= course.held - 1
    assert 10 <= course.peak < 11
    assert stock.spent <= stock.hashes


def test_a_price_out_of_reach_is_not_held() -> None:
    course, _ = attack("dynamic", "window:360", "hold:100")
    assert course.held == 0
    course, _ = attack("alphanet", "none", "hold:2", seconds=3_600)
    assert (course.held, course.filled) == (0, 1_142)


def test_the_idle_chain_of_forum_holds_a_price_for_nothing() -> None:
    for policy in ("inclusion", "window:360", "decay:360"):
        course, stock = attack("forum", policy, "hold:10")
        assert course.unbounded
        assert stock.spent * 10_000 < stock.hashes
    where = field("forum", "inclusion")
    state, plan = where.quiet, Plan(parse_goal("hold:10"), where)
    for momentum in range(50):
        state = where.following(state, where.content(plan.blocks(state), state), momentum)
    assert plan.blocks(state) == 0
    for momentum in range(8_640):
        state = where.following(state, UNUSED, momentum)
    assert where.lane_difficulty(state) >= 10 * where.lane_difficulty(where.quiet)


@pytest.mark.parametrize(("rules", "blocks"), [("dynamic", 50), ("forum", 99), ("alphanet", 100)])
def test_under_the_target_nobody_pays_more(rules: str, blocks: int) -> None:
    where = field(rules, "inclusion")
    assert Plan(parse_goal("under-target"), where).blocks(where.quiet) == blocks
    course, stock = attack(rules, "inclusion", "under-target", seconds=86_400)
    assert course.peak == 1
    assert course.recovery == 0
    assert course.blocks == course.occupied * blocks
    assert stock.hashes - stock.spent < blocks * 31_500_000


def test_a_cap_at_the_target_keeps_the_price_and_the_room() -> None:
    course, _ = attack("dynamic", "cap:25", seconds=86_400)
    assert course.peak == 1
    assert course.filled == GH * 86_400 // (50 * 31_500_000)


def test_guessing_right_is_as_good_as_knowing_and_wrong_guesses_waste_rungs() -> None:
    known, _ = attack("dynamic", "inclusion", seconds=86_400)
    right, _ = attack("dynamic", "inclusion", "ladder:10", seconds=86_400)
    dear, wasteful = attack("dynamic", "inclusion", "ladder:20", seconds=86_400)
    assert right.filled == known.filled
    assert dear.filled < right.filled
    assert wasteful.useful < wasteful.spent / 10


def test_a_ladder_that_guessed_too_low_waits_for_the_price() -> None:
    course, _ = attack("dynamic", "inclusion", "ladder:5", seconds=86_400)
    assert course.momentums > course.filled > attack("dynamic", "inclusion", seconds=86_400)[0].filled


def test_after_a_burst_the_price_comes_down_as_the_rules_have_it() -> None:
    course, _ = attack("dynamic", "inclusion", seconds=600)
    where = field("dynamic", "inclusion")
    state, momentums = where.quiet, 0
    for momentum in range(24):
        state = where.following(state, where.content(200, state), momentum)
    while state != where.quiet:
        state, momentums = where.following(state, UNUSED, 1), momentums + 1
    assert course.recovery == momentums
    assert attack("forum", "inclusion", seconds=600)[0].recovery is None


def test_a_price_beyond_64_bits_is_said_and_ends_the_attack() -> None:
    course, _ = attack("forum", "creation", seconds=3_155_760_000, hashrate=10**18)
    assert course.stopped is not None
    assert "out of range" in course.stopped


@pytest.mark.parametrize("goal", ["harvest", "ladder:10"])
def test_fixed_difficulties_are_not_computed_under_a_decay(goal: str) -> None:
    with pytest.raises(InvalidInput, match="not computed"):
        attack("dynamic", "decay:6", goal)


@pytest.mark.parametrize(
    "text", ["", "bursts", "burst:1", "hold", "hold:", "hold:0.9", "hold:1e3", "ladder:0", "ladder:-1"]
)
def test_other_texts_are_no_goals(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_goal(text)
    assert refused.value.field == "goal"


@pytest.mark.parametrize("text", ["burst", "harvest", "hold:10", "hold:2.5", "ladder:12.5", "under-target"])
def test_goals_as_text(text: str) -> None:
    assert str(parse_goal(text)) == text
