"""The stock by age against one that lists every interval, and mitigations as text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powplasma.errors import InvalidInput
from powplasma.plasma.freshness import Decay
from powplasma.simulation.stockpile.policy import Policy, Price, parse_policy
from powplasma.simulation.stockpile.stock import AgedStock


class Listed:
    """The same stock as a list of intervals, youngest first, from which each work is taken by itself."""

    def __init__(self, hashrate: int, seconds: int, policy: Policy) -> None:
        self.intervals = [hashrate * min(10, seconds - begin) for begin in range(0, seconds, 10)]
        self.policy = policy

    def take(self, blocks: int, momentum: int, price: Price) -> bool:
        intervals = list(self.intervals)
        if self.policy.window is not None:
            intervals[max(0, self.policy.window - momentum) :] = []
        for _ in range(blocks):
            if not (self._old if self.policy.half_life is None else self._young)(intervals, momentum, price):
                return False
        self.intervals = intervals
        return True

    def _old(self, intervals: list[int], momentum: int, price: Price) -> bool:
        """Begins in the oldest interval that has something, and goes on in younger ones."""
        needed, position = price.difficulty, len(intervals) - 1
        while needed and position >= 0:
            used = min(needed, intervals[position])
            intervals[position] -= used
            needed -= used
            position -= 1
        return not needed

    def _young(self, intervals: list[int], momentum: int, price: Price) -> bool:
        """Ends where the youngest is; the interval that it begins in is the first whose age it can afford."""
        for begin in range(len(intervals)):
            if not intervals[begin]:
                continue
            age, least = begin + 1 + momentum, price.plasma
            while least < 10**4 and self.policy.credit(least, age) < price.plasma:
                least += 1
            needed = least * price.difficulty_per_plasma
            if sum(intervals[: begin + 1]) >= needed:
                for position in range(begin + 1):
                    used = min(needed, intervals[position])
                    intervals[position] -= used
                    needed -= used
                return True
        return False


@settings(deadline=None, max_examples=60)
@given(
    hashrate=st.integers(1, 50),
    seconds=st.integers(1, 150),
    policy=st.sampled_from(["window:1", "window:3", "window:12", "decay:1", "decay:4", "decay:30"]),
    momentums=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 30), st.integers(1, 7)), max_size=8),
)
def test_a_listed_stock_pays_the_same(
    hashrate: int, seconds: int, policy: str, momentums: list[tuple[int, int, int]]
) -> None:
    stock = AgedStock(hashrate, seconds, parse_policy(policy))
    listed = Listed(hashrate, seconds, parse_policy(policy))
    for momentum, (blocks, plasma, per_plasma) in enumerate(momentums):
        price = Price(plasma, per_plasma)
        has = stock.has(blocks, momentum, price)
        assert has == listed.take(blocks, momentum, price)
        if has:
            before = stock.spent
            stock.take(blocks, momentum, price)
            assert stock.spent - before >= blocks * price.difficulty
    assert stock.spent + stock.left + stock.expired == stock.hashes


@given(plasma=st.integers(1, 10**12), age=st.integers(0, 3_000), half_life=st.integers(1, 500))
def test_the_least_plasma_is_the_least(plasma: int, age: int, half_life: int) -> None:
    policy = Policy(expiries=(Decay(half_life),))
    least = policy.least_plasma(plasma, age)
    if least is None:
        assert policy.credit(2**64 - 1, age) < 4 * plasma
    else:
        assert policy.credit(least, age) >= plasma
        assert policy.credit(least - 1, age) < plasma


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("none", "none"),
        ("window:6", "inclusion+window:6"),
        ("creation+decay:5", "creation+decay:5"),
        ("decay:10000", "inclusion+decay:10000"),
        ("cap:25+decay:5+window:6+none", "none+window:6+decay:5+cap:25"),
        ("cap:100", "inclusion"),
    ],
)
def test_policies_as_text(text: str, meant: str) -> None:
    assert str(parse_policy(text)) == meant
    assert parse_policy(meant) == parse_policy(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "+",
            "never",
            "none+",
            "none+none",
            "none+creation",
            "none:1",
            "window",
            "window:",
            "window:0",
            "window:-1",
        ),
        *("window:-1", "window:1.5", "window:1+window:2", "window:9999999999"),
        *("decay:0", "decay:10001", "decay:1+decay:1"),
        *("cap:0", "cap:101", "cap:5+cap:5"),
    ],
)
def test_other_texts_are_no_policies(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_policy(text)
    assert refused.value.field == "policy"
    assert refused.value.value == text
