"""Sweeps of ``powplasma simulate``: every combination, the same bytes however they come about."""

import contextlib
import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_for_lines, wait_until

from .conftest import PROGRAM, Run

ATTACK = ["simulate", "forum-scenario-1", "--sweep", "attacker.qsr=1e5,2e5,1e6", "--sweep", "rules.recharge_factor=2,3"]
CROWD = ["simulate", "pow-only", "--set", "momentums=40", "--sweep", "lanes.slow.hashrate=5e5,1e6", "--runs", "2"]


def test_every_combination_in_order(call: Run) -> None:
    records = call(*ATTACK, "--json").records
    assert [tuple(record["values"].values()) for record in records] == [
        (qsr, factor) for qsr in (100_000, 200_000, 1_000_000) for factor in (2, 3)
    ]
    single = call("simulate", "forum-scenario-1", "--json").record
    assert [record["blocked_minutes"] for record in records if record["values"]["rules.recharge_factor"] == 2][-1] == (
        single["blocked_minutes"]
    )
    for record in records:
        assert record["rules"]["recharge_factor"] == str(record["values"]["rules.recharge_factor"])


def test_every_run_has_a_seed_that_reruns_it(call: Run) -> None:
    records = call(*CROWD, "--json").records
    assert len({record["seed"] for record in records}) == 4
    last = records[-1]
    again = call(
        "simulate",
        "pow-only",
        "--set",
        "momentums=40",
        "--set",
        "lanes.slow.hashrate=1e6",
        "--seed",
        last["seed"],
        "--json",
    ).record
    assert again["lanes"] == last["lanes"]
    assert records[2]["lanes"] != last["lanes"]


def test_a_value_more_leaves_the_other_runs_as_they_were(call: Run) -> None:
    few = call(*CROWD, "--json").out.splitlines()
    more = call(*(argument.replace("5e5,", "5e5,7e5,") for argument in CROWD), "--json").out.splitlines()
    assert len(more) == 6
    assert [*more[:2], *more[4:]] == few


def test_two_workers_and_a_resumed_file_give_the_same_bytes(program: Run, tmp_path: Path) -> None:
    printed = program(*CROWD, "--json", "--workers", "1").out
    for workers in ("1", "2"):
        path = tmp_path / f"{workers}.jsonl"
        done = program(*CROWD, "--output", path, "--workers", workers)
        assert done.err == f"4 runs in {path}\n"
        assert path.read_text() == printed
    path.write_text(printed[: printed.index("\n") + 100])
    done = program(*CROWD, "--output", path)
    assert done.err == f"4 runs in {path}, 1 of them from before\n"
    assert path.read_text() == printed
    before = path.stat().st_mtime_ns
    assert program(*CROWD, "--output", path).err == f"4 runs in {path}, 4 of them from before\n"
    assert path.read_text() == printed
    assert before <= path.stat().st_mtime_ns


def running(group: int) -> list[str]:
    """The processes of a group that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, state, _, its_group = re.fullmatch(r"\d+ \((.*)\) (\S+) (\d+) (\d+) .*\n", stat.read_text()).groups()
            if int(its_group) == group and state != "Z":
                found.append(name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_an_interrupted_sweep_leaves_no_process_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sweep = ["simulate", "pow-only", "--set", "momentums=400", "--sweep", "lanes.fast.rate=0.01,0.02", "--runs", "1000"]
    command = [PROGRAM, *sweep, "--output", path, "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        wait_for_lines(path, 2, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err == "Error: interrupted\n"
    wait_until(lambda: not running(process.pid))  # a process that was ended takes a moment to be gone
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert 2 <= len(lines) < 2000
    assert [line["run"] for line in lines] == [position % 1000 for position in range(len(lines))]


RAMP = 'kind = "trajectory"\nrules.name = "forum"\n[[phases]]\nmomentums = 300\nfull_percent = 100\n'


def test_a_run_that_leaves_64_bits_or_cannot_go_on_says_so_in_its_line(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "ramp.toml"
    path.write_text(RAMP)
    good, ramp, bad = call("simulate", path, "--sweep", "phases.0.full_percent=50,100", "--json").records + (
        call("simulate", path, "--set", "phases.0.momentums=30_000", "--runs", "1", "--json").records
    )
    assert good["momentums"] == ramp["momentums"] == 300
    assert (good["beyond_64_bits"], ramp["beyond_64_bits"]) == (None, 223)
    assert int(ramp["last_state"]["base_price"]) > 2**53 > int(good["last_state"]["base_price"])
    assert bad["stopped"]["momentum"] > 20_000
    assert "does not fit into 4096 bits" in bad["stopped"]["problem"]


def test_trajectories_in_arrays_give_the_bytes_of_single_ones(program: Run, tmp_path: Path) -> None:
    path = tmp_path / "ramp.toml"
    path.write_text(RAMP)
    axes = ["--sweep", "phases.0.full_percent=0,40,50,60,75,100", "--sweep", "rules.pow_share=10,20,30,40,50,60"]
    lines = []
    for workers in ("1", "2"):
        output = tmp_path / f"{workers}.jsonl"
        program("simulate", path, *axes, "--output", output, "--workers", workers)
        lines.append(output.read_text().splitlines(keepends=True))
    assert lines[0] == lines[1]
    assert len(lines[0]) == 36
    output.write_text("".join(lines[0][:17]) + lines[0][17][:100])
    assert program("simulate", path, *axes, "--output", output).err.endswith("17 of them from before\n")
    assert output.read_text() == "".join(lines[0])
    for line in (lines[0][0], lines[0][35]):
        record = json.loads(line)
        settings = [part for key, value in record["values"].items() for part in ("--set", f"{key}={value}")]
        single = program("simulate", path, *settings, "--seed", record["seed"], "--json").record
        assert single == {key: value for key, value in record.items() if key in single}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["--sweep", "attacker.qrs=1,2", "--json"],
            "attacker.qrs: 1 is set, but there is no such key (did you mean qsr?)",
        ),
        (["--sweep", "attacker.qsr=50,x", "--json"], "attacker.qsr: x is text, not an integer"),
        (["--sweep", "attacker.qsr", "--json"], "--sweep: attacker.qsr is no sweep (PATH=VALUE,VALUE,…)"),
        (["--sweep", "a=1", "--sweep", "a=2", "--json"], "--sweep: a=2 names a path a second time (each path once)"),
        (["--sweep", "attacker.qsr=1e5,100000"], "--sweep: attacker.qsr=1e5,100000 has 100000 twice (each value once;"),
        (["--seed", "-1"], "--seed: -1 is out of range (0 … 9007199254740991)"),
        (["--seed", "9007199254740992", "--runs", "2"], "--seed: 9007199254740992 is out of range"),
        (["--runs", "0", "--json"], "--runs: 0 is out of range (1 … 1000000)"),
        (["--runs", "2", "--workers", "0", "--json"], "--workers: 0 is out of range (1 … 1024)"),
        (["--workers", "2"], "--workers: it belongs to a sweep (with --sweep or --runs)"),
        (["--output", "x"], "--output: it belongs to a sweep"),
    ],
)
def test_a_bad_sweep_is_refused_before_anything_runs(arguments: list[str], problem: str, call: Run) -> None:
    done = call("simulate", "forum-scenario-1", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert problem in done.problem


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_a_disk_that_fills_up_is_named_and_the_sweep_goes_on(name: str, program: Run, tmp_path: Path) -> None:
    output = tmp_path / name
    done = subprocess.run(
        [PROGRAM, *CROWD, "--output", output, "--workers", "1"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000)),
    )
    assert done.returncode == 3
    written = next(tmp_path.iterdir())
    assert done.stderr.splitlines() == [f"Error: {written}: File too large"]
    assert 0 < written.read_bytes().count(b"\n") < 4
    assert "of them from before" in program(*CROWD, "--output", output, "--workers", "1").err
    whole = tmp_path / f"whole-{name}"
    assert program(*CROWD, "--output", whole, "--workers", "1").code == 0
    assert output.read_bytes() == whole.read_bytes()


def test_the_output_of_another_sweep_is_not_touched(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert call(*ATTACK, "--output", path, "--workers", "1").code == 0
    before = path.read_bytes()
    for other in (["--seed", "1"], ["--set", "most_momentums=9"], ["--variant", "later"]):
        done = call(*ATTACK, "--output", path, *other)
        assert done.code == 2
        assert "has a line 1 that is not of this sweep" in done.problem
    assert path.read_bytes() == before
