"""The actions of a work server, whatever form a message has that asks for them."""

from __future__ import annotations

import dataclasses
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping

from powplasma.engine import Engine
from powplasma.errors import InvalidInput
from powplasma.plasma import RULE_SETS
from powplasma.plasma.target import Target, block_kind
from powplasma.serve.clients import Client, Clients
from powplasma.serve.expectation import Expectation
from powplasma.serve.faults import Fault, Kind
from powplasma.serve.requests import (
    Fields,
    Generate,
    check_most,
    read_difficulty,
    read_generate,
    read_target,
    read_validate,
    refusal,
)
from powplasma.serve.scheduler import Scheduler
from powplasma.validation.subject import data_hash_of
from powplasma.work import Work, achieved_difficulty, check, threshold

Answer = dict[str, object]

MOST_KNOWN = 10_000
"""Works that are kept for those who ask again."""


class Known:
    """The best work for each data hash, the newest ones."""

    def __init__(self) -> None:
        self._works: OrderedDict[bytes, Work] = OrderedDict()

    def add(self, work: Work) -> None:
        """Keeps a work, unless a better one is known."""
        known = self._works.get(work.data_hash)
        if known is None or known.achieved_difficulty < work.achieved_difficulty:
            self._works[work.data_hash] = work
        self._works.move_to_end(work.data_hash)
        if len(self._works) > MOST_KNOWN:
            self._works.popitem(last=False)

    def get(self, data_hash: bytes, need: int) -> Work | None:
        """A work that reaches the difficulty, if one is known."""
        work = self._works.get(data_hash)
        return work if work is not None and work.achieved_difficulty >= need else None


class Service:
    """Answers.

    Args:
        engine: what searches.
        target: rules and prices where a request names none, and whether difficulties that buy nothing are accepted.
        max_difficulty: the largest difficulty that is searched.
        expectation: how fast the engine is.
        queue: places in the queue.
        clients: whose budgets are charged.
        frontier: hash of an account's newest block, if there is a node to ask.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        target: Target,
        max_difficulty: int,
        expectation: Expectation,
        queue: int,
        clients: Clients,
        frontier: Callable[[str], Awaitable[bytes]] | None = None,
    ) -> None:
        self.known = Known()
        self.scheduler = Scheduler(engine, expectation, queue, self.known.add, clients.spend)
        self.max_difficulty = max_difficulty
        self._engine = engine
        self._target = target
        self._frontier = frontier
        self._began = time.monotonic()
        self.actions: dict[str, Callable[[Mapping[str, object], Client], Awaitable[Answer]]] = {
            "work_generate": self._generate,
            "work_cancel": self._cancel,
            "work_validate": self._validate,
            "work_estimate": self._estimate,
            "rules": self._rules,
            "status": self._status,
        }

    async def call(self, action: str, given: Mapping[str, object], client: Client) -> Answer:
        """The answer to a request.

        Raises:
            Fault: it is refused, or fails.
        """
        if action not in self.actions:
            raise Fault(Kind.UNKNOWN_ACTION, f"there is no such action ({', '.join(self.actions)})")
        return await self.actions[action](given, client)

    def most(self, client: Client) -> int:
        """The largest difficulty that a client may ask for."""
        return min(self.max_difficulty, client.max_difficulty or self.max_difficulty)

    async def _generate(self, given: Mapping[str, object], client: Client) -> Answer:
        asked = read_generate(given, self._target, self.most(client))
        await self._check_frontier(asked)
        began = time.perf_counter()
        known = self.known.get(asked.data_hash, asked.difficulty) if asked.use_cache else None
        if known is not None:
            # It was not searched for this one, who is told so, and what it has asked for.
            found = dataclasses.replace(known, difficulty=asked.difficulty)
            return answer_of(found, asked.plasma, time.perf_counter() - began, cached=True)
        client.check(self.scheduler.owed(client.name) + asked.difficulty)
        work, coalesced = await self.scheduler.find(
            asked.data_hash, asked.difficulty, client.name, priority=asked.priority, timeout=asked.timeout
        )
        return answer_of(work, asked.plasma, time.perf_counter() - began, coalesced=coalesced)

    async def _check_frontier(self, asked: Generate) -> None:
        if asked.expect_frontier is None:
            return
        if self._frontier is None or asked.address is None:
            wrong = InvalidInput("expect_frontier", asked.expect_frontier, "cannot be compared", "with a node here")
            raise refusal(wrong)
        frontier = await self._frontier(asked.address)
        if frontier != asked.expect_frontier:
            raise Fault(
                Kind.STALE_FRONTIER,
                f"the account's newest block is {frontier.hex()}",
                expected=asked.expect_frontier.hex(),
                frontier=frontier.hex(),
            )

    async def _cancel(self, given: Mapping[str, object], client: Client) -> Answer:
        fields = Fields(given)
        try:
            address, previous = fields.take("address", "account"), fields.take("previous_hash")
            data_hash = data_hash_of(fields.take("data_hash", "hash"), address, previous)
            fields.end()
        except InvalidInput as wrong:
            raise refusal(wrong) from None
        return {"cancelled": self.scheduler.cancel(data_hash, client.name)}

    async def _validate(self, given: Mapping[str, object], _: Client) -> Answer:
        data_hash, nonce, difficulty = read_validate(given, self._target)
        return {
            "valid": check(data_hash, nonce, difficulty),
            "data_hash": data_hash.hex(),
            "nonce": nonce.hex(),
            "difficulty": str(difficulty),
            "achieved_difficulty": str(achieved_difficulty(data_hash, nonce)),
            "threshold": str(threshold(difficulty)),
        }

    async def _estimate(self, given: Mapping[str, object], client: Client) -> Answer:
        fields = Fields(given)
        try:
            difficulty, _ = read_difficulty(fields, self._target)
            fields.end()
        except InvalidInput as wrong:
            raise refusal(wrong) from None
        check_most(difficulty, self.most(client))
        expectation = self.scheduler.expectation
        return {
            "difficulty": str(difficulty),
            "hashrate": expectation.hashrate,
            "expected_seconds": expectation.seconds(difficulty),
            **{f"p{round(100 * part)}_seconds": expectation.quantile(difficulty, part) for part in (0.5, 0.95, 0.99)},
            "queue_seconds": self.scheduler.wait_seconds(client.name, difficulty),
        }

    async def _rules(self, given: Mapping[str, object], client: Client) -> Answer:
        fields = Fields(given)
        try:
            target = read_target(fields, self._target)
            block, data_bytes = fields.take("block"), fields.whole("data_bytes", 0, (1 << 64) - 1)
            fused = fields.whole("fused", 0, (1 << 64) - 1) or 0
            fields.end()
            kind = block_kind("send" if block is None else block, data_bytes)
            needed = target.rules.required_difficulty(kind, target.state, fused)
        except InvalidInput as wrong:
            raise refusal(wrong) from None
        state = target.rules.state_or_initial(target.state)
        return {
            "rules": target.rules.name,
            "known": list(RULE_SETS),
            "state": {name: str(value) for name, value in dataclasses.asdict(state).items()},
            "block": kind.name,
            "base_plasma": kind.base_plasma,
            "fused": fused,
            "required_difficulty": str(needed),
            "max_difficulty": str(self.most(client)),
        }

    async def _status(self, given: Mapping[str, object], _: Client) -> Answer:
        try:
            Fields(given).end()
        except InvalidInput as wrong:
            raise refusal(wrong) from None
        scheduler = self.scheduler
        return {
            "queue": scheduler.depth,
            "queue_limit": scheduler.most,
            "waiters": scheduler.waiters,
            "draining": scheduler.draining,
            "hashrate": scheduler.expectation.hashrate,
            "kernel": self._engine.kernel,
            "workers": self._engine.workers,
            "rules": self._target.rules.name,
            "max_difficulty": str(self.max_difficulty),
            "uptime_seconds": time.monotonic() - self._began,
        }


def answer_of(work: Work, plasma: int, elapsed: float, *, cached: bool = False, coalesced: bool = False) -> Answer:
    """A work as it leaves the server, after one more look by the plain rule, which no kernel shares.

    Raises:
        Fault: no_device; the work is not good.
    """
    if not check(work.data_hash, work.nonce, work.difficulty):
        raise Fault(Kind.NO_DEVICE, f"kernel {work.kernel} found a nonce that is not good")
    return {
        "data_hash": work.data_hash.hex(),
        "nonce": work.nonce.hex(),
        "difficulty": str(work.difficulty),
        "achieved_difficulty": str(achieved_difficulty(work.data_hash, work.nonce)),
        "plasma": plasma,
        "hashes": work.hashes,
        "seconds": work.seconds,
        "elapsed_ms": round(1000 * elapsed),
        "hashrate": work.hashes / work.seconds if work.seconds else 0.0,
        "kernel": work.kernel,
        "workers": work.workers,
        "cached": cached,
        "coalesced": coalesced,
    }
