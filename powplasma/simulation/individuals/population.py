"""The accounts of one lane as arrays: who has an open block, who searches, who waits, and for what."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from powplasma.plasma.alphanet import MOMENTUM_SECONDS, AlphanetRules
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import Payment
from powplasma.simulation.individuals.arrays import Accounts, Flags, Integers, Keys, Seconds, check_int64, of_those
from powplasma.simulation.individuals.cohort import Cohort
from powplasma.simulation.individuals.confinement import Confinements
from powplasma.simulation.individuals.draws import Draws
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.native_rows import make_rows
from powplasma.simulation.individuals.payments import payments
from powplasma.simulation.individuals.rows import IDLE, IN_COHORT, RECHARGING
from powplasma.simulation.individuals.terms import Terms

_WINDOW_MOMENTUMS = 16


class Population:
    """The participants of a lane.

    Attributes:
        lane: what sort of participants they are.
        fused_plasma: of each, as far as it counts.
        wished: blocks that anybody has wanted to send so far.
        wanted: those of them that no momentum has contained, and nobody has given up.
        hardest: difficulty of any block so far.
        rows: an entry for each account.
        cohort: accounts with a wish whose price they cannot pay with all their plasma, or could not until all did.
        confinements: of all accounts; None if the rules confine nothing of theirs.
    """

    def __init__(self, lane: Lane, rules: RuleSet[Any], draws: Draws) -> None:
        self.lane = lane
        self.fused_plasma = min(lane.fused_plasma, rules.max_fused_plasma)
        self.wished = self.wanted = 0
        self.hardest = 0
        self.rows = make_rows(lane, _WINDOW_MOMENTUMS * MOMENTUM_SECONDS)
        self.cohort = Cohort(self.rows.make_pool())
        self.confinements: Confinements | None = None
        if isinstance(rules, ForumRules) and self.fused_plasma:
            self.confinements = self.rows.make_confinements(rules, self.fused_plasma)
        self._draws = draws
        self._arrivals: list[tuple[Accounts, Seconds]] = []
        self._ordered = not isinstance(rules, AlphanetRules)
        self._outbids = lane.strategy == "outbid"
        self._together = self._ordered and not (self._outbids or lane.hashrate)
        # A wish lives until the first momentum that it is too old for; what is found by then can be in it.
        self._longest_search = (lane.patience + 1) * MOMENTUM_SECONDS if lane.patience else math.inf
        self._recharging = self.rows.make_calendar(_WINDOW_MOMENTUMS)

    def before(self, terms: Terms) -> None:
        """All that happens before a momentum, of those who have no block, want another one, or search."""
        self._wake(terms)
        lane = self.lane
        if not lane.greedy:
            self._arrive(terms)
        elif terms.momentum == lane.from_momentum:
            self._want(terms, np.arange(lane.participants))
        if lane.hashrate:
            self._find(terms)

    @property
    def held(self) -> int:
        """Accounts whose block waits for a momentum, or that cannot pay its price at all."""
        return self.rows.pool.count + self.cohort.members.count

    def _wake(self, terms: Terms) -> None:
        """Those who could not pay try again, now that plasma has recharged or prices have moved."""
        last = terms.momentum - 1
        now = float(last * MOMENTUM_SECONDS)
        if self.confinements is not None:
            _, recharged = self._recharging.take(last)
            waiting = self.rows.waiting(recharged)
            if waiting.size < recharged.size:
                self.rows.where[recharged] = IDLE
            self._attempt(terms, waiting, now, first=False)
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
        self.rows.attempts[accounts] += self.cohort.rounds

    def _arrive(self, terms: Terms) -> None:
        """Accounts want to send another block before the momentum."""
        number, patience = terms.momentum, self.lane.patience
        if not self._arrivals:
            self._arrivals = self._draws.arrivals(number)[::-1]
        accounts, times = self._arrivals.pop()
        if accounts.size:
            self._wish(terms, accounts, times, number + patience if patience else 0)

    def _want(self, terms: Terms, accounts: Accounts) -> None:
        """Greedy accounts want to send another block as the last momentum is produced."""
        last, patience = terms.momentum - 1, self.lane.patience
        self._wish(terms, accounts, float(last * MOMENTUM_SECONDS), last + patience if patience else 0)

    def _wish(self, terms: Terms, accounts: Accounts, times: Seconds | float, expiry: int) -> None:
        """Wishes, of which those come first that an account can act on at once."""
        self.wished += accounts.size
        self.wanted += accounts.size
        self._attempt(terms, *self.rows.arrive(accounts, times, expiry), first=True)

    def _find(self, terms: Terms) -> None:
        """Nonces that are found before the momentum; work that has become too weak begins again at once."""
        now = float(terms.momentum * MOMENTUM_SECONDS)
        weak: Accounts | None = None
        while weak is None or weak.size:
            found, weak, times = self.rows.find(terms, now)
            if found.size:
                self.rows.join(found, self._keys(found))
            self._replace(terms, weak, times)

    def _replace(self, terms: Terms, accounts: Accounts, times: Seconds | float) -> None:
        """Their open block gives way to another attempt."""
        raised = self.rows.raised[accounts] + 1 if self._outbids else None
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
            self._bid(terms, accounts[same], of_those(times, same), level, first=first)

    def _bid(self, terms: Terms, accounts: Accounts, times: Seconds | float, raised: int, *, first: bool) -> None:
        if self._outbids:
            self.rows.raised[accounts] = raised
        if self.confinements is not None:
            check_int64(self.fused_plasma, "fused_plasma", terms.momentum)
        if self.lane.hashrate and self.confinements is not None:
            self._bid_each(terms, accounts, times, raised, first=first)
            return
        payment = terms.bid(self.lane, self.fused_plasma, raised)
        if payment is None:
            self._hold(terms, accounts, None, first=first)
            return
        if self.confinements is not None:
            last = terms.momentum - 1
            accounts, times, others = self.confinements.split(accounts, times, payment.fused_plasma, last)
            if others.size:
                self._hold(terms, others, payment, first=first)
        if accounts.size:
            self._make(accounts, times, payment, first=first)

    def _bid_each(self, terms: Terms, accounts: Accounts, times: Seconds | float, raised: int, *, first: bool) -> None:
        """The same where each commits what is not confined, and works for the rest."""
        for payment, payers in payments(
            terms, self.lane, self.fused_plasma, self.confinements, accounts, raised=raised
        ):
            if payment is None:
                self._hold(terms, accounts[payers], None, first=first)
            else:
                self._make(accounts[payers], of_those(times, payers), payment, first=first)

    def _make(self, accounts: Accounts, times: Seconds | float, payment: Payment, *, first: bool) -> None:
        """They make a block with this payment, and work for it or wait for a momentum."""
        if not payment.difficulty:
            self.rows.commit(accounts, times, payment, self._keys(accounts), first=first)
            return
        self.hardest = max(self.hardest, payment.difficulty)
        seconds = self._draws.searches(accounts) * (payment.difficulty / self.lane.hashrate)
        self.rows.search(accounts, times, payment, seconds, self._longest_search, first=first)

    def _keys(self, accounts: Accounts) -> Keys | None:
        """What orders their blocks."""
        return self._draws.keys(accounts) if self._ordered else None

    def _hold(self, terms: Terms, accounts: Accounts, needed: Payment | None, *, first: bool) -> None:
        """They wait for their plasma to recharge until they can pay this, or, if it is None, for lower prices."""
        rows, cohort = self.rows, self.cohort
        if needed is None or self.confinements is None:
            if cohort.payment:
                fused_plasma = cohort.payment.fused_plasma
                members, keys = cohort.disband()
                rows.part(members, fused_plasma, cohort.rounds, keys)
            rows.hold(accounts, IN_COHORT, -cohort.rounds, first=first)
            cohort.members.add(accounts)
        else:
            rows.hold(accounts, RECHARGING, 0, first=first)
            recharged = self.confinements.recharged(accounts, needed.fused_plasma, terms.momentum - 1)
            self._recharging.add(recharged.astype(np.float64), accounts)

    def include(self, accounts: Accounts, state: Any, momentum: int) -> Included:
        """The blocks of these accounts are in a momentum.

        Raises:
            SimulationStopped: their plasma would never recharge.
        """
        payment = self.cohort.payment
        if payment:
            members = accounts[self.rows.where[accounts] == IN_COHORT]
            keys = self.cohort.keys_of(members)
            self.cohort.remove(members)
            self.rows.part(members, payment.fused_plasma, self.cohort.rounds, keys)
        included = self.rows.include(accounts)
        self.wanted -= accounts.size
        if self.confinements is not None:
            self.confinements.confirm(accounts, included.fused_plasma, state.fusion_recharge_rate, momentum)
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
        now = float((terms.momentum - 1) * MOMENTUM_SECONDS)
        self._attempt(terms, self.rows.waiting(free), now, first=True)
        return given_up

    def _give_up(self, momentum: int) -> tuple[Accounts, Accounts, int]:
        """Wishes older than the lane's patience end: who had them, who of these had an open block, how many it were."""
        count, losers, closed, leavers = self.rows.expire(momentum, self.cohort)
        self.wanted -= count
        if leavers.size:
            if self.cohort.payment:
                closed = np.concatenate((closed, leavers))
            self.cohort.remove(leavers)
        return losers, closed, count

    def _renew(self, terms: Terms, *, moved: bool) -> None:
        """Blocks that were left behind stay, or are made again where that is what their lane does."""
        again = moved and self.lane.when_weak == "again"
        now = float((terms.momentum - 1) * MOMENTUM_SECONDS)
        payment = self.cohort.payment
        if again and payment is not None and payment.fused_plasma < terms.least_fused(self.lane.kind):
            self._bid_together(terms, now)
        if not self.rows.pool.count:
            return
        if self._outbids:
            accounts = self.rows.pool.accounts()
            replaced = self._can_raise(terms, accounts)
            if again:
                replaced |= ~self.rows.met(terms, accounts)
            weak = accounts[replaced]
            self.rows.pool.remove(weak)
            self._replace(terms, weak, now)
        elif again:
            self._replace(terms, self.rows.take_weak(terms), now)

    def _can_raise(self, terms: Terms, accounts: Accounts) -> Flags:
        """Whether each could pay for a higher bid, with what its open block commits."""
        able = np.zeros(accounts.size, np.bool_)
        raised = self.rows.raised[accounts] + 1
        for level in np.unique(raised).tolist():
            same = np.flatnonzero(raised == level)
            for payment, chosen in payments(
                terms, self.lane, self.fused_plasma, self.confinements, accounts[same], raised=level
            ):
                able[same[chosen]] = payment is not None
        return able
