"""Sweeps: one scenario under every combination of some values, several runs of each, over the cores.

Each run has a seed of its own, made of the sweep's seed, the values and the run's number: a value
added to a sweep leaves the other runs as they were, and so does the number of workers.
"""

from __future__ import annotations

import itertools
import json
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from multiprocess import get_context
from multiprocess.connection import wait

from powplasma.errors import WorkerLost
from powplasma.simulation.batch import Job, batches, simulate_batch
from powplasma.simulation.figures import Summary

_SEED_BYTES = 6
"""Small enough for any reader of JSON to keep all digits."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of a sweep.

    Attributes:
        values: by path, as for ``load_scenario``.
        run: its number among those with the same values, from 0.
        seed: its own.
    """

    values: Mapping[str, object]
    run: int
    seed: int


def cells(axes: Mapping[str, Sequence[object]], runs: int, seed: int) -> list[Cell]:
    """Every combination of the axes' values, the last axis changing fastest, each ``runs`` times."""
    found = []
    for combination in itertools.product(*axes.values()):
        values = dict(zip(axes, combination, strict=True))
        for run in range(runs):
            text = json.dumps([seed, values, run], sort_keys=True)
            found.append(Cell(values, run, int.from_bytes(sha256(text.encode()).digest()[:_SEED_BYTES], "big")))
    return found


def simulate_all(jobs: Sequence[Job], workers: int) -> Iterator[Summary]:
    """The figures of each job in their order; one worker is this process itself.

    Raises:
        WorkerLost: a worker process died.
    """
    shares = batches(jobs, workers)
    if workers == 1 or len(shares) < 2:
        for share in shares:
            yield from simulate_batch(share)
        return
    crew = _Crew(min(workers, len(shares)))
    try:
        for summaries in crew.work(shares):
            yield from summaries
    finally:
        crew.end()


class _Crew:
    """Processes that each get one batch of jobs after the other."""

    def __init__(self, size: int) -> None:
        context = get_context("spawn")
        self._members: dict[Connection, Any] = {}
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._members[ours] = process

    def work(self, shares: Sequence[Sequence[Job]]) -> Iterator[list[Summary]]:
        left = deque(enumerate(shares))
        done: dict[int, list[Summary]] = {}
        for link in self._members:
            self._hand_out(link, left)
        for position in range(len(shares)):
            while position not in done:
                for link in wait(list(self._members)):
                    index, summaries = self._take(link)
                    done[index] = summaries
                    self._hand_out(link, left)
            yield done.pop(position)

    def _hand_out(self, link: Connection, left: deque[tuple[int, Sequence[Job]]]) -> None:
        if left:
            try:
                link.send(left.popleft())
            except OSError:
                self._lost(link)

    def _take(self, link: Connection) -> tuple[int, list[Summary]]:
        try:
            answer: tuple[int, list[Summary]] = link.recv()
        except (EOFError, OSError):
            self._lost(link)
        return answer

    def _lost(self, link: Connection) -> NoReturn:
        process = self._members[link]
        process.join(1)
        raise WorkerLost(1, process.exitcode) from None

    def end(self) -> None:
        """Leaves no process behind, whatever it is doing."""
        for link, process in self._members.items():
            link.close()
            process.terminate()
        for process in self._members.values():
            process.join()


def _serve(link: Connection) -> None:
    """A worker: answers each batch until there are no more. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            index, share = link.recv()
            link.send((index, simulate_batch(share)))
    except (EOFError, OSError):
        return
