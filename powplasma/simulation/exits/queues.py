"""The two designs behind one interface: MVP's common queue and common pot, and Cash, where each coin is its own."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Protocol

from powplasma.simulation.exits.plan import Rules

_NUMBER_BITS = 32
_NUMBERS = (1 << _NUMBER_BITS) - 1
"""Numbers of exits: one integer of age and number takes half the time of a pair."""


class Contract(Protocol):
    """What holds the money on the main chain."""

    def start(self, number: int, created: int, now: int) -> int:
        """Takes an exit in and says when it can be paid."""

    def take(self, now: int) -> int | None:
        """Takes the exit out that is to be paid next, and gives its number; None if none can be paid yet."""

    def pay(self, coin: int, value: int) -> int:
        """Wei that an exit gets which claims so much for a coin."""

    def __len__(self) -> int:
        """Exits in the queue."""

    @property
    def pot(self) -> int:
        """Wei that is left."""


class Mvp:
    """Older outputs leave first, and all are paid from one pot: fraud that is paid takes what others had.

    Args:
        maturity: the minimum exit period.
        pot: wei that users have put in.
    """

    def __init__(self, maturity: int, pot: int) -> None:
        self._maturity = maturity
        self._times: list[int] = []
        self._payable: dict[int, list[int]] = {}
        self._next: list[int] = []
        self._length = 0
        self.pot = pot

    def __len__(self) -> int:
        return self._length

    def start(self, number: int, created: int, now: int) -> int:
        """At ``max(created + 2 MEP, now + MEP)``; the order is by this time, then by age."""
        payable = now + self._maturity
        if created + self._maturity > now:
            payable = created + 2 * self._maturity
        by_age = created << _NUMBER_BITS | number
        if payable in self._payable:
            self._payable[payable].append(by_age)
        else:
            self._payable[payable] = [by_age]
            heappush(self._times, payable)
        self._length += 1
        return payable

    def take(self, now: int) -> int | None:
        """The oldest output of those whose time came first."""
        if not self._next:
            if not self._times or self._times[0] > now:
                return None
            self._next = sorted(self._payable.pop(heappop(self._times)), reverse=True)
        self._length -= 1
        return self._next.pop() & _NUMBERS

    def pay(self, coin: int, value: int) -> int:  # noqa: ARG002 - outputs have no coin
        """What it claims, or what is left."""
        paid = min(self.pot, value)
        self.pot -= paid
        return paid


class Cash:
    """Each coin leaves alone, whenever it likes; whoever exits a coin first and unchallenged has it.

    Args:
        maturity: the minimum exit period.
        pot: wei that users have put in.
    """

    def __init__(self, maturity: int, pot: int) -> None:
        self._maturity = maturity
        self._exits: deque[tuple[int, int]] = deque()
        self._gone: set[int] = set()
        self.pot = pot

    def __len__(self) -> int:
        return len(self._exits)

    def start(self, number: int, created: int, now: int) -> int:  # noqa: ARG002 - age does not matter
        """At ``now + MEP``, however old the coin is."""
        payable = now + self._maturity
        self._exits.append((payable, number))
        return payable

    def take(self, now: int) -> int | None:
        """The one that was started first, if its time has come."""
        return self._exits.popleft()[1] if self._exits and self._exits[0][0] <= now else None

    def pay(self, coin: int, value: int) -> int:
        """The coin's own value, once."""
        if coin in self._gone:
            return 0
        self._gone.add(coin)
        self.pot -= value
        return value


def contract(rules: Rules, pot: int) -> Contract:
    """The contract of a design."""
    return Mvp(rules.maturity, pot) if rules.design == "mvp" else Cash(rules.maturity, pot)


def challengers(design: str, kind: str) -> tuple[bool, bool]:
    """Whether hunters, and whether the users concerned, can have the data that a challenge needs.

    A spent output is challenged by its spend, which hunters and the user who received it have. An invented output of
    which the operator withholds the data cannot be challenged under MVP. Under Cash the coin's owner has its history.
    """
    if kind == "spent":
        return True, True
    return False, design == "cash"
