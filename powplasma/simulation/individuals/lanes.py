"""Lanes: participants of one sort, when they want to send blocks, and how they pay for them."""

from __future__ import annotations

from dataclasses import dataclass

from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.costs import BlockKind, parse_block_kind
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.simulation.schema import Table

MOST_PARTICIPANTS = 10_000_000
"""Of one lane; each is kept in memory."""

MOST_ARRIVALS = 10_000_000
"""Blocks of one lane in a momentum, on average; they are drawn at once."""

LEAST_HASHRATE = 0.001
"""Of somebody who works at all; keeps every time of a search within a float."""

DAY_MOMENTUMS = 8_640
"""Momentums of 10 seconds in a day."""

_STRATEGIES = ("minimum", "headroom", "outbid")
_WHEN_WEAK = ("again", "wait")
LANE_KEYS = (
    "name", "attacker", "participants", "fused_qsr", "hashrate", "rate", "greedy", "from_momentum", "to_momentum",
    "daily_percent", "block", "data_bytes", "strategy", "headroom", "outbid_percent", "patience", "when_weak",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lane:
    """Participants of one sort, each with an account of his own.

    Attributes:
        name: unique in the scenario.
        attacker: whether they attack; makes no difference to what they do.
        participants: how many.
        fused_qsr: fused for each.
        hashrate: of each, in hashes per second; 0 means that he does no work.
        rate: blocks that each wants to send per momentum, on average; a Poisson process.
        greedy: each always wants to send another block, instead of ``rate``.
        from_momentum, to_momentum: the first and the last momentum in which they want to.
        daily_percent: how far the rate swings around its average over a day, as a sine.
        kind: of their blocks.
        strategy: ``minimum`` pays the price, ``headroom`` what survives ``headroom`` momentums of the
            steepest rise, ``outbid`` the price and ``outbid_percent`` of it more each time
            that its block is left behind.
        patience: momentums after which he gives a block up; 0 for never.
        when_weak: whether he works ``again`` when a block has become too cheap, or ``wait``s.
    """

    name: str
    attacker: bool
    participants: int
    fused_qsr: int
    hashrate: float
    rate: float
    greedy: bool
    from_momentum: int
    to_momentum: int
    daily_percent: float
    kind: BlockKind
    strategy: str
    headroom: int
    outbid_percent: int
    patience: int
    when_weak: str

    @property
    def fused_plasma(self) -> int:
        """Of each participant."""
        return self.fused_qsr * PLASMA_PER_FUSION_UNIT

    def active(self, momentum: int) -> bool:
        """Whether its participants want to send blocks in this momentum."""
        return self.from_momentum <= momentum <= self.to_momentum


def parse_lane(table: Table, momentums: int) -> Lane:
    """A lane from its table.

    Raises:
        InvalidInput: a key or value is refused.
    """
    greedy = table.flag("greedy", False)
    first = table.integer("from_momentum", 1, momentums, 1)
    fused = table.integer("fused_qsr", 0, U64_MAX // PLASMA_PER_FUSION_UNIT, 0, "QSR")
    hashrate = table.number("hashrate", 0, 1e18, 0.0, "hashes per second")
    if 0 < hashrate < LEAST_HASHRATE:
        table.refuse(
            "hashrate", hashrate, "finds no nonce in the age of the universe", f"0, or {LEAST_HASHRATE} and more"
        )
    if not fused and not hashrate:
        table.refuse("hashrate", hashrate, "leaves nothing to pay with", "a hashrate, fused_qsr or both")
    if greedy and "rate" in table:
        table.refuse("rate", table.number("rate", 0, 1e6), "has no effect on the greedy", "rate or greedy")
    participants = table.integer("participants", 1, MOST_PARTICIPANTS)
    rate = 0.0 if greedy else table.number("rate", 0, 1e6, unit="blocks of each in a momentum")
    if participants * rate > MOST_ARRIVALS:
        table.refuse(
            "rate", rate, f"makes {participants * rate:.0f} blocks in a momentum", f"together at most {MOST_ARRIVALS}"
        )
    return Lane(
        name=table.text("name"),
        attacker=table.flag("attacker", False),
        participants=participants,
        fused_qsr=fused,
        hashrate=hashrate,
        rate=rate,
        greedy=greedy,
        from_momentum=first,
        to_momentum=table.integer("to_momentum", first, momentums, momentums),
        daily_percent=table.number("daily_percent", 0, 100, 0.0, "percent"),
        kind=_kind(table),
        strategy=table.choice("strategy", _STRATEGIES, "minimum"),
        headroom=table.integer("headroom", 0, 10_000, 0, "momentums"),
        outbid_percent=table.integer("outbid_percent", 0, 1_000_000, 10, "percent"),
        patience=table.integer("patience", 0, 10**9, 0, "momentums"),
        when_weak=table.choice("when_weak", _WHEN_WEAK, "again"),
    )


def _kind(table: Table) -> BlockKind:
    data_bytes = table.integer("data_bytes", 0, U64_MAX) if "data_bytes" in table else None
    with table.named("block"):
        return parse_block_kind(table.text("block", "send"), data_bytes)
