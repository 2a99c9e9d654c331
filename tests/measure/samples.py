"""A made-up measurement with every part, for tests of what is computed and drawn from one."""

import datetime
import math
import random

from powplasma.measure.hashrate import Hashrate
from powplasma.measure.load import Load
from powplasma.measure.machine import Clock, Machine
from powplasma.measure.measurement import Measurement
from powplasma.measure.plan import FULL
from powplasma.measure.searches import Searches

HASHRATE = 52_000_000


def rounds(rate: float, seed: int, count: int = 20) -> tuple[float, ...]:
    """Rounds within half a percent of a rate."""
    source = random.Random(seed)
    return tuple(rate * source.uniform(0.995, 1.005) for _ in range(count))


def searches(count: int = 300, difficulty: int = 4_000_000, rate: float = 2 * HASHRATE, seed: int = 7) -> Searches:
    """Searches as the law has them."""
    source = random.Random(seed)
    hashes = [math.ceil(source.expovariate(1 / difficulty)) for _ in range(count)]
    return Searches(difficulty, tuple(count / rate for count in hashes), tuple(hashes))


def measurement(others: float = 0.0, spread: float = 0.0) -> Measurement:
    """Two kernels, two cores, two peers; quiet unless ``others`` or ``spread`` is set."""
    best = tuple(rate * (1 + spread * (-1) ** index) for index, rate in enumerate(rounds(2 * HASHRATE, 3)))
    return Measurement(
        time=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        machine=Machine("desk", "Imaginary 9000", "x86_64", "Linux 6.1", "CPython 3.11.7", 4, 2),
        plan=FULL,
        hashrates=(
            Hashrate("python", 1, rounds(1_200_000, 1)),
            Hashrate("avx512", 1, rounds(HASHRATE, 2)),
            Hashrate("avx512", 2, best),
        ),
        against=(Hashrate("hashlib", 0, rounds(1_000_000, 4)), Hashrate("pycryptodome", 0, rounds(250_000, 5))),
        searches=searches(),
        clock=Clock(4000.0, "cpufreq"),
        load=Load(seconds=90.0, cores=2, own=1.5, others=others, steal=0.0),
    )
