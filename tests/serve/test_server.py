"""What a work server promises: the right answer to the right client, fair turns, nothing for those who have gone."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powplasma import Engine, achieved_difficulty, check, ruleset, threshold
from powplasma.plasma import parse_block_kind
from powplasma.serve import http, scheduler
from powplasma.work import MAX_DIFFICULTY, Work
from tests.certificate import write_certificate
from tests.waiting import PATIENCE, until

from .running import EASY, HARD, client, hash_of, run, serving


def assert_good(answer: dict[str, Any], number: int, difficulty: int) -> None:
    assert answer["data_hash"] == hash_of(number)
    assert check(hash_of(number), answer["nonce"], difficulty)
    assert answer["difficulty"] == str(difficulty)
    assert answer["achieved_difficulty"] == str(achieved_difficulty(hash_of(number), answer["nonce"]))


def test_both_forms_give_the_same_fields(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            status, bare = await own.post(
                {"action": "work_generate", "hash": hash_of(1), "difficulty": "2000", "id": 7}
            )
            assert (status, bare.pop("id"), bare.pop("work")) == (200, 7, bare["nonce"])
            assert_good(bare, 1, 2000)
            assert (bare["cached"], bare["coalesced"]) == (False, False)
            status, answer = await own.rpc("work_generate", data_hash=hash_of(2), difficulty=2000)
            assert (status, answer["id"], answer["jsonrpc"]) == (200, 1, "2.0")
            assert_good(answer["result"], 2, 2000)
            assert answer["result"].keys() == bare.keys()

    run(test())


def test_a_difficulty_is_a_number_a_string_plasma_or_what_a_block_needs(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            rules = ruleset("alphanet")
            for fields, difficulty in (
                ({"difficulty": 1500}, 1500),
                ({"difficulty": "1500"}, 1500),
                ({"plasma": 2}, 3000),
                ({"block": "send"}, rules.required_difficulty(parse_block_kind("send", None))),
                ({"block": "send", "fused": 20_999}, 1500),
                ({"block": "send", "data_bytes": 10}, rules.required_difficulty(parse_block_kind("send", 10))),
                ({"plasma": 2, "rules": "forum", "state": {"difficulty_per_plasma": "700"}}, 1400),
            ):
                _, answer = await own.bare("work_validate", hash=hash_of(1), work="0" * 16, **fields)
                assert answer.get("difficulty") == str(difficulty), answer
                assert answer["valid"] is check(hash_of(1), "0" * 16, difficulty)
                assert answer["threshold"] == str(threshold(difficulty))
            _, answer = await own.bare("rules", block="send")
            assert answer["required_difficulty"] == str(rules.required_difficulty(parse_block_kind("send", None)))
            place = {"address": "z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402", "previous_hash": hash_of(0)}
            _, answer = await own.bare("work_generate", **place, difficulty=EASY)
            assert check(answer["data_hash"], answer["work"], EASY)

    run(test())


def test_estimate_and_status_say_what_is_known(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, hashrate=1e6) as (_, own):
            _, estimate = await own.bare("work_estimate", difficulty=10**7)
            assert estimate["expected_seconds"] == 10
            assert estimate["p50_seconds"] == pytest.approx(6.93, abs=0.01)
            assert estimate["p95_seconds"] == pytest.approx(29.96, abs=0.01)
            assert estimate["queue_seconds"] == 0
            _, status = await own.bare("status")
            assert (status["queue"], status["kernel"], status["max_difficulty"]) == (
                0,
                engine.kernel,
                str(MAX_DIFFICULTY),
            )

    run(test())


def test_the_same_hash_asked_many_times_is_one_search_and_each_gets_what_it_asked_for(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            hard = own.generate(1, HARD)
            await until(lambda: server.service.scheduler.depth == 1)
            needs = [EASY, 300_000, 5, 40_000]
            waiting = [own.generate(1, need, use_cache=False) for need in needs]
            for need, each in zip(needs, waiting, strict=True):
                status, answer = await each
                assert (status, answer["coalesced"]) == (200, True)
                assert_good(answer, 1, need)
            assert server.service.scheduler.depth == 1
            assert not hard.done()
            hard.cancel()
            await until(lambda: server.service.scheduler.depth == 0)

    run(test())


def test_one_who_cannot_wait_any_longer_does_not_end_the_search_of_the_others(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, hashrate=1e30) as (server, own), client(server.url, "127.0.0.2") as other:
            theirs = other.generate(1, HARD)
            await until(lambda: server.service.scheduler.depth == 1)
            server.service.scheduler.expectation.hashrate = 1e30
            status, answer = await own.generate(1, HARD, timeout_ms=1)
            assert (status, answer["kind"]) == (504, "timeout")
            mine = own.generate(1, HARD)
            await until(lambda: server.service.scheduler.waiters == 2)
            await own.bare("work_cancel", hash=hash_of(1))  # its own waiting alone
            assert (await mine)[1]["error"] == "Cancelled"
            assert (server.service.scheduler.waiters, theirs.done()) == (1, False)
            theirs.cancel()
            await until(lambda: server.service.scheduler.depth == 0)

    run(test())


def test_a_known_work_answers_only_for_the_same_hash_and_if_it_is_good_enough(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            _, first = await own.generate(1, EASY)
            achieved = int(first["achieved_difficulty"])
            _, second = await own.generate(1, achieved)
            assert (second["nonce"], second["cached"]) == (first["nonce"], True)
            assert_good(second, 1, achieved)
            _, better = await own.generate(1, achieved + 1)
            assert better["cached"] is False
            assert_good(better, 1, achieved + 1)
            _, known = await own.generate(1, EASY)
            assert known["nonce"] == better["nonce"]  # the best one stays
            assert (await own.generate(1, EASY, use_cache=False))[1]["cached"] is False
            assert (await own.generate(2, EASY))[1]["cached"] is False

    run(test())


def test_a_client_that_vanishes_costs_nothing_more(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            for _ in range(3):
                waiting = [own.generate(number, HARD) for number in range(20)]
                await until(lambda: server.service.scheduler.depth == 20)
                await until(lambda: engine.busy_workers)
                for each in waiting:
                    each.cancel()
                await until(lambda: server.service.scheduler.depth == 0)
                await until(lambda: not engine.busy_workers)

    run(test())


def test_a_hopeless_search_holds_up_neither_its_client_nor_another_one(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own), client(server.url, "127.0.0.2") as other:
            hopeless = [own.generate(number, HARD) for number in range(30)]
            await until(lambda: server.service.scheduler.depth == 30)
            for each in (own, other):
                status, answer = await each.generate(99 if each is own else 98, 500_000)
                assert status == 200
                assert_good(answer, 99 if each is own else 98, 500_000)
            assert not any(each.done() for each in hopeless)
            for each in hopeless:
                each.cancel()

    run(test())


def test_a_job_that_is_alone_keeps_the_machine_until_another_one_comes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "LONE_SECONDS", PATIENCE * 9)  # so that only a cut can let the others in

    async def test() -> None:
        async with serving(engine) as (server, own):
            alone = own.generate(1, HARD)
            await until(lambda: engine.busy_workers)
            for number in (2, 1, 3):  # another job, a more modest request for the same one, and another again
                status, answer = await own.generate(number, 200_000)
                assert status == 200
                assert_good(answer, number, 200_000)
            assert not alone.done()
            alone.cancel()
            await until(lambda: server.service.scheduler.depth == 0)

    run(test())


def test_a_batch_gives_each_request_its_own_answer(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            needs = {number: random.Random(number).randrange(1, 50_000) for number in range(60)}
            messages: list[object] = [
                {"jsonrpc": "2.0", "id": n, "method": "work_generate", "params": {"hash": hash_of(n), "difficulty": d}}
                for n, d in needs.items()
            ]
            status, answers = await own.post([*messages, {"jsonrpc": "2.0", "method": "status"}, 5])
            assert (status, len(answers)) == (200, 61)
            for answer in answers[:-1]:
                assert_good(answer["result"], answer["id"], needs[answer["id"]])
            assert (answers[-1]["id"], answers[-1]["error"]["code"]) == (None, -32600)
            assert (await own.post([]))[1]["error"]["code"] == -32600
            assert (await own.post([{}] * 101))[1]["error"]["code"] == -32600
            assert await own.post({"jsonrpc": "2.0", "method": "status"}) == (204, None)

    run(test())


def test_a_worker_that_is_killed_loses_no_search() -> None:
    async def test() -> None:
        with Engine(workers=2) as engine:
            async with serving(engine) as (server, own):
                waiting = own.generate(1, HARD)
                await until(lambda: engine.busy_workers == 2)
                os.kill(engine.worker_pids[0], signal.SIGKILL)
                status, answer = await own.generate(2, 1_000_000)
                assert status == 200
                assert_good(answer, 2, 1_000_000)
                assert (server.service.scheduler.depth, waiting.done()) == (1, False)
                waiting.cancel()

    run(test())


def test_a_nonce_that_is_not_good_does_not_leave_the_server(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            # As if a kernel, and the engine's own check, had been wrong.
            server.service.known.add(Work(bytes.fromhex(hash_of(1)), bytes(8), EASY, HARD, 5, 0.1, "wrong", 1))
            status, answer = await own.generate(1, EASY)
            assert (status, answer["kind"]) == (503, "no_device")

    run(test())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost:5"}, 200),
        ({"Host": "work.example"}, 200),
        ({"Host": "WORK.example:80"}, 200),
        ({"Host": "[::1]:5"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "https://wallet.example"}, 200),
        ({"Origin": "https://wallet.example.evil"}, 403),
    ],
)
def test_web_pages_may_call_only_if_they_are_listed(engine: Engine, headers: dict[str, str], status: int) -> None:
    async def test() -> None:
        lists = {"hosts": ["Work.example"], "origins": ["https://wallet.example"]}
        async with serving(engine, **lists) as (server, own):
            assert (await own.post({"action": "status"}, **headers))[0] == status
            asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
            async with own.session.options(server.url, headers=headers | asked) as answer:
                allowed = answer.headers.get("Access-Control-Allow-Origin")
                assert allowed == (headers.get("Origin") if status == 200 else None)
                assert ("Access-Control-Allow-Private-Network" in answer.headers) == (allowed is not None)

    run(test())


def test_a_body_has_a_longest_size_and_is_not_expanded(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            for body in (b" " * (http.MAX_REQUEST_BYTES + 1), b"[" * http.MAX_REQUEST_BYTES):
                status, _ = await own.post(body)
                assert status == (413 if len(body) > http.MAX_REQUEST_BYTES else 400)

            async def endless() -> Any:
                while True:
                    yield b" " * 65_536

            try:
                async with own.session.post(server.url, data=endless()) as answer:
                    assert answer.status == 413
            except aiohttp.ClientError:
                pass  # the server has ended the connection
            assert (await own.post(b'{"action":"status"}', **{"Content-Encoding": "gzip"}))[0] in (200, 400)
            assert (await own.bare("status"))[0] == 200

    run(test())


def test_a_body_that_is_not_as_its_head_says_is_the_clients_fault(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            port = int(server.url.rpartition(":")[2])
            head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            for rest in (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", b"Content-Length: 50\r\n\r\n{}"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head + rest)
                await writer.drain()
                if b"chunked" in rest:
                    assert b" 400 " in await reader.readline()
                writer.close()
            assert (await own.bare("status"))[0] == 200

    run(test())
    assert not [record for record in caplog.records if record.name == "powplasma.serve"]


def test_health_and_readiness(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, queue=2) as (server, own):

            async def page(path: str) -> int:
                async with own.session.get(server.url + path) as answer:
                    await answer.json()
                    return answer.status

            assert [await page(path) for path in ("/health", "/ready", "/nothing")] == [200, 200, 404]
            async with client(server.url, "127.0.0.2") as other:
                waiting = [own.generate(1, HARD), other.generate(2, HARD)]
                await until(lambda: server.service.scheduler.depth >= 1)
                server.service.scheduler.draining = True
                assert await page("/ready") == 503
                status, answer = await own.generate(5, EASY)
                assert (status, answer["kind"]) == (429, "overloaded")
                for each in waiting:
                    each.cancel()

    run(test())


NAMES = [
    "action",
    "method",
    "jsonrpc",
    "id",
    "params",
    "hash",
    "difficulty",
    "plasma",
    "block",
    "nonce",
    "work",
    "rules",
]
ACTIONS = ["work_generate", "work_cancel", "work_validate", "work_estimate", "rules", "status", "2.0", hash_of(3)]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(ACTIONS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.lists(VALUES | st.fixed_dictionaries({"action": st.sampled_from(ACTIONS), "hash": LEAVES}), max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_message_is_a_defect(engine: Engine, messages: list[object]) -> None:
    async def test() -> None:
        async with serving(engine, max_difficulty=EASY) as (_, own):
            for message in messages:
                text = json.dumps(message).encode()
                for body in (text, text[: len(text) // 2], text[::-1]):
                    status, _ = await own.post(body)
                    assert status < 500, body

    run(test())


def test_https(engine: Engine, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)

    async def test() -> None:
        async with serving(engine, certificate=(certificate, key)) as (server, own):
            assert server.url.startswith("https://127.0.0.1:")
            trusted = ssl.create_default_context(cafile=certificate)
            message = json.dumps({"action": "work_generate", "hash": hash_of(1), "difficulty": EASY})
            async with own.session.post(server.url, data=message, ssl=trusted) as answer:
                assert_good(await answer.json(), 1, EASY)

    run(test())
