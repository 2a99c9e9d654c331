"""A place in the queue, or a work that is known already: what a request is given at once, and its answer later."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from powplasma.serve.faults import Fault, Kind
from powplasma.serve.jobs import Waiter
from powplasma.serve.requests import Generate
from powplasma.serve.scheduler import Scheduler
from powplasma.work import Work, achieved_difficulty, check

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """What a request for a nonce has been given.

    Attributes:
        request: the request.
        scheduler: of the queue.
        waiter: in the queue; None for a known work.
        known: the work that was known.
        began: ``time.perf_counter()`` of the request.
    """

    request: Generate
    scheduler: Scheduler
    waiter: Waiter | None
    known: Work | None
    began: float

    @classmethod
    def taken(cls, request: Generate, scheduler: Scheduler, client: str, known: Work | None, *, forced: bool) -> Place:
        """A place for a request.

        Args:
            request: the request.
            scheduler: of the queue.
            client: whose request it is.
            known: a work that answers it, if there is one.
            forced: whether it is to be taken even if the queue is full, or the deadline is near.

        Raises:
            Fault: overloaded.
        """
        waiter = None
        if known is None:
            waiter = scheduler.join(
                request.data_hash,
                request.difficulty,
                client,
                priority=request.priority,
                timeout=request.timeout,
                forced=forced,
            )
        return cls(request, scheduler, waiter, known, time.perf_counter())

    async def answer(self) -> dict[str, object]:
        """The answer; cancelling this gives the place up.

        Raises:
            Fault: the search ended without a nonce.
        """
        if self.waiter is not None:
            work = await self.scheduler.outcome(self.waiter, self.request.timeout)
        else:
            assert self.known is not None
            # It was not searched for this one, who is told so, and what they asked for.
            work = replace(self.known, difficulty=self.request.difficulty)
        return self._record(work)

    def give_up(self) -> None:
        """Leaves the queue."""
        if self.waiter is not None:
            self.scheduler.leave(self.waiter)

    def _record(self, work: Work) -> dict[str, object]:
        """A work as it leaves the server, after one more look by the plain rule, which no kernel shares."""
        if not check(work.data_hash, work.nonce, self.request.difficulty):
            raise Fault(Kind.NO_DEVICE, f"kernel {work.kernel} found a nonce that is not good")
        return {
            "data_hash": work.data_hash.hex(),
            "nonce": work.nonce.hex(),
            "difficulty": str(self.request.difficulty),
            "achieved_difficulty": str(achieved_difficulty(work.data_hash, work.nonce)),
            "plasma": self.request.plasma,
            "hashes": work.hashes,
            "seconds": work.seconds,
            "elapsed_ms": round(1000 * (time.perf_counter() - self.began)),
            "hashrate": work.hashes / work.seconds if work.seconds else 0.0,
            "kernel": work.kernel,
            "workers": work.workers,
            "cached": self.waiter is None,
            "coalesced": self.waiter is not None and self.waiter.joined,
        }
