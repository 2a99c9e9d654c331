"""Searches that nobody has to wait for on a connection: submitted, asked for, and kept across restarts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from powplasma.serve.faults import Fault, Kind
from powplasma.serve.places import Answer, Place
from powplasma.serve.requests import Generate
from powplasma.serve.store import Store, StoreFailed
from powplasma.serve.watching import LOG

WAITING, DONE, FAILED, CANCELLED = "waiting", "done", "failed", "cancelled"
"""States of a ticket."""

_RETRY_SECONDS = 2.0
"""After which what could not be written is tried again."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One that has not ended.

    Attributes:
        name: by which it is asked for.
        client: whose it is; nobody else can ask for it.
        place: its search.
        task: that waits for it and then writes the end.
        cancelled: whether its client does not want it any more.
        ended: set with its end.
    """

    name: str
    client: str
    place: Place
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Tickets:
    """All tickets of a server.

    Args:
        store: where they are kept.
        place: gives a request of a client a place in the queue, or refuses it; with True it is not refused.
    """

    def __init__(self, store: Store, place: Callable[[Generate, str, bool], Place]) -> None:
        self._store = store
        self._place = place
        self._open: dict[str, Ticket] = {}
        self._accepting: set[asyncio.Task[str]] = set()
        self._ending = False

    @property
    def open(self) -> int:
        """Tickets that have not ended."""
        return len(self._open)

    def resume(self) -> None:
        """Goes on with those that a server before this one has accepted."""
        now = time.time()
        for name, client, text, accepted in self._store.waiting():
            request = _request(text)
            if request.timeout is not None:
                # A clock that was set back meanwhile makes a deadline no longer than it was.
                left = request.timeout - max(0.0, now - accepted)
                request = replace(request, timeout=max(left, 0.001))
            self._begin(Ticket(name, client, self._place(request, client, True)))

    async def submit(self, request: Generate, client: str) -> str:
        """Accepts a search; once this returns its name, the ticket survives the end of the process.

        Raises:
            Fault: there is no place for it, or it cannot be kept.
        """
        place = self._place(request, client, False)
        task = asyncio.create_task(self._accept(request, client, place))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)
        # A client that goes away now may have a ticket without knowing its name, but never half of one.
        return await asyncio.shield(task)

    async def poll(self, name: str, client: str, wait: float) -> tuple[str, Ticket | Answer]:
        """State of a ticket, and the ticket while it waits, else how it ended.

        Args:
            name: of the ticket.
            client: who asks.
            wait: seconds that may pass until it has ended.

        Raises:
            Fault: unknown_ticket; or the file cannot be read.
        """
        ticket = self._own(name, client)
        if ticket is not None and wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await ticket.ended.wait()
            ticket = self._own(name, client)
        if ticket is not None:
            return WAITING, ticket
        try:
            ended = await self._store.ended(name, client)
        except StoreFailed as failure:
            raise Fault(Kind.STORE_FAILED, f"the ticket cannot be read: {failure}") from failure
        if ended is None:
            raise Fault(Kind.UNKNOWN_TICKET, "there is no such ticket of this client")
        answer: Answer = json.loads(ended[1])
        return ended[0], answer

    async def cancel(self, name: str, client: str) -> int:
        """Ends a ticket, and returns 1 when that is kept, or 0 if there is none that waits."""
        ticket = self._own(name, client)
        if ticket is None or ticket.task is None:
            return 0
        if not ticket.cancelled:
            ticket.cancelled = True
            ticket.task.cancel()
        await ticket.ended.wait()
        return 1

    async def close(self) -> None:
        """Leaves those that wait to the next server. They lose nothing: a search does not come nearer to its end."""
        self._ending = True
        await asyncio.gather(*self._accepting, return_exceptions=True)
        tasks = [ticket.task for ticket in self._open.values() if ticket.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._store.close)

    def _own(self, name: str, client: str) -> Ticket | None:
        ticket = self._open.get(name)
        return ticket if ticket is not None and ticket.client == client else None

    async def _accept(self, request: Generate, client: str, place: Place) -> str:
        name = secrets.token_hex(16)
        try:
            await self._store.add(name, client, _text(request))
        except StoreFailed as failure:
            place.give_up()
            raise Fault(Kind.STORE_FAILED, f"the ticket cannot be kept: {failure}") from failure
        self._begin(Ticket(name, client, place))
        return name

    def _begin(self, ticket: Ticket) -> None:
        self._open[ticket.name] = ticket
        ticket.task = asyncio.create_task(self._follow(ticket))

    async def _follow(self, ticket: Ticket) -> None:
        """Waits for the search and writes its end, which is shown only then."""
        try:
            state, answer = DONE, await ticket.place.answer()
        except Fault as fault:
            state = CANCELLED if fault.kind is Kind.CANCELLED else FAILED
            answer = {"kind": fault.name, "message": fault.message, **fault.data}
        except asyncio.CancelledError:
            state, answer = CANCELLED, {"kind": "cancelled", "message": "Cancelled"}
        finally:
            ticket.place.give_up()
        if self._ending and state == CANCELLED and not ticket.cancelled:
            return
        while True:
            try:
                await self._store.end(ticket.name, state, json.dumps(answer))
                break
            except StoreFailed as failure:
                LOG.error("ticket %s has ended, which cannot be kept: %s", ticket.name, failure)
                await asyncio.sleep(_RETRY_SECONDS)
        del self._open[ticket.name]
        ticket.ended.set()


def _text(request: Generate) -> str:
    return json.dumps(
        {
            "data_hash": request.data_hash.hex(),
            "difficulty": str(request.difficulty),
            "plasma": request.plasma,
            "priority": request.priority,
            "timeout": request.timeout,
            "use_cache": request.use_cache,
        }
    )


def _request(text: str) -> Generate:
    kept = json.loads(text)
    return Generate(
        bytes.fromhex(kept["data_hash"]),
        int(kept["difficulty"]),
        kept["plasma"],
        None,
        kept["priority"],
        kept["timeout"],
        kept["use_cache"],
        None,
    )
