"""What a sender allows and expects."""

from __future__ import annotations

from dataclasses import dataclass

from powplasma.errors import InvalidInput, check_integer, check_seconds
from powplasma.node import DEFAULT_MAX_NODE_AGE
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.quote import MAX_HEADROOM

DEFAULT_MAX_DIFFICULTY = 1_417_500_000
"""Most work for one block if nothing else is said: ten times the most that today's network credits."""

DEFAULT_HEADROOM = 2
"""Momentums of the steepest rise of prices that a payment survives if nothing else is said."""

DEFAULT_PATIENCE = 30.0
"""Seconds to look for a block of which nobody knows whether it was published, if nothing else is said."""

DEFAULT_WAIT_SECONDS = 120.0
"""Seconds to wait for the momentum that confirms a block, if nothing else is said."""


DEFAULT_WAIT_MOMENTUMS = 30
"""Momentums to wait for fused plasma with ``wait`` if no number is said: five minutes."""

MAX_WAIT_MOMENTUMS = 10_000
"""Most of them: more than a day."""

_PAYMENTS = ("either", "work", "fused", "wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a sender allows and expects.

    Every number is kept as a plain ``int`` or ``float``. Every length of time may be infinite.

    Attributes:
        rules: name of the rule set, ``alphanet`` or ``dynamic``; None takes those of the newest momentum's version.
        headroom: momentums of the steepest rise of prices that the payment has to survive; 0 … 10,000.
        max_difficulty: most work for one block.
        max_seconds: longest search for one nonce; None sets no limit.
        chain_identifier: the network that is meant; None takes the one that the node names.
        patience: seconds to look for a block of which nobody knows whether it was published.
        wait_seconds: longest wait for the momentum that confirms a block.
        max_node_age: most seconds between the node's newest momentum and this machine's clock.
        allow_stale: whether a node may be used that is not up to date.
        pay: what pays. ``either``: fused plasma as far as it goes, and work for the rest. ``work``: work alone, so
            that fused plasma is left for other blocks. ``fused``: the fused plasma that is available now, alone; a
            block that it cannot pay is refused. ``wait`` or ``wait:N``: fused plasma alone, waiting for it to come
            back for N momentums at most, 30 if no number is given.

    Raises:
        InvalidInput: names the field.
    """

    rules: str | None = None
    headroom: int = DEFAULT_HEADROOM
    max_difficulty: int = DEFAULT_MAX_DIFFICULTY
    max_seconds: float | None = None
    chain_identifier: int | None = None
    patience: float = DEFAULT_PATIENCE
    wait_seconds: float = DEFAULT_WAIT_SECONDS
    max_node_age: float = DEFAULT_MAX_NODE_AGE
    allow_stale: bool = False
    pay: str = "either"

    @property
    def payment(self) -> str:
        """``either``, ``work``, ``fused`` or ``wait``."""
        return self.pay.partition(":")[0]

    @property
    def wait_momentums(self) -> int:
        """Momentums to wait for fused plasma."""
        name, _, count = self.pay.partition(":")
        return int(count or DEFAULT_WAIT_MOMENTUMS) if name == "wait" else 0

    def __post_init__(self) -> None:
        if self.rules not in (None, "alphanet", "dynamic"):
            raise InvalidInput("rules", self.rules, "are not the rules of any node", "alphanet or dynamic")
        self._set("headroom", check_integer("headroom", self.headroom, 0, MAX_HEADROOM, "momentums"))
        self._set("max_difficulty", check_integer("max_difficulty", self.max_difficulty, 0, U64_MAX))
        if self.chain_identifier is not None:
            self._set("chain_identifier", check_integer("chain_identifier", self.chain_identifier, 1, U64_MAX))
        for field in ("max_seconds", "patience", "wait_seconds", "max_node_age"):
            value = getattr(self, field)
            if field != "max_seconds" or value is not None:
                self._set(field, check_seconds(field, value))
        if not isinstance(self.allow_stale, bool):
            raise InvalidInput("allow_stale", self.allow_stale, "is not a truth value", "True or False")
        self._check_pay()

    def _check_pay(self) -> None:
        accepted = f"either, work, fused, wait, or wait:N with 1 … {MAX_WAIT_MOMENTUMS} momentums"
        name, colon, count = self.pay.partition(":") if isinstance(self.pay, str) else ("", "", "")
        number = int(count) if count.isascii() and count.isdecimal() and len(count) <= len(str(U64_MAX)) else 0
        if name not in _PAYMENTS or (colon and (name != "wait" or not 1 <= number <= MAX_WAIT_MOMENTUMS)):
            raise InvalidInput("pay", self.pay, "is no way to pay", accepted)

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)
