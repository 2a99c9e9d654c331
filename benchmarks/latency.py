"""How long a search takes from the call to the checked nonce, warm and cold, against a hashlib loop.

    python -m benchmarks.latency [--difficulties 1,1000,1000000,31500000] [--repetitions N] [--json]

Both sides start from the same random nonce, so both find the same one. Warm is ``Engine.search`` with
running workers; cold is a new process that runs ``powplasma generate``, against a new Python that runs
the loop. The loop would need half a minute per nonce for 31,500,000; above ``--most-hashes`` it is
given that many, and its time is scaled up to the distance of the nonce (marked ~).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.common import Spread, machine, present
from powplasma import Engine
from powplasma.work import counter_of_nonce, threshold

LOOP = """
import hashlib, sys
data_hash, start, least = bytes.fromhex(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for i in range(start, start + int(sys.argv[4])):
    if int.from_bytes(hashlib.sha3_256(i.to_bytes(8, "little") + data_hash).digest()[:8], "little") >= least:
        print(i)
        break
"""


def hashlib_seconds(data_hash: bytes, start: int, least: int, count: int) -> float:
    sha3_256 = hashlib.sha3_256
    begin = time.perf_counter()
    for i in range(start, start + count):
        if int.from_bytes(sha3_256(i.to_bytes(8, "little") + data_hash).digest()[:8], "little") >= least:
            break
    return time.perf_counter() - begin


def process_seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def rows_of(engine: Engine, difficulty: int, repetitions: int, most_hashes: int) -> dict[str, dict[str, object]]:
    """Warm and cold seconds of both sides for one difficulty, and their ratios."""
    program = shutil.which("powplasma", path=str(Path(sys.executable).parent)) or "powplasma"
    times: dict[str, list[float]] = {"warm": [], "warm loop": [], "cold": [], "cold loop": []}
    for _ in range(repetitions):
        # Below 2^62, so that the plain loop need not wrap.
        data_hash, start = os.urandom(32), int.from_bytes(os.urandom(8), "little") >> 2
        nonce = start.to_bytes(8, "little").hex()
        begin = time.perf_counter()
        work = engine.search(data_hash, difficulty, start_nonce=nonce)
        times["warm"].append(time.perf_counter() - begin)
        distance = counter_of_nonce(work.nonce) - start + 1
        count, least = min(distance, most_hashes), threshold(difficulty)
        loop = hashlib_seconds(data_hash, start, least, count) * distance / count
        times["warm loop"].append(loop)
        search = ["--data-hash", data_hash.hex(), "--difficulty", str(difficulty), "--start-nonce", nonce]
        times["cold"].append(process_seconds([program, "generate", *search]))
        if distance <= most_hashes:
            arguments = [data_hash.hex(), str(start), str(least), str(count)]
            loop = process_seconds([sys.executable, "-c", LOOP, *arguments])
        times["cold loop"].append(loop)
    return {
        kind: {
            "seconds": asdict(Spread.of(times[kind])),
            "hashlib_loop_seconds": asdict(Spread.of(times[f"{kind} loop"])),
            "times_faster": asdict(Spread.of([b / a for a, b in zip(times[kind], times[f"{kind} loop"], strict=True)])),
            "loop_scaled": difficulty * 2 > most_hashes,
        }
        for kind in ("warm", "cold")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--difficulties", default="1,1000,1000000,31500000")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--most-hashes", type=int, default=1_000_000, help="that the plain loop makes in one run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    with Engine() as engine:
        engine.submit(bytes(32), 1 << 60, max_hashes=2_000_000).exception()  # wakes the workers
        results = {
            difficulty: rows_of(engine, int(difficulty), options.repetitions, options.most_hashes)
            for difficulty in options.difficulties.split(",")
        }
        settings = {"kernel": engine.kernel, "workers": engine.workers, "repetitions": options.repetitions}
    rows = []
    for difficulty, kinds in results.items():
        for kind, row in kinds.items():
            spreads = [Spread(**row[key]) for key in ("seconds", "hashlib_loop_seconds", "times_faster")]  # type: ignore[arg-type]
            ours, loop, faster = spreads
            milliseconds = [Spread(1e3 * s.median, 1e3 * s.low, 1e3 * s.high).text(2) for s in (ours, loop)]
            scaled = "~" if row["loop_scaled"] else ""
            rows.append([f"{int(difficulty):,} {kind}", milliseconds[0], scaled + milliseconds[1], faster.text(1)])
    result = {"benchmark": "latency of one search", "settings": settings, "machine": machine(), "results": results}
    present(result, options.json, ["difficulty", "powplasma ms", "hashlib loop ms", "times faster"], rows)


if __name__ == "__main__":
    main()
