"""What an attacker has ground ahead, by age, and what he can still pay with it; in whole hashes."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.simulation.stockpile.policy import Policy, Price


class Arsenal(Protocol):
    """Works ready to be published.

    ``momentum`` counts the momentums of the attack, from 0; every call is for the same one or a later one.
    """

    hashes: int
    """Hashes that went into it."""
    spent: int
    """Hashes of the works that were used."""
    useful: int
    """Hashes that fresh works of just the price would have taken."""

    def has(self, blocks: int, momentum: int, price: Price) -> bool:
        """Whether it can pay so many blocks."""

    def take(self, blocks: int, momentum: int, price: Price) -> None:
        """Uses the works of so many blocks, which it has."""

    expired: int
    """Hashes that were out of the window when they were last looked at."""


@runtime_checkable
class Ageless(Protocol):
    """An arsenal to which it is the same when it is used."""

    def repeat(self, hashes: int, blocks: int) -> int:
        """Uses what a round of some momentums takes as often as it can be paid, and says how often that is.

        Args:
            hashes: useful ones of a round; above 0.
            blocks: of a round.
        """


class PlainStock:
    """Work that never expires, each piece ground for just the price that it will meet (a perfect order).

    Args:
        hashes: hashes of the whole stock. A block takes as many as its difficulty says.
    """

    def __init__(self, hashes: int) -> None:
        self.hashes = self.left = hashes
        self.spent = self.useful = self.expired = 0

    def has(self, blocks: int, momentum: int, price: Price) -> bool:  # noqa: ARG002 - no age, no expiry
        """Whether enough hashes are left."""
        return blocks * price.difficulty <= self.left

    def take(self, blocks: int, momentum: int, price: Price) -> None:  # noqa: ARG002 - the same
        """Uses as many hashes as the blocks' difficulties say."""
        self._use(blocks * price.difficulty)

    def repeat(self, hashes: int, blocks: int) -> int:  # noqa: ARG002 - of blocks that are alike there is no end
        """Uses what a round of some momentums takes as often as it can be paid, and says how often that is."""
        rounds = self.left // hashes
        self._use(rounds * hashes)
        return rounds

    def _use(self, hashes: int) -> None:
        self.left -= hashes
        self.spent += hashes
        self.useful += hashes


class AgedStock:
    """Work whose worth depends on its age, otherwise like ``PlainStock``.

    Work is ground in the intervals between momentums. What is ground in the last one before the
    attack is anchored to the momentum that began it, and has age 1 in the first momentum of the
    attack; so a window of w momentums leaves the last w intervals of 10 s. A work that was begun in one
    interval and ended in a later one is as old as it began.

    Where the window is what work is lost by, the oldest is used first. Where work decays, all of it
    loses the same share per momentum, so that the order matters little; the youngest is used first,
    as it takes the fewest steps.

    Args:
        hashrate: hashes per second.
        seconds: for so long before the attack.
        policy: the freshness policies.
    """

    def __init__(self, hashrate: int, seconds: int, policy: Policy) -> None:
        self.hashes = hashrate * seconds
        self.spent = self.useful = self.expired = 0
        self._policy = policy
        self._interval = hashrate * MOMENTUM_SECONDS
        self._half_life = policy.half_life
        window = policy.window
        self._oldest_first = window is not None and (self._half_life is None or window <= self._half_life)
        # The stock is the hashes that came from _old to _young hashes before the attack.
        self._young, self._old = 0, self.hashes
        # What ``has`` was last asked, and where the stock would begin or end; ``take`` follows with the same.
        self._asked: tuple[tuple[int, int, Price] | None, int | None] = None, None
        self._expire(0)

    @property
    def left(self) -> int:
        """Hashes that have neither been used nor left the window."""
        return self._old - self._young

    def has(self, blocks: int, momentum: int, price: Price) -> bool:
        """Whether it can pay so many blocks with what is still in the window."""
        self._expire(momentum)
        after = self._after(blocks, momentum, price)
        self._asked = (blocks, momentum, price), after
        return after is not None

    def take(self, blocks: int, momentum: int, price: Price) -> None:
        """Uses the works of so many blocks."""
        before = self.left
        asked, after = self._asked
        if asked != (blocks, momentum, price):
            after = self._after(blocks, momentum, price)
        assert after is not None
        self._asked = None, None
        if self._oldest_first:
            self._old = after
        else:
            self._young = after
        self.spent += before - self.left
        self.useful += blocks * price.difficulty

    def _expire(self, momentum: int) -> None:
        if self._policy.window is not None:
            oldest = max((self._policy.window - momentum) * self._interval, self._young)
            if oldest < self._old:
                self.expired += self._old - oldest
                self._old = oldest

    def _after(self, blocks: int, momentum: int, price: Price) -> int | None:
        """Where the stock begins, or ends, without the works of so many blocks; None if it has not so many."""
        if self._oldest_first:
            return self._after_oldest(blocks, momentum, price)
        return self._after_youngest(blocks, momentum, price)

    def _after_oldest(self, blocks: int, momentum: int, price: Price) -> int | None:
        old = self._old
        while blocks:
            interval = (old - 1) // self._interval
            hashes = self._hashes(interval + 1 + momentum, price)
            if hashes is None or hashes > old - self._young:
                return None
            # As many as begin in this interval.
            works = min(blocks, -(-(old - interval * self._interval) // hashes))
            old -= works * hashes
            blocks -= works
        return old if old >= self._young else None

    def _after_youngest(self, blocks: int, momentum: int, price: Price) -> int | None:
        young = self._young
        interval = young // self._interval
        while blocks:
            hashes = self._hashes(interval + 1 + momentum, price)
            if hashes is None or hashes > self._old - young or blocks > self._most(hashes):
                return None
            # As many as end where we are and begin in this interval; a longer one begins in an older interval.
            works = min(blocks, ((interval + 1) * self._interval - young) // hashes)
            young += works * hashes
            blocks -= works
            interval += 1
        return young if young <= self._old else None

    def _most(self, hashes: int) -> float:
        """An upper bound of the works in all intervals from one on where a work takes so many hashes."""
        assert self._half_life is not None
        return 2 + 1.001 * self._interval / hashes / -math.expm1(-math.log(2) / self._half_life)

    def _hashes(self, age: int, price: Price) -> int | None:
        """The least hashes of a work of that age that pays; None if none does."""
        if self._half_life is None:
            return price.difficulty
        plasma = self._policy.least_plasma(price.plasma, age)
        return None if plasma is None else plasma * price.difficulty_per_plasma
