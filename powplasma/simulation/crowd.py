"""Scenarios with individuals (kind ``network``): their file, their series and their figures per lane."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.interface import RuleSet
from powplasma.simulation.figures import Row, Summary, mean, percent, percentiles
from powplasma.simulation.individual import Network, Produced
from powplasma.simulation.lanes import LANE_KEYS, Lane, parse_lane
from powplasma.simulation.momentum import capacity
from powplasma.simulation.schema import Table

_MOST_MOMENTUMS = 10**9


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Participants who want to send blocks, lane by lane."""

    KEYS: ClassVar[tuple[str, ...]] = ("momentums", "lanes")
    momentums: int
    lanes: tuple[Lane, ...]

    @classmethod
    def parse(cls, table: Table, rules: RuleSet[Any]) -> NetworkPlan:  # noqa: ARG003 - any will do
        """``momentums`` and ``[[lanes]]``."""
        momentums = table.integer("momentums", 1, _MOST_MOMENTUMS)
        lanes: list[Lane] = []
        for entry in table.tables("lanes", LANE_KEYS):
            lane = parse_lane(entry, momentums)
            if lane.name in (other.name for other in lanes):
                entry.refuse("name", lane.name, "is the name of another lane", "a name for each")
            lanes.append(lane)
        return cls(momentums, tuple(lanes))

    def run(self, rules: RuleSet[Any], state: Any, seed: int) -> CrowdRun:
        """A run whose arrivals, searches and ties are drawn from ``seed``."""
        return CrowdRun(Network(rules, state, self.lanes, seed), self.momentums)


@dataclass(slots=True)
class _LaneTally:
    included: int = 0
    given_up: int = 0
    attempts: int = 0
    base_plasma: int = 0
    fused_plasma: int = 0
    difficulty: int = 0
    paid: int = 0
    blocked: int = 0
    blocked_in_row: int = 0
    longest_blocked: int = 0
    latencies: array[float] = field(default_factory=lambda: array("d"))
    work: array[float] = field(default_factory=lambda: array("d"))

    def see(self, held: int, included: int) -> None:
        """Whether the lane was blocked in a momentum: somebody could not pay or was left behind, and nobody got in."""
        self.blocked_in_row = self.blocked_in_row + 1 if held and not included else 0
        self.blocked += self.blocked_in_row > 0
        self.longest_blocked = max(self.longest_blocked, self.blocked_in_row)


class CrowdRun:
    """A run of individuals."""

    def __init__(self, network: Network, momentums: int) -> None:
        self._network = network
        self._tallies = [_LaneTally() for _ in network.lanes]
        self._start = dataclasses.asdict(network.state)
        self._peaks: dict[str, int] = dict(self._start)
        self._base_plasma = self._blocks = 0
        self._last_attack = 0
        self._recovered: int | None = None
        self._rows = self._series(momentums)

    def series(self) -> Iterator[Row]:
        """One row per momentum: prices, content, and for each lane who wanted in and who got in."""
        return self._rows

    def _series(self, momentums: int) -> Iterator[Row]:
        for produced in self._network.produce(momentums):
            included = [0] * len(self._tallies)
            for block in produced.blocks:
                included[block.account.position] += 1
            self._count(produced, included)
            prices = dataclasses.asdict(produced.state)
            row: Row = {"momentum": produced.momentum, **prices}
            row |= {
                "blocks": len(produced.blocks),
                "base_plasma": produced.content.base_plasma,
                "used_plasma": produced.content.used_plasma,
                "difficulty": produced.content.difficulty,
            }
            for position, lane in enumerate(self._network.lanes):
                row[f"{lane.name}_wanted"] = produced.wanted[position]
                row[f"{lane.name}_held"] = produced.held[position]
                row[f"{lane.name}_included"] = included[position]
                row[f"{lane.name}_given_up"] = produced.given_up[position]
            yield row

    def _count(self, produced: Produced, included: list[int]) -> None:
        produced_at = float(produced.momentum * MOMENTUM_SECONDS)
        rules = self._network.rules
        self._blocks += len(produced.blocks)
        self._base_plasma += produced.content.base_plasma
        for block in produced.blocks:
            tally = self._tallies[block.account.position]
            payment = block.payment
            tally.included += 1
            tally.attempts += block.attempts
            tally.base_plasma += payment.base_plasma
            tally.fused_plasma += payment.fused_plasma
            tally.difficulty += payment.difficulty
            tally.paid += payment.fused_plasma + rules.plasma_of_difficulty(payment.difficulty, produced.state)
            tally.latencies.append(produced_at - block.wished)
            if payment.difficulty:
                tally.work.append(block.work_seconds)
        for position, tally in enumerate(self._tallies):
            tally.see(produced.held[position], included[position])
            tally.given_up += produced.given_up[position]
        self._note_prices(produced, included)

    def _note_prices(self, produced: Produced, included: list[int]) -> None:
        prices: dict[str, int] = dataclasses.asdict(produced.next_state)
        self._peaks = {name: max(peak, prices[name]) for name, peak in self._peaks.items()}
        if any(count and lane.attacker for count, lane in zip(included, self._network.lanes, strict=True)):
            self._last_attack, self._recovered = produced.momentum, None
        elif self._last_attack and self._recovered is None and self._block_prices_back(prices):
            self._recovered = produced.momentum - self._last_attack

    def _block_prices_back(self, prices: dict[str, int]) -> bool:
        """Whether no price of a block is above where it began; a recharge rate is no price."""
        return all(prices[name] <= start for name, start in self._start.items() if name != "fusion_recharge_rate")

    def summary(self) -> Summary:
        """The figures of the network, and those of each lane."""
        for _ in self._rows:
            pass
        network = self._network
        return {
            "momentums": network.momentum,
            "blocks": self._blocks,
            "fullness_percent": percent(self._base_plasma, network.momentum * capacity(network.rules)),
            "peak_state": self._peaks,
            "last_state": dataclasses.asdict(network.state),
            "recovery_momentums": self._recovered,
            "lanes": [self._lane(position) for position in range(len(network.lanes))],
        }

    def _lane(self, position: int) -> Summary:
        tally, wished = self._tallies[position], self._network.wished[position]
        return {
            "name": self._network.lanes[position].name,
            "wished": wished,
            "included": tally.included,
            "given_up": tally.given_up,
            "still_waiting": wished - tally.included - tally.given_up,
            "never_included_percent": percent(wished - tally.included, wished),
            "latency_mean": mean(tally.latencies),
            **percentiles(tally.latencies, "latency"),
            "work_mean": mean(tally.work),
            "attempts": tally.attempts,
            "cost_percent": percent(tally.paid, tally.base_plasma),
            "fused_plasma": str(tally.fused_plasma),
            "difficulty": str(tally.difficulty),
            "blocked_momentums": tally.blocked,
            "longest_blocked": tally.longest_blocked,
        }
