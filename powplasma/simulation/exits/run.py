"""A run: block by block of the main chain, who leaves, who defrauds, who challenges, and what the gas costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from powplasma.errors import check_integer
from powplasma.simulation.exits.actors import Attempt, attempts, leaving
from powplasma.simulation.exits.economics import Economics
from powplasma.simulation.exits.plan import REFERENCE_NOTICE, ExitPlan
from powplasma.simulation.exits.queues import contract
from powplasma.simulation.figures import Row


@dataclass(slots=True)
class Tally:
    """What has happened; money in wei.

    Attributes:
        started: honest exits that were started.
        waits: seconds from the decision to the payment of each user who was paid in full.
        last_start: second of the last honest start; None before the first.
        last_payment: second of the last payment in full; None before the first.
        underpaid: honest exits that found too little in the contract, or their coin gone.
        saved: paid to honest users.
        users_gas: that honest users paid for gas of their exits.
        frauds_started: fraudulent exits.
        challenged: those that were challenged in time.
        frauds_paid: those that were paid, be it with nothing.
        stolen: paid to them.
        bonds_lost: by them.
        fraud_gas: what their starts cost.
        rewards: of the hunters, their gas not yet taken off.
        hunters_gas: what their challenges cost.
        owners_gas: what the challenges of the users concerned cost.
        locked: bonds in the contract now.
        most_locked: the largest ``locked``.
        stuffed: blocks that somebody filled.
        stuffing: what that cost.
        peak_price: the highest price of gas.
    """

    started: int = 0
    waits: list[int] = field(default_factory=list)
    last_start: int | None = None
    last_payment: int | None = None
    underpaid: int = 0
    saved: int = 0
    users_gas: int = 0
    frauds_started: int = 0
    challenged: int = 0
    frauds_paid: int = 0
    stolen: int = 0
    bonds_lost: int = 0
    fraud_gas: int = 0
    rewards: int = 0
    hunters_gas: int = 0
    owners_gas: int = 0
    locked: int = 0
    most_locked: int = 0
    stuffed: int = 0
    stuffing: int = 0
    peak_price: int = 0


class ExitRun:
    """One run of a scenario; ``play`` or ``blocks`` plays it, and then the attributes say what came of it.

    In a block, challenges come first, then payments, fraudulent starts, and honest starts, the richest user first and
    those with outputs in flight last. A user starts an exit once the output is worth more than the gas to start it and
    have it paid; hunters challenge if the reward is above the gas of the challenge.

    Args:
        plan: the scenario.
        seed: from which all chance is drawn, of 64 bits.

    Raises:
        InvalidInput: field ``seed``.
    """

    def __init__(self, plan: ExitPlan, seed: int) -> None:
        seed = check_integer("seed", seed, 0, 2**64 - 1)
        self.plan = plan
        self.tally = Tally()
        self.price = self._next_price = plan.chain.gas_price
        self.now = 0
        self._values = [plan.users.value(rank) for rank in range(plan.users.number)]
        self.total = sum(self._values)
        self.economics = Economics(plan, self.total)
        self.deterred = bool(plan.fraud.number) and not plan.fraud.random and self.economics.fraud_profit() <= 0
        self.contract = contract(plan.rules, self.total)
        self._users = leaving(plan, seed)
        self._attempts = [] if self.deterred else attempts(plan, seed)
        self._next_user = self._next_attempt = 0
        self._waiting: tuple[list[int], list[int]] = ([], [])
        self._bonds = [0] * (len(self._values) + len(self._attempts))
        self._challenged: set[int] = set()
        self._open: list[tuple[int, int, int]] = []
        self._last_payable = 0
        self._stuffing = plan.stuffing
        self._ended = False
        self._reference = plan.bond.price
        self._announced: tuple[int, int] | None = None
        self._gas = self._exits_gas = 0

    def blocks(self) -> Iterator[Row]:
        """One row per block, until nothing is left to happen or the time is over; to be consumed once."""
        while self.play():
            yield self.row()

    def play(self) -> bool:
        """Plays the next block; false if the run has ended and there was none."""
        chain, tally, price = self.plan.chain, self.tally, self._next_price
        now = self.now + chain.block_seconds
        if self._ended or now > self.plan.seconds:
            return False
        self.now, self.price = now, price
        tally.peak_price = max(tally.peak_price, price)
        self._decide()
        self._follow_price()
        used = self._stuff()
        self._exits_gas = 0 if used else self._exits()
        used += self._exits_gas
        used += min(chain.wanted_by_others(price), chain.gas_limit - used)
        self._next_price = chain.next_price(price, used)
        self._ended = self._over()
        return True

    def row(self) -> Row:
        """The block that was played last."""
        return {
            "second": self.now,
            "gas_price_wei": self.price,
            "smallest_worth_wei": self.smallest_worth(self.price),
            "exits_gas": self._exits_gas,
            "waiting": sum(map(len, self._waiting)),
            "queued": len(self.contract),
            "started": self.tally.started,
            "paid": len(self.tally.waits),
            "stolen_wei": self.tally.stolen,
            "contract_wei": self.contract.pot,
        }

    def smallest_worth(self, price: int) -> int:
        """Wei of the smallest output that is worth more than its exit at this price."""
        rules = self.plan.rules
        return (rules.gas_to_start(in_flight=False) + rules.process_gas) * price + 1

    def _over(self) -> bool:
        return (
            self._next_user == len(self._users.ranks)
            and self._next_attempt == len(self._attempts)
            and not any(self._waiting)
            and not len(self.contract)
        )

    def _stuff(self) -> int:
        """Gas that the defrauders buy to fill the block: all of it, while a challenge is possible and they can pay."""
        cost = self.plan.chain.gas_limit * self.price
        if not self._open or self.now >= self._last_payable or self._stuffing < cost:
            return 0
        self._stuffing -= cost
        self.tally.stuffing += cost
        self.tally.stuffed += 1
        return self.plan.chain.gas_limit

    def _exits(self) -> int:
        """Gas that everything about exits uses in a block."""
        self._gas = room = self.plan.chain.exits_gas
        if self._open:
            self._challenge()
        self._pay()
        if self._next_attempt < len(self._attempts):
            self._defraud()
        if any(self._waiting):
            self._leave()
        self.tally.most_locked = max(self.tally.most_locked, self.tally.locked)
        return room - self._gas

    def _decide(self) -> None:
        """Lets those wait who have decided to leave by now: in heaps, and in order once all have."""
        users = self._users
        if self._next_user == len(users.ranks):
            return
        position = self._next_user
        while position < len(users.ranks) and users.decided[users.ranks[position]] <= self.now:
            position += 1
        fresh = users.ranks[self._next_user : position]
        self._next_user = position
        if not fresh:
            return
        for waiting, in_flight in zip(self._waiting, (False, True), strict=True):
            more = [rank for rank in fresh if (rank in users.in_flight) == in_flight]
            if len(more) > len(waiting):
                waiting.extend(more)
                heapify(waiting)
            else:
                for rank in more:
                    heappush(waiting, rank)
        if position == len(users.ranks):
            for waiting in self._waiting:
                waiting.sort(reverse=True)

    def _follow_price(self) -> None:
        """Moves the reference price of bonds by gas: at most by half or twice, and two days after it was announced."""
        if self._announced is not None and self._announced[0] <= self.now:
            self._reference, self._announced = self._announced[1], None
        if self.plan.bond.kind == "gas" and self._announced is None and self.price != self._reference:
            wanted = min(max(self.price, -(-self._reference // 2)), 2 * self._reference)
            self._announced = self.now + REFERENCE_NOTICE, wanted

    def _challenge(self) -> None:
        gas, cost = self.plan.rules.challenge_gas, self.plan.rules.challenge_gas * self.price
        tally = self.tally
        while self._gas >= gas and self._open:
            gain, payable, number = self._open[0]
            if payable > self.now and -gain <= cost:
                break
            heappop(self._open)
            if payable <= self.now:
                continue
            self._gas -= gas
            self._challenged.add(number)
            bond = self._bonds[number]
            tally.locked -= bond
            tally.challenged += 1
            tally.bonds_lost += bond
            if self._attempt(number).owner:
                tally.owners_gas += cost
            else:
                tally.hunters_gas += cost
                tally.rewards += self.plan.challengers.reward(bond)

    def _pay(self) -> None:
        gas, tally, values, now = self.plan.rules.process_gas, self.tally, self._values, self.now
        contract, decided, bonds, waits = self.contract, self._users.decided, self._bonds, len(self.tally.waits)
        saved = unlocked = 0
        while self._gas >= gas and (number := contract.take(now)) is not None:
            if number in self._challenged:
                continue
            self._gas -= gas
            unlocked += bonds[number]
            if number >= len(values):
                attempt = self._attempt(number)
                tally.stolen += contract.pay(attempt.coin, attempt.value)
                tally.frauds_paid += 1
                continue
            paid = contract.pay(number, values[number])
            saved += paid
            if paid == values[number]:
                tally.waits.append(now - decided[number])
            else:
                tally.underpaid += 1
        tally.saved += saved
        tally.locked -= unlocked
        if len(tally.waits) > waits:
            tally.last_payment = now

    def _defraud(self) -> None:
        gas = self.plan.rules.gas_to_start(in_flight=False)
        honest, tally = len(self._values), self.tally
        while self._next_attempt < len(self._attempts) and self._gas >= gas:
            attempt = self._attempts[self._next_attempt]
            if attempt.second > self.now:
                break
            number = honest + self._next_attempt
            self._next_attempt += 1
            self._gas -= gas
            payable = self.contract.start(number, attempt.created, self.now)
            bond = self._bonds[number] = self.plan.bond.bond(attempt.value, self._reference)
            reward = self.plan.challengers.reward(bond)
            self._last_payable = max(self._last_payable, payable)
            if attempt.owner or attempt.seers:
                heappush(self._open, (-(reward + attempt.value if attempt.owner else reward), payable, number))
            tally.locked += bond
            tally.frauds_started += 1
            tally.fraud_gas += gas * self.price

    def _leave(self) -> None:
        values, created, bond, tally = self._values, self._users.created, self.plan.bond.bond, self.tally
        start, bonds, now, reference = self.contract.start, self._bonds, self.now, self._reference
        settled = self._next_user == len(self._users.ranks)
        first = -1 if settled else 0
        for waiting, in_flight in zip(self._waiting, (False, True), strict=True):
            gas = self.plan.rules.gas_to_start(in_flight)
            cost = (gas + self.plan.rules.process_gas) * self.price
            started = locked = 0
            for _ in range(self._gas // gas):
                if not waiting or values[waiting[first]] <= cost:
                    break
                rank = waiting.pop() if settled else heappop(waiting)
                start(rank, created[rank], now)
                bonds[rank] = each = bond(values[rank], reference)
                locked += each
                started += 1
            if started:
                self._gas -= started * gas
                tally.started += started
                tally.users_gas += started * cost
                tally.last_start = now
                tally.locked += locked

    def _attempt(self, number: int) -> Attempt:
        return self._attempts[number - len(self._values)]
