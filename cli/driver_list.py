"""The OpenCL platforms as a child process lists them: a driver may end its process instead of answering, or hang.

``python -m powplasma_cli.driver_list`` is the child. Its answer is the last line of what it prints, since
drivers print too.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess

from powplasma.errors import KernelUnavailable
from powplasma.kernels.opencl import Device, Platform, platforms
from powplasma.processes import executable

_SECONDS = 30.0
"""Time for all drivers together; the first call of one may take some seconds."""


def listed_apart() -> tuple[tuple[Platform, ...], str]:
    """The OpenCL platforms; if there are none, why."""
    try:
        done = subprocess.run(  # noqa: S603 - this very program
            [executable(), "-P", "-m", __name__],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return (), f"a driver did not answer within {_SECONDS:g} s"
    except OSError as error:
        return (), f"no process can be started to ask the drivers: {error.strerror or error}"
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
        found = tuple(
            Platform(**{**each, "devices": tuple(Device(**device) for device in each["devices"])})
            for each in answer["platforms"]
        )
    except (ValueError, IndexError, KeyError, TypeError):
        said = " ".join(done.stderr.decode(errors="replace").split())[-200:]
        return (), f"a driver ended its process ({_ending(done.returncode)})" + (f": {said}" if said else "")
    return found, str(answer["why"])


def _ending(code: int) -> str:
    """How a process ended, in words."""
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"exit code {code}"


def main() -> None:
    """Asks the drivers, in this process."""
    try:
        answer = {"platforms": [dataclasses.asdict(each) for each in platforms()], "why": ""}
    except KernelUnavailable as error:
        answer = {"platforms": [], "why": error.why}
    print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
