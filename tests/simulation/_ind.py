"""The individual level: accounts that want to send blocks, work or commit fused plasma, and wait.

Time runs from 0; momentum m is produced at 10 m seconds and takes what is ready by then. Its prices
are known from the moment that its predecessor is produced. All chance comes from streams of the
seed, one per lane and purpose, so that a change of one lane leaves the draws of the others alone.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM, MOMENTUM_SECONDS, AlphanetRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import Payment
from powplasma.simulation.accounts import Account, OpenBlock, bid
from powplasma.simulation.lanes import Lane
from powplasma.simulation.momentum import Content, SimulationStopped, capacity, next_state
from powplasma.simulation.selection import Terms, content_of, select

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Produced:
    """One momentum. What is counted per lane is in the order of the lanes.

    Attributes:
        momentum: its number, from 1.
        state: the prices of its blocks.
        content: what its blocks sum up to.
        blocks: those in it, closed by now.
        given_up: blocks that were given up when it was produced.
        wanted: blocks that somebody wanted to send, and that no earlier momentum contained.
        held: accounts whose block was ready for it, or that cannot pay its price at all.
        next_state: what its successor inherits.
    """

    momentum: int
    state: Any
    content: Content
    blocks: Sequence[OpenBlock]
    given_up: Sequence[int]
    wanted: Sequence[int]
    held: Sequence[int]
    next_state: Any


class Network:
    """Lanes of accounts under a rule set.

    Attributes:
        rules: the rule set.
        lanes: their participants.
        state: the prices of the momentum that is produced next.
        momentum: the last one that was produced.
        accounts: of each lane.
        wished: blocks that anybody of each lane has wanted to send so far.
    """

    def __init__(self, rules: RuleSet[Any], state: Any, lanes: Sequence[Lane], seed: int) -> None:
        self.rules = rules
        self.lanes = lanes
        self.state = state
        self.momentum = 0
        self.accounts = [
            [
                Account(lane, position, number, min(lane.fused_plasma, rules.max_fused_plasma))
                for number in range(lane.participants)
            ]
            for position, lane in enumerate(lanes)
        ]
        self.wished = [0] * len(lanes)
        self._arrivals = [random.Random(f"{seed}/{lane.name}/arrivals") for lane in lanes]  # noqa: S311 - no secret
        self._work = [random.Random(f"{seed}/{lane.name}/work") for lane in lanes]  # noqa: S311
        self._order = random.Random(f"{seed}//order")  # noqa: S311
        self._wanted = [0] * len(lanes)
        self._searching: list[tuple[float, int, OpenBlock]] = []
        self._recharging: list[tuple[int, int, Account]] = []
        self._priced_out: list[list[Account]] = [[] for _ in lanes]
        self._pool: list[OpenBlock] = []
        self._patience: list[deque[tuple[float, Account]]] = [deque() for _ in lanes]
        self._terms = Terms(rules, state)
        self._bids: dict[tuple[int, int, int], Payment | None] = {}
        self._tickets = 0

    def produce(self, momentums: int) -> Iterator[Produced]:
        """So many momentums, one at a time.

        Raises:
            SimulationStopped: the rule set refuses to go on, as when a price leaves 64 bits.
        """
        for _ in range(momentums):
            yield self._produce()

    def _produce(self) -> Produced:
        number = self.momentum + 1
        now = float(number * MOMENTUM_SECONDS)
        self._wake(now - MOMENTUM_SECONDS)
        self._arrive(number)
        self._find(now)
        wanted, held = tuple(self._wanted), self._held()
        state, blocks = self.state, select(self._terms, self._pool, self._order)
        content = content_of(self.rules, state, blocks)
        check_content(self.rules, blocks, content)
        following = next_state(self.rules, state, content, number)
        self._confirm(blocks, number)
        self.momentum, self.state = number, following
        if following != state:
            self._terms = Terms(self.rules, following)
            self._bids.clear()
        given_up, free = self._give_up(now)
        self._renew(now)
        for account in (*(block.account for block in blocks), *free):
            if account.lane.greedy and account.lane.active(number + 1):
                self._wish(account, now)
            else:
                self._begin(account, now)
        return Produced(number, state, content, blocks, given_up, wanted, held, following)

    def _wake(self, time: float) -> None:
        """Those who could not pay try again, now that plasma has recharged or prices have moved."""
        while self._recharging and self._recharging[0][0] <= self.momentum:
            self._retry([heapq.heappop(self._recharging)[2]], time)
        for position, accounts in enumerate(self._priced_out):
            if accounts and self._bid(accounts[0], accounts[0].fused_plasma, 1) is not None:
                self._priced_out[position] = []
                self._retry(accounts, time)

    def _retry(self, accounts: list[Account], time: float) -> None:
        for account in accounts:
            account.waiting = False
            self._begin(account, time)

    def _arrive(self, number: int) -> None:
        start = float((number - 1) * MOMENTUM_SECONDS)
        for position, lane in enumerate(self.lanes):
            accounts = self.accounts[position]
            for time, index in lane.arrivals(number, self._arrivals[position]):
                self._wish(accounts[index], start + time * MOMENTUM_SECONDS)
            if lane.greedy and number == lane.from_momentum:
                for account in accounts:
                    self._wish(account, start)

    def _wish(self, account: Account, time: float) -> None:
        """The account wants to send one more block."""
        position = account.position
        self.wished[position] += 1
        self._wanted[position] += 1
        account.wishes.append(time)
        if account.lane.patience:
            self._patience[position].append((time, account))
        self._begin(account, time)

    def _begin(self, account: Account, time: float) -> None:
        """The account makes a block of its oldest wish, if it has one and nothing is in the way."""
        if account.wishes and account.block is None and not account.waiting:
            self._attempt(account, time, 1)

    def _bid(self, account: Account, available: int, raised: int) -> Payment | None:
        key = (account.position, available, raised)
        if key not in self._bids:
            self._bids[key] = bid(self.rules, self.state, account.lane, available, raised)
        return self._bids[key]

    def _attempt(self, account: Account, time: float, raised: int) -> None:
        """The account makes its block, or waits until it can pay for one."""
        lane, position = account.lane, account.position
        payment = self._bid(account, account.available(self.momentum), raised)
        if payment is None:
            self._hold(account, raised)
            return
        difficulty = payment.difficulty
        search = self._work[position].expovariate(lane.hashrate / difficulty) if difficulty else 0.0
        account.attempts += 1
        account.work_seconds += search
        block = OpenBlock(
            account,
            account.wishes[0],
            time + search,
            payment,
            self._order.randbytes(_HASH_BYTES),
            raised,
            account.attempts,
            account.work_seconds,
        )
        account.block = block
        if difficulty:
            heapq.heappush(self._searching, (block.ready, self._ticket(), block))
        else:
            self._pool.append(block)

    def _hold(self, account: Account, raised: int) -> None:
        """The account waits for its plasma to recharge, or, where that is not enough, for lower prices."""
        account.waiting = True
        fused = account.fused_plasma
        needed = None if account.lane.hashrate else self._bid(account, fused, raised)
        if needed is None:
            self._priced_out[account.position].append(account)
        else:
            recharged = account.recharged_at(needed.fused_plasma, self.momentum)
            heapq.heappush(self._recharging, (recharged, self._ticket(), account))

    def _ticket(self) -> int:
        """A number that orders what happens at the same time."""
        self._tickets += 1
        return self._tickets

    def _find(self, now: float) -> None:
        """Nonces that are found by now; work that has become too weak begins again at once."""
        while self._searching and self._searching[0][0] <= now:
            block = heapq.heappop(self._searching)[2]
            if block.closed:
                continue
            if block.account.lane.when_weak == "again" and not self._terms.met_by(block.payment):
                self._replace(block, block.ready)
            else:
                self._pool.append(block)

    def _replace(self, block: OpenBlock, time: float) -> None:
        block.account.close()
        self._attempt(block.account, time, block.raised + 1)

    def _held(self) -> tuple[int, ...]:
        held = [sum(1 for account in accounts if account.wishes) for accounts in self._priced_out]
        for block in self._pool:
            held[block.account.position] += 1
        return tuple(held)

    def _confirm(self, blocks: Sequence[OpenBlock], number: int) -> None:
        try:
            for block in blocks:
                account = block.account
                account.confirm(self.rules, self.state, number)
                account.end_wish()
                self._wanted[account.position] -= 1
        except InvalidInput as error:
            raise SimulationStopped(number, str(error)) from error

    def _give_up(self, now: float) -> tuple[tuple[int, ...], list[Account]]:
        """Wishes older than their lane's patience end; how many of each lane, and whose they were."""
        given_up = [0] * len(self.lanes)
        free = []
        for position, lane in enumerate(self.lanes):
            queue = self._patience[position]
            while queue and queue[0][0] <= now - lane.patience * MOMENTUM_SECONDS:
                time, account = queue.popleft()
                if account.wishes and account.wishes[0] == time:  # else its block was included
                    account.end_wish()
                    given_up[position] += 1
                    self._wanted[position] -= 1
                    free.append(account)
                    if account.block is not None:
                        account.close()
        return tuple(given_up), free

    def _renew(self, now: float) -> None:
        """Blocks that were left behind stay, or are made again where that is what their lane does."""
        pool, self._pool = self._pool, []
        for block in pool:
            if block.closed:
                continue
            lane = block.account.lane
            weak = lane.when_weak == "again" and not self._terms.met_by(block.payment)
            if weak or (lane.strategy == "outbid" and self._can_raise(block)):
                self._replace(block, now)
            else:
                self._pool.append(block)

    def _can_raise(self, block: OpenBlock) -> bool:
        available = block.account.available(self.momentum) + block.payment.fused_plasma
        return self._bid(block.account, available, block.raised + 1) is not None


def check_content(rules: RuleSet[Any], blocks: Sequence[OpenBlock], content: Content) -> None:
    """What must hold in every momentum: no block twice or of nobody, and no more than the rules let in."""
    assert len({id(block.account) for block in blocks}) == len(blocks)
    assert all(block is block.account.block and not block.closed for block in blocks)
    if isinstance(rules, AlphanetRules):
        assert len(blocks) <= MAX_BLOCKS_IN_MOMENTUM
    else:
        assert content.base_plasma <= capacity(rules)
