"""The accounts of a lane as rows of arrays, and the steps that many of them take at once.

This is where blocks are made, found, included and given up; who makes which block when, and what it
pays, is for ``population`` to say. ``native`` takes the most frequent of these steps in the C library,
on the same arrays and with the same result.
"""

from __future__ import annotations

import numpy as np

from powplasma.plasma.pricing import Payment
from powplasma.simulation.arrays import Accounts, Flags, Integers, Keys, Seconds
from powplasma.simulation.calendar import Calendar
from powplasma.simulation.included import Included
from powplasma.simulation.lanes import Lane
from powplasma.simulation.pool import Pool
from powplasma.simulation.terms import Terms
from powplasma.simulation.wishes import Wishes

IDLE, SEARCHING, POOLED, RECHARGING, IN_COHORT = range(5)
"""Where an account is: without a block; with one that it works for, or that waits for a momentum; unable to pay
for one until its plasma has recharged; or in the cohort of those who wait for a price, and then bid as one."""


class Rows:
    """What is known of each account of a lane. Where accounts are given, none is twice.

    Attributes:
        where: of each account, one of ``IDLE`` … ``IN_COHORT``.
        fused: that each account's open block commits; the cohort knows it of its own.
        difficulty: the same.
        keys: order the open blocks that pay the same; the cohort has those of its own.
        ready: when the nonce of its open block is found, if the lane works.
        raised: how often it has raised the bid of its open block, if the lane outbids.
        attempts: how many blocks each has made of its oldest wish.
        work: seconds that it has worked for them.
        pool: accounts whose block waits for a momentum, but for the cohort.
        wishes: of all accounts.
        searching: when those who work are ready; also of blocks that were given up since.

    Args:
        lane: what sort of participants they are.
        window: seconds that ``searching`` looks ahead at a time.
    """

    def __init__(self, lane: Lane, window: int) -> None:
        count = lane.participants
        self.lane = lane
        self.where = np.full(count, IDLE, np.int8)
        self.fused: Integers = np.zeros(count, np.int64)
        self.difficulty: Integers = np.zeros(count, np.int64)
        self.keys: Keys = np.zeros(count, np.uint64)
        self.ready: Seconds = np.zeros(count)
        self.raised: Integers = np.ones(count, np.int64)
        self.attempts: Integers = np.zeros(count, np.int64)
        self.work: Seconds = np.zeros(count)
        self.pool = Pool(count)
        self.wishes = Wishes(count)
        self.searching = Calendar(window, np.float64)

    def want(self, accounts: Accounts, times: Seconds | float) -> None:
        """Wishes to come, in order of time; here an account may be several times."""
        self.wishes.append(accounts, times)

    def arrive(self, count: int, expiry: int) -> tuple[Accounts, Seconds]:
        """The next wishes arrive; see ``Wishes.arrive``.

        Returns:
            The accounts that can begin with one at once, having neither a block nor an older wish; and when
            they wished.
        """
        wishes = self.wishes
        position = wishes.arrive(count, expiry)
        begin, end = position - wishes.base, position - wishes.base + count
        accounts, times = wishes.accounts[begin:end], wishes.times[begin:end]
        free = self.where[accounts] == IDLE
        free &= wishes.head[accounts] == np.arange(position, position + count)
        return accounts[free], times[free]

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

    def commit(self, accounts: Accounts, times: Seconds | float, payment: Payment, *, first: bool) -> None:
        """Each makes a block that needs no nonce, and which therefore waits at once: ``join`` comes next."""
        self._make(accounts, payment, first=first)
        if self.lane.hashrate:
            if first:
                self.work[accounts] = 0
            self.ready[accounts] = times

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

    def paying(self, terms: Terms) -> Accounts:
        """Those in the pool whose block a momentum may contain."""
        accounts = self.pool.accounts()
        return accounts[self.met(terms, accounts)]

    def values(self, terms: Terms, accounts: Accounts) -> Integers:
        """What orders the open blocks of these accounts, at least one; see ``Terms.values``."""
        fused, nothing = self.fused[accounts], self.difficulty[:0]
        return terms.values(fused, self.difficulty[accounts] if self.lane.hashrate else nothing)

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

    def expire(self, momentum: int) -> tuple[Accounts, Accounts, int]:
        """Wishes that expire after this momentum end, and with them the open blocks made of them.

        Returns:
            The accounts that lost a wish, each once; those of them that had an open block outside the cohort,
            and are idle now; and how many wishes it were.
        """
        losers, count = self.wishes.expire(momentum)
        where = self.where[losers]
        self.pool.remove(losers[where == POOLED])
        closed = losers[(where == POOLED) | (where == SEARCHING)]
        self.where[closed] = IDLE
        self.forget(losers[where == RECHARGING])
        return losers, closed, count

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
