"""Everything that reads a file or a stream from elsewhere."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from powplasma_cli import (
    blocks,
    jsonl,
    orders,
    resume,
    settings,
    works,
)
from powplasma_cli.ahead import Ahead
from powplasma_cli.app import COMMANDS
from powplasma_cli.batch_file import LineWriter
from powplasma_cli.exits import OutputFailed
from powplasma_cli.sweep_file import SWEEP_FORMAT, continued, is_complete
from powplasma_cli.tally import Tally

import powplasma as pp
from powplasma.conformance import judge_file
from powplasma.errors import PowPlasmaError
from powplasma.kernels.opencl import tuning
from powplasma.measure import history, machine
from powplasma.measure.load import LoadMeter
from powplasma.node.devnode import faults, wire
from powplasma.node.message import read_message
from powplasma.plasma.target import Target
from powplasma.simulation import load_scenario
from powplasma.simulation.exits import load_exits
from powplasma.simulation.stockpile.honest import load_honest
from powplasma.stock import Need, Stock

from .reader import Reader
from .scratch import EXITS, HASH, INDIVIDUALS, TRAJECTORY, WALLET, Scratch

COMMAND = (PowPlasmaError, OutputFailed)
"""What a command may raise beside what its edge makes of everything else."""

REQUEST: dict[str, object] = {"scenario": "x", "seed": 0}


def files(scratch: Scratch) -> list[Reader]:
    folder = scratch.home
    batch = (scratch.own / "blocks.jsonl").read_bytes()
    found = (scratch.own / "works.jsonl").read_bytes()
    rows = (scratch.own / "works.csv").read_bytes()
    journal, heads = _journal()
    answers = b"".join(json.dumps({"line": line, "id": 1, "found": False}).encode() + b"\n" for line in (1, 2))

    def file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        path = folder / name

        def written(content: bytes) -> object:
            path.write_bytes(content)
            try:
                return read(path)
            finally:
                for left in folder.iterdir():
                    left.unlink()

        return written

    def descriptor(read: Callable[[int], object]) -> Callable[[bytes], object]:
        return file("input", lambda path: read(os.open(path, os.O_RDONLY)))

    def resumed(path: Path) -> object:
        source = orders.read_orders(os.open(scratch.own / "blocks.jsonl", os.O_RDONLY), _target(), orders.Defaults())
        with Ahead(source, 4) as answered, LineWriter(path, resume=True) as writer:
            return resume.take_finished(writer, answered, Tally())

    def sweep_of(path: Path) -> object:
        with continued(path, heads, lambda _: None, path, force=False) as (_, kept):
            return kept

    def stock_of(path: Path) -> object:
        with Stock(path, create=False) as stock:
            stock.find(WALLET.base_address, HASH, Need.of_difficulty(1))
            return len(list(stock.works())), stock.prune()

    def parquet_of(path: Path) -> object:
        return is_complete(path, REQUEST, rows_of_sweep, "latency", lambda _: None, force=False)

    def proc_of(path: Path) -> object:
        meter = LoadMeter(list, path.parent)
        meter.start()
        meter.stop()
        return meter.load

    rows_of_sweep: list[dict[str, object]] = [
        {"values": {}, "run": run, "seed": run, "digest": "x"} for run in range(3)
    ]
    vectors = (scratch.own / "vectors.json").read_bytes()
    histories = (scratch.own / "history.json").read_bytes()
    return [
        Reader("message of a node", [_message()], lambda content: read_message("node", "method", content), weight=2),
        Reader("text to a devnode", [_message()], _read_as_devnode, (faults.RpcFault,)),
        Reader("line of JSON", batch.splitlines(), jsonl.parse_object, weight=2),
        Reader("batch", [batch], descriptor(_orders), weight=2),
        Reader("works as JSON Lines", [found], descriptor(lambda fd: list(works.read_works(fd, "jsonl", 5))), weight=2),
        Reader("works as CSV", [rows], descriptor(lambda fd: list(works.read_works(fd, "csv", 5))), weight=2),
        Reader("finished batch", [answers], file("out", resumed)),
        Reader("journal of a sweep", [journal], file("sweep.jsonl", sweep_of), COMMAND),
        Reader("file of a block", [(scratch.own / "signed.json").read_bytes()], file("block.json", blocks.read_block)),
        Reader(
            "file of settings", [(scratch.own / "settings.toml").read_bytes(), b"[quote]\n"], file("c.toml", _settings)
        ),
        Reader(
            "scenario", [INDIVIDUALS.encode(), TRAJECTORY.encode()], file("s.toml", lambda p: load_scenario(str(p)))
        ),
        Reader("scenario of exits", [EXITS.encode()], file("e.toml", lambda path: load_exits(str(path)))),
        Reader("honest users", [_honest()], file("h.toml", lambda path: load_honest(str(path)))),
        Reader("history", [histories], file("history.json", history.read_runs)),
        Reader("vectors", [vectors], file("vectors.json", judge_file)),
        Reader("stock", [(scratch.own / "works.db").read_bytes()], file("works.db", stock_of), weight=0.5),
        Reader("Parquet", [_parquet(rows_of_sweep)], file("t.parquet", parquet_of), COMMAND, weight=0.5),
        Reader("tuning of a device", [_tuning()], tuning._parsed),
        Reader(
            "processors of the system",
            [_cpuinfo()],
            file("cpuinfo", lambda path: machine.read_clock(path.parent, path)),
        ),
        Reader("counters of the system", [_stat()], file("stat", proc_of)),
    ]


def _orders(descriptor: int) -> object:
    return list(orders.read_orders(descriptor, _target(), orders.Defaults(difficulty=5)))


def _target() -> Target:
    return Target(pp.ruleset("alphanet"), allow_any_difficulty=False)


def _settings(path: Path) -> object:
    return settings.read_settings(path, list(COMMANDS))


def _read_as_devnode(content: bytes) -> object:
    """A message as a devnode reads it."""
    return wire.read_json(content.decode("utf-8", "replace"))


def _message() -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"a": [1, 2.5, "x", None]}}).encode()


def _journal() -> tuple[bytes, list[dict[str, object]]]:
    heads: list[dict[str, object]] = [{"scenario": "x", "run": run, "seed": run, "values": {}} for run in range(3)]
    return b"".join(json.dumps({**head, "more": 1}).encode() + b"\n" for head in heads), heads


def _honest() -> bytes:
    return (
        b'title = "few"\n[[classes]]\nname = "phones"\nusers = 5\nhashrate = 1000\nsends_per_day = 3\npatience = 60\n'
    )


def _tuning() -> bytes:
    variant = {"rotation": "rotate", "unrolled": False, "lop3": False, "local": 64}
    return json.dumps({"variant": variant, "hashrate": 2e6, "least": 4096}).encode()


def _cpuinfo() -> bytes:
    return b"".join(b"processor\t: %d\nmodel name\t: X\ncpu MHz\t\t: 2000.5\n\n" % core for core in range(4))


def _stat() -> bytes:
    return b"cpu  1 2 3 4 5 6 7 8 9 10\n" + b"".join(b"cpu%d 1 2 3 4 5 6 7 8 9 10\n" % core for core in range(64))


def _parquet(heads: list[dict[str, object]]) -> bytes:
    columns = {key: [head[key] for head in heads] for key in ("run", "seed", "digest")}
    table = pa.table({**columns, "latency": [0.5] * len(heads)})
    content = io.BytesIO()
    said = json.dumps({"format": SWEEP_FORMAT, **REQUEST})
    pq.write_table(table.replace_schema_metadata({"powplasma": said}), content)
    return content.getvalue()
