"""The steps of ``rows`` in the C library: the same arrays, the same results, one account after the other.

A step in numpy is a dozen operations, each of which goes through memory once; here it is one loop.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from powplasma.plasma.forum import ForumRules
from powplasma.plasma.pricing import Payment
from powplasma.simulation.individuals.arrays import INT64_MAX, NOBODY, Accounts, Flags, Integers, Keys, Seconds
from powplasma.simulation.individuals.calendar import Calendar
from powplasma.simulation.individuals.cohort import Cohort
from powplasma.simulation.individuals.confinement import Confinements
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.native_steps import COUNT, AccountsOfLane, ExpiredOfLane, at, steps
from powplasma.simulation.individuals.pool import Pool
from powplasma.simulation.individuals.rows import Expired, Paying, Rows
from powplasma.simulation.individuals.terms import Terms

STAKE = np.dtype([("amount", np.int64), ("key", np.uint64)])
"""What a block in the pool commits, in a lane that either fuses or works, and its key: all that a selection needs."""

_NOTHING = Expired(0, NOBODY, NOBODY, NOBODY)


def make_rows(lane: Lane, window: int) -> Rows:
    """The accounts of a lane, with the steps of the library if there is one."""
    return Rows(lane, window) if steps() is None else NativeRows(lane, window)


def _times(times: Seconds | float) -> tuple[ctypes.c_uint8 | None, float]:
    """Where the times of accounts are, or None; and the one of all, if there is but one."""
    return (at(times), 0.0) if isinstance(times, np.ndarray) else (None, times)


class NativePool(Pool):
    """As ``Pool``, of accounts whose rows the library knows."""

    def __init__(self, table: NDArray[np.void], accounts: AccountsOfLane) -> None:
        super().__init__(table["place"])
        self._steps = steps()
        self._c = accounts

    def lend(self) -> AccountsOfLane:
        """For a step of the library; if it changes the pool, ``take_back`` comes next."""
        self._c.pooled = self.count
        return self._c

    def take_back(self) -> None:
        """What the step has changed."""
        self.count = self._c.pooled

    def add(self, accounts: Accounts) -> None:
        """See ``Pool``."""
        count = accounts.size
        if count:
            self._steps.enter(self._c, at(self.entries), self.count, at(accounts), count)
            self.count += count

    def remove(self, accounts: Accounts) -> tuple[Accounts, Accounts]:
        """See ``Pool``."""
        count = accounts.size
        if not count:
            return NOBODY, NOBODY
        empty, moved = np.empty(count, np.intp), np.empty(count, np.intp)
        moves = self._steps.leave(self._c, at(self.entries), self.count, at(accounts), count, at(empty), at(moved))
        self.count -= count
        return empty[:moves], moved[:moves]


class NativeCalendar(Calendar):
    """As ``Calendar``.

    Attributes:
        accounts: what the library takes, to which others may add.
    """

    def __init__(self, window: int) -> None:
        super().__init__(window)
        self.accounts = AccountsOfLane()
        self._steps = steps()

    def lend(self, more: int) -> AccountsOfLane:
        """For a step of the library, with room for so many more in each part; ``take_back`` comes next."""
        accounts, soon, later = self.accounts, self.soon, self.later
        soon.make_room(more)
        later.make_room(more)
        accounts.soon, accounts.soon_count, accounts.soon_end = soon.address, soon.count, self.end
        accounts.later, accounts.later_count, accounts.seen = later.address, later.count, self.seen
        return accounts

    def take_back(self) -> None:
        """What the step has changed."""
        accounts = self.accounts
        self.soon.count, self.later.count, self.seen = accounts.soon_count, accounts.later_count, accounts.seen

    def add(self, times: Seconds, accounts: Accounts) -> None:
        """See ``Calendar``."""
        if accounts.size:
            self._steps.add(self.lend(accounts.size), at(times), at(accounts), accounts.size)
            self.take_back()

    def turn(self) -> None:
        """See ``Calendar``."""
        self._steps.turn(self.lend(self.later.count))
        self.take_back()

    def take(self, now: float) -> tuple[Seconds, Accounts]:
        """See ``Calendar``."""
        if self.proceed(now):
            self.turn()
        most = max(1, self.soon.count - self.seen)
        times, accounts = np.empty(most), np.empty(most, np.intp)
        count = self._steps.take(self.lend(0), now, at(times), at(accounts))
        self.take_back()
        return times[:count], accounts[:count]


class NativeConfinements(Confinements):
    """As ``Confinements``."""

    def __init__(self, rules: ForumRules, fused_plasma: int, accounts: int) -> None:
        super().__init__(rules, fused_plasma, accounts)
        self._steps = steps()
        self._at = at(self.table)

    def recharging(self, accounts: Accounts, momentum: int) -> Flags:
        """See ``Confinements``."""
        recharging = np.empty(accounts.size, np.bool_)
        if accounts.size:
            self._steps.recharging(self._at, at(accounts), accounts.size, momentum, at(recharging))
        return recharging

    def _confined(self, accounts: Accounts, momentum: int) -> Integers:
        confined = np.empty(accounts.size, np.int64)
        if accounts.size:
            self._steps.confined(self._at, at(accounts), accounts.size, momentum, at(confined))
        return confined

    def _split(
        self, accounts: Accounts, times: Seconds | float, most: int, momentum: int
    ) -> tuple[Accounts, Seconds | float, Accounts]:
        count = accounts.size
        if not count:
            return accounts, times, accounts
        able, others, able_times = np.empty(count, np.intp), np.empty(count, np.intp), np.empty(count)
        each, _ = _times(times)
        found = self._steps.split(
            self._at, at(accounts), each, count, most, momentum, at(able), at(able_times), at(others)
        )
        begin = able_times[:found] if isinstance(times, np.ndarray) else times
        return able[:found], begin, others[: count - found]

    def _confine(self, accounts: Accounts, used: Integers, denominator: int, rate: int, momentum: int) -> int:
        longest: int = self._steps.confine(self._at, at(accounts), at(used), accounts.size, denominator, rate, momentum)
        return longest

    def _recharged(self, accounts: Accounts, most: int, momentum: int) -> Integers:
        first = np.empty(accounts.size, np.int64)
        if accounts.size:
            self._steps.recharged(self._at, at(accounts), accounts.size, most, momentum, at(first))
        return first


class NativeRows(Rows):
    """As ``Rows``. What is rare, or of lanes that both fuse and work, is left to numpy."""

    searching: NativeCalendar
    pool: NativePool

    def __init__(self, lane: Lane, window: int) -> None:
        super().__init__(lane, window)
        self._steps = steps()
        self._c = self.searching.accounts
        self._c.rows = self.table.ctypes.data
        self._c.last = self.wishes.last.ctypes.data
        self._c.works = bool(lane.hashrate)
        self.pool = NativePool(self.table, self._c)
        self._stakes = np.empty(lane.participants, STAKE)
        self._c.pool, self._c.stakes = self.pool.entries.ctypes.data, self._stakes.ctypes.data
        self._log = self.table[:0]
        self._mixed = bool(lane.fused_qsr and lane.hashrate)

    def make_pool(self) -> Pool:
        """See ``Rows``."""
        return NativePool(self.table, AccountsOfLane(rows=self.table.ctypes.data))

    def make_calendar(self, window: int) -> NativeCalendar:
        """See ``Rows``."""
        return NativeCalendar(window)

    def make_confinements(self, rules: ForumRules, fused_plasma: int) -> Confinements:
        """See ``Rows``."""
        return NativeConfinements(rules, fused_plasma, self.lane.participants)

    def _point_log(self) -> None:
        wishes = self.wishes
        self._c.base = wishes.base
        if self._log is not wishes.log:
            self._log = wishes.log
            self._c.log = self._log.ctypes.data

    def _least(self, terms: Terms) -> int:
        """What each block of a lane that fuses, or works, has to commit at least; those of both are more involved."""
        kind = self.lane.kind
        least = terms.least_difficulty(kind, 0) if self.lane.hashrate else terms.least_fused(kind)
        return min(least, INT64_MAX + 1)

    def arrive(self, accounts: Accounts, times: Seconds | float, expiry: int) -> tuple[Accounts, Seconds | float]:
        """See ``Rows``."""
        count = accounts.size
        position = self.wishes.reserve(count, expiry)
        if not count:
            return accounts, times
        self._point_log()
        begin, begin_times = np.empty(count, np.intp), np.empty(count)
        each, time = _times(times)
        found = self._steps.arrive(self._c, at(accounts), count, each, time, position, at(begin), at(begin_times))
        return begin[:found], begin_times[:found] if isinstance(times, np.ndarray) else time

    def waiting(self, accounts: Accounts) -> Accounts:
        """See ``Rows``."""
        if not accounts.size:
            return accounts
        waiting = np.empty(accounts.size, np.intp)
        return waiting[: self._steps.waiting(self._c, at(accounts), accounts.size, at(waiting))]

    def search(
        self,
        accounts: Accounts,
        times: Seconds | float,
        payment: Payment,
        seconds: Seconds,
        longest: float,
        *,
        first: bool,
    ) -> None:
        """See ``Rows``."""
        calendar = self.searching
        each, time = _times(times)
        self._steps.search(
            calendar.lend(accounts.size), at(accounts), accounts.size, each, time, at(seconds), longest,
            payment.fused_plasma, payment.difficulty, first,
        )  # fmt: skip
        calendar.take_back()

    def commit(
        self, accounts: Accounts, times: Seconds | float, payment: Payment, keys: Keys | None, *, first: bool
    ) -> None:
        """See ``Rows``."""
        each, time = _times(times)
        order, fused = None if keys is None else at(keys), payment.fused_plasma
        self._steps.commit(self.pool.lend(), at(accounts), accounts.size, each, time, fused, order, first)
        self.pool.take_back()

    def join(self, accounts: Accounts, keys: Keys | None) -> None:
        """See ``Rows``."""
        if accounts.size:
            self._steps.join(self.pool.lend(), at(accounts), accounts.size, None if keys is None else at(keys))
            self.pool.take_back()

    def hold(self, accounts: Accounts, where: int, attempts: int, *, first: bool) -> None:
        """See ``Rows``."""
        if accounts.size:
            self._steps.hold(self._c, at(accounts), accounts.size, where, attempts, first)

    def part(self, accounts: Accounts, fused_plasma: int, attempts: int, keys: Keys) -> None:
        """See ``Rows``."""
        if accounts.size:
            self._steps.part(self.pool.lend(), at(accounts), accounts.size, fused_plasma, attempts, at(keys))
            self.pool.take_back()

    def find(self, terms: Terms, now: float) -> tuple[Accounts, Accounts, Seconds]:
        """See ``Rows``."""
        if self._mixed:
            return super().find(terms, now)
        calendar = self.searching
        if calendar.proceed(now):
            calendar.turn()
        most = max(1, calendar.soon.count - calendar.seen)
        found, weak, times, weak_count = np.empty(most, np.intp), np.empty(most, np.intp), np.empty(most), COUNT()
        least = self._least(terms) if self.lane.when_weak == "again" else 0
        count = self._steps.find(calendar.lend(0), now, least, at(found), at(weak), at(times), weak_count)
        calendar.take_back()
        return found[:count], weak[: weak_count.value], times[: weak_count.value]

    def paying(self, terms: Terms) -> Paying:
        """See ``Rows``."""
        count = self.pool.count
        if self._mixed or not count:
            return super().paying(terms)
        accounts, amounts, keys = np.empty(count, np.intp), np.empty(count, np.int64), np.empty(count, np.uint64)
        count = self._steps.paying(self.pool.lend(), self._least(terms), at(accounts), at(amounts), at(keys))
        accounts, amounts, keys, nothing = accounts[:count], amounts[:count], keys[:count], amounts[:0]
        if self.lane.hashrate:
            return Paying(accounts, nothing, amounts, keys)
        return Paying(accounts, amounts, nothing, keys)

    def take_weak(self, terms: Terms) -> Accounts:
        """See ``Rows``."""
        count = self.pool.count
        if self._mixed or not count:
            return super().take_weak(terms)
        weak = np.empty(count, np.intp)
        found = self._steps.take_weak(self.pool.lend(), self._least(terms), at(weak))
        self.pool.take_back()
        return weak[:found]

    def include(self, accounts: Accounts) -> Included:
        """See ``Rows``."""
        count = accounts.size
        numbers, seconds = np.empty((4, count), np.int64), np.empty((3, count))
        if count:
            self._point_log()
            self._steps.include(self.pool.lend(), at(accounts), count, at(numbers), at(seconds))
            self.pool.take_back()
            self.wishes.over += count
        keys, fused, difficulty, attempts = numbers
        wished, ready, work = seconds
        return Included(accounts, keys.view(np.uint64), wished, ready, fused, difficulty, attempts, work)

    def expire(self, momentum: int, cohort: Cohort) -> Expired:
        """See ``Rows``."""
        begin, end = self.wishes.take_expired(momentum)
        if begin == end:
            return _NOTHING
        whom = np.empty((4, end - begin), np.intp)
        self._point_log()
        first, step = whom.ctypes.data, whom.strides[0]
        expired = ExpiredOfLane(first, first + step, first + 2 * step, first + 3 * step)
        bids = cohort.payment is not None
        count = self._steps.expire(self.pool.lend(), begin, end, bids, cohort.rounds, expired)
        self.pool.take_back()
        self.wishes.over += count
        losers, closed, leavers, _ = whom
        return Expired(
            count,
            losers[: expired.losers_count],
            closed[: expired.closed_count],
            leavers[: expired.leavers_count],
        )
