"""Many searches: an answer for each line of a file, in its order, as soon as it is there."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from powplasma.engine import Engine
from powplasma.errors import SearchTimeout
from powplasma.work import Work

from . import output
from .ahead import Ahead
from .batch_file import LineWriter
from .jsonl import line_message
from .orders import BadLine, Order
from .progress import ProgressLine
from .records import Record, error_record, found_record, missing_record
from .report import duration, limit_reached
from .tally import Tally

DEPTH = 4
"""Searches that are queued at most: enough that the workers never wait for the next line."""

_LOOK_SECONDS = 0.1
"""Time between two looks at whether the progress line is due."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one search may take, and where it starts; see ``Engine.search``."""

    timeout: float | None
    max_hashes: int | None
    start_nonce: str | None


class Batch:
    """The searches of one batch.

    Args:
        engine: searches.
        writer: takes the answers.
        limits: of each search.
        plasma: what a difficulty buys.
        line: shows how far the batch is.
        tally: is kept up to date.
    """

    def __init__(
        self,
        engine: Engine,
        writer: LineWriter,
        *,
        limits: Limits,
        plasma: Callable[[int], int],
        line: ProgressLine,
        tally: Tally,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._plasma = plasma
        self._writer = writer
        self._line = line
        self._tally = tally
        self._began = time.monotonic()

    def run(self, orders: Ahead[Order | BadLine]) -> None:
        """Answers all orders.

        Raises:
            OutputFailed: the answers cannot be written.
            PowPlasmaError: no search can be made any more.
        """
        pending: deque[tuple[Order, Future[Work]] | BadLine] = deque()
        while True:
            while len(pending) < self._depth():
                # A line is answered before the next one is waited for: its sender may do the same.
                order = orders.next(wait=not pending)
                if order is None:
                    break
                pending.append(order if isinstance(order, BadLine) else (order, self._submit(order)))
            if not pending:
                return
            self._writer.write(self._answer(pending.popleft()))
            self._show()

    def _depth(self) -> int:
        """How many searches are queued at most; the threads of a cluster each search one of their own."""
        # A time limit counts from when a search is queued; it then has to be the only one.
        return 1 if self._limits.timeout is not None else max(DEPTH, self._engine.queue_depth)

    def _submit(self, order: Order) -> Future[Work]:
        return self._engine.submit(
            order.data_hash,
            order.difficulty,
            timeout=self._limits.timeout,
            max_hashes=self._limits.max_hashes,
            start_nonce=self._limits.start_nonce,
        )

    def _answer(self, item: tuple[Order, Future[Work]] | BadLine) -> Record:
        if isinstance(item, BadLine):
            self._tally.bad += 1
            self._line.hide()
            output.problem(line_message(int(str(item.head["line"])), item.error))
            return {**item.head, "error": error_record(item.error)}
        order, future = item
        try:
            work = self._wait(future)
        except SearchTimeout as end:
            self._tally.missing += 1
            self._tally.hashes += end.hashes
            self._line.hide()
            output.details(f"Line {order.head['line']}: not found: {limit_reached(end)}")
            return {**order.head, **missing_record(order.data_hash, order.difficulty, end), **order.tail}
        self._tally.found += 1
        self._tally.hashes += work.hashes
        return {**order.head, **found_record(work, self._plasma(order.difficulty)), **order.tail}

    def _wait(self, future: Future[Work]) -> Work:
        while self._line.enabled:
            try:
                return future.result(_LOOK_SECONDS)
            except TimeoutError:
                self._show()
        return future.result()

    def _show(self) -> None:
        if self._line.due:
            self._line.show(f"{self._tally} · {duration(time.monotonic() - self._began)}")
