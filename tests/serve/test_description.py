"""``openapi.json`` is true: what it describes is accepted or refused as it says, and nothing else happens."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sysconfig
from pathlib import Path

import pytest

from powplasma import Engine
from powplasma.serve import JsonLines, openapi
from tests.waiting import PATIENCE, until

from .running import EASY, HARD, hash_of, run, serving

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"


async def schemathesis(url: str, *arguments: str) -> str:
    """What it prints; its exit code has to be 0."""
    command = [str(SCHEMATHESIS), "run", f"{url}/openapi.json", "--no-color", "--request-timeout", str(PATIENCE)]
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


def test_schemathesis_finds_nothing(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it writes folders where it runs

    async def test() -> None:
        async with serving(engine, max_difficulty=EASY, tickets=tmp_path / "t.db") as (_, own):
            # A pattern cannot say which hexadecimal is an address, or how the fields belong together, so that some of
            # what fits it is refused; that is all that is not looked at.
            printed = await schemathesis(
                own.url, "--max-examples", "20", "--exclude-checks", "positive_data_acceptance", "--seed", "1"
            )
            assert "No issues found" in printed

    run(test())


@pytest.mark.parametrize("action", sorted(openapi.FIELDS))
def test_the_fields_that_are_described_are_those_that_are_known(engine: Engine, tmp_path: Path, action: str) -> None:
    async def test() -> None:
        async with serving(engine, tickets=tmp_path / "t.db") as (server, own):
            assert sorted(server.service.actions) == sorted(openapi.FIELDS)
            for field in openapi.FIELDS[action]:
                _, answer = await own.bare(action, **{field: None})
                assert "unknown field" not in answer.get("error", ""), answer
            _, answer = await own.bare(action, nonsense=1)
            if "unknown field" in answer["error"]:
                known = set(re.findall(r"\w+", answer["expected"]))
                assert known <= set(openapi.FIELDS[action])

    run(test())


def figures(text: str) -> dict[str, float]:
    """The samples of an exposition."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_the_figures_for_prometheus(engine: Engine) -> None:
    async def test() -> None:
        async with serving(engine) as (server, own):
            await own.bare("work_generate", hash=hash_of(1), difficulty=EASY)
            await own.bare("work_generate", hash=hash_of(1), difficulty=0)
            await own.bare("nonsense")
            hard = own.generate(2, HARD)
            await until(lambda: server.service.scheduler.depth == 1)
            async with own.session.get(server.url + "/metrics") as answer:
                found = figures(await answer.text())
            assert found['powplasma_requests_total{action="work_generate",outcome="ok"}'] == 1
            assert found['powplasma_requests_total{action="work_generate",outcome="bad_difficulty"}'] == 1
            assert found['powplasma_requests_total{action="unknown",outcome="unknown_action"}'] == 1
            assert found['powplasma_request_seconds_count{action="work_generate"}'] == 2
            assert found["powplasma_queue"] == found["powplasma_waiters"] == 1
            assert found["powplasma_hashes_total"] > 0
            assert found["powplasma_workers"] == 2
            hard.cancel()
            await until(lambda: server.service.scheduler.depth == 0)
            async with own.session.get(server.url + "/") as answer:
                page = await answer.text()
            assert "hashrate" in page
            assert "<script" not in page

    run(test())


def test_a_line_of_json_for_each_request_without_a_secret(engine: Engine, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text('[clients.bot]\ntoken = "a-secret-of-a-test"\n')
    tokens.chmod(0o600)
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    handler, logger = Keep(), logging.getLogger("powplasma.serve")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)

    async def test() -> None:
        async with serving(engine, tokens=tokens) as (_, own):
            headers = {"Authorization": "Bearer a-secret-of-a-test"}
            await own.post({"action": "status"}, **headers)
            await own.post({"action": "a-secret-of-a-test\n", "x": "a-secret-of-a-test"}, **headers)
            await own.post({"action": "status"}, Authorization="Bearer a-secret-of-a-tess")

    try:
        run(test())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    records = [json.loads(line) for line in lines]
    assert [(each["client"], each["action"], each["outcome"]) for each in records] == [
        ("bot", "status", "ok"),
        ("bot", "unknown", "unknown_action"),
    ]
    assert "secret" not in "".join(lines)
