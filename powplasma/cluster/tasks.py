"""Tasks on a cluster, and what becomes of one: a result, or a failure of the cluster in one line."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from powplasma.background import within
from powplasma.cluster.connection import ClusterFailed, TaskKilled
from powplasma.errors import PowPlasmaError

NO_WORKER_SECONDS = 60.0
"""How long a cluster may be without any worker before it is given up."""


class Tasks:
    """Makes tasks for one client, each with a key of its own.

    Args:
        client: as ``connected`` gives it.
        address: of its scheduler, for messages.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._name = f"powplasma-{uuid4().hex}"
        self._number = 0
        self._last_worker = time.monotonic()

    async def result(self, function: Callable[..., Any], *arguments: object, worker: str | None = None) -> Any:
        """What the function comes to on a worker. A worker that dies meanwhile is replaced by another.

        Args:
            function: of a module that the worker can import.
            arguments: are pickled.
            worker: address of the one that is to do it, as long as it is there.

        Raises:
            TaskKilled: the task took several workers down with it.
            ClusterFailed: the scheduler is lost.
            PowPlasmaError: what the function raised; of anything else it makes a ``ClusterFailed``.
        """
        library = __import__("distributed")
        self._number += 1
        where = {} if worker is None else {"workers": [worker], "allow_other_workers": True}
        try:
            key = f"{self._name}-{self._number}"
            return await self._client.submit(function, *arguments, key=key, pure=False, **where).result()
        except library.client.FutureCancelledError as error:
            raise ClusterFailed(self._address, "the connection to the scheduler was lost") from error
        except library.client.ClosedClientError as error:
            raise ClusterFailed(self._address, "the connection to the scheduler was lost") from error
        except library.KilledWorker as error:
            why = f"several workers died of one task, at last {error.last_worker}"
            raise TaskKilled(self._address, why) from error
        except PowPlasmaError:
            raise
        except Exception as error:
            raise ClusterFailed(self._address, f"a worker raised {type(error).__name__}: {error}") from error

    async def threads(self) -> dict[str, int]:
        """How many threads each worker has, by its address.

        Raises:
            ClusterFailed: the scheduler is lost, or there has been no worker for ``NO_WORKER_SECONDS``.
        """
        try:
            found: dict[str, int] = await within(NO_WORKER_SECONDS, self._client.nthreads())
        except (OSError, TimeoutError, AttributeError) as error:
            raise ClusterFailed(self._address, "the connection to the scheduler was lost") from error
        now = time.monotonic()
        if found:
            self._last_worker = now
        elif now - self._last_worker > NO_WORKER_SECONDS:
            raise ClusterFailed(self._address, f"there has been no worker for {NO_WORKER_SECONDS:g} s")
        return dict(found)
