"""What a run of individuals yields: a series of momentums, and the figures of each lane."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.simulation.figures import Row, Summary, percent
from powplasma.simulation.individuals.durations import Durations
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.network import Network, Produced
from powplasma.simulation.individuals.selection import Spent
from powplasma.simulation.momentum import Stream


@dataclass(slots=True)
class _LaneTally:
    included: int = 0
    given_up: int = 0
    attempts: int = 0
    fused_plasma: int = 0
    difficulty: int = 0
    paid: int = 0
    blocked: int = 0
    blocked_in_row: int = 0
    longest_blocked: int = 0
    latencies: Durations = field(default_factory=Durations)
    work: Durations = field(default_factory=Durations)

    def see(self, held: int, included: int) -> None:
        """Whether the lane was blocked in a momentum: somebody could not pay or was left behind, and nobody got in."""
        if held and not included:
            self.blocked_in_row += 1
            self.blocked += 1
            self.longest_blocked = max(self.longest_blocked, self.blocked_in_row)
        else:
            self.blocked_in_row = 0

    def count(self, blocks: Included, spent: Spent, produced_at: int) -> None:
        """The lane's blocks in a momentum, at least one."""
        self.included += blocks.accounts.size
        self.attempts += int(np.add.reduce(blocks.attempts))
        self.fused_plasma += spent.fused_plasma
        self.paid += spent.fused_plasma + spent.pow_plasma
        self.latencies.add(produced_at - blocks.wished)
        if spent.difficulty:
            self.difficulty += spent.difficulty
            self.work.add(blocks.work_seconds[blocks.difficulty > 0])


class CrowdRun:
    """A run of individuals."""

    def __init__(self, network: Network, momentums: int) -> None:
        self._network = network
        self._tallies = [_LaneTally() for _ in network.lanes]
        self._start: dict[str, int] = dataclasses.asdict(network.state)
        self._peaks = dict(self._start)
        self._base_plasma = self._blocks = 0
        self._last_attack = 0
        self._recovered: int | None = None
        self._columns = [
            [f"{lane.name}_{count}" for count in ("wanted", "held", "included", "given_up")] for lane in network.lanes
        ]
        self._momentums = Stream(self._counted(momentums))

    def series(self) -> Iterator[Row]:
        """One row per momentum: prices, content, and for each lane who wanted in and who got in."""
        for produced, included in self._momentums:
            row: Row = {"momentum": produced.momentum}
            for name in self._start:
                row[name] = getattr(produced.state, name)
            row["blocks"] = sum(included)
            row["base_plasma"] = produced.content.base_plasma
            row["used_plasma"] = produced.content.used_plasma
            row["difficulty"] = produced.content.difficulty
            counts = zip(produced.wanted, produced.held, included, produced.given_up, strict=True)
            for names, values in zip(self._columns, counts, strict=True):
                row.update(zip(names, values, strict=True))
            yield row

    def _counted(self, momentums: int) -> Generator[tuple[Produced, list[int]]]:
        """Each momentum, and how many blocks of each lane it contains."""
        for produced in self._network.produce(momentums):
            included = [blocks.accounts.size for blocks in produced.included]
            self._count(produced, included)
            yield produced, included

    def _count(self, produced: Produced, included: list[int]) -> None:
        self._blocks += sum(included)
        self._base_plasma += produced.content.base_plasma
        produced_at = produced.momentum * MOMENTUM_SECONDS
        for position, tally in enumerate(self._tallies):
            if included[position]:
                tally.count(produced.included[position], produced.spent[position], produced_at)
            tally.see(produced.held[position], included[position])
            tally.given_up += produced.given_up[position]
        self._note_prices(produced, included)

    def _note_prices(self, produced: Produced, included: list[int]) -> None:
        if produced.next_state != produced.state:
            for name, peak in self._peaks.items():
                self._peaks[name] = max(peak, getattr(produced.next_state, name))
        if any(count and lane.attacker for count, lane in zip(included, self._network.lanes, strict=True)):
            self._last_attack, self._recovered = produced.momentum, None
        elif self._last_attack and self._recovered is None and self._block_prices_back(produced):
            self._recovered = produced.momentum - self._last_attack

    def _block_prices_back(self, produced: Produced) -> bool:
        """Whether no price of a block is above where it began; a recharge rate is no price."""
        prices = produced.next_state
        return all(
            getattr(prices, name) <= start for name, start in self._start.items() if name != "fusion_recharge_rate"
        )

    def summary(self) -> Summary:
        """The figures of the network, and those of each lane."""
        for _ in self._momentums:
            pass
        network = self._network
        return {
            "momentums": network.momentum,
            "blocks": self._blocks,
            "fullness_percent": percent(self._base_plasma, network.momentum * network.rules.capacity),
            "peak_state": self._peaks,
            "last_state": dataclasses.asdict(network.state),
            "recovery_momentums": self._recovered,
            "attack_spend": self._attack_spend(),
            "lanes": [self._lane(position) for position in range(len(network.lanes))],
        }

    def _attack_spend(self) -> Summary | None:
        """What the attackers' included blocks took, and the QSR behind them; None without an attacker."""
        attacks = [
            (lane, tally) for lane, tally in zip(self._network.lanes, self._tallies, strict=True) if lane.attacker
        ]
        if not attacks:
            return None
        return {
            "fused_qsr": str(sum(lane.participants * lane.fused_qsr for lane, _ in attacks)),
            "blocks": sum(tally.included for _, tally in attacks),
            "fused_plasma": str(sum(tally.fused_plasma for _, tally in attacks)),
            "difficulty": str(sum(tally.difficulty for _, tally in attacks)),
        }

    def _lane(self, position: int) -> Summary:
        tally, lane = self._tallies[position], self._network.lanes[position]
        wished = self._network.populations[position].wished
        return {
            "name": lane.name,
            "attacker": lane.attacker,
            "wished": wished,
            "included": tally.included,
            "given_up": tally.given_up,
            "still_waiting": wished - tally.included - tally.given_up,
            "never_included_percent": percent(wished - tally.included, wished),
            "latency_mean": tally.latencies.mean(),
            **tally.latencies.percentiles("latency"),
            "work_mean": tally.work.mean(),
            "attempts": tally.attempts,
            "cost_percent": percent(tally.paid, tally.included * lane.kind.base_plasma),
            "fused_plasma": str(tally.fused_plasma),
            "difficulty": str(tally.difficulty),
            "blocked_momentums": tally.blocked,
            "longest_blocked": tally.longest_blocked,
        }
