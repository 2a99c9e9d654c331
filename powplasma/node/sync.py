"""Whether a node is up to date: what it says about its peers, and the age of its newest momentum."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from powplasma.account.wire import Record
from powplasma.errors import InvalidInput
from powplasma.node.errors import NodeStale
from powplasma.node.momentum import Momentum

DEFAULT_MAX_NODE_AGE = 300.0
"""Seconds since the newest momentum after which a node counts as stale: 30 momentums have been missed."""


class SyncState(IntEnum):
    """What a node says about itself. go-zenon ``protocol/sync.go``."""

    UNKNOWN = 0
    SYNCING = 1
    DONE = 2
    NOT_ENOUGH_PEERS = 3


@dataclass(frozen=True, slots=True)
class SyncInfo:
    """A node's answer to ``stats.syncInfo``.

    Attributes:
        state: what the node is doing.
        current_height: height of its newest momentum.
        target_height: height of the newest momentum that its peers have told it about; may lag behind its own.
    """

    state: SyncState
    current_height: int
    target_height: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The sync info of a JSON object.

        Raises:
            InvalidInput: names the field by its key in JSON.
        """
        fields = Record(value, "syncInfo")
        number = fields.integer("state")
        try:
            state = SyncState(number)
        except ValueError:
            raise InvalidInput("state", number, "is not a sync state", "0 … 3") from None
        return cls(state, fields.integer("currentHeight"), fields.integer("targetHeight"))

    def to_json(self) -> dict[str, Any]:
        """The sync info in the node's form."""
        return {
            "state": int(self.state),
            "currentHeight": self.current_height,
            "targetHeight": self.target_height,
        }


_WHY = {
    SyncState.UNKNOWN: "does not know yet whether it has the newest momentums",
    SyncState.SYNCING: "is still fetching momentums",
    SyncState.NOT_ENOUGH_PEERS: "has not enough peers to know the newest momentums",
}


def check_fresh(node: str, momentum: Momentum, info: SyncInfo | None, max_age: float) -> None:
    """Refuses a node whose view of the network may be out of date.

    Args:
        node: the node's URL, for the error.
        momentum: its newest momentum.
        info: its answer to ``stats.syncInfo``; None for a node that does not offer it.
        max_age: most seconds between the momentum's time and this machine's clock, in either direction; may be
            infinite.

    Raises:
        NodeStale: the momentum is too old, or too far in the future, or the node says that it is not in sync.
    """
    age = time.time() - momentum.timestamp
    limit = "" if math.isinf(max_age) else f" (at most {max_age:g} s)"
    if abs(age) > max_age:
        where = "old" if age > 0 else "ahead of this machine's clock"
        raise NodeStale(node, f"its newest momentum, {momentum.height}, is {_span(abs(age))} {where}{limit}")
    if info is not None and info.state is not SyncState.DONE:
        heights = f"momentum {info.current_height} of {info.target_height}"
        raise NodeStale(node, f"it says that it {_WHY[info.state]} ({heights})")


def _span(seconds: float) -> str:
    """A length of time in its two largest units."""
    left, parts = int(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
