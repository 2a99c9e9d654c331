"""The individual level as objects, one step at a time: slow, readable, and without a line of the arrays.

It draws nothing itself: what the arrays drew for an account, ``Recorder`` hands to the same account here.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma.content import PoolBlock, select_content
from powplasma.plasma.costs import BlockKind
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules, Payment
from powplasma.plasma.recharge import Confinement, confined_plasma
from powplasma.plasma.usage import Usage
from powplasma.simulation.individuals.arrays import Accounts, Keys, Seconds
from powplasma.simulation.individuals.draws import Draws
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.momentum import next_state


class Recorder(Draws):
    """The draws of a lane, which remembers what it drew for whom."""

    made: dict[str, Recorder]

    def __init__(self, lane: Lane, seed: int, first: int, account_bits: int) -> None:
        super().__init__(lane, seed, first, account_bits)
        self.arrived: dict[int, list[tuple[float, int]]] = {}
        self.searched: dict[int, deque[float]] = defaultdict(deque)
        self.hashed: dict[int, deque[int]] = defaultdict(deque)
        self.made[lane.name] = self

    def arrivals(self, momentum: int) -> list[tuple[Accounts, Seconds]]:
        arrivals = super().arrivals(momentum)
        for number, (accounts, times) in enumerate(arrivals, momentum):
            self.arrived[number] = list(zip(times.tolist(), accounts.tolist(), strict=True))
        return arrivals

    def searches(self, accounts: Accounts) -> Seconds:
        drawn = super().searches(accounts)
        for account, value in zip(accounts.tolist(), drawn.tolist(), strict=True):
            self.searched[account].append(value)
        return drawn

    def keys(self, accounts: Accounts) -> Keys:
        drawn = super().keys(accounts)
        for account, value in zip(accounts.tolist(), drawn.tolist(), strict=True):
            self.hashed[account].append(value)
        return drawn


@dataclass(eq=False)
class OpenBlock:
    account: Account
    wished: float
    ready: float
    payment: Payment
    raised: int
    attempts: int
    work_seconds: float
    key: int = 0
    closed: bool = False


@dataclass(eq=False)
class Account:
    lane: Lane
    position: int
    number: int
    fused_plasma: int
    wishes: deque[float] = field(default_factory=deque)
    block: OpenBlock | None = None
    waiting: bool = False
    attempts: int = 0
    work_seconds: float = 0.0
    confinement: Confinement | None = None

    def available(self, momentum: int) -> int:
        open_plasma = self.block.payment.fused_plasma if self.block else 0
        return self.fused_plasma - confined_plasma(self.confinement, momentum) - open_plasma

    def recharged_at(self, plasma: int, momentum: int) -> int:
        while self.available(momentum) < plasma:
            momentum += 1
        return momentum

    def end_wish(self) -> float:
        self.attempts, self.work_seconds = 0, 0.0
        return self.wishes.popleft()

    def close(self) -> None:
        assert self.block is not None
        self.block.closed = True
        self.block = None


def bid(rules: RuleSet[Any], state: Any, lane: Lane, available: int, raised: int) -> Payment | None:
    base_plasma = lane.kind.base_plasma
    if lane.strategy == "outbid":
        base_plasma += -(-base_plasma * lane.outbid_percent * raised // 100)
    elif lane.strategy == "headroom":
        for _ in range(lane.headroom):
            state = rules.steepest_rise(state)
    alone = rules.least_fused(base_plasma, 0, state)
    if alone <= min(available, rules.max_block_plasma):
        return Payment(lane.kind.base_plasma, alone, 0)
    if not lane.hashrate:
        return None
    fused = max(0, min(available, rules.max_block_plasma))
    try:
        difficulty = rules.required_difficulty(BlockKind(lane.kind.name, base_plasma), state, fused)
    except InvalidInput:
        return None
    return Payment(lane.kind.base_plasma, fused, difficulty)


@dataclass
class Momentum:
    momentum: int
    state: Any
    content: Usage
    blocks: list[OpenBlock]
    given_up: list[int]
    wanted: list[int]
    held: list[int]
    next_state: Any


class ReferenceNetwork:
    """Lanes of accounts under a rule set."""

    def __init__(self, rules: RuleSet[Any], state: Any, lanes: Sequence[Lane], draws: dict[str, Recorder]) -> None:
        self.rules, self.state, self.lanes, self.draws = rules, state, lanes, draws
        self.momentum = 0
        self.accounts = [
            [
                Account(lane, position, n, min(lane.fused_plasma, rules.max_fused_plasma))
                for n in range(lane.participants)
            ]
            for position, lane in enumerate(lanes)
        ]
        self.wanted = [0] * len(lanes)
        self.searching: list[tuple[float, int, OpenBlock]] = []
        self.recharging: list[tuple[int, Account]] = []
        self.priced_out: list[Account] = []
        self.pool: list[OpenBlock] = []
        self.patience: list[tuple[float, float, Account]] = []
        self.tickets = 0

    def produce(self, sampled: set[tuple[int, int]]) -> Momentum:
        """The next momentum; where the rules take any blocks, those of these (lane, account)."""
        number = self.momentum + 1
        now = 10.0 * number
        self.wake(now - 10)
        self.arrive(number)
        self.find(now)
        wanted, held = list(self.wanted), self.held()
        state, blocks = self.state, self.select(sampled)
        content = self.content(blocks)
        following = next_state(self.rules, state, content, number)
        for block in blocks:
            self.confirm(block, number)
        self.momentum, self.state = number, following
        given_up, free = self.give_up(now)
        self.renew(now)
        for account in (*(block.account for block in blocks), *free):
            if account.lane.greedy and account.lane.active(number + 1):
                self.wish(account, now)
            else:
                self.begin(account, now)
        return Momentum(number, state, content, blocks, given_up, wanted, held, following)

    def wake(self, time: float) -> None:
        awake = [account for due, account in self.recharging if due <= self.momentum]
        self.recharging = [entry for entry in self.recharging if entry[0] > self.momentum]
        payable = [bid(self.rules, self.state, a.lane, a.fused_plasma, 1) is not None for a in self.priced_out]
        awake += [account for account, able in zip(self.priced_out, payable, strict=True) if able]
        self.priced_out = [account for account, able in zip(self.priced_out, payable, strict=True) if not able]
        for account in awake:
            account.waiting = False
            self.begin(account, time)

    def arrive(self, number: int) -> None:
        for position, lane in enumerate(self.lanes):
            if lane.greedy:
                if number == lane.from_momentum:
                    for account in self.accounts[position]:
                        self.wish(account, 10.0 * (number - 1))
            else:
                for time, account_number in self.draws[lane.name].arrived[number]:
                    self.wish(self.accounts[position][account_number], time)

    def wish(self, account: Account, time: float) -> None:
        self.wanted[account.position] += 1
        account.wishes.append(time)
        if account.lane.patience:
            self.patience.append((time + 10 * account.lane.patience, time, account))
        self.begin(account, time)

    def begin(self, account: Account, time: float) -> None:
        if account.wishes and account.block is None and not account.waiting:
            self.attempt(account, time, 1)

    def attempt(self, account: Account, time: float, raised: int) -> None:
        payment = bid(self.rules, self.state, account.lane, account.available(self.momentum), raised)
        if payment is None:
            self.hold(account, raised)
            return
        search = 0.0
        if payment.difficulty:
            drawn = self.draws[account.lane.name].searched[account.number].popleft()
            search = drawn * (payment.difficulty / account.lane.hashrate)
        account.attempts += 1
        account.work_seconds += search
        block = account.block = OpenBlock(
            account, account.wishes[0], time + search, payment, raised, account.attempts, account.work_seconds
        )
        if payment.difficulty:
            self.tickets += 1
            heapq.heappush(self.searching, (block.ready, self.tickets, block))
        else:
            self.join(block)

    def join(self, block: OpenBlock) -> None:
        if self.rules.name != "alphanet":
            block.key = self.draws[block.account.lane.name].hashed[block.account.number].popleft()
        self.pool.append(block)

    def hold(self, account: Account, raised: int) -> None:
        account.waiting = True
        lane = account.lane
        needed = None if lane.hashrate else bid(self.rules, self.state, lane, account.fused_plasma, raised)
        if needed is None:
            self.priced_out.append(account)
        else:
            self.recharging.append((account.recharged_at(needed.fused_plasma, self.momentum), account))

    def met(self, payment: Payment) -> bool:
        worked = self.rules.plasma_of_difficulty(payment.difficulty, self.state)
        return self.rules.price_met(payment.base_plasma, payment.fused_plasma, worked, self.state)

    def find(self, now: float) -> None:
        while self.searching and self.searching[0][0] <= now:
            block = heapq.heappop(self.searching)[2]
            if block.closed:
                continue
            if block.account.lane.when_weak == "again" and not self.met(block.payment):
                self.replace(block, block.ready)
            else:
                self.join(block)

    def replace(self, block: OpenBlock, time: float) -> None:
        block.account.close()
        self.attempt(block.account, time, block.raised + 1)

    def held(self) -> list[int]:
        held = [0] * len(self.lanes)
        for account in (*(a for a in self.priced_out if a.wishes), *(block.account for block in self.pool)):
            held[account.position] += 1
        return held

    def select(self, sampled: set[tuple[int, int]]) -> list[OpenBlock]:
        if self.rules.name == "alphanet":
            chosen = [block for block in self.pool if (block.account.position, block.account.number) in sampled]
            assert len(chosen) == len(sampled) == min(100, len(self.pool))
            return chosen
        blocks = {f"{block.account.position}/{block.account.number}": block for block in self.pool}
        if isinstance(self.rules, DynamicRules):
            waiting = [
                PoolBlock(address, 1, block.key.to_bytes(32), block.payment) for address, block in blocks.items()
            ]
            return [blocks[block.address] for block in select_content(waiting, self.rules, self.state)]

        def rank(block: OpenBlock) -> tuple[Fraction, int]:
            worked = self.rules.plasma_of_difficulty(block.payment.difficulty, self.state)
            return Fraction(block.payment.fused_plasma + worked, block.payment.base_plasma), block.key

        left, fitting = self.rules.capacity, []
        for block in sorted((block for block in self.pool if self.met(block.payment)), key=rank, reverse=True):
            if block.payment.base_plasma <= left:
                left -= block.payment.base_plasma
                fitting.append(block)
        return fitting

    def content(self, blocks: list[OpenBlock]) -> Usage:
        fused_base = pow_base = used = difficulty = 0
        for payment in (block.payment for block in blocks):
            if isinstance(self.rules, DynamicRules):
                fused_part, pow_part = self.rules.nominal_base_plasma(payment, self.state)
            else:
                pow_part = payment.base_plasma if payment.difficulty else 0
                fused_part = payment.base_plasma - pow_part
            fused_base += fused_part
            pow_base += pow_part
            used += payment.fused_plasma + self.rules.plasma_of_difficulty(payment.difficulty, self.state)
            difficulty += payment.difficulty
        return Usage(fused_base, pow_base, used, difficulty)

    def confirm(self, block: OpenBlock, number: int) -> None:
        account, fused = block.account, block.payment.fused_plasma
        if fused and isinstance(self.rules, ForumRules):
            rate = self.state.fusion_recharge_rate
            account.confinement = self.rules.confine(fused, account.fused_plasma, rate, number, account.confinement)
        account.close()
        account.end_wish()
        self.wanted[account.position] -= 1

    def give_up(self, now: float) -> tuple[list[int], list[Account]]:
        given_up, free = [0] * len(self.lanes), []
        expired = [entry for entry in self.patience if entry[0] <= now]
        self.patience = [entry for entry in self.patience if entry[0] > now]
        for _, time, account in expired:
            if account.wishes and account.wishes[0] == time:  # else its block was included
                account.end_wish()
                given_up[account.position] += 1
                self.wanted[account.position] -= 1
                free.append(account)
                if account.block is not None:
                    account.close()
        return given_up, free

    def renew(self, now: float) -> None:
        pool, self.pool = self.pool, []
        for block in pool:
            if block.closed:
                continue
            account, lane = block.account, block.account.lane
            weak = lane.when_weak == "again" and not self.met(block.payment)
            available = account.available(self.momentum) + block.payment.fused_plasma
            outbids = lane.strategy == "outbid"
            if weak or (outbids and bid(self.rules, self.state, lane, available, block.raised + 1) is not None):
                self.replace(block, now)
            else:
                self.pool.append(block)
