"""``Engine(server=URL)``: as any engine; it believes nothing that can be checked, and leaves nothing at the server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from powplasma import Engine, InvalidInput, KernelUnavailable, SearchCancelled, SearchTimeout, check
from powplasma.engine import server_pool
from powplasma.engine.server_pool import ServerFailed
from tests.waiting import PATIENCE, wait_until

from .running import HARD, hash_of, in_a_thread

FAR = 100_000
"""A difficulty that an engine does not search by itself where others can."""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_pool, "PATIENCE_SECONDS", 0.5)


def test_a_work_from_a_server_is_as_any_other(engine: Engine) -> None:
    with in_a_thread(engine) as server, Engine(server=server.url) as far:
        work = far.search(hash_of(1), FAR)
        assert check(hash_of(1), work.nonce, FAR)
        assert (work.difficulty, work.kernel, far.workers) == (FAR, engine.kernel, 2)
        assert work.hashes > 0
        futures = [far.submit(hash_of(number), FAR) for number in range(2, 30)]
        for number, future in enumerate(futures, 2):
            assert check(hash_of(number), future.result(PATIENCE).nonce, FAR)
        assert check(hash_of(1), asyncio.run(far.asearch(hash_of(1), 5)).nonce, 5)  # here, and not there


def test_what_is_given_up_is_given_up_at_the_server_too(engine: Engine) -> None:
    with in_a_thread(engine) as server:
        depth = lambda: server.service.scheduler.depth  # noqa: E731
        with Engine(server=server.url) as far:
            future = far.submit(hash_of(1), HARD)
            wait_until(lambda: depth() == 1)
            assert future.cancel()
            with pytest.raises(CancelledError):
                future.result()
            wait_until(lambda: depth() == 0)
            with pytest.raises(SearchTimeout):
                far.search(hash_of(1), HARD, timeout=0.3)
            wait_until(lambda: depth() == 0)
            future = far.submit(hash_of(1), HARD)
            wait_until(lambda: depth() == 1)
        with pytest.raises(SearchCancelled):
            future.result()
        with pytest.raises(SearchCancelled):
            far.search(hash_of(1), HARD)
        wait_until(lambda: depth() == 0)


def test_a_search_outlives_a_server_that_is_cut_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_pool, "PATIENCE_SECONDS", PATIENCE)
    with in_a_thread(engine) as server:
        port = int(server.url.rpartition(":")[2])
        far = Engine(server=server.url)
        future = far.submit(hash_of(1), HARD)
        wait_until(lambda: server.service.scheduler.depth == 1)
        # As if the machine were gone: the connection ends without an answer, and there is no other to be had.
        runner = server.front._runner
        assert runner is not None
        assert runner.server is not None
        (connection,) = runner.server.connections
        for step in (server.front.refuse_connections, connection.transport.abort):
            connection._loop.call_soon_threadsafe(step)
        wait_until(lambda: server.service.scheduler.depth == 0)
    assert not future.done()
    with far, in_a_thread(engine, port=port) as server:
        wait_until(lambda: server.service.scheduler.depth == 1)
        assert future.cancel()


def test_tokens(engine: Engine, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text('[clients.bot]\ntoken = "a-secret-of-a-test"\nhashes_per_day = 500000\n')
    tokens.chmod(0o600)
    with in_a_thread(engine, tokens=tokens) as server:
        for token in (None, "a-secret-of-another"):
            with Engine(server=server.url, token=token) as far, pytest.raises(ServerFailed, match="a token is needed"):
                far.search(hash_of(1), FAR)
        with Engine(server=server.url, token="a-secret-of-a-test") as far:
            assert check(hash_of(1), far.search(hash_of(1), FAR).nonce, FAR)
            with pytest.raises(ServerFailed, match="hashes are expected") as caught:
                far.search(hash_of(2), 10**6)
            assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("_impatient")
def test_a_server_that_cannot_be_reached_is_given_up() -> None:
    with Engine(server="http://127.0.0.1:1") as far, pytest.raises(ServerFailed, match="work server http"):
        far.search(hash_of(1), FAR)


@contextmanager
def saying(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that says the same to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("status", "body", "failure", "words"),
    [
        (200, {"nonce": "0" * 16}, KernelUnavailable, "which is not good"),
        (200, {"nonce": "0" * 16, "kernel": "python\n", "hashes": -1, "seconds": "x"}, KernelUnavailable, "not good"),
        (200, {"nonce": 5}, ServerFailed, "neither text nor bytes"),
        (200, {}, ServerFailed, "nonce"),
        (200, {"error": "Cancelled", "kind": "cancelled"}, SearchCancelled, "gave the search up"),
        (200, [], ServerFailed, "not the answer of a work server"),
        (404, {"error": "no\nsuch \x1b[31m"}, ServerFailed, r"no\\nsuch"),
        (503, {"error": "no workers", "kind": "no_device"}, ServerFailed, "no workers"),
        (302, {"nonce": "0" * 16}, ServerFailed, "HTTP 302"),
        (200, "x" * 70_000, ServerFailed, "too long"),
    ],
)
def test_a_server_is_believed_in_nothing(status: int, body: object, failure: type[Exception], words: str) -> None:
    with (
        saying(status, json.dumps(body).encode(), Location="http://127.0.0.1:1/") as url,
        Engine(server=url) as far,
        pytest.raises(failure, match=words),
    ):
        far.search(hash_of(1), HARD, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"server": "127.0.0.1:35999"}, "server"),
        ({"server": "ftp://127.0.0.1"}, "server"),
        ({"server": "http://"}, "server"),
        ({"server": "http://a:b@host"}, "server"),
        ({"server": "http://host:99999"}, "server"),
        ({"server": "http://[::1"}, "server"),
        ({"server": "http://ho st"}, "server"),
        ({"server": 5}, "server"),
        ({"server": "http://host", "token": ""}, "token"),
        ({"server": "http://host", "token": "a\nb"}, "token"),
        ({"server": "http://host", "token": "é"}, "token"),
        ({"token": "x"}, "token"),
        ({"server": "http://host", "workers": 1}, "workers"),
        ({"server": "http://host", "nice": 1}, "nice"),
        ({"server": "http://host", "devices": ["opencl:x"]}, "device"),
        ({"server": "http://host", "intensity": 5}, "intensity"),
        ({"server": "http://host", "cluster": "tcp://host"}, "cluster"),
    ],
)
def test_choices_that_do_not_go_with_a_server_are_named(choice: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Engine(**choice)  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize("limit", [{"max_hashes": 5}, {"start_nonce": "0" * 16}])
def test_what_a_server_cannot_do_is_refused(limit: dict[str, object]) -> None:
    with Engine(server="http://127.0.0.1:1") as far, pytest.raises(InvalidInput, match="cannot be asked"):
        far.search(hash_of(1), FAR, **limit)  # type: ignore[arg-type]
