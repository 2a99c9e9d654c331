"""What an exit scenario says: main chain, users, exits, bonds, fraud, challengers; money in wei, time in seconds."""

from __future__ import annotations

from dataclasses import dataclass

YEAR = 31_557_600
"""Seconds of a year of 365.25 days."""

REFERENCE_NOTICE = 172_800
"""Seconds from the announcement of another reference price for bonds until it holds: two days, as deployed."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The main chain.

    Attributes:
        gas_limit: gas of a block.
        block_seconds: time between two blocks.
        exits_percent: the most of a block that everything about exits can use.
        gas_price: of the first block, in wei.
        follows_demand: whether the price follows the gas that is used, as in EIP-1559; fixed if not.
        other_gas: gas per block that others want at the first block's price; at twice the price they want half.
    """

    gas_limit: int
    block_seconds: int
    exits_percent: int
    gas_price: int
    follows_demand: bool
    other_gas: int

    @property
    def exits_gas(self) -> int:
        """Gas of a block that is there for exits."""
        return self.gas_limit * self.exits_percent // 100

    @property
    def blocks_per_year(self) -> int:
        """Whole blocks of a year."""
        return YEAR // self.block_seconds

    def wanted_by_others(self, price: int) -> int:
        """Gas per block that others want at this price."""
        return self.other_gas * self.gas_price // price

    def next_price(self, price: int, used: int) -> int:
        """The price of a block after one that used so much gas: EIP-1559, whose target is half of the limit."""
        if not self.follows_demand:
            return price
        target = self.gas_limit // 2
        if used > target:
            return price + max(price * (used - target) // target // 8, 1)
        return max(price - price * (target - used) // target // 8, 1)


@dataclass(frozen=True, slots=True)
class Users:
    """Those who have outputs in the plasma chain, one each.

    Attributes:
        number: of outputs.
        leaving: how many of them leave, drawn by chance.
        most: wei of the largest output.
        least: wei of the smallest one.
        values: ``equal`` (all have ``most``), ``linear`` (evenly spaced) or ``zipf`` (the k-th has most / k).
        oldest_seconds: outputs were made at moments up to so long ago.
        in_flight: how many of those who leave have an output in flight: made now, and left by a dearer exit.
        spread_seconds: they decide to leave within so long.
        watch_percent: chance that somebody watches their own output, and challenges who exits it.
    """

    number: int
    leaving: int
    most: int
    least: int
    values: str
    oldest_seconds: int
    in_flight: int
    spread_seconds: int
    watch_percent: int

    def value(self, rank: int) -> int:
        """Wei of the output with this rank; 0 is the richest."""
        if self.values == "zipf":
            return max(self.most // (rank + 1), self.least)
        if self.values == "linear" and self.number > 1:
            return self.most - (self.most - self.least) * rank // (self.number - 1)
        return self.most


@dataclass(frozen=True, slots=True)
class Rules:
    """The contract's rules.

    Attributes:
        design: ``mvp`` or ``cash``.
        maturity: the minimum exit period, MEP.
        start_gas: to start an exit.
        in_flight_gas: to start one of an output in flight.
        challenge_gas: to challenge one.
        process_gas: to pay one out.
        batch: exits that start together.
        batch_gas: gas of a batch beyond that of its exits; they share it, and batches are full.
    """

    design: str
    maturity: int
    start_gas: int
    in_flight_gas: int
    challenge_gas: int
    process_gas: int
    batch: int
    batch_gas: int

    def gas_to_start(self, in_flight: bool) -> int:
        """Gas of one exit's start with its share of the batch, rounded up."""
        return (self.in_flight_gas if in_flight else self.start_gas) - -self.batch_gas // self.batch


@dataclass(frozen=True, slots=True)
class BondRule:
    """What has to be locked to start an exit.

    Attributes:
        kind: ``fixed`` (``wei``), ``proportional`` (``percent`` of the value) or ``gas`` (gas x price x factor).
        wei: of a fixed one.
        percent: of a proportional one.
        gas: of a bond by gas.
        price: the reference price of gas that such a bond begins with.
        factor: of such a bond.
    """

    kind: str
    wei: int
    percent: int
    gas: int
    price: int
    factor: int

    def bond(self, value: int, reference: int) -> int:
        """Wei to lock for an exit of this value while the reference price is this."""
        if self.kind == "fixed":
            return self.wei
        if self.kind == "proportional":
            return value * self.percent // 100
        return self.gas * reference * self.factor


@dataclass(frozen=True, slots=True)
class Fraud:
    """Exits of outputs that are not their owners'.

    Attributes:
        kind: ``withheld`` (the operator invents outputs and withholds the data) or ``spent`` (outputs spent before).
        number: of fraudulent exits.
        value: wei that each one claims; under Cash, that of the coin.
        from_second: when the first one can start.
        spread_seconds: they start at moments within so long after that.
        random: whether it happens even if it does not pay on average.
        per_year: attempts in a year, for the hunters' books.
    """

    kind: str
    number: int
    value: int
    from_second: int
    spread_seconds: int
    random: bool
    per_year: int


@dataclass(frozen=True, slots=True)
class Challengers:
    """Hunters who live on other people's bonds.

    Attributes:
        hunters: how many there are.
        sees_percent: chance that one of them has the data that shows a given fraud.
        cost: wei a year that one has to earn: data, machine, income.
        reward_percent: of the bond that goes to who challenged.
    """

    hunters: int
    sees_percent: int
    cost: int
    reward_percent: int

    def reward(self, bond: int) -> int:
        """Wei of a lost bond that go to the challenger."""
        return bond * self.reward_percent // 100


@dataclass(frozen=True, slots=True)
class Data:
    """What has to be stored.

    Attributes:
        transactions_per_second: of the plasma chain.
        transaction_bytes: of each.
        coins: that a user of Cash holds.
        levels: of the Merkle branch that a user of Cash keeps for each coin and block.
        blocks_per_year: of the plasma chain.
    """

    transactions_per_second: int
    transaction_bytes: int
    coins: int
    levels: int
    blocks_per_year: int


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """A whole scenario.

    Attributes:
        name: of the built-in, or the path of the file.
        title: one line for people.
        seconds: that are simulated at most.
        stuffing: wei that defrauders spend to fill blocks, so that nobody can challenge them.
    """

    name: str
    title: str
    seconds: int
    chain: Chain
    users: Users
    rules: Rules
    bond: BondRule
    fraud: Fraud
    challengers: Challengers
    data: Data
    stuffing: int
