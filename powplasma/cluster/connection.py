"""A connection to a Dask scheduler, for as long as a ``with`` block lasts.

TLS is Dask's own: an address ``tls://…`` and its configuration (``distributed.comm.tls``, from a file
or the environment) are all it takes.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from types import ModuleType
from typing import Any

from powplasma.background import within
from powplasma.errors import ExtraMissing, InvalidInput, PowPlasmaError, printable

CONNECT_SECONDS = 10.0
"""Time within which a scheduler has to answer, and after that its first worker to be there."""

_CLOSE_SECONDS = 0.5
"""Time to let go of a cluster in order."""

_LONGEST = 500
"""Most characters of what a cluster says that are kept."""

_PACKAGE = "powplasma"
_ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}\Z")


class ClusterUnavailable(ExtraMissing):
    """The library that talks to a cluster is not installed."""

    need = "a cluster needs"
    extra = "cluster"


class ClusterFailed(PowPlasmaError):
    """A cluster cannot be used, or not any more.

    Attributes:
        address: of its scheduler.
        why: the reason, in words.
    """

    def __init__(self, address: str, why: str) -> None:
        self.address = address
        self.why = one_line(why)
        super().__init__(f"cluster {address}: {self.why}")


class TaskKilled(ClusterFailed):
    """A task took several workers down, one after the other."""


def check_address(address: str) -> None:
    """Refuses what is no address of a scheduler.

    Raises:
        InvalidInput: field ``cluster``.
    """
    if not isinstance(address, str) or not _ADDRESS.match(address):
        raise InvalidInput("cluster", address, "is no address", "tcp://HOST:PORT or tls://HOST:PORT")


def check_available() -> None:
    """Refuses where no cluster can be reached from.

    Raises:
        ClusterUnavailable: ``distributed`` is not installed.
    """
    _library()


def check_version(version: str) -> None:
    """Called by a task in its worker, which may have come later than the connection.

    Raises:
        ClusterFailed: the client that made the task is another version of powplasma.
    """
    if version != own_version():
        raise ClusterFailed("worker", _mismatch(f"it has powplasma {own_version()}", version))


def own_version() -> str:
    """The version of powplasma that is installed here, as a worker states its own."""
    return importlib.metadata.version(_PACKAGE)


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[Any]:
    """An asynchronous ``distributed.Client`` of a cluster that has a worker and this very powplasma.

    It belongs to the running event loop, and its methods are coroutines.

    Raises:
        InvalidInput: field ``cluster``; this is no address.
        ClusterUnavailable: ``distributed`` is not installed.
        ClusterFailed: nothing answers within ``CONNECT_SECONDS``, or another powplasma does.
    """
    check_address(address)
    library = _library()
    # Dask's own time limits leave out some of what it waits for.
    client = library.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, asynchronous=True)
    try:
        with _failures(address):
            await within(CONNECT_SECONDS, _started(client))
        with _failures(address, "no worker"):
            await within(CONNECT_SECONDS, client.wait_for_workers(1, timeout=CONNECT_SECONDS))
        with contextlib.suppress(TimeoutError), _failures(address, timeouts=False):
            # A worker that does not answer is none of the others' concern; each task checks the version once more.
            ask = client.run(importlib.metadata.version, _PACKAGE, on_error="return")
            _check_versions(address, await within(CONNECT_SECONDS, ask))
        yield client
    finally:
        with contextlib.suppress(Exception):
            await within(_CLOSE_SECONDS, _closed(client))


async def _started(client: Any) -> None:
    await client


async def _closed(client: Any) -> None:
    await client.close(timeout=_CLOSE_SECONDS)


@contextlib.contextmanager
def _failures(address: str, missing: str = "no answer", *, timeouts: bool = True) -> Iterator[None]:
    """Turns whatever ends the making of a connection into one line; all else is the library's to name.

    Args:
        address: of the scheduler.
        missing: what was not there when the time was over.
        timeouts: whether to turn these as well.
    """
    try:
        yield
    except TimeoutError as error:
        if not timeouts:
            raise
        raise ClusterFailed(address, f"{missing} within {CONNECT_SECONDS:g} s") from error
    except ClusterFailed:
        raise
    except Exception as error:
        # A wrong certificate, a port that speaks something else, a scheduler of another version: types differ.
        raise ClusterFailed(address, f"{type(error).__name__}: {error}") from error


def _check_versions(address: str, versions: Mapping[str, object]) -> None:
    for worker, found in versions.items():
        if isinstance(found, Exception):
            raise ClusterFailed(address, f"worker {worker} has no powplasma; this is {own_version()}")
        if found != own_version():
            raise ClusterFailed(address, _mismatch(f"worker {worker} has powplasma {found}", own_version()))


def _mismatch(theirs: str, ours: str) -> str:
    return f"{theirs}, the client {ours}; both have to be the same"


def one_line(text: str) -> str:
    """Text that may have come from anywhere, in one line of bounded length and without characters that hide or move."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _library() -> ModuleType:
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ClusterUnavailable from error
    return distributed
