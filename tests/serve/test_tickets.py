"""Tickets: accepted means kept, whatever ends the server; each ends once, and is shown to its client alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from powplasma import Engine, check
from powplasma.errors import InvalidInput
from powplasma.serve import store as store_module
from powplasma.serve import tickets as tickets_module
from powplasma.serve.store import Store
from tests.waiting import PATIENCE, until

from .running import EASY, HARD, Client, client, hash_of, run, serving

MANY = 1_000
OTHER = "127.0.0.2"


async def submitted(own: Client, number: int, difficulty: int, **fields: object) -> str:
    status, answer = await own.bare("work_submit", hash=hash_of(number), difficulty=difficulty, **fields)
    assert status == 200, answer
    return str(answer["ticket"])


async def ended(own: Client, ticket: str) -> dict[str, Any]:
    while True:
        status, answer = await own.bare("work_poll", ticket=ticket, wait_ms=60_000)
        assert status == 200, answer
        if answer["state"] != "waiting":
            return answer


def test_a_ticket_says_how_far_it_is_and_how_it_ended(engine: Engine, tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            serving(engine, tickets=tmp_path / "t.db") as (server, own),
            client(server.url, "127.0.0.2") as other,
        ):
            hard, easy = await submitted(own, 1, HARD), await submitted(own, 2, EASY)
            answer = await ended(own, easy)
            assert (answer["state"], answer["ticket"]) == ("done", easy)
            assert check(hash_of(2), answer["work"]["nonce"], EASY)
            assert await ended(own, easy) == answer
            await until(lambda: server.service.scheduler.depth == 1)
            _, answer = await own.bare("work_poll", ticket=hard)
            assert answer["state"] == "waiting"
            assert answer.keys() >= {"hashes", "place", "searching", "expected_seconds", "p50_seconds", "p95_seconds"}
            for name, who in ((hard, other), (easy, other), ("x", own)):
                status, answer = await who.bare("work_poll", ticket=name)
                assert (status, answer["kind"]) == (404, "unknown_ticket")
            assert (await other.rpc("work_cancel", ticket=hard))[1]["result"] == {"cancelled": 0}
            assert (await own.rpc("work_cancel", ticket=hard))[1]["result"] == {"cancelled": 1}
            assert (await ended(own, hard))["state"] == "cancelled"
            assert server.service.scheduler.depth == 0

    run(test())


def test_a_ticket_that_fails_says_why(engine: Engine, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(engine, hashrate=1e30, tickets=tmp_path / "t.db") as (_, own):
            ticket = await submitted(own, 1, HARD, timeout_ms=1)
            answer = await ended(own, ticket)
            assert (answer["state"], answer["failure"]["kind"]) == ("failed", "timeout")

    run(test())


def test_a_refused_submission_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(engine, queue=2, tickets=tmp_path / "t.db") as (server, own):
            ticket = await submitted(own, 1, HARD)
            status, answer = await own.bare("work_submit", hash=hash_of(2), difficulty=HARD)
            assert (status, answer["kind"]) == (429, "overloaded")
            assert server.service.tickets is not None
            assert server.service.tickets.open == 1
            await own.bare("work_cancel", ticket=ticket)
        async with serving(engine) as (_, own):
            status, answer = await own.bare("work_submit", hash=hash_of(2), difficulty=HARD)
            assert (status, answer["kind"]) == (404, "unknown_action")

    run(test())


def test_tickets_go_on_after_an_orderly_end(engine: Engine, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(engine, tickets=tmp_path / "t.db", drain=3600) as (_, own):
            hard, easy = await submitted(own, 1, HARD), await submitted(own, 2, EASY)
            done = await ended(own, easy)
        # The end did not wait for the hard one.
        async with serving(engine, tickets=tmp_path / "t.db") as (server, own):
            assert (await own.bare("work_poll", ticket=hard))[1]["state"] == "waiting"
            assert await ended(own, easy) == done
            assert server.service.scheduler.depth == 1

    run(test())


SERVER = """
import asyncio, sys
from pathlib import Path
from powplasma import Engine
from tests.serve.running import serving
from powplasma.processes import freeze_support

async def main():
    with Engine(workers=1) as engine:
        async with serving(engine, tickets=Path(sys.argv[1])) as (server, _):
            print(server.url, flush=True)
            await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


def started(script: Path, file: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, script, file],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_of_a_thousand_accepted_tickets_none_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    script, file = tmp_path / "server.py", tmp_path / "t.db"
    script.write_text(SERVER)

    async def test() -> None:
        process, url = started(script, file)
        numbers = iter(range(1, MANY + 1))
        accepted: dict[str, int] = {}
        answers: dict[str, object] = {}

        async def submit(own: Client) -> None:
            for number in numbers:
                # A tenth cannot end before the server is killed; the others may.
                difficulty = 5_000 if number % 10 else HARD
                accepted[await submitted(own, number, difficulty)] = number

        try:
            async with client(url) as own:
                await asyncio.gather(*(submit(own) for _ in range(20)))
                for ticket in list(accepted)[:50]:
                    _, answer = await own.bare("work_poll", ticket=ticket)
                    if answer["state"] == "done":
                        answers[ticket] = answer["work"]
                process.send_signal(signal.SIGKILL)
                process.wait(PATIENCE)
            assert len(accepted) == MANY
            assert process.stdout is not None
            process.stdout.close()
            process, url = started(script, file)
            async with client(url) as own:
                for ticket, number in accepted.items():
                    if number % 10 == 0:
                        # Enough of searching; that it is still known is what counts.
                        await own.bare("work_cancel", ticket=ticket)
                for ticket, number in accepted.items():
                    answer = await ended(own, ticket)
                    if number % 10:
                        assert answer["state"] == "done"
                        assert check(hash_of(number), answer["work"]["nonce"], 5_000)
                        assert answers.get(ticket, answer["work"]) == answer["work"]
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE)

    run(test())


def test_a_deadline_goes_on_while_the_server_is_down_and_is_no_longer_if_the_clock_is_set_back(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def left(now: float) -> float | None:
        monkeypatch.setattr(time, "time", lambda: now)
        async with serving(engine, hashrate=1e30, tickets=tmp_path / "t.db") as (server, _):
            assert server.service.tickets is not None
            (ticket,) = server.service.tickets._open.values()
            return ticket.place.request.timeout

    async def test() -> None:
        begin = time.time()
        monkeypatch.setattr(time, "time", lambda: begin)
        async with serving(engine, hashrate=1e30, tickets=tmp_path / "t.db") as (_, own):
            await submitted(own, 1, HARD, timeout_ms=600_000)
        assert await left(begin - 10_000) == pytest.approx(600)
        assert await left(begin + 100) == pytest.approx(500)

    run(test())


def test_a_full_disk_refuses_new_tickets_and_keeps_the_ends_of_the_old_ones_back(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets_module, "_RETRY_SECONDS", 0.05)
    file = tmp_path / "t.db"

    async def test() -> None:
        async with serving(engine, tickets=file) as (server, own):
            assert server.service.tickets is not None
            connection = server.service.tickets._store._connection
            old = await submitted(own, 1, HARD)
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLITE_FULL from here on
            refused = 0
            for number in range(2, 60):
                status, answer = await own.bare("work_submit", hash=hash_of(number), difficulty=EASY)
                refused += status == 503
                if status == 503:
                    assert answer["kind"] == "store_failed"
                    break
            assert refused
            # A request that needs no ticket is answered all the same.
            assert (await own.bare("work_generate", hash=hash_of(99), difficulty=EASY))[0] == 200
            connection.execute("PRAGMA max_page_count = 100000")
            assert (await ended(own, await submitted(own, 61, EASY)))["state"] == "done"
            assert (await own.bare("work_poll", ticket=old))[1]["state"] == "waiting"

    run(test())


def test_a_file_serves_one_server_and_no_other_program(engine: Engine, tmp_path: Path) -> None:
    store = Store(tmp_path / "t.db")
    with pytest.raises(InvalidInput, match="is used by another server"):
        Store(tmp_path / "t.db")
    store.close()
    Store(tmp_path / "t.db").close()
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE works (x)")
    other.close()
    (tmp_path / "text.db").write_text("This is a letter, and by no means a database. " * 99)
    for name in ("other.db", "text.db", "nothing/t.db"):
        with pytest.raises(InvalidInput, match="tickets"):
            Store(tmp_path / name)


def test_what_ended_long_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_COMMITS_PER_LOOK", 1)
    monkeypatch.setattr(store_module, "MOST_KEPT", 3)

    async def test() -> None:
        store = Store(tmp_path / "t.db")
        for number in range(6):
            await store.add(str(number), "own", json.dumps({}))
        for number in range(5):
            await store.end(str(number), "done", json.dumps(number))
            await store.end(str(number), "failed", json.dumps("again"))  # one end alone
        await store.add("7", "own", "{}")
        kept = [number for number in range(6) if await store.ended(str(number), "own")]
        assert kept == [2, 3, 4]
        assert await store.ended("4", "own") == ("done", "4")
        assert [ticket for ticket, *_ in store.waiting()] == ["5", "7"]
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + store_module.KEPT_SECONDS + 1)
        await store.add("8", "own", "{}")
        assert await store.ended("4", "own") is None
        assert len(store.waiting()) == 3
        store.close()

    run(test())
