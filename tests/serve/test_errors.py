"""The table of errors, each row in both forms: kind, code, HTTP status, and what comes with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from powplasma import Engine
from powplasma.node.devnode import DevNode
from powplasma.node.devnode import Settings as DevSettings
from powplasma.work import MAX_DIFFICULTY
from tests.waiting import until

from .running import EASY, HARD, Client, client, hash_of, run, serving

ADDRESS = "z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402"
TOKEN = "a-token-of-a-test"


async def both(own: Client, status: int, code: int, kind: str, **fields: object) -> dict[str, Any]:
    """The data of the refusal of a ``work_generate`` with these fields, the same in both forms."""
    got, bare = await own.bare("work_generate", **fields)
    assert (got, bare["kind"]) == (status, kind)
    assert isinstance(bare["error"], str)
    got, answer = await own.rpc("work_generate", **fields)
    assert (got, answer["error"]["code"], answer["error"]["data"]["kind"]) == (status, code, kind)
    assert answer["error"]["message"] == bare["error"] or kind in ("timeout", "overloaded")
    assert answer["error"]["data"].keys() == bare.keys() - {"error"}
    return bare


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "data_hash"),
        ({"hash": hash_of(1)}, "difficulty"),
        ({"hash": hash_of(1), "difficulty": 5, "dificulty": 7}, "dificulty"),
        ({"hash": hash_of(1), "data_hash": hash_of(1), "difficulty": 5}, "hash"),
        ({"address": ADDRESS, "difficulty": 5}, "previous_hash"),
        ({"hash": hash_of(1), "difficulty": 5, "timeout_ms": 0}, "timeout_ms"),
        ({"hash": hash_of(1), "difficulty": 5, "timeout_ms": "soon"}, "timeout_ms"),
        ({"hash": hash_of(1), "difficulty": 5, "priority": 101}, "priority"),
        ({"hash": hash_of(1), "difficulty": 5, "use_cache": 1}, "use_cache"),
        ({"hash": hash_of(1), "plasma": 5, "rules": "betanet"}, "rules"),
        ({"hash": hash_of(1), "plasma": 5, "state": [1]}, "state"),
        ({"hash": hash_of(1), "plasma": 5, "state": {"work_price": 1}}, "work_price"),
        ({"hash": hash_of(1), "difficulty": 5, "expect_frontier": hash_of(1)}, "address"),
    ],
)
def test_an_invalid_request_names_the_field(engine: Engine, fields: dict[str, object], field: str) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            assert (await both(own, 400, -32600, "invalid_request", **fields))["field"] == field

    run(test())


@pytest.mark.parametrize("value", ["", "12", "g" * 64, "0" * 63, "0" * 65, 7, None, [hash_of(1)], "é" * 64])
def test_a_bad_hash_says_what_is_expected_and_what_came(engine: Engine, value: object) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            if value is None:
                fields: dict[str, object] = {"address": ADDRESS[:-1] + "q", "previous_hash": hash_of(0)}
            else:
                fields = {"hash": value}
            refused = await both(own, 400, -32001, "bad_hash", difficulty=5, **fields)
            assert refused["expected"]
            assert "got" in refused

    run(test())


@pytest.mark.parametrize(
    "value", [0, "0", -1, "-1", 1.5, "1.5", 1.0, 1 << 64, str(1 << 64), 10**40, "9" * 500, "1e3", "inf", True, [], {}]
)
def test_a_bad_difficulty_says_the_range(engine: Engine, value: object) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            refused = await both(own, 400, -32002, "bad_difficulty", hash=hash_of(1), difficulty=value)
            assert str(MAX_DIFFICULTY) in refused["expected"]

    run(test())


@pytest.mark.parametrize(
    "fields",
    [
        {"plasma": 94_501},
        {"plasma": 0},
        {"plasma": 5, "difficulty": 5},
        {"block": "send", "difficulty": 5},
        {"block": "sned"},
        {"block": "send", "fused": 21_000},
        {"fused": 5, "difficulty": 5},
    ],
)
def test_plasma_and_blocks_are_refused_in_the_same_way(engine: Engine, fields: dict[str, object]) -> None:
    async def test() -> None:
        async with serving(engine) as (_, own):
            await both(own, 400, -32002, "bad_difficulty", hash=hash_of(1), **fields)

    run(test())


def test_a_difficulty_that_is_too_high_is_refused_with_the_maximum_and_not_made_smaller(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, max_difficulty=None) as (_, own):
            refused = await both(own, 422, -32003, "difficulty_too_high", hash=hash_of(1), difficulty=141_750_001)
            assert refused["maximum"] == "141750000"
        async with serving(engine, max_difficulty=EASY) as (_, own):
            refused = await both(own, 422, -32003, "difficulty_too_high", hash=hash_of(1), block="send")
            assert refused["maximum"] == str(EASY)

    run(test())


def test_what_is_cancelled_is_200_in_the_bare_form_and_499_else(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            bare = own.generate(1, HARD)
            await until(lambda: server.service.scheduler.depth == 1)
            assert await own.bare("work_cancel", hash=hash_of(1)) == (200, {})
            status, answer = await bare
            assert (status, answer) == (200, {"error": "Cancelled", "kind": "cancelled"})
            rpc = asyncio.create_task(own.rpc("work_generate", hash=hash_of(1), difficulty=HARD))
            await until(lambda: server.service.scheduler.depth == 1)
            _, cancelled = await own.rpc("work_cancel", hash=hash_of(1))
            assert cancelled["result"] == {"cancelled": 1}
            status, answer = await rpc
            assert (status, answer["error"]["code"]) == (499, -32004)
            assert await own.bare("work_cancel", hash=hash_of(1)) == (200, {})

    run(test())


def test_a_timeout_says_how_far_it_came(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, hashrate=1e30) as (server, own):  # so that the deadline is believed in
            fields = {"hash": hash_of(1), "difficulty": HARD, "timeout_ms": 700}
            status, answer = await own.bare("work_generate", **fields)
            assert (status, answer["kind"]) == (504, "timeout")
            assert answer["seconds"] >= 0.7
            assert isinstance(answer["hashes"], int)
            server.service.scheduler.expectation.hashrate = 1e30
            status, answer = await own.rpc("work_generate", **fields)
            assert (status, answer["error"]["code"]) == (504, -32005)
            assert server.service.scheduler.depth == 0

    run(test())


def test_a_deadline_that_cannot_be_met_is_refused_at_once_with_an_estimate(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            refused = await both(own, 429, -32006, "overloaded", hash=hash_of(1), difficulty=HARD, timeout_ms=1000)
            assert refused["expected_seconds"] > 1
            assert refused["retry_after"] is None  # waiting does not help
            assert server.service.scheduler.depth == 0
            waiting = [own.generate(number, 10**9) for number in range(5)]
            await until(lambda: server.service.scheduler.depth == 5)
            server.service.scheduler.expectation.hashrate = 1e6
            refused = await both(
                own, 429, -32006, "overloaded", hash=hash_of(9), difficulty=10**9, timeout_ms=2_000_000
            )
            assert refused["retry_after"] > 0
            for each in waiting:
                each.cancel()

    run(test())


def test_a_full_queue_refuses_one_client_and_takes_another(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine, queue=4) as (server, own), client(server.url, "127.0.0.2") as other:
            waiting = [own.generate(number, HARD) for number in range(2)]
            await until(lambda: server.service.scheduler.depth == 2)
            refused = await both(own, 429, -32006, "overloaded", hash=hash_of(8), difficulty=EASY)
            assert refused["retry_after"] > 0
            assert refused["queue_seconds"] >= 0
            status, answer = await other.bare("work_generate", hash=hash_of(9), difficulty=EASY)
            assert (status, answer["data_hash"]) == (200, hash_of(9))
            for each in waiting:
                each.cancel()

    run(test())


def test_a_stale_frontier_is_told_before_anything_is_searched(engine: Engine) -> None:
    async def test() -> None:
        async with DevNode(DevSettings()) as devnode, serving(engine, node=devnode.url) as (_, own):
            place = {"address": ADDRESS, "previous_hash": hash_of(0), "difficulty": EASY}
            refused = await both(own, 409, -32007, "stale_frontier", **place, expect_frontier=hash_of(5))
            assert refused["frontier"] == hash_of(0)
            status, _ = await own.bare("work_generate", **place, expect_frontier=hash_of(0))
            assert status == 200

    run(test())


def test_no_device_when_there_is_nothing_to_search_with() -> None:
    async def test() -> None:
        with Engine(workers=1) as engine:
            async with serving(engine) as (_, own):
                engine.close()
                await both(own, 503, -32008, "no_device", hash=hash_of(1), difficulty=HARD)

    run(test())


def test_who_has_no_token_is_unauthorized_and_who_has_spent_its_budget_is_told_until_when(
    engine: Engine, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(
        f'[clients.small]\ntoken = "{TOKEN}"\nhashes_per_day = 5000\nmax_difficulty = 9000\n'
        f'[clients.few]\ntoken = "{TOKEN}2"\nrequests_per_minute = 1\n'
    )
    tokens.chmod(0o600)

    async def test() -> None:
        async with serving(engine, tokens=tokens) as (server, own):
            for authorization in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é"):
                status, answer = await own.post({"action": "status"}, Authorization=authorization)
                assert (status, answer["kind"]) == (401, "unauthorized")
            async with client(server.url, Authorization=f"Bearer {TOKEN}") as small:
                await both(small, 422, -32003, "difficulty_too_high", hash=hash_of(1), difficulty=9001)
                refused = await both(small, 429, -32010, "budget_exceeded", hash=hash_of(1), difficulty=5001)
                assert (refused["left"], refused["retry_after"] > 80_000) == ("5000", True)
                spent = 0
                while (answer := (await small.bare("work_generate", hash=hash_of(spent + 1), difficulty=1000))[1]).get(
                    "kind"
                ) is None:
                    spent += answer["hashes"]
                assert answer["kind"] == "budget_exceeded"
                assert spent > 4000
                assert answer["left"] == str(max(0, 5000 - spent))
            async with client(server.url, Authorization=f"bearer {TOKEN}2") as few:
                assert (await few.bare("status"))[0] == 200
                status, answer = await few.bare("status")
                assert (status, answer["kind"], answer["left"]) == (429, "budget_exceeded", 0)
                assert 1 <= answer["retry_after"] <= 60
                call = {"jsonrpc": "2.0", "id": 1, "method": "status"}
                _, answers = await few.post([call, call])  # a batch counts for as many as it has
                assert [each["error"]["code"] for each in answers] == [-32010, -32010]

    run(test())
