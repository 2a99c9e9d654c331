"""A LocalCluster in a process of its own, which a test can kill, and the same again at the same address."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]

LEAN = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
}
"""Of the settings that docs/scale.md advises, those that cost a test the most."""


class Local:
    """Two worker processes with a thread each, and their scheduler.

    Args:
        environment: of all of them, beside this process's own.
        tls: address begins with ``tls://``, as Dask's configuration in ``environment`` allows.
    """

    def __init__(self, *, tls: bool = False, **environment: str) -> None:
        self._environment = {**os.environ, **LEAN, **environment}
        self._tls = tls
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def start(self) -> Self:
        """Returns when the workers are there."""
        # Not under this process's own session: a killed cluster leaves no worker behind.
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self._port), "tls://" if self._tls else "tcp://"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=self._environment,
            start_new_session=True,
        )  # fmt: skip
        self.address = self._said("address")
        self._port = int(self.address.rsplit(":", 1)[1])
        return self

    def worker_pids(self) -> list[int]:
        """Process ids of the workers, as they are now."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("pids\n")
        self._process.stdin.flush()
        pids = self._said("pids")
        assert isinstance(pids, list)
        return pids

    def kill(self) -> None:
        """Ends scheduler and workers as a power cut would."""
        assert self._process is not None
        if not Path("/proc/self/stat").exists():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        # All but the one that then removes their semaphores from /dev/shm, and ends.
        while others := [pid for pid in members(self._process.pid) if b"resource_tracker" not in command_of(pid)]:
            for pid in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
        self._process = None

    def _said(self, key: str) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())[key]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


def members(group: int) -> list[int]:
    """Processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, process_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == group and state not in "ZX":
                found.append(int(path.parent.name))
    return found


def command_of(pid: int) -> bytes:
    """The command line of a process; nothing if it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def say(record: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def main(port: int, protocol: str) -> None:
    from distributed import LocalCluster  # noqa: PLC0415 - only the process that is the cluster needs it

    # A port stays taken for a moment after its scheduler was killed.
    deadline = time.monotonic() + 120
    while True:
        try:
            cluster: Any = LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, scheduler_port=port, dashboard_address="127.0.0.1:0",
                protocol=protocol, silence_logs=60,
            )  # fmt: skip
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            break
    cluster.wait_for_workers(2)
    say({"address": cluster.scheduler_address})
    for _ in sys.stdin:
        pids = [nanny.process.pid for nanny in cluster.workers.values() if nanny.process is not None]
        say({"pids": pids})


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
