"""How fast each OpenCL device searches, beside this project's own engine on the processor in the same run.

    python -m benchmarks.devices [--device NAME]... [--intensity MS] [--repetitions N] [--seconds S] [--json]

By default every device that can be used. A search that never ends runs for some seconds of wall time; what is
compared is its count of hashes, which a device adds to once a launch. The engine on the processor has one worker
for each available core. With more than one contender, all of them together are the last.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.common import Contender, measure, report, show
from powplasma import Engine, SearchTimeout
from powplasma.engine import CPU
from powplasma.kernels.opencl import platforms

NEVER = (1 << 64) - 1


def search(engine: Engine, seconds: float) -> Callable[[], int]:
    def run() -> int:
        end = engine.submit(os.urandom(32), NEVER, timeout=seconds).exception()
        assert isinstance(end, SearchTimeout)
        assert not engine.dropped, engine.dropped
        return end.hashes

    return run


def wait_until_ready(engine: Engine) -> None:
    """A device that is new here is tried out first, which takes some seconds."""
    blocker = engine.submit(os.urandom(32), NEVER)
    while engine.busy_workers < engine.workers and not blocker.done():
        time.sleep(0.01)
    blocker.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--device", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--intensity", type=int, default=10, metavar="MS", help="of a launch, at most")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run of each contender")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    described = {device.name: device for platform in platforms() for device in platform.devices}
    names = options.device or [name for name, device in described.items() if not device.why]
    groups = [(CPU,), *((name,) for name in names), (CPU, *names)]
    with ExitStack() as stack:
        contenders = []
        for group in groups:
            engine = stack.enter_context(Engine(devices=group, intensity=options.intensity))
            wait_until_ready(engine)
            name = "all together" if len(group) > 1 else f"cpu ({engine.kernel})" if group == (CPU,) else group[0]
            contenders.append(Contender(name, search(engine, options.seconds)))
        samples = measure(contenders, options.repetitions, timer=time.perf_counter)
    settings = {"repetitions": options.repetitions, "seconds": options.seconds, "intensity": options.intensity}
    settings |= {name: f"{described[name].model}, driver {described[name].driver}" for name in names}
    result = report("devices beside the processor", settings, samples, contenders[0].name, 1e6)
    show(result, options.json, "million hashes/s")


if __name__ == "__main__":
    main()
