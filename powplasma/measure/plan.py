"""How long a measurement takes, and what it sets side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from powplasma.cores import usable_workers
from powplasma.engine import CPU
from powplasma.kernels import kernel as choose_kernel
from powplasma.kernels import statuses


@dataclass(frozen=True, slots=True)
class Plan:
    """The effort of a measurement.

    Attributes:
        visits: how often every contender has its turn, one after the other.
        rounds: rounds of counting per turn.
        round_seconds: least length of a round.
        searches: how many real searches, a share of them after each turn; 0, or 20 and more.
        search_seconds: how long one of them takes on average.
        every_count: whether 2, 4, 8, … workers are contenders, or only one and all of them.
    """

    visits: int
    rounds: int
    round_seconds: float
    searches: int
    search_seconds: float
    every_count: bool = True


# Handing over a lease costs a search some 2 ms in all, so one should take much longer than that.

QUICK = Plan(visits=2, rounds=3, round_seconds=0.2, searches=60, search_seconds=0.04, every_count=False)
"""About ten seconds; the searches are too few to see a miscount of 10 %."""

FULL = Plan(visits=5, rounds=4, round_seconds=0.3, searches=1000, search_seconds=0.1)
"""About two and a half minutes."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a measurement is.

    Attributes:
        text: what is being measured now.
        share: how much of the whole is done, 0 … 1.
    """

    text: str
    share: float


Listener = Callable[[Step], None]
"""Called in the measuring thread, several times a second."""


def ignore(step: Step) -> None:
    """The listener of one who does not listen."""


def contenders(kernel: str | None, workers: int | None, *, every_count: bool = True) -> list[tuple[str, int]]:
    """What is measured by default, as (kernel, workers); the last one is the machine at its best.

    Every kernel that runs here with one worker, and the chosen kernel with 1, 2, 4, … and all
    workers.

    Args:
        kernel: measure this one alone; None for all of them, the fastest being chosen.
        workers: most workers; None for one per available core.
        every_count: whether 2, 4, … workers are measured too.

    Raises:
        InvalidInput: field ``kernel``; there is none of that name.
        KernelUnavailable: it does not run here.
    """
    chosen = choose_kernel(kernel).name
    most = usable_workers() if workers is None else workers
    counts = sorted({1, most, *(1 << power for power in range(most.bit_length()) if every_count)})
    others = [status.name for status in statuses() if status.ready and status.name != chosen] if kernel is None else []
    return [*((name, 1) for name in reversed(others)), *((chosen, count) for count in counts)]


def device_contenders(devices: Sequence[str]) -> list[tuple[str, ...]]:
    """What is measured where devices are chosen; the last one is all that was chosen.

    The processor, which everything else is compared with, then each device alone, then all together.
    """
    alone: list[tuple[str, ...]] = [(CPU,), *((name,) for name in devices if name != CPU)]
    return [*alone, tuple(devices)] if len(devices) > 1 else alone
