"""The actions of a work server, whatever form a message has that asks for them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Awaitable, Callable, Mapping

from powplasma.engine import Engine
from powplasma.errors import InvalidInput
from powplasma.plasma import RULE_SETS
from powplasma.plasma.target import Target, block_kind
from powplasma.serve.clients import Client, Clients
from powplasma.serve.expectation import Expectation
from powplasma.serve.faults import Fault, Kind
from powplasma.serve.known import Known
from powplasma.serve.places import Place
from powplasma.serve.requests import (
    LONGEST_WAIT_MS,
    Fields,
    Generate,
    check_most,
    read_data_hash,
    read_difficulty,
    read_generate,
    read_target,
    read_validate,
    refusal,
)
from powplasma.serve.scheduler import Scheduler
from powplasma.serve.store import Store
from powplasma.serve.tickets import DONE, Ticket, Tickets
from powplasma.serve.watching import Watch
from powplasma.work import achieved_difficulty, check, threshold

Answer = dict[str, object]


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
        self.scheduler = Scheduler(engine, expectation, queue, self.known.add, self._spent)
        self.watch = Watch(self.scheduler, lambda: engine.workers)
        self._clients = clients
        self.max_difficulty = max_difficulty
        self._engine = engine
        self._target = target
        self._frontier = frontier
        self._began = time.monotonic()
        self.tickets: Tickets | None = None
        self.actions: dict[str, Callable[[Mapping[str, object], Client], Awaitable[Answer]]] = {
            "work_generate": self._generate,
            "work_submit": self._submit,
            "work_poll": self._poll,
            "work_cancel": self._cancel,
            "work_validate": self._validate,
            "work_estimate": self._estimate,
            "rules": self._rules,
            "status": self._status,
        }

    def _spent(self, client: str, hashes: int) -> None:
        self._clients.spend(client, hashes)
        self.watch.spent(hashes)

    def keep_tickets(self, store: Store) -> None:
        """Accepts tickets from now on, and goes on with those in the store."""
        self.tickets = Tickets(store, self._place)
        self.tickets.resume()

    async def call(self, action: str, given: Mapping[str, object], client: Client) -> Answer:
        """The answer to a request.

        Raises:
            Fault: it is refused, or fails.
        """
        began, outcome = time.perf_counter(), "gone"
        try:
            if action not in self.actions:
                raise Fault(Kind.UNKNOWN_ACTION, f"there is no such action ({', '.join(self.actions)})")
            answer = await self.actions[action](given, client)
            outcome = "ok"
        except Fault as fault:
            outcome = fault.name
            raise
        except Exception:
            outcome = "defect"
            raise
        finally:
            known = action if action in self.actions else "unknown"
            self.watch.request(known, client.name, outcome, time.perf_counter() - began)
        return answer

    def most(self, client: Client) -> int:
        """The largest difficulty that a client may ask for."""
        return min(self.max_difficulty, client.max_difficulty or self.max_difficulty)

    async def _generate(self, given: Mapping[str, object], client: Client) -> Answer:
        asked = read_generate(given, self._target, self.most(client))
        await self._check_frontier(asked)
        client.check(self.scheduler.owed(client.name) + asked.difficulty)
        return await self._place(asked, client.name, forced=False).answer()

    def _place(self, asked: Generate, client: str, forced: bool) -> Place:
        known = self.known.get(asked.data_hash, asked.difficulty) if asked.use_cache else None
        return Place.taken(asked, self.scheduler, client, known, forced=forced)

    async def _submit(self, given: Mapping[str, object], client: Client) -> Answer:
        tickets = self._kept_tickets()
        asked = read_generate(given, self._target, self.most(client))
        await self._check_frontier(asked)
        client.check(self.scheduler.owed(client.name) + asked.difficulty)
        return {"ticket": await tickets.submit(asked, client.name), **self._expected(asked.difficulty, client.name)}

    async def _poll(self, given: Mapping[str, object], client: Client) -> Answer:
        tickets = self._kept_tickets()
        fields = Fields(given)
        try:
            name = fields.text("ticket", "as work_submit gave it")
            wait = fields.whole("wait_ms", 0, LONGEST_WAIT_MS) or 0
            fields.end()
        except InvalidInput as wrong:
            raise refusal(wrong) from None
        state, found = await tickets.poll(name, client.name, wait / 1000)
        answer: Answer = {"ticket": name, "state": state}
        if not isinstance(found, Ticket):
            return answer | ({"work": found} if state == DONE else {"failure": found})
        waiter = found.place.waiter
        if waiter is None:
            return answer
        return answer | {
            "hashes": self.scheduler.hashes_of(waiter.job),
            "searching": waiter.job.running is not None,
            "place": self.scheduler.place_of(waiter),
            **self._expected(waiter.need, client.name),
        }

    def _kept_tickets(self) -> Tickets:
        if self.tickets is None:
            raise Fault(Kind.UNKNOWN_ACTION, "this server keeps no tickets: it was started without --tickets")
        return self.tickets

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
            if "ticket" in given:
                name = fields.text("ticket", "as work_submit gave it")
                fields.end()
                return {"cancelled": await self._kept_tickets().cancel(name, client.name)}
            data_hash = read_data_hash(fields)[0]
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
        return self._expected(difficulty, client.name)

    def _expected(self, difficulty: int, client: str) -> Answer:
        """How long a search takes, and how long a new one waits for others."""
        expectation = self.scheduler.expectation
        return {
            "difficulty": str(difficulty),
            "hashrate": expectation.hashrate,
            "expected_seconds": expectation.seconds(difficulty),
            **{f"p{round(100 * part)}_seconds": expectation.quantile(difficulty, part) for part in (0.5, 0.95, 0.99)},
            "queue_seconds": self.scheduler.wait_seconds(client, difficulty),
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
        return self.status()

    def status(self) -> Answer:
        """What the server is doing."""
        scheduler = self.scheduler
        return {
            "queue": scheduler.depth,
            "queue_limit": scheduler.most,
            "waiters": scheduler.waiters,
            "tickets": None if self.tickets is None else self.tickets.open,
            "draining": scheduler.draining,
            "hashrate": scheduler.expectation.hashrate,
            "kernel": self._engine.kernel,
            "workers": self._engine.workers,
            "rules": self._target.rules.name,
            "max_difficulty": str(self.max_difficulty),
            "uptime_seconds": time.monotonic() - self._began,
        }
