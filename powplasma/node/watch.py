"""Every new momentum of a node once, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from powplasma.errors import check_seconds
from powplasma.node.errors import HttpRefusal, Unanswered
from powplasma.node.momentum import Momentum, MomentumPage

MAX_REORGANISATION = 30
"""Most momentums that a node takes back. go-zenon ``chain/momentum_pool.go``."""

_MAX_STEP = 256
"""Momentums that are fetched at once after a long absence."""


class _Source(Protocol):
    async def frontier_momentum(self) -> Momentum: ...
    async def momentums_by_height(self, height: int, count: int) -> MomentumPage: ...


class MomentumWatch:
    """Gives momentums: the newest, then every later one.

    Args:
        source: asked for momentums.
        wait: returns when there may be news, or after the seconds given.
        poll_seconds: seconds between questions; may be infinite.
        patience: seconds without an answer after which the last error is raised; may be infinite.

    Raises:
        InvalidInput: field ``poll_seconds`` or ``patience``.
    """

    def __init__(
        self,
        source: _Source,
        wait: Callable[[float], Awaitable[None]],
        poll_seconds: float,
        patience: float,
    ) -> None:
        self._source = source
        self._wait = wait
        self._poll_seconds = check_seconds("poll_seconds", poll_seconds)
        self._patience = check_seconds("patience", patience)
        self._known: OrderedDict[int, bytes] = OrderedDict()

    async def run(self) -> AsyncGenerator[Momentum]:
        """The momentums, for as long as they are asked for."""
        heard = time.monotonic()
        while True:
            try:
                news = await self._news()
                heard = time.monotonic()
                for momentum in news:
                    yield momentum
                if not news:
                    await self._wait(self._poll_seconds)
            except (Unanswered, HttpRefusal) as error:
                refused = isinstance(error, HttpRefusal) and error.status < 500
                if refused or time.monotonic() - heard > self._patience:
                    raise
                await asyncio.sleep(min(1.0, self._poll_seconds))

    async def _news(self) -> list[Momentum]:
        """What has come since the last momentum given, oldest first; a part of it after a long absence."""
        frontier = await self._source.frontier_momentum()
        if not self._known:
            return self._give([frontier])
        height, last = next(reversed(self._known.items()))
        if (frontier.height, frontier.hash) == (height, last):
            return []
        if frontier.height == height + 1 and frontier.previous_hash == last:
            return self._give([frontier])
        if frontier.height > height:
            later = await self._fetch(height + 1, min(_MAX_STEP, frontier.height - height))
            if later and later[0].height == height + 1 and later[0].previous_hash == last:
                return self._give(later)
        return self._give(await self._fetch(max(1, frontier.height - MAX_REORGANISATION), MAX_REORGANISATION + 1))

    async def _fetch(self, height: int, count: int) -> list[Momentum]:
        page = await self._source.momentums_by_height(height, count)
        return [*page.momentums]

    def _give(self, momentums: list[Momentum]) -> list[Momentum]:
        """Those that were not given before and still stand, marked as given."""
        oldest = next(iter(self._known), 0)
        new = [momentum for momentum in momentums if self._known.get(momentum.height) != momentum.hash]
        # What stood before the first momentum given is no news, unless nothing else stands any more.
        new = [momentum for momentum in new if momentum.height >= oldest] or new[-1:]
        if new:
            for height in [height for height in self._known if height >= new[0].height]:
                del self._known[height]
        for momentum in new:
            self._known[momentum.height] = momentum.hash
        while len(self._known) > 2 * MAX_REORGANISATION:
            self._known.popitem(last=False)
        return new
