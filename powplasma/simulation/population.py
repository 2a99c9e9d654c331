"""The accounts of one lane as arrays: who has an open block, who searches, who waits, and for what."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from powplasma.plasma.alphanet import MOMENTUM_SECONDS, AlphanetRules
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import Payment
from powplasma.simulation.arrays import Accounts, Flags, Integers, Keys, Seconds
from powplasma.simulation.calendar import Calendar
from powplasma.simulation.cohort import Cohort
from powplasma.simulation.confinement import Confinements
from powplasma.simulation.draws import Draws
from powplasma.simulation.included import Included
from powplasma.simulation.lanes import Lane
from powplasma.simulation.payments import payments
from powplasma.simulation.pool import Pool
from powplasma.simulation.terms import Terms
from powplasma.simulation.wishes import Wishes

IDLE, SEARCHING, POOLED, RECHARGING, IN_COHORT = range(5)
"""Where an account is: without a block; with one that it works for, or that waits for a momentum; unable to pay
for one until its plasma has recharged; or in the cohort of those who wait for a price, and then bid as one."""

_WINDOW_MOMENTUMS = 16


class Population:
    """The participants of a lane.

    Attributes:
        lane: what sort of participants they are.
        fused_plasma: of each, as far as it counts.
        wished: blocks that anybody has wanted to send so far.
        wanted: those of them that no momentum has contained, and nobody has given up.
        where: of each account, one of ``IDLE`` … ``IN_COHORT``.
        fused: that each account's open block commits; the cohort knows it of its own.
        difficulty: the same.
        hardest: difficulty of any block so far.
        keys: order the open blocks that pay the same; the cohort has those of its own.
        pool: accounts whose block waits for a momentum, but for the cohort.
        cohort: accounts with a wish whose price they cannot pay with all their plasma, or could not until all did.
        wishes: of all accounts.
        confinements: of all accounts; None if the rules confine nothing of theirs.
    """

    def __init__(self, lane: Lane, rules: RuleSet[Any], draws: Draws) -> None:
        count = lane.participants
        self.lane = lane
        self.fused_plasma = min(lane.fused_plasma, rules.max_fused_plasma)
        self.wished = self.wanted = 0
        self.hardest = 0
        self.where = np.full(count, IDLE, np.int8)
        self.fused: Integers = np.zeros(count, np.int64)
        self.difficulty: Integers = np.zeros(count, np.int64)
        self.keys: Keys = np.zeros(count, np.uint64)
        self.pool = Pool(count)
        self.cohort = Cohort(count)
        self.wishes = Wishes(count)
        self.confinements: Confinements | None = None
        if isinstance(rules, ForumRules) and self.fused_plasma:
            self.confinements = Confinements(rules, self.fused_plasma, count)
        self._draws = draws
        self._counts: list[int] = []
        self._ordered = not isinstance(rules, AlphanetRules)
        self._outbids = lane.strategy == "outbid"
        self._together = self._ordered and not (self._outbids or lane.hashrate)
        # A wish lives until the first momentum that it is too old for; what is found by then can be in it.
        self._longest_search = (lane.patience + 1) * MOMENTUM_SECONDS if lane.patience else math.inf
        self._ready: Seconds = np.zeros(count)
        self._raised: Integers = np.ones(count, np.int64)
        self._attempts: Integers = np.zeros(count, np.int64)
        self._work: Seconds = np.zeros(count)
        self._searching = Calendar(_WINDOW_MOMENTUMS * MOMENTUM_SECONDS)
        self._recharging = Calendar(_WINDOW_MOMENTUMS)

    def before(self, terms: Terms) -> None:
        """All that happens before a momentum, of those who have no block, want another one, or search."""
        self._wake(terms)
        lane = self.lane
        if not lane.greedy:
            self._arrive(terms)
        elif terms.momentum == lane.from_momentum:
            self._want(terms, np.arange(lane.participants))
        self._find(terms)

    @property
    def held(self) -> int:
        """Accounts whose block waits for a momentum, or that cannot pay its price at all."""
        return self.pool.count + self.cohort.members.count

    def _wake(self, terms: Terms) -> None:
        """Those who could not pay try again, now that plasma has recharged or prices have moved."""
        last = terms.momentum - 1
        now = float(last * MOMENTUM_SECONDS)
        recharged = self._recharging.take(last)
        if recharged is not None:
            accounts = recharged[1]
            waiting = self.wishes.waiting(accounts)
            if np.count_nonzero(waiting) < waiting.size:
                self.where[accounts[~waiting]] = IDLE
                accounts = accounts[waiting]
            self._attempt(terms, accounts, now, first=False)
        if self.cohort.waiting:
            self._bid_together(terms, now)

    def _bid_together(self, terms: Terms, now: float) -> None:
        """The cohort makes blocks, if it can pay; whoever has to bid alone leaves it."""
        cohort, payment = self.cohort, terms.bid(self.lane, self.fused_plasma, 1)
        cohort.payment = None
        if payment is None:
            return
        alone = members = cohort.members.accounts()
        if self._together:
            confining = self.confinements
            alone = members[confining.recharging(members, terms.momentum - 1)] if confining else members[:0]
        if alone.size:
            alone = alone.copy()
            self._leave(alone)
            self._attempt(terms, alone, now, first=False)
        if self._together and cohort.members.count:
            cohort.bid(payment, self._draws.keys(cohort.members.accounts()))

    def _leave(self, accounts: Accounts) -> None:
        """These members of the cohort go on alone."""
        self.cohort.remove(accounts)
        self._attempts[accounts] += self.cohort.rounds

    def _part(self, accounts: Accounts) -> None:
        """The open blocks of these members of the cohort are like any others."""
        assert self.cohort.payment is not None
        self.fused[accounts] = self.cohort.payment.fused_plasma
        self.keys[accounts] = self.cohort.keys_of(accounts)
        self._leave(accounts)
        self.where[accounts] = POOLED
        self.pool.add(accounts)

    def _arrive(self, terms: Terms) -> None:
        """Accounts want to send another block before the momentum."""
        number, patience = terms.momentum, self.lane.patience
        if not self._counts:
            accounts, times, counts = self._draws.arrivals(number)
            self._counts = counts[::-1]
            self.wishes.append(accounts, times)
        count = self._counts.pop()
        if not count:
            return
        begin, accounts = self.wishes.arrive(count, number + patience if patience else 0)
        self.wished += count
        self.wanted += count
        new = (self.where[accounts] == IDLE).nonzero()[0]
        if new.size:
            accounts = accounts[new]
            new += begin
            first = self.wishes.first_of(new, accounts)
            if np.count_nonzero(first) < first.size:
                new, accounts = new[first], accounts[first]
            self._attempt(terms, accounts, self.wishes.begun(new), first=True)

    def _want(self, terms: Terms, accounts: Accounts) -> None:
        """Greedy accounts want to send another block as the last momentum is produced."""
        last, patience = terms.momentum - 1, self.lane.patience
        now = float(last * MOMENTUM_SECONDS)
        self.wishes.append(accounts, now)
        self.wishes.arrive(accounts.size, last + patience if patience else 0)
        self.wished += accounts.size
        self.wanted += accounts.size
        self._attempt(terms, accounts[self.where[accounts] == IDLE], now, first=True)

    def _find(self, terms: Terms) -> None:
        """Nonces that are found before the momentum; work that has become too weak begins again at once."""
        now = terms.momentum * MOMENTUM_SECONDS
        while (found := self._searching.take(now)) is not None:
            ready, accounts = found
            searching = self._ready[accounts] == ready  # else it was given up, and has begun again or not
            searching &= self.where[accounts] == SEARCHING
            if np.count_nonzero(searching) < searching.size:
                ready, accounts = ready[searching], accounts[searching]
            if self.lane.when_weak == "again":
                weak = ~self.met(terms, accounts)
                if np.count_nonzero(weak):
                    self._replace(terms, accounts[weak], ready[weak])
                    accounts = accounts[~weak]
            self._wait(accounts)

    def met(self, terms: Terms, accounts: Accounts) -> Flags:
        """Whether a momentum may contain the open block of each of these accounts."""
        nothing = self.fused[:0]
        fused = self.fused[accounts] if self.fused_plasma else nothing
        return terms.met_by(self.lane, fused, self.difficulty[accounts] if self.lane.hashrate else nothing)

    def values(self, terms: Terms, accounts: Accounts) -> Integers:
        """What orders the open blocks of these accounts, at least one; see ``Terms.values``."""
        fused, nothing = self.fused[accounts], self.difficulty[:0]
        return terms.values(fused, self.difficulty[accounts] if self.lane.hashrate else nothing)

    def _replace(self, terms: Terms, accounts: Accounts, times: Seconds | float) -> None:
        """Their open block gives way to another attempt."""
        raised = self._raised[accounts] + 1 if self._outbids else None
        self._attempt(terms, accounts, times, raised, first=False)

    def _attempt(
        self, terms: Terms, accounts: Accounts, times: Seconds | float, raised: Integers | None = None, *, first: bool
    ) -> None:
        """Each makes a block of its oldest wish, or waits until it can pay for one.

        Args:
            terms: under which it pays.
            accounts: none twice, with a wish and no other block.
            times: when they begin.
            raised: how often each has raised its bid, this time included; None for a bid without.
            first: nobody has made a block of this wish before.
        """
        if not accounts.size:
            return
        if raised is None:
            self._bid(terms, accounts, times, 1, first=first)
            return
        for level in np.unique(raised).tolist():
            same = raised == level
            self._bid(
                terms, accounts[same], times[same] if isinstance(times, np.ndarray) else times, level, first=first
            )

    def _bid(self, terms: Terms, accounts: Accounts, times: Seconds | float, raised: int, *, first: bool) -> None:
        if self._outbids:
            self._raised[accounts] = raised
        for payment, chosen in self._payments(terms, accounts, raised):
            payers = accounts if chosen is None else accounts[chosen]
            if payment is None:
                if first:
                    self._forget(payers)
                self._hold(terms, payers, raised)
            else:
                begin = times[chosen] if chosen is not None and isinstance(times, np.ndarray) else times
                self._make(payers, begin, payment, first=first)

    def _payments(self, terms: Terms, accounts: Accounts, raised: int) -> Iterator[tuple[Payment | None, Flags | None]]:
        return payments(terms, self.lane, self.fused_plasma, self.confinements, accounts, raised=raised)

    def _make(self, accounts: Accounts, times: Seconds | float, payment: Payment, *, first: bool) -> None:
        if first:
            self._attempts[accounts] = 1
        else:
            self._attempts[accounts] += 1
        if self.fused_plasma:
            self.fused[accounts] = payment.fused_plasma
        if self.lane.hashrate:
            self.difficulty[accounts] = payment.difficulty
            if not payment.difficulty:
                if first:
                    self._work[accounts] = 0
                self._ready[accounts] = times
        if payment.difficulty:
            self.hardest = max(self.hardest, payment.difficulty)
            self._search(accounts, times, payment.difficulty / self.lane.hashrate, first=first)
        else:
            self._wait(accounts)

    def _search(self, accounts: Accounts, times: Seconds | float, mean: float, *, first: bool) -> None:
        search = self._draws.searches(accounts)
        search *= mean
        if first:
            self._work[accounts] = search
        else:
            self._work[accounts] += search
        ready = times + search
        self._ready[accounts] = ready
        self.where[accounts] = SEARCHING
        if mean > self._longest_search / 4:
            in_time = (search <= self._longest_search).nonzero()[0]  # the others are given up before
            ready, accounts = ready[in_time], accounts[in_time]
        self._searching.add(ready, accounts)

    def _wait(self, accounts: Accounts) -> None:
        """Their blocks wait for a momentum."""
        if accounts.size:
            if self._ordered:
                self.keys[accounts] = self._draws.keys(accounts)
            self.where[accounts] = POOLED
            self.pool.add(accounts)

    def _hold(self, terms: Terms, accounts: Accounts, raised: int) -> None:
        """They wait for their plasma to recharge, or, where that is not enough, for lower prices."""
        lane = self.lane
        needed = None if lane.hashrate else terms.bid(lane, self.fused_plasma, raised)
        if needed is None or self.confinements is None:
            if self.cohort.payment:
                self._part(self.cohort.members.accounts().copy())
            self.where[accounts] = IN_COHORT
            self._attempts[accounts] -= self.cohort.rounds
            self.cohort.members.add(accounts)
        else:
            last = terms.momentum - 1
            self.where[accounts] = RECHARGING
            self._recharging.add(self.confinements.recharged(accounts, needed.fused_plasma, last), accounts)

    def _forget(self, accounts: Accounts) -> None:
        """Nobody has made a block of their oldest wish yet."""
        self._attempts[accounts] = 0
        if self.lane.hashrate:
            self._work[accounts] = 0

    def include(self, accounts: Accounts, state: Any, momentum: int) -> Included:
        """The blocks of these accounts are in a momentum.

        Raises:
            SimulationStopped: their plasma would never recharge.
        """
        if self.cohort.payment:
            self._part(accounts[self.where[accounts] == IN_COHORT])
        fused = self.fused[accounts]
        included = Included(
            accounts,
            self.keys[accounts],
            self.wishes.end_oldest(accounts),
            self._ready[accounts],
            fused,
            self.difficulty[accounts],
            self._attempts[accounts],
            self._work[accounts],
        )
        self.wanted -= accounts.size
        self.where[accounts] = IDLE
        self.pool.remove(accounts)
        if self.confinements is not None:
            self.confinements.confirm(accounts, fused, state.fusion_recharge_rate, momentum)
        return included

    def after(self, terms: Terms, included: Accounts, *, moved: bool) -> int:
        """All that happens after a momentum.

        Args:
            terms: those of the next momentum.
            included: accounts whose block it contains.
            moved: whether its prices differ from those of the next one.

        Returns:
            How many blocks were given up.
        """
        losers, closed, given_up = self._give_up(terms.momentum - 1)
        self._renew(terms, moved=moved)
        if self.lane.greedy and self.lane.active(terms.momentum):
            wanting = np.concatenate((included, losers))
            if wanting.size:
                self._want(terms, wanting)
            return given_up
        free = np.concatenate((included, closed)) if closed.size else included
        free = free[self.wishes.waiting(free)]
        self._attempt(terms, free, float((terms.momentum - 1) * MOMENTUM_SECONDS), first=True)
        return given_up

    def _give_up(self, momentum: int) -> tuple[Accounts, Accounts, int]:
        """Wishes older than the lane's patience end: who had them, who of these had an open block, how many it were."""
        losers, count = self.wishes.expire(momentum)
        if not count:
            return losers, losers, 0
        self.wanted -= count
        where = self.where[losers]
        pooled = where == POOLED
        self.pool.remove(losers[pooled])
        open_ = pooled | (where == SEARCHING)
        together = self.cohort.members.count > 0
        if together and self.cohort.payment:
            members = where == IN_COHORT
            self.cohort.remove(losers[members])
            open_ |= members
        elif together:
            self._go_on_waiting(losers[where == IN_COHORT])
        if self.confinements is not None:
            self._forget(losers[where == RECHARGING])
        closed = losers[open_]  # the others had theirs included just now, or have none
        self.where[closed] = IDLE
        return losers, closed, count

    def _go_on_waiting(self, accounts: Accounts) -> None:
        """Members of the cohort, which waits, have given up a wish: they wait with the next one, or leave."""
        self._forget(accounts)
        waiting = self.wishes.waiting(accounts)
        gone = accounts[~waiting]
        self.cohort.remove(gone)
        self.where[gone] = IDLE
        self._attempts[accounts[waiting]] = -self.cohort.rounds

    def _renew(self, terms: Terms, *, moved: bool) -> None:
        """Blocks that were left behind stay, or are made again where that is what their lane does."""
        again = moved and self.lane.when_weak == "again"
        now = float((terms.momentum - 1) * MOMENTUM_SECONDS)
        payment = self.cohort.payment
        if again and payment is not None and payment.fused_plasma < terms.least_fused(self.lane.kind):
            self._bid_together(terms, now)
        if not self.pool.count or not (again or self._outbids):
            return
        accounts = self.pool.accounts()
        replaced = np.zeros(accounts.size, np.bool_)
        if again:
            replaced |= ~self.met(terms, accounts)
        if self._outbids:
            replaced |= self._can_raise(terms, accounts)
        if np.count_nonzero(replaced):
            weak = accounts[replaced]
            self.pool.remove(weak)
            self._replace(terms, weak, now)

    def _can_raise(self, terms: Terms, accounts: Accounts) -> Flags:
        """Whether each could pay for a higher bid, with what its open block commits."""
        able = np.zeros(accounts.size, np.bool_)
        raised = self._raised[accounts] + 1
        for level in np.unique(raised).tolist():
            same = np.flatnonzero(raised == level)
            for payment, chosen in payments(
                terms, self.lane, self.fused_plasma, self.confinements, accounts[same], raised=level
            ):
                able[same if chosen is None else same[chosen]] = payment is not None
        return able
