"""Stocks whose difficulties were fixed when they were ground: a ladder for a guessed path, and a harvest of luck."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.simulation.stockpile.policy import Policy, Price


class Ladder:
    """Whole momentums of works, each for the price that was guessed for it.

    Rung i has the works of one momentum, each of ceil(first × growth^i) difficulty. The lowest rung is
    ground first. A block uses a work of the lowest rung that pays; what its difficulty is too much is
    wasted, and so are works that are never enough.

    Args:
        hashrate: hashes per second.
        seconds: for so long before the attack.
        policy: the freshness policies; what a window leaves is all that is ground.
        works: works in a rung.
        first: difficulty of the lowest rung.
        growth: of the difficulty from rung to rung, above 1.
    """

    def __init__(
        self, hashrate: int, seconds: int, policy: Policy, *, works: int, first: int, growth: Fraction
    ) -> None:
        self.hashes = hashrate * seconds
        self.spent = self.useful = 0
        self._policy = policy
        interval = hashrate * MOMENTUM_SECONDS
        budget = self.hashes if policy.window is None else min(self.hashes, policy.window * interval)
        self.expired = self.hashes - budget
        self._works: list[int] = []
        self._difficulties: list[int] = []
        self._ages: list[int] = []
        difficulty = Fraction(first)
        while (cost := works * -(-difficulty.numerator // difficulty.denominator)) <= budget:
            self._works.append(works)
            self._difficulties.append(cost // works)
            self._ages.append((budget - 1) // interval + 1)
            budget -= cost
            difficulty = Fraction(int(difficulty * growth * _PRECISION), _PRECISION)
        # The lowest rung that has works left: none below it has any.
        self._lowest = 0

    def has(self, blocks: int, momentum: int, price: Price) -> bool:
        """Whether that many works are left that pay, in rungs of whatever height."""
        for rung in range(self._first_that_pays(price), len(self._works)):
            if self._pays(rung, momentum, price):
                blocks -= self._works[rung]
            if blocks <= 0:
                return True
        return blocks <= 0

    def take(self, blocks: int, momentum: int, price: Price) -> None:
        """Uses works of the lowest rungs that pay."""
        self.useful += blocks * price.difficulty
        rung = self._first_that_pays(price)
        while blocks:
            if self._pays(rung, momentum, price):
                works = min(blocks, self._works[rung])
                self._works[rung] -= works
                self.spent += works * self._difficulties[rung]
                blocks -= works
            rung += 1
        while self._lowest < len(self._works) and not self._works[self._lowest]:
            self._lowest += 1

    def _first_that_pays(self, price: Price) -> int:
        """The lowest rung that may pay: age only ever asks for a higher one."""
        return max(self._lowest, bisect_left(self._difficulties, price.difficulty))

    def _pays(self, rung: int, momentum: int, price: Price) -> bool:
        plasma = self._difficulties[rung] // price.difficulty_per_plasma
        return self._policy.credit(plasma, self._ages[rung] + momentum) >= price.plasma


class Harvest:
    """Work at one difficulty, from which every nonce is kept for all that it happens to be good for.

    A nonce is good for every difficulty up to the one that it achieved, and the block states which of
    them it claims. Of the works that H hashes find, H / D achieve D, whatever they were ground for; this
    counts with the expected number, rounded down. A block uses the work that achieved least among those
    that pay. Under a window nothing is lost to it before all of it is (an upper bound).

    Args:
        hashrate: hashes per second.
        seconds: for so long before the attack.
        policy: freshness policies without a decay.
    """

    def __init__(self, hashrate: int, seconds: int, policy: Policy) -> None:
        self.hashes = hashrate * seconds
        self.spent = self.useful = 0
        self._window = policy.window
        interval = hashrate * MOMENTUM_SECONDS
        self._budget = self.hashes if self._window is None else min(self.hashes, self._window * interval)
        self.expired = self.hashes - self._budget
        # Works that are better than all that were used; before the first use, all of them.
        self._better: int | None = None

    def _paying(self, momentum: int, price: Price) -> int:
        if self._window is not None and momentum >= self._window:
            return 0
        achieved = self._budget // price.difficulty
        return achieved if self._better is None else min(achieved, self._better)

    def has(self, blocks: int, momentum: int, price: Price) -> bool:
        """Whether that many works achieved the price."""
        return self._paying(momentum, price) >= blocks

    def take(self, blocks: int, momentum: int, price: Price) -> None:
        """Uses those that achieved least among them."""
        self._better = self._paying(momentum, price) - blocks
        self.useful += blocks * price.difficulty
        self.spent = self._budget

    def repeat(self, hashes: int, blocks: int) -> int:
        """Uses a round's blocks as often as there are works; rounds come back where the price is the same."""
        if self._window is not None or self._better is None:
            return 0
        rounds = self._better // blocks
        self._better -= rounds * blocks
        self.useful += rounds * hashes
        return rounds


_PRECISION = 10**9
"""Denominator that a ladder's difficulties are cut to, so that they do not grow without end."""
