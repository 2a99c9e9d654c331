"""Searches by a work server: one HTTP request for each, which is given up with its search."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import json
import os
import time
from concurrent.futures import Future
from types import ModuleType
from typing import Any

from powplasma.background import LoopThread
from powplasma.engine.board import NO_JOB
from powplasma.engine.job import Job
from powplasma.engine.pool import reject, resolve
from powplasma.engine.search import Request
from powplasma.errors import (
    ExtraMissing,
    InvalidInput,
    PowPlasmaError,
    SearchCancelled,
    SearchTimeout,
    printable,
)
from powplasma.work import U64, Work, counter_of_nonce, parse_nonce

PATIENCE_SECONDS = 30.0
"""How long a server that cannot be reached, or has nothing to search with, is asked again."""

_LONGEST_PAUSE = 30.0
_RETRY_SECONDS = 0.5
_CONNECT_SECONDS = 10.0
_MAX_ANSWER_BYTES = 64 * 1024


class ServerUnavailable(ExtraMissing):
    """The library that speaks to work servers is not installed."""

    need = "a work server needs"
    extra = "serve"


class ServerFailed(PowPlasmaError):
    """A work server cannot be reached, or refuses.

    Attributes:
        server: its URL.
        why: the reason, in words.
    """

    def __init__(self, server: str, why: str) -> None:
        self.server = server
        self.why = why
        super().__init__(f"work server {server}: {printable(why)}")


class _TryAgain(Exception):
    """The server could not answer now.

    Attributes:
        pause: seconds after which it is worth to ask again.
        patient: whether it is worth to ask however long that takes.
    """

    def __init__(self, why: str, pause: float = _RETRY_SECONDS, *, patient: bool = False) -> None:
        self.pause = min(max(pause, _RETRY_SECONDS), _LONGEST_PAUSE)
        self.patient = patient
        super().__init__(why)


class ServerPool:
    """Searches each job by a request to a work server. It has the face of ``Pool``.

    Args:
        url: of the server.
        token: that the server asks for; None for none.
    """

    def __init__(self, url: str, token: str | None) -> None:
        self._aiohttp = _load_aiohttp()
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token.strip()}"
        self._numbers = itertools.count(NO_JOB + 1)
        self._open: dict[int, Job] = {}
        self._closed = False
        self._workers = 0
        self._session: Any = None
        self._owner = os.getpid()
        self._loop = LoopThread("powplasma-server")
        atexit.register(self.close)

    @property
    def failed(self) -> bool:
        """Whether the pool takes no more searches."""
        return self._closed

    @property
    def pids(self) -> list[int]:
        """None here: the workers are the server's."""
        return []

    @property
    def workers(self) -> int:
        """Workers of the server, by its last answer; 0 before the first."""
        return self._workers

    @property
    def busy(self) -> int:
        """How many searches are under way."""
        return len(self._open)

    @property
    def dispatches_here(self) -> bool:
        """Whether the calling thread is the dispatching one, as in a future's callback."""
        return self._loop.is_here

    def submit(self, request: Request) -> Job:
        """Begins a search. Cancelling the job's future gives it up at any time, here and at the server."""
        job = Job(next(self._numbers), request)
        self._open[job.number] = job
        if self._closed:
            reject(job.future, SearchCancelled("the engine was closed"))
            return job
        task = self._loop.begin(self._follow(job))

        def over(future: Future[Work]) -> None:
            self._open.pop(job.number, None)
            if future.cancelled():
                future.set_running_or_notify_cancel()
                task.cancel()

        job.future.add_done_callback(over)
        return job

    def hashes(self, _: Job) -> int:
        """Nobody knows: the server says it with its answer."""
        return 0

    def close(self) -> None:
        """Gives up all searches; the server notices that their connections end."""
        if self._closed or os.getpid() != self._owner:
            return
        self._closed = True
        for job in list(self._open.values()):
            reject(job.future, SearchCancelled("the engine was closed"))
        if not self._loop.is_here:
            if self._session is not None:
                with contextlib.suppress(Exception):
                    self._loop.run(self._session.close())
            self._loop.close()
        atexit.unregister(self.close)

    async def _follow(self, job: Job) -> None:
        request = job.request
        left = None if request.timeout is None else request.deadline - time.perf_counter()
        try:
            async with asyncio.timeout(left):
                resolve(job.future, await self._search(request))
        except TimeoutError:
            reject(job.future, SearchTimeout("timeout", 0, request.seconds))
        except PowPlasmaError as failure:
            reject(job.future, failure)
        except Exception as defect:  # noqa: BLE001 - whoever waits has to be told
            reject(job.future, ServerFailed(self._url, f"{type(defect).__name__}: {defect}"))

    async def _search(self, request: Request) -> Work:
        failing_since: float | None = None
        while True:
            try:
                return await self._ask(request)
            except _TryAgain as again:
                now = time.monotonic()
                failing_since = now if failing_since is None and not again.patient else failing_since
                if failing_since is not None and now + again.pause - failing_since > PATIENCE_SECONDS:
                    raise ServerFailed(self._url, str(again)) from again
                await asyncio.sleep(again.pause)

    async def _ask(self, request: Request) -> Work:
        message = {
            "action": "work_generate",
            "data_hash": request.data_hash.hex(),
            "difficulty": str(request.difficulty),
        }
        if self._session is None:
            limits = self._aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
            connector = self._aiohttp.TCPConnector(limit=0)
            self._session = self._aiohttp.ClientSession(timeout=limits, connector=connector, headers=self._headers)
        try:
            async with self._session.post(self._url, json=message, allow_redirects=False) as response:
                status, content = response.status, await response.content.read(_MAX_ANSWER_BYTES)
                while more := await response.content.read(_MAX_ANSWER_BYTES - len(content) + 1):
                    content += more
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise ServerFailed(self._url, "its answer is too long")
        except (self._aiohttp.ClientError, OSError, TimeoutError) as error:
            if isinstance(error, TimeoutError) and not str(error) and not isinstance(error, self._aiohttp.ClientError):
                raise  # it is the search's own
            raise _TryAgain(str(error) or type(error).__name__) from error
        return self._read(request, status, content)

    def _read(self, request: Request, status: int, content: bytes) -> Work:
        """The work in an answer, which is believed in nothing that can be checked."""
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ServerFailed(self._url, f"HTTP {status}, and it is not the answer of a work server")
        if status != 200 or "error" in answer:
            raise self._refusal(status, answer)
        try:
            counter = counter_of_nonce(parse_nonce(answer.get("nonce", "")))
        except InvalidInput as wrong:
            raise ServerFailed(self._url, str(wrong)) from None
        seconds = answer.get("seconds")
        took = float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e9 else 0.0
        hashes, workers = (answer.get(name) for name in ("hashes", "workers"))
        self._workers = workers if type(workers) is int and 0 <= workers < U64 else 0
        return request.confirm(
            counter,
            hashes if type(hashes) is int and 0 <= hashes < U64 else 0,
            time.perf_counter() - took,
            printable(str(answer.get("kernel", "server"))[:100]),
            self._workers,
        )

    def _refusal(self, status: int, answer: dict[str, Any]) -> Exception:
        why = str(answer.get("error", f"HTTP {status}"))[:500]
        pause = answer.get("retry_after")
        match answer.get("kind"):
            case "cancelled":
                return SearchCancelled(f"the work server {self._url} gave the search up")
            case "overloaded" if isinstance(pause, int | float):
                return _TryAgain(why, pause, patient=True)
            case "no_device" | "overloaded":
                return _TryAgain(why)
        return ServerFailed(self._url, why)


def _load_aiohttp() -> ModuleType:
    try:
        import aiohttp  # noqa: PLC0415 - an extra, and slow
    except ImportError as error:
        raise ServerUnavailable from error
    return aiohttp
