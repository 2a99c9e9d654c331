"""What to expect of a cluster: lease length, load of the scheduler and waste, from a few measured figures.

    python -m benchmarks.cluster_model --tasks-per-second N --seconds-to-stop S --seconds-to-stop-each S

The figures are those that ``python -m benchmarks.cluster`` prints for the machine that it runs on. The
model is this: each of N threads needs a lease every L seconds, so N / L leases pass the scheduler in a
second; if it can pass on C, threads are busy for at most C L / N of the time. A search alone on
the cluster is over when one thread finds its nonce; all others go on until they are told, which takes a
fixed time and one for each worker; a lease's end at the latest.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from powplasma.engine.cluster_leases import LEASES_PER_THREAD, lease_seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """What a small cluster showed.

    Attributes:
        tasks_per_second: that scheduler and client pass on.
        seconds_to_stop: from a nonce until the next worker stops.
        seconds_to_stop_each: longer, for each worker that has to be told.
    """

    tasks_per_second: float
    seconds_to_stop: float
    seconds_to_stop_each: float


@dataclass(frozen=True, slots=True)
class Expected:
    """What follows for a cluster.

    Attributes:
        threads: how many search.
        lease: seconds of a lease.
        leases_per_second: that pass the scheduler.
        load: share of what it can pass on.
        busy: share of the time that threads search.
        waste: seconds of the whole cluster spent on a search that is over.
        shortest: seconds that a single search has to take for nine tenths of the cluster's work to count.
    """

    threads: int
    lease: float
    leases_per_second: float
    load: float
    busy: float
    waste: float
    shortest: float


def expect(threads: int, measured: Measured) -> Expected:
    """The model, for one thread in each worker process."""
    lease = lease_seconds(threads)
    needed = threads / lease
    told = measured.seconds_to_stop + threads * measured.seconds_to_stop_each
    waste = min(told, LEASES_PER_THREAD * lease)
    load = needed / measured.tasks_per_second
    return Expected(threads, lease, needed, load, min(1.0, 1 / load), waste, 9 * waste)


def lines(measured: Measured) -> list[str]:
    """The table for clusters from 2 threads to 10,000."""
    found = ["threads  lease s  leases/s   load    busy  waste s  shortest search s"]
    for threads in (2, 10, 100, 1_000, 10_000):
        each = expect(threads, measured)
        found.append(
            f"{each.threads:7,}  {each.lease:7.2f}  {each.leases_per_second:8,.0f}  {each.load:5.0%}  "
            f"{each.busy:6.0%}  {each.waste:7.3f}  {each.shortest:17.2f}"
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--tasks-per-second", type=float, required=True)
    parser.add_argument("--seconds-to-stop", type=float, required=True)
    parser.add_argument("--seconds-to-stop-each", type=float, required=True)
    options = parser.parse_args()
    measured = Measured(options.tasks_per_second, options.seconds_to_stop, options.seconds_to_stop_each)
    print("\n".join(lines(measured)))


if __name__ == "__main__":
    main()
