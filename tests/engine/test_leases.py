"""Leases against a plain model that marks every nonce one by one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from powplasma.engine.leases import Lease, LeaseTable


class LeasesAgainstMarks(RuleBasedStateMachine):
    """Each nonce is free, out or judged; a lease must only ever take free ones, lowest first."""

    LIMIT = 60

    def __init__(self) -> None:
        super().__init__()
        self.table = LeaseTable(self.LIMIT)
        self.limit = self.LIMIT
        self.state = ["free"] * self.LIMIT
        self.out: list[Lease] = []

    @rule(size=st.integers(1, 25))
    def take(self, size: int) -> None:
        free = [i for i in range(self.limit) if self.state[i] == "free"]
        lease = self.table.take(size)
        if not free:
            assert lease is None
            return
        assert lease is not None
        assert lease.offset == free[0]
        assert 1 <= lease.count <= size
        assert all(self.state[i] == "free" for i in range(lease.offset, lease.end))
        assert lease.end <= self.limit
        self.state[lease.offset : lease.end] = ["out"] * lease.count
        self.out.append(lease)

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        lease = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        judged = data.draw(st.integers(0, lease.count))
        self.table.settle(lease, judged)
        for i in range(lease.offset, lease.end):
            self.state[i] = "judged" if i < lease.offset + judged else "free"

    @rule(end=st.integers(0, 60))
    def cut(self, end: int) -> None:
        self.table.cut(end)
        self.limit = min(self.limit, end)

    @invariant()
    def finished_when_all_wanted_are_judged(self) -> None:
        assert self.table.finished == all(state == "judged" for state in self.state[: self.limit])

    @invariant()
    def covered_are_the_judged(self) -> None:
        ranges = self.table.covered(lambda lease: 0)
        judged = [i for offset, count in ranges for i in range(offset, offset + count)]
        assert judged == [i for i, state in enumerate(self.state) if state == "judged"]
        assert all(a + n < b for (a, n), (b, _) in pairwise(ranges)), "ranges are merged"


TestLeasesAgainstMarks = LeasesAgainstMarks.TestCase


@given(part=st.integers(0, 10))
def test_what_an_open_lease_has_judged_so_far_counts_as_covered(part: int) -> None:
    table = LeaseTable(1 << 64)
    table.settle(table.take(5), 5)  # type: ignore[arg-type]
    table.take(10)
    assert table.covered(lambda lease: part) == [(0, 5 + part)]


def test_a_limit_of_all_nonces_is_possible() -> None:
    table = LeaseTable(1 << 64)
    assert table.take(1 << 64) == Lease(0, 1 << 64)
    assert table.take(1) is None
