"""``powplasma serve`` as it is installed: what it prints, how it ends, and what it refuses."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from powplasma import check
from tests.waiting import PATIENCE, wait_until

from .conftest import PROGRAM, Run, write_lines

HARD = 1 << 60
HASH = "ab" * 32
TOKEN = "a-secret-of-a-test"


@contextmanager
def running(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and its URL; ended at the end of the block."""
    command = [PROGRAM, "serve", "--port", "0", "--workers", "1", "--max-difficulty", str(HARD), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def post(url: str, message: object, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request("POST", "/", json.dumps(message), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


class Asking(threading.Thread):
    """A request in a thread, for what happens meanwhile."""

    def __init__(self, url: str, difficulty: int) -> None:
        super().__init__()
        self.url = url
        self.message = {"action": "work_generate", "hash": HASH, "difficulty": difficulty}
        self.answer: tuple[int, Any] | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = post(self.url, self.message)
        except (OSError, http.client.HTTPException):
            self.answer = None


def under_way(url: str) -> bool:
    return post(url, {"action": "status"})[1]["queue"] == 1


def test_it_prints_its_url_and_answers() -> None:
    with running() as (process, url):
        status, answer = post(url, {"action": "work_generate", "hash": HASH, "difficulty": "1000"})
        assert status == 200
        assert check(HASH, answer["work"], 1000)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_sigterm_waits_for_what_is_under_way_and_a_second_one_does_not() -> None:
    with running("--drain", "3600") as (process, url):
        asking = Asking(url, HARD)
        wait_until(lambda: under_way(url))
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(url))
        assert process.poll() is None  # it waits for the search
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == -signal.SIGTERM  # and the second signal does not
        asking.join(PATIENCE)
        assert asking.answer is None


def is_listening(url: str) -> bool:
    try:
        post(url, {"action": "status"})
    except ConnectionRefusedError:
        return False
    return True


def test_when_the_time_to_drain_is_over_those_who_wait_are_told() -> None:
    with running("--drain", "0.2") as (process, url):
        asking = Asking(url, HARD)
        wait_until(lambda: under_way(url))
        process.send_signal(signal.SIGTERM)
        asking.join(PATIENCE)
        assert asking.answer == (200, {"error": "Cancelled", "kind": "cancelled"})
        assert process.wait(PATIENCE) == 0


def test_a_search_ends_well_while_it_drains() -> None:
    with running("--drain", "3600") as (process, url):
        asking = Asking(url, 30_000_000)
        wait_until(lambda: under_way(url) or asking.answer)
        process.send_signal(signal.SIGTERM)
        asking.join(PATIENCE)
        assert asking.answer is not None
        assert check(HASH, asking.answer[1]["work"], 30_000_000)
        assert process.wait(PATIENCE) == 0


def test_no_secret_is_printed(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(f'[clients.bot]\ntoken = "{TOKEN}"\n')
    tokens.chmod(0o600)
    with running("--tokens", tokens) as (process, url):
        assert post(url, {"action": "status"})[0] == 401
        assert post(url, {"action": "status"}, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert post(url, {"action": "status", "x": TOKEN}, Authorization=f"Bearer {TOKEN}")[0] == 400
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    assert TOKEN not in out + err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "does not name clients alone"),
        ("x = 1", "does not name clients alone"),
        ("[clients]", "does not name clients alone"),
        ("[clients.a]", "has no usable token"),
        ('[clients.a]\ntoken = "short"', "has no usable token"),
        (f'[clients.a]\ntoken = "{TOKEN}"\nbudget = 1', "is unknown"),
        (f'[clients.a]\ntoken = "{TOKEN}"\nhashes_per_day = 0', "is out of range"),
        (f'[clients.A]\ntoken = "{TOKEN}"', "is not a name"),
        (f'[clients.a]\ntoken = "{TOKEN}"\n[clients.b]\ntoken = "{TOKEN}"', "has the token of a"),
        (f'[clients.a]\ntoken = "{TOKEN}', "is not"),
    ],
)
def test_a_file_of_tokens_that_cannot_be_used_is_refused(call: Run, tmp_path: Path, text: str, problem: str) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(text)
    tokens.chmod(0o600)
    done = call("serve", "--port", "0", "--workers", "1", "--tokens", tokens)
    assert done.code == 2
    assert problem in done.err
    assert TOKEN not in done.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--host", "0.0.0.0"], "--host: 0.0.0.0 is open to other machines"),
        (["--host", "here"], "--host: here is no IP address"),
        (["--port", "65536"], "--port: 65536 is out of range"),
        (["--queue", "0"], "--queue: 0 is out of range"),
        (["--drain", "-1"], "--drain: -1.0 is out of range"),
        (["--max-difficulty", "0"], "--max-difficulty: 0 is out of range"),
        (["--allow-origin", "wallet.example"], "--allow-origin: wallet.example is no origin"),
        (["--tls-cert", "x"], "belong together"),
        (["--tls-cert", "x", "--tls-key", "x"], "--tls-cert: x cannot be used"),
        (["--tokens", "nothing-here"], "--tokens: nothing-here"),
        (["--node", "ftp://x"], "--node"),
    ],
)
def test_options_that_cannot_be_used_are_named(call: Run, arguments: list[str], problem: str) -> None:
    done = call("serve", "--workers", "1", *arguments)
    assert done.code == 2
    assert problem in done.err


def test_tokens_that_others_can_read_are_refused(call: Run, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(f'[clients.a]\ntoken = "{TOKEN}"')
    tokens.chmod(0o640)
    done = call("serve", "--port", "0", "--workers", "1", "--tokens", tokens)
    assert (done.code, os.name) == (2, "posix")
    assert "can be read or written by others" in done.err


def test_generate_by_a_server(call: Run, tmp_path: Path) -> None:
    tokens, token = tmp_path / "tokens.toml", tmp_path / "token"
    tokens.write_text(f'[clients.bot]\ntoken = "{TOKEN}"\n')
    token.write_text(TOKEN + "\n")
    tokens.chmod(0o600)
    token.chmod(0o600)
    with running("--tokens", tokens) as (_, url):
        asked = ["generate", "--server", url, "--difficulty", "100000"]
        done = call(*asked, "--server-token", token, "--data-hash", HASH, "--json")
        assert done.code == 0
        assert check(HASH, done.record["nonce"], 100_000)
        orders = write_lines(tmp_path / "in.jsonl", *({"data_hash": f"{n:064x}"} for n in range(50)))
        done = call(*asked, "--server-token", token, "--input", orders)
        assert done.code == 0
        for number, record in enumerate(done.records):
            assert check(f"{number:064x}", record["nonce"], 100_000)
        refused = call(*asked, "--data-hash", HASH)
        assert refused.code == 3
        assert "a token is needed" in refused.problem
        token.chmod(0o644)
        refused = call(*asked, "--server-token", token, "--data-hash", HASH)
        assert refused.code == 2
        assert "--server-token" in refused.err
        assert TOKEN not in refused.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--server", "host:1"], "--server: host:1 is not the URL"),
        (["--server-token", "x"], "--server-token is for a --server"),
        (["--server", "http://host", "--server-token", "nothing-here"], "--server-token: nothing-here"),
        (["--server", "http://host", "--workers", "1"], "--workers: 1 is for workers of this machine"),
        (["--server", "http://host", "--cluster", "tcp://host:1"], "--cluster: tcp://host:1 is given beside"),
        (["--server", "http://host", "--max-hashes", "5"], "--max-hashes: 5 cannot be asked"),
        (["--server", "http://host", "--start-nonce", "0" * 16], "--start-nonce: 0000000000000000 cannot be asked"),
    ],
)
def test_options_that_do_not_go_with_a_server_are_named(call: Run, arguments: list[str], problem: str) -> None:
    done = call("generate", "--data-hash", HASH, "--difficulty", "1000000", *arguments)
    assert done.code == 2
    assert problem in done.err
