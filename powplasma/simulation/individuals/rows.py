"""The accounts of a lane as rows of arrays, and the steps that many of them take at once.

This is where blocks are made, found, included and given up; who makes which block when, and what it
pays, is for ``population`` to say. ``native_rows`` takes the most frequent of these steps in the C library,
on the same arrays and with the same result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from powplasma.plasma.forum import ForumRules
from powplasma.plasma.pricing import Payment
from powplasma.simulation.individuals.arrays import Accounts, Flags, Integers, Keys, Seconds, of_those
from powplasma.simulation.individuals.calendar import Calendar
from powplasma.simulation.individuals.cohort import Cohort
from powplasma.simulation.individuals.confinement import Confinements
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.pool import Pool
from powplasma.simulation.individuals.terms import Terms
from powplasma.simulation.individuals.wishes import Wishes

IDLE, SEARCHING, POOLED, RECHARGING, IN_COHORT = range(5)
"""Where an account is: without a block; with one that it works for, or that waits for a momentum; unable to pay
for one until its plasma has recharged; or in the cohort of those who wait for a price, and then bid as one."""

ROW = np.dtype(
    [
        ("key", np.uint64), ("ready", np.float64), ("work", np.float64), ("fused", np.int64), ("difficulty", np.int64),
        ("attempts", np.int64), ("head", np.int64), ("place", np.int32), ("where", np.int8), ("unused", np.int8, 3),
    ]
)  # fmt: skip
"""What is known of one account. A step looks at most of it, so it is together, in 64 bytes."""

_LINE = 64
"""Bytes that come from memory together, on most processors."""


class Expired(NamedTuple):
    """Wishes that have ended, and whose they were.

    Attributes:
        wishes: how many they are.
        losers: the accounts, each once.
        closed: those of them that had an open block outside the cohort, and are idle now.
        leavers: those of them who leave the cohort, and are idle now.
    """

    wishes: int
    losers: Accounts
    closed: Accounts
    leavers: Accounts


class Paying(NamedTuple):
    """Open blocks that a momentum may contain, an entry per block.

    Attributes:
        accounts: whose they are.
        fused_plasma: that each commits; no entries if it is nothing.
        difficulty: the same.
        keys: what orders them.
    """

    accounts: Accounts
    fused_plasma: Integers
    difficulty: Integers
    keys: Keys


class Rows:
    """What is known of each account of a lane. Where accounts are given, none is twice.

    Attributes:
        table: an entry as ``ROW`` says for each account; the following seven are its columns.
        where: of each account, one of ``IDLE`` … ``IN_COHORT``.
        fused: that each account's open block commits; the cohort knows it of its own.
        difficulty: the same.
        keys: order the open blocks that pay the same; the cohort has those of its own.
        ready: when the nonce of its open block is found, if the lane works.
        attempts: how many blocks each has made of its oldest wish.
        work: seconds that it has worked for them.
        raised: how often it has raised the bid of its open block, if the lane outbids.
        pool: accounts whose block waits for a momentum, but for the cohort.
        wishes: of all accounts.
        searching: when those who work are ready; also of blocks that were given up since.

    Args:
        lane: what sort of participants they are.
        window: seconds that ``searching`` looks ahead at a time.
    """

    def __init__(self, lane: Lane, window: int) -> None:
        self.lane = lane
        rows = self.table = _aligned(lane.participants)
        self.where: NDArray[np.int8] = rows["where"]
        self.fused: Integers = rows["fused"]
        self.difficulty: Integers = rows["difficulty"]
        self.keys: Keys = rows["key"]
        self.ready: Seconds = rows["ready"]
        self.attempts: Integers = rows["attempts"]
        self.work: Seconds = rows["work"]
        self.raised: Integers = np.ones(lane.participants, np.int64)
        self.pool = self.make_pool()
        self.wishes = Wishes(rows["head"])
        self.searching = self.make_calendar(window)

    def make_pool(self) -> Pool:
        """A pool for some of the accounts, each of which is in one such pool at most."""
        return Pool(self.table["place"])

    def make_calendar(self, window: int) -> Calendar:
        """A calendar of what falls due for the accounts."""
        return Calendar(window)

    def make_confinements(self, rules: ForumRules, fused_plasma: int) -> Confinements:
        """Confinements of the accounts."""
        return Confinements(rules, fused_plasma, self.lane.participants)

    def arrive(self, accounts: Accounts, times: Seconds | float, expiry: int) -> tuple[Accounts, Seconds | float]:
        """Wishes, in order of time; here an account may be several times. See ``Wishes.append``.

        Returns:
            The accounts that can begin with one of them at once, having neither a block nor an older wish; and
            when they wished.
        """
        position = self.wishes.append(accounts, times, expiry)
        free = self.where[accounts] == IDLE
        free &= self.wishes.head[accounts] == np.arange(position, position + accounts.size)
        return accounts[free], of_those(times, free)

    def waiting(self, accounts: Accounts) -> Accounts:
        """Those of these accounts that have a wish."""
        return accounts[self.wishes.waiting(accounts)]

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
        """Each makes a block that needs a nonce.

        Args:
            accounts: at least one.
            times: when they begin.
            payment: what each block commits.
            seconds: that each will search.
            longest: seconds; who searches longer than that has given up before.
            first: nobody has made a block of this wish before.
        """
        self._make(accounts, payment, first=first)
        if first:
            self.work[accounts] = seconds
        else:
            self.work[accounts] += seconds
        ready = times + seconds
        self.ready[accounts] = ready
        self.where[accounts] = SEARCHING
        in_time = seconds <= longest
        self.searching.add(ready[in_time], accounts[in_time])

    def commit(
        self, accounts: Accounts, times: Seconds | float, payment: Payment, keys: Keys | None, *, first: bool
    ) -> None:
        """Each makes a block that needs no nonce, and which therefore waits at once; see ``search`` and ``join``."""
        self._make(accounts, payment, first=first)
        if first:
            self.work[accounts] = 0
        self.ready[accounts] = times
        self.join(accounts, keys)

    def _make(self, accounts: Accounts, payment: Payment, *, first: bool) -> None:
        if first:
            self.attempts[accounts] = 1
        else:
            self.attempts[accounts] += 1
        self.fused[accounts] = payment.fused_plasma
        self.difficulty[accounts] = payment.difficulty

    def join(self, accounts: Accounts, keys: Keys | None) -> None:
        """Their blocks wait for a momentum, in the order of these keys; None if nothing orders them."""
        if keys is not None:
            self.keys[accounts] = keys
        self.where[accounts] = POOLED
        self.pool.add(accounts)

    def find(self, terms: Terms, now: float) -> tuple[Accounts, Accounts, Seconds]:
        """Nonces that are found by ``now``, which never goes back.

        Returns:
            Whose block can wait for a momentum; whose has become too weak, if the lane works again then; and
            when these found out.
        """
        ready, accounts = self.searching.take(now)
        searching = self.ready[accounts] == ready  # else it was given up, and has begun again or not
        searching &= self.where[accounts] == SEARCHING
        ready, accounts = ready[searching], accounts[searching]
        if self.lane.when_weak == "wait":
            return accounts, accounts[:0], ready[:0]
        met = self.met(terms, accounts)
        return accounts[met], accounts[~met], ready[~met]

    def met(self, terms: Terms, accounts: Accounts) -> Flags:
        """Whether a momentum may contain the open block of each of these accounts."""
        nothing = self.fused[:0]
        fused = self.fused[accounts] if self.lane.fused_qsr else nothing
        return terms.met_by(self.lane, fused, self.difficulty[accounts] if self.lane.hashrate else nothing)

    def paying(self, terms: Terms) -> Paying:
        """Those in the pool whose block a momentum may contain."""
        accounts = self.pool.accounts()
        accounts = accounts[self.met(terms, accounts)]
        nothing = self.fused[:0]
        return Paying(
            accounts,
            self.fused[accounts] if self.lane.fused_qsr else nothing,
            self.difficulty[accounts] if self.lane.hashrate else nothing,
            self.keys[accounts],
        )

    def include(self, accounts: Accounts) -> Included:
        """The blocks of these accounts, which are in the pool, are in a momentum."""
        included = Included(
            accounts,
            self.keys[accounts],
            self.wishes.end_oldest(accounts),
            self.ready[accounts],
            self.fused[accounts],
            self.difficulty[accounts],
            self.attempts[accounts],
            self.work[accounts],
        )
        self.where[accounts] = IDLE
        self.pool.remove(accounts)
        return included

    def expire(self, momentum: int, cohort: Cohort) -> Expired:
        """Wishes that expire after this momentum end, and with them the open blocks made of them.

        Args:
            momentum: the momentum.
            cohort: of the lane; it keeps its members, but for those who have lost their open block or their last wish.
        """
        losers, count = self.wishes.expire(momentum)
        where = self.where[losers]
        self.pool.remove(losers[where == POOLED])
        closed = losers[(where == POOLED) | (where == SEARCHING)]
        members, leaves = losers[where == IN_COHORT], cohort.payment is not None
        stay = members[:0] if leaves else self.waiting(members)
        leavers = members if leaves else members[~self.wishes.waiting(members)]
        self.where[closed] = self.where[leavers] = IDLE
        self.forget(losers[where == RECHARGING])
        self.forget(stay)
        self.attempts[stay] = -cohort.rounds
        return Expired(count, losers, closed, leavers)

    def hold(self, accounts: Accounts, where: int, attempts: int, *, first: bool) -> None:
        """They cannot pay for a block.

        Args:
            accounts: that have a wish, and no other block.
            where: they are from now on, ``RECHARGING`` or ``IN_COHORT``.
            attempts: counted beside those made.
            first: nobody has made a block of this wish before.
        """
        if first:
            self.forget(accounts)
        self.where[accounts] = where
        if attempts:
            self.attempts[accounts] += attempts

    def part(self, accounts: Accounts, fused_plasma: int, attempts: int, keys: Keys) -> None:
        """They have left the cohort, with open blocks that wait for a momentum.

        Args:
            accounts: that have left.
            fused_plasma: that each block commits.
            attempts: made since they have been members.
            keys: of the blocks.
        """
        self.fused[accounts] = fused_plasma
        self.attempts[accounts] += attempts
        self.join(accounts, keys)

    def forget(self, accounts: Accounts) -> None:
        """Nobody has made a block of their oldest wish yet."""
        self.attempts[accounts] = 0
        self.work[accounts] = 0

    def take_weak(self, terms: Terms) -> Accounts:
        """Those in the pool whose block has become too weak leave it."""
        accounts = self.pool.accounts()
        weak = accounts[~self.met(terms, accounts)]
        self.pool.remove(weak)
        return weak


def _aligned(count: int) -> NDArray[np.void]:
    """A table of zeros, none of whose rows lies across two lines of memory."""
    memory = np.zeros(count * ROW.itemsize + _LINE, np.uint8)
    begin = -memory.ctypes.data % _LINE
    return memory[begin : begin + count * ROW.itemsize].view(ROW)
