"""The base price of the forum proposal in radCAD, in a process of its own: ``benchmarks.trajectories`` starts it.

It needs radCAD, and typing_extensions, which radCAD needs and does not say. radCAD 0.14 demands a numpy
older than the one that powplasma needs, so the two cannot share an environment. Each line of standard
input is a request as a JSON list, each line of standard output the answer: ``["run", patterns,
momentums]`` follows the base price through a repeated pattern of base plasma, once per pattern, and
answers with the last price of each; ``["clock"]`` answers with the CPU seconds of this process.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from radcad import Backend, Engine, Model, Simulation  # type: ignore[import-not-found]

_TARGET, _DENOMINATOR, _LEAST = 2_100_000, 8, 1_000


def _next_price(params: Any, substep: Any, history: Any, state: Any, inputs: Any) -> tuple[str, int]:  # noqa: ARG001
    base_plasma = params["pattern"][state["timestep"] % len(params["pattern"])]
    price = state["base_price"]
    return "base_price", max(_LEAST, price + price * (base_plasma - _TARGET) // (_TARGET * _DENOMINATOR))


def _run(patterns: list[list[int]], momentums: int) -> list[int]:
    """With what radCAD itself offers to be fast: no copies of the state, no substeps kept, no pool of processes."""
    model = Model(
        initial_state={"base_price": _LEAST},
        state_update_blocks=[{"policies": {}, "variables": {"base_price": _next_price}}],
        params={"pattern": patterns},
    )
    simulation = Simulation(model=model, timesteps=momentums, runs=1)
    simulation.engine = Engine(backend=Backend.SINGLE_PROCESS, deepcopy=False, drop_substeps=True)
    results = simulation.run()
    return [row["base_price"] for row in results if row["timestep"] == momentums]


for line in sys.stdin:
    request, *arguments = json.loads(line)
    print(json.dumps(time.process_time() if request == "clock" else _run(*arguments)), flush=True)
