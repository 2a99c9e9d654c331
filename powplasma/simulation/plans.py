"""What can happen in a scenario: each ``kind`` of file, how its keys are read, and what a run of it yields."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from powplasma.errors import InvalidInput
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT, RuleSet
from powplasma.simulation.attack import AttackStep, FusedAttack, attack_result, attack_steps
from powplasma.simulation.crowd import NetworkPlan
from powplasma.simulation.figures import Row, Summary, hundredths
from powplasma.simulation.momentum import Stream
from powplasma.simulation.native_trajectory import fits, follow
from powplasma.simulation.schema import Table
from powplasma.simulation.tables import TABLES
from powplasma.simulation.trajectory import Phase, Step, momentums_of, trajectory

_MOST_MOMENTUMS = 10**9


class Run(Protocol):
    """A run under way: a stream of momentums, and figures once the stream has ended.

    Where the rules refuse to go on, both raise ``SimulationStopped``, the figures also if the stream has before.
    """

    def series(self) -> Iterator[Row]:
        """One row per momentum, computed as it is taken; to be consumed once."""

    def summary(self) -> Summary:
        """The figures of all momentums; consumes what is left of the series."""


class Plan(Protocol):
    """What happens in a scenario."""

    KEYS: ClassVar[tuple[str, ...]]

    @classmethod
    def parse(cls, table: Table, rules: RuleSet[Any]) -> Plan:
        """From the scenario's table; refuses with an ``InvalidInput``."""

    def run(self, rules: RuleSet[Any], state: Any, seed: int) -> Run:
        """A run from ``state``; whatever is drawn by chance comes from ``seed``."""


@dataclass(frozen=True, slots=True)
class TrajectoryPlan:
    """Prices that follow a given use of the momentums (kind ``trajectory``)."""

    KEYS: ClassVar[tuple[str, ...]] = ("phases", "repeat", "table")
    phases: tuple[Phase, ...]
    repeat: int
    table: str | None

    @classmethod
    def parse(cls, table: Table, rules: RuleSet[Any]) -> TrajectoryPlan:
        """``[[phases]]`` with ``momentums``, ``full_percent``, ``pow_percent``; ``repeat``; ``table``."""
        phases = tuple(
            Phase(
                phase.integer("momentums", 1, _MOST_MOMENTUMS, 1),
                phase.integer("full_percent", 0, 100, unit="percent"),
                phase.integer("pow_percent", 0, 100, 0, unit="percent"),
            )
            for phase in table.tables("phases", ("momentums", "full_percent", "pow_percent"))
        )
        layout = table.choice("table", tuple(TABLES)) if "table" in table else None
        if layout and not isinstance(rules, ForumRules):
            raise InvalidInput(table.path("table"), layout, f"has no meaning under {rules.name}", "rules forum")
        return cls(phases, table.integer("repeat", 1, _MOST_MOMENTUMS, 1), layout)

    def run(self, rules: RuleSet[Any], state: Any, seed: int) -> Run:  # noqa: ARG002 - nothing is drawn
        """Exact, without chance."""
        return _TrajectoryRun(self, rules, state)

    def figures(
        self, rules: RuleSet[Any], peaks: Mapping[str, int], last: Mapping[str, int], beyond_64_bits: int | None
    ) -> Summary:
        """The summary of a run that had these peaks, ended in this state, and left 64 bits in this momentum."""
        momentums = momentums_of(self.phases, self.repeat)
        base_plasma = self.repeat * sum(
            phase.momentums * rules.base_plasma_at(phase.full_percent, phase.pow_percent)[0] for phase in self.phases
        )
        return {
            "momentums": momentums,
            "fullness_percent": hundredths(Fraction(100 * base_plasma, momentums * rules.capacity)),
            "peak_state": dict(peaks),
            "last_state": dict(last),
            "beyond_64_bits": beyond_64_bits,
        }


class _TrajectoryRun:
    def __init__(self, plan: TrajectoryPlan, rules: RuleSet[Any], state: Any) -> None:
        self._plan = plan
        self._rules = rules
        self._state = state
        self._done = 0
        self._peaks: dict[str, int] = dataclasses.asdict(state)
        self._beyond_64_bits: int | None = None
        self._steps = Stream(self._followed())
        self._rows = self._series()

    def series(self) -> Iterator[Row]:
        return self._rows

    def _followed(self) -> Generator[Step]:
        for step in trajectory(self._rules, self._state, self._plan.phases, self._plan.repeat, self._done):
            self._state, self._done = step.next_state, step.momentum
            self._see(step.state)
            if not step.fits and self._beyond_64_bits is None:
                self._beyond_64_bits = step.momentum
            yield step

    def _see(self, state: Any) -> None:
        peaks = self._peaks
        for name, peak in peaks.items():
            value = getattr(state, name)
            if value > peak:
                peaks[name] = value

    def _series(self) -> Iterator[Row]:
        for step in self._steps:
            row: Row = {"momentum": step.momentum}
            row |= {name: getattr(step.state, name) for name in self._peaks}
            yield row | {
                "base_plasma": step.content.base_plasma,
                "used_plasma": step.content.used_plasma,
                "difficulty": step.content.difficulty,
            }

    def summary(self) -> Summary:
        if self._plan.table and isinstance(self._rules, ForumRules):
            return {"rows": list(TABLES[self._plan.table](self._rules, self._steps))}
        if self._beyond_64_bits is None:  # no narrow rules can begin beyond
            self._steps.close()
            self._leap()
            self._steps = Stream(self._followed())
        for _ in self._steps:
            pass
        return self._plan.figures(self._rules, self._peaks, dataclasses.asdict(self._state), self._beyond_64_bits)

    def _leap(self) -> None:
        """Leaves momentums behind of which nobody wants to see each: as many as the library can follow."""
        phases, repeat = self._plan.phases, self._plan.repeat
        if not self._peaks:  # a state without fields is the same after any momentum
            self._done = momentums_of(phases, repeat)
        elif fits(self._rules, self._state):
            self._done, self._state, peaks = follow(self._rules, self._state, phases, repeat, self._done)
            self._see(peaks)


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """The forum proposal's spam with fused plasma (kind ``fused-attack``)."""

    KEYS: ClassVar[tuple[str, ...]] = ("attacker", "before", "most_momentums")
    attack: FusedAttack
    before_full_percent: int
    before_pow_percent: int

    @classmethod
    def parse(cls, table: Table, rules: RuleSet[Any]) -> AttackPlan:
        """``[attacker]``, ``[before]`` (the momentum before the attack) and ``most_momentums``."""
        if not isinstance(rules, ForumRules):
            problem = "lets fused plasma return at once, so this attack never ends"
            raise InvalidInput(table.path("rules.name"), rules.name, problem, "forum")
        attacker = table.table("attacker", ("qsr", "qsr_per_address", "blocks_per_momentum"))
        qsr = attacker.integer("qsr", 1, U64_MAX // PLASMA_PER_FUSION_UNIT, unit="QSR")
        most = rules.max_base_plasma // ACCOUNT_BLOCK_BASE_PLASMA
        attack = FusedAttack(
            qsr,
            attacker.integer("qsr_per_address", 1, qsr, unit="QSR"),
            attacker.integer("blocks_per_momentum", 1, most, min(200, most), unit="blocks, which fill a momentum"),
            table.integer("most_momentums", 1, _MOST_MOMENTUMS, 5_000),
        )
        before = table.table("before", ("full_percent", "pow_percent"))
        return cls(
            attack,
            before.integer("full_percent", 0, 100, 50, unit="percent"),
            before.integer("pow_percent", 0, 100, 20, unit="percent"),
        )

    def run(self, rules: RuleSet[Any], state: Any, seed: int) -> Run:  # noqa: ARG002 - nothing is drawn
        """Exact, without chance."""
        assert isinstance(rules, ForumRules)
        before = rules.usage_at(state, self.before_full_percent, self.before_pow_percent)
        return _AttackRun(rules, self.attack, attack_steps(rules, state, before, self.attack))


class _AttackRun:
    def __init__(self, rules: ForumRules, attack: FusedAttack, steps: Iterable[AttackStep]) -> None:
        self._rules = rules
        self._attack = attack
        self._taken: list[AttackStep] = []
        self._rows = Stream(self._series(steps))

    def series(self) -> Iterator[Row]:
        return self._rows

    def _series(self, steps: Iterable[AttackStep]) -> Generator[Row]:
        for step in steps:
            self._taken.append(step)
            yield dataclasses.asdict(step)

    def summary(self) -> Summary:
        for _ in self._rows:
            pass
        result = attack_result(self._rules, self._attack, self._taken)
        repeat = result.repeat_seconds
        figures = dataclasses.asdict(result)
        del figures["blocked_seconds"], figures["repeat_seconds"]
        return {
            "blocked_minutes": hundredths(Fraction(result.blocked_seconds, 60)),
            "repeat_minutes": None if repeat is None else hundredths(repeat / 60),
            **figures,
        }


PLANS: dict[str, type[TrajectoryPlan] | type[AttackPlan] | type[NetworkPlan]] = {
    "trajectory": TrajectoryPlan,
    "fused-attack": AttackPlan,
    "network": NetworkPlan,
}
"""Each kind of scenario."""
