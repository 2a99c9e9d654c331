"""Scenarios with individuals (kind ``network``): their file, and how a run of it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from powplasma.errors import ExtraMissing
from powplasma.plasma.interface import RuleSet
from powplasma.simulation.individuals.lanes import LANE_KEYS, Lane, parse_lane
from powplasma.simulation.schema import Table

if TYPE_CHECKING:
    from powplasma.simulation.individuals.outcome import CrowdRun

_MOST_MOMENTUMS = 10**9


class NetworksUnavailable(ExtraMissing):
    """The library that computes with arrays is not installed."""

    need = "scenarios of kind network need"
    extra = "sim"


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
            if not lane.name or "." in lane.name:
                entry.refuse("name", lane.name, "cannot be a part of a path", "text without a dot, not empty")
            if lane.name in (other.name for other in lanes):
                entry.refuse("name", lane.name, "is the name of another lane", "a name for each")
            lanes.append(lane)
        return cls(momentums, tuple(lanes))

    def run(self, rules: RuleSet[Any], state: Any, seed: int) -> CrowdRun:
        """A run whose arrivals, searches and ties are drawn from ``seed``.

        Raises:
            NetworksUnavailable: numpy is not installed.
        """
        try:
            import numpy as np  # noqa: F401, PLC0415 - asked for here, so that everything else does without
        except ImportError:
            raise NetworksUnavailable from None
        from powplasma.simulation.individuals.network import Network  # noqa: PLC0415
        from powplasma.simulation.individuals.outcome import CrowdRun  # noqa: PLC0415

        return CrowdRun(Network(rules, state, self.lanes, seed), self.momentums)
