"""A whole measurement: contenders and real searches in turn, and what the machine did meanwhile."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from powplasma.engine import CPU, Engine
from powplasma.errors import KernelUnavailable
from powplasma.kernels.opencl import Device, device_named
from powplasma.measure.findings import Finding, findings
from powplasma.measure.hashrate import DATA_HASH, WARM_UP_SECONDS, Hashrate, count_rounds
from powplasma.measure.load import Load, LoadMeter
from powplasma.measure.machine import Clock, Machine, read_clock, this_machine
from powplasma.measure.peers import check_peers, peer_hashrate
from powplasma.measure.plan import Listener, Plan, Step, contenders, device_contenders, ignore
from powplasma.measure.power import EnergyMeter, Power
from powplasma.measure.searches import Searches, run_searches, search_difficulty
from powplasma.measure.statistics import Interval, median, median_interval


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times faster the chosen kernel is, one worker against one thread.

    Attributes:
        name: what it is compared with.
        ratio: median over rounds that followed each other.
        interval: where that median lies.
    """

    name: str
    ratio: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, and under which circumstances.

    Attributes:
        time: when it began (UTC).
        machine: on what.
        plan: with how much effort.
        hashrates: by counting; the last one is the chosen kernel with all workers.
        against: other makers of hashes, in the same rounds.
        searches: real searches of the chosen kernel with all workers; None if there were none.
        clock: at the end of the last round; None if not readable.
        load: meanwhile; None if not readable.
        power: of the processor in the rounds of the chosen kernel with all workers; None if not readable.
        devices: the OpenCL devices that were measured.
    """

    time: datetime.datetime
    machine: Machine
    plan: Plan
    hashrates: tuple[Hashrate, ...]
    against: tuple[Hashrate, ...] = ()
    searches: Searches | None = None
    clock: Clock | None = None
    load: Load | None = None
    power: Power | None = None
    devices: tuple[Device, ...] = ()

    @property
    def best(self) -> Hashrate:
        """The chosen kernel with all workers."""
        return self.hashrates[-1]

    @property
    def scaling(self) -> tuple[Hashrate, ...]:
        """The chosen kernel with one worker and more."""
        return tuple(each for each in self.hashrates if each.name == self.best.name)

    @property
    def ratios(self) -> tuple[Ratio, ...]:
        """The chosen kernel with its fewest workers against each of ``against``, round by round."""
        alone = self.scaling[0]
        ratios = []
        for other in self.against:
            pairs = [ours / theirs for ours, theirs in zip(alone.rounds, other.rounds, strict=True)]
            ratios.append(Ratio(other.name, median(pairs), median_interval(pairs)))
        return tuple(ratios)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Reasons to doubt the figures; empty for a good measurement on a quiet machine."""
        return findings((*self.hashrates, *self.against), self.load, self.searches, self.best)

    @property
    def noisy(self) -> bool:
        """Whether the machine was not quiet."""
        return any(finding.noise for finding in self.findings)


_COUNTABLE_INTENSITY = 10
"""Milliseconds: counts come once a launch, and a round of counting should see many."""


def measure(
    plan: Plan,
    *,
    kernel: str | None = None,
    workers: int | None = None,
    against: tuple[str, ...] = (),
    name: str | None = None,
    devices: Sequence[str] = (CPU,),
    intensity: int | None = None,
    listener: Listener = ignore,
) -> Measurement:
    """Measures this machine. It should have nothing else to do meanwhile.

    Args:
        plan: how much effort.
        kernel: measure this kernel alone; by default all that run here.
        workers: most workers, 1 … 1024; by default one per available core.
        against: other makers of hashes to measure in the same rounds: keys of ``PEERS``.
        name: what to call this machine; by default its network name.
        devices: what is measured, as for ``Engine``; with OpenCL devices, these beside the processor.
        intensity: milliseconds of a launch on a device; 10 by default, for counts come once a launch.
        listener: told how far the measurement is.

    Raises:
        InvalidInput: field ``kernel``, ``workers``, ``against``, ``device`` or ``intensity``.
        KernelUnavailable: the kernel or device asked for does not run here, or failed meanwhile.
        WorkerLost: workers died faster than they could be replaced.
    """
    check_peers(against)
    time = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    with ExitStack() as stack:
        intensity = _COUNTABLE_INTENSITY if intensity is None else intensity
        if tuple(devices) == (CPU,):
            engines = [Engine(count, each) for each, count in _checked(plan, kernel, workers)]
        else:
            Engine(workers if CPU in devices else None, kernel, devices=devices, intensity=intensity).close()
            engines = [
                Engine(workers if CPU in each else None, kernel, devices=each, intensity=intensity)
                for each in device_contenders(devices)
            ]
        for engine in engines:
            stack.enter_context(engine)
        session = _Session(plan, engines, against, listener)
        session.warm_up()
        session.run()
        for engine in engines:
            for dropped in engine.dropped:
                raise KernelUnavailable(dropped.device, dropped.why)
    return Measurement(
        time=time,
        machine=this_machine(name),
        plan=plan,
        hashrates=tuple(
            Hashrate(engine.kernel, engine.workers, tuple(rates))
            for engine, rates in zip(engines, session.rates, strict=True)
        ),
        against=tuple(Hashrate(name, 0, tuple(rates)) for name, rates in session.peer_rates.items()),
        searches=session.searches,
        clock=session.clock,
        load=session.load.load,
        power=session.energy.power,
        devices=tuple(device_named(each)[0] for each in devices if each != CPU),
    )


def _checked(plan: Plan, kernel: str | None, workers: int | None) -> list[tuple[str, int]]:
    if workers is not None:
        # The engine knows what it accepts; a list of worker counts must not be made of anything else.
        Engine(workers, kernel).close()
    return contenders(kernel, workers, every_count=plan.every_count)


class _Session:
    """The engines and meters of one measurement, and what they have shown so far."""

    def __init__(self, plan: Plan, engines: list[Engine], against: tuple[str, ...], listener: Listener) -> None:
        self._plan = plan
        self._engines = engines
        self._listener = listener
        self.rates: list[list[float]] = [[] for _ in engines]
        self.peer_rates: dict[str, list[float]] = {name: [] for name in against}
        self.searches: Searches | None = None
        self.clock: Clock | None = None
        self.load = LoadMeter(lambda: [pid for engine in engines for pid in engine.worker_pids])
        self.energy = EnergyMeter()
        self._turn = plan.rounds * plan.round_seconds + 0.1
        turns = plan.visits * (len(engines) + len(against))
        self._total = turns * self._turn + len(engines) * WARM_UP_SECONDS + plan.searches * plan.search_seconds
        self._done = 0.0

    def warm_up(self) -> None:
        """Starts all worker processes and lets the processor leave its idle clock."""
        for engine in self._engines:
            self._tell(f"warming up {_label(engine)}")
            count_rounds(engine, 1, WARM_UP_SECONDS, lambda: None)
            self._done += WARM_UP_SECONDS

    def run(self) -> None:
        """Every contender's turns, and a share of the searches after each visit.

        Every other visit goes backwards, so that a drift of the machine's speed favours none.
        """
        self.load.start()
        order = list(range(len(self._engines)))
        for visit in range(self._plan.visits):
            for index in order:
                self.rates[index] += self._count(self._engines[index])
            for name in self.peer_rates:
                self._count_peer(name)
            self._search((visit + 1) * self._plan.searches // self._plan.visits)
            order.reverse()
        self.load.stop()

    def _count(self, engine: Engine) -> list[float]:
        best = engine is self._engines[-1]
        if best:
            self.energy.start()
        text = f"counting {_label(engine)}"
        rates = count_rounds(engine, self._plan.rounds, self._plan.round_seconds, lambda: self._tell(text))
        if best:
            self.energy.stop()
            self.clock = read_clock()
        self._done += self._turn
        return rates

    def _count_peer(self, name: str) -> None:
        self._tell(f"counting {name}")
        for _ in range(self._plan.rounds):
            self.peer_rates[name].append(peer_hashrate(name, DATA_HASH, secrets.randbits(63), self._plan.round_seconds))
        self._done += self._turn

    def _search(self, until: int) -> None:
        """Real searches by the last engine, until there are so many."""
        plan = self._plan
        done = len(self.searches.seconds) if self.searches else 0
        if until == done:
            return
        if self.searches is None:
            engine, rate = self._engines[-1], median(self.rates[-1])
            difficulty = search_difficulty(engine.kernel, engine.workers, rate, plan.search_seconds)
            self.searches = Searches(difficulty, (), ())

        def beat(more: int) -> None:
            self._done += plan.search_seconds
            self._tell(f"searching, {done + more} of {plan.searches}")

        self.searches += run_searches(self._engines[-1], self.searches.difficulty, until - done, beat)

    def _tell(self, text: str) -> None:
        self._listener(Step(text, min(1.0, self._done / self._total)))


def _label(engine: Engine) -> str:
    return f"{engine.kernel}, {engine.workers} worker{'s' if engine.workers > 1 else ''}"
