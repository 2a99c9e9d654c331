"""Sweeps: one scenario under every combination of some values, several runs of each, over the cores.

Each run has a seed of its own, made of the sweep's seed, the values and the run's number: a value
added to a sweep leaves the other runs as they were, and so does the number of workers.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection

from multiprocess.connection import wait

from powplasma.cores import processor_ticks
from powplasma.errors import WorkerLost
from powplasma.processes import WorkerProcess, spawn_context, start_process
from powplasma.simulation.batch import Job, batches, simulate_batch
from powplasma.simulation.figures import Summary

STUCK_SECONDS = 20.0
"""How long a worker with a batch may be watched without using any processor time before it is replaced."""

_LOOK_SECONDS = 1.0
"""Time between two looks at that."""

_MOST_LOSSES = 3
"""Workers that may be lost in a row."""

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
        WorkerLost: worker processes died again and again, or none can be started.
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
    """Processes that each get one batch of jobs after the other; one that dies or does nothing is replaced."""

    def __init__(self, size: int) -> None:
        self._members: dict[Connection, _Member] = {}
        self._losses = 0
        try:
            for _ in range(size):
                self._start(None)
        except BaseException:
            self.end()
            raise

    def work(self, shares: Sequence[Sequence[Job]]) -> Iterator[list[Summary]]:
        left = deque(enumerate(shares))
        done: dict[int, list[Summary]] = {}
        for link in list(self._members):
            self._hand_out(link, left)
        looked = time.monotonic()
        for position in range(len(shares)):
            while position not in done:
                for link in wait(list(self._members), _LOOK_SECONDS):
                    answer = self._take(link)
                    if answer is not None:
                        done[answer[0]] = answer[1]
                        self._losses = 0
                        self._hand_out(link, left)
                # Of a longer pause only so much counts: this process may have slept as well.
                seconds, looked = min(time.monotonic() - looked, _LOOK_SECONDS), time.monotonic()
                for link, member in list(self._members.items()):
                    if member.is_stuck(seconds):
                        self._replace(link, f"it did nothing for {STUCK_SECONDS:g} s")
            yield done.pop(position)

    def _start(self, share: tuple[int, Sequence[Job]] | None) -> None:
        ours, theirs = spawn_context().Pipe()
        try:
            with theirs:
                process = start_process(_serve, (theirs,), "powplasma-sweep")
        except OSError as error:
            raise WorkerLost(0, None, str(error)) from error
        self._members[ours] = _Member(process, share)
        if share is not None:
            self._send(ours, share)

    def _hand_out(self, link: Connection, left: deque[tuple[int, Sequence[Job]]]) -> None:
        share = self._members[link].share = left.popleft() if left else None
        if share is not None:
            self._send(link, share)

    def _send(self, link: Connection, share: tuple[int, Sequence[Job]]) -> None:
        with contextlib.suppress(OSError):  # it has died, which is seen when its answer is read
            link.send(share)

    def _take(self, link: Connection) -> tuple[int, list[Summary]] | None:
        """The answer of a worker; None if it has died instead, and was replaced."""
        try:
            answer: tuple[int, list[Summary]] = link.recv()
        except (EOFError, OSError):
            self._replace(link, "")
            return None
        return answer

    def _replace(self, link: Connection, why: str) -> None:
        """Puts another worker in the place of one, with the same batch.

        Raises:
            WorkerLost: too many were lost in a row, or no other can be started.
        """
        member = self._members.pop(link)
        link.close()
        member.process.join(0 if why else 1)
        member.process.kill()
        member.process.join()
        self._losses += 1
        if self._losses > _MOST_LOSSES:
            raise WorkerLost(self._losses, member.process.exitcode, why)
        self._start(member.share)

    def end(self) -> None:
        """Leaves no process behind, whatever it is doing."""
        for link, member in self._members.items():
            link.close()
            member.process.kill()  # it has nothing to lose, and may be stopped
        for member in self._members.values():
            member.process.join()
        self._members.clear()


class _Member:
    """A worker process, the batch that it has, and how long it was seen to use no processor time."""

    def __init__(self, process: WorkerProcess, share: tuple[int, Sequence[Job]] | None) -> None:
        self.process = process
        self.share = share
        self._used: int | None = None
        self._still = 0.0

    def is_stuck(self, seconds: float) -> bool:
        """Whether it has a batch and was seen to do nothing for too long; never where the system does not tell."""
        used = processor_ticks(self.process.pid)
        moved = self.share is None or used is None or used != self._used
        self._used, self._still = used, 0.0 if moved else self._still + seconds
        return self._still >= STUCK_SECONDS


def _serve(link: Connection) -> None:
    """A worker: answers each batch until there are no more. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            index, share = link.recv()
            link.send((index, simulate_batch(share)))
    except (EOFError, OSError):
        return
