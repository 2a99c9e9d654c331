"""What ``powplasma simulate`` leaves as files: Parquet, reports and pictures, the same bytes every time."""

import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.waiting import lines_in, wait_until

from .conftest import PROGRAM, Run

CROWD = ["simulate", "pow-spam", "--set", "momentums=120", "--set", "lanes.spam.from_momentum=30"]
CROWD += ["--set", "lanes.spam.to_momentum=100"]
RAMP = ["simulate", "forum-ramp", "--rules", "dynamic", "--set", "phases.0.momentums=50"]
SWEEP = ["simulate", "pow-only", "--set", "momentums=40", "--sweep", "lanes.slow.hashrate=5e5,1e6", "--runs", "3"]


def rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def metadata(path: Path) -> Any:
    return json.loads(pq.read_metadata(path).metadata[b"powplasma"])


def charts(page: Path) -> dict[str, Any]:
    found = re.findall(r"^vegaEmbed\('#(\w+)', (.*), options\);$", page.read_text(), re.MULTILINE)
    return {name: json.loads(spec) for name, spec in found}


@pytest.mark.parametrize("arguments", [CROWD, ["simulate", "forum-scenario-1"], RAMP])
def test_parquet_has_the_momentums_and_says_what_made_it(arguments: list[str], call: Run, tmp_path: Path) -> None:
    record = call(*arguments, "--json", "--series", "--parquet", tmp_path / "1.parquet").record
    found = [{key: int(value) for key, value in row.items()} for row in rows(tmp_path / "1.parquet")]
    assert found == [{key: int(value) for key, value in row.items()} for row in record.pop("series")]
    said = metadata(tmp_path / "1.parquet")
    assert said.pop("format") == "powplasma-run"
    assert said.pop("summary") | said == record
    call(*arguments, "--parquet", tmp_path / "2.parquet")
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_parquet_of_a_published_table(call: Run, tmp_path: Path) -> None:
    record = call("simulate", "forum-price", "--json", "--parquet", tmp_path / "t.parquet").record
    assert rows(tmp_path / "t.parquet") == record["rows"]


def test_a_price_of_any_size_and_a_run_that_stops(call: Run, tmp_path: Path) -> None:
    record = call("simulate", "forum-ramp", "--json", "--parquet", tmp_path / "x.parquet").record
    assert (
        str(max(int(row["base_price"]) for row in rows(tmp_path / "x.parquet"))) == record["peak_state"]["base_price"]
    )
    assert int(record["peak_state"]["base_price"]) > 2**64
    (tmp_path / "x.parquet").unlink()
    stopped = ["simulate", "forum-ramp", "--set", "phases.0.momentums=30000", "--parquet", tmp_path / "x.parquet"]
    done = call(*stopped, "--html", tmp_path / "x.html")
    assert done.code == 3
    assert "does not fit into 4096 bits" in done.problem
    assert list(tmp_path.iterdir()) == []


def test_the_report_of_individuals(call: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    record = call(*CROWD, "--json", "--series", "--html", page).record
    again = tmp_path / "again.html"
    call(*CROWD, "--html", again)
    assert page.read_bytes() == again.read_bytes()
    drawn = charts(page)
    assert list(drawn) == ["prices", "fullness", "included", "held", "latency", "blocked"]
    spam = [point for point in drawn["included"]["data"]["values"] if point["line"] == "spam"]
    assert [point["high"] for point in spam] == [row["spam_included"] for row in record["series"]]
    left = [point["high"] for point in drawn["held"]["data"]["values"] if point["line"] == "spam"]
    assert left == [row["spam_held"] - row["spam_included"] for row in record["series"]]
    prices = [point for point in drawn["prices"]["data"]["values"] if point["line"] == "work_price"]
    assert prices[-1]["value"] == f"{int(record['series'][-1]['work_price']):,}"
    lane = next(lane for lane in record["lanes"] if lane["name"] == "spam")
    quantiles = [
        (point["share"], point["seconds"]) for point in drawn["latency"]["data"]["values"] if point["lane"] == "spam"
    ]
    assert quantiles == [(percent / 100, time) for percent, time in enumerate(lane["latency_quantiles"])][1:]
    assert len(quantiles) == 100
    text = page.read_text()
    assert "latency_p95" in text
    assert "work_price" in text


def test_the_strips_of_the_blocked_add_up(call: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    record = call("simulate", "spike", "--json", "--html", page).record
    strips = charts(page)["blocked"]["layer"][0]["data"]["values"]
    for lane in record["lanes"]:
        mine = [strip for strip in strips if strip["label"] == lane["name"]]
        found = sum(strip["share"] * (strip["to"] - strip["from"]) for strip in mine)
        assert found == pytest.approx(lane["blocked_momentums"])
    assert any(lane["blocked_momentums"] for lane in record["lanes"])


def test_a_count_of_nothing_is_drawn_at_the_bottom(call: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    record = call("simulate", "pow-only", "--set", "momentums=9", "--json", "--series", "--html", page).record
    assert all(row["fast_held"] == row["fast_included"] for row in record["series"])
    held = charts(page)["held"]
    assert {layer["encoding"]["y"]["scale"]["domain"][0] for layer in held["layer"]} == {0}


def test_prices_and_difficulty_of_a_network_are_exact_in_json(call: Run) -> None:
    arguments = ["--rules", "forum", "--set", "state.difficulty_per_plasma=1000000000007", "--set", "momentums=3"]
    arguments += ["--set", "lanes.fast.hashrate=1e18"]
    record = call("simulate", "pow-only", *arguments, "--json", "--series").record
    assert record["series"][0]["difficulty_per_plasma"] == "1000000000007"
    difficulties = [row["difficulty"] for row in record["series"]]
    assert all(isinstance(value, str) for value in difficulties)
    assert any(int(value) > 2**53 for value in difficulties)
    assert str(sum(map(int, difficulties))) == str(sum(int(lane["difficulty"]) for lane in record["lanes"]))


def test_a_long_run_makes_no_long_report(call: Run, tmp_path: Path) -> None:
    arguments = ["simulate", "forum-ramp", "--set", "phases.0.full_percent=50", "--set", "phases.0.momentums=20000"]
    assert call(*arguments, "--html", tmp_path / "long.html").code == 0
    specs = charts(tmp_path / "long.html")
    assert len(json.dumps(specs)) < 300_000
    assert all(len(spec["data"]["values"]) <= 1_200 for spec in specs.values())


def test_pictures_of_an_attack(call: Run, tmp_path: Path) -> None:
    done = call("simulate", "forum-scenario-1", "--png", tmp_path / "png")
    assert done.code == 0
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == ["blocked.png", "fullness.png", "prices.png"]
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in (tmp_path / "png").iterdir())


def test_one_parquet_file_of_a_sweep(program: Run, tmp_path: Path) -> None:
    records = program(*SWEEP, "--json").records
    for workers in ("1", "2"):
        done = program(*SWEEP, "--output", tmp_path / f"{workers}.parquet", "--workers", workers)
        assert done.err == f"6 runs in {tmp_path / workers}.parquet\n"
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.parquet", "2.parquet"]
    found = rows(tmp_path / "1.parquet")
    for row, record in zip(found, records, strict=True):
        assert row["values.lanes.slow.hashrate"] == record["values"]["lanes.slow.hashrate"]
        assert [row[key] for key in ("run", "seed", "digest")] == [record[key] for key in ("run", "seed", "digest")]
        lane = next(lane for lane in record["lanes"] if lane["name"] == "slow")
        assert row["lanes.slow.latency_p95"] == lane["latency_p95"]
        assert row["lanes.slow.difficulty"] == int(lane["difficulty"])
        assert row["rules.name"] == record["rules"]["name"]
        assert row["stopped.momentum"] is None
    said = metadata(tmp_path / "1.parquet")
    assert (said["scenario"], said["seed"], said["runs"]) == ("pow-only", 0, 3)
    assert said["axes"] == {"lanes.slow.hashrate": [500_000, 1_000_000]}
    again = program(*SWEEP, "--output", tmp_path / "1.parquet")
    assert again.err == f"6 runs in {tmp_path / '1.parquet'}, all of them from before\n"
    assert "is not of this sweep" in program(*SWEEP, "--seed", "1", "--output", tmp_path / "1.parquet").problem
    changed = [*SWEEP, "--set", "lanes.slow.rate=0.02", "--output", tmp_path / "1.parquet"]
    assert "is not of this sweep" in program(*changed).problem


def test_a_killed_sweep_goes_on_without_running_anything_twice(program: Run, tmp_path: Path) -> None:
    runs = ["--sweep", "lanes.fast.rate=0.01,0.02", "--runs", "12"]
    for momentums in ("80", "800", "8000"):  # where the first sweep is over before it is killed, a longer one
        sweep = ["simulate", "pow-only", "--set", f"momentums={momentums}", *runs]
        path = tmp_path / f"{momentums}.parquet"
        journal = path.with_name(path.name + ".part.jsonl")
        with subprocess.Popen([PROGRAM, *sweep, "--output", path, "--workers", "2"], start_new_session=True) as process:
            wait_until(lambda journal=journal, path=path: lines_in(journal) >= 3 or path.exists())
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if not path.exists():
            break
    kept = lines_in(journal)
    assert kept >= 3
    with journal.open("ab") as file:
        file.write(journal.read_bytes().partition(b"\n")[0][:20])
    done = program(*sweep, "--output", path)
    assert done.err == f"24 runs in {path}, {kept} of them from before\n"
    assert not journal.exists()
    program(*sweep, "--output", tmp_path / "whole.parquet")
    assert path.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_journal_of_another_sweep_is_not_touched(call: Run, tmp_path: Path) -> None:
    journal = tmp_path / "out.parquet.part.jsonl"
    journal.write_text('{"mine": 1}\n')
    done = call(*SWEEP, "--output", tmp_path / "out.parquet")
    assert done.code == 2
    assert "has a out.parquet.part.jsonl beside it that has a line 1 that is not of this sweep" in done.problem
    assert journal.read_text() == '{"mine": 1}\n'


def test_a_run_that_stopped_has_its_reason_in_the_table(call: Run, tmp_path: Path) -> None:
    arguments = ["simulate", "forum-ramp", "--sweep", "phases.0.full_percent=50,100", "--workers", "1"]
    arguments += ["--set", "phases.0.momentums=30000"]
    assert call(*arguments, "--output", tmp_path / "s.parquet").code == 0
    good, bad = rows(tmp_path / "s.parquet")
    assert good["stopped.problem"] is None
    assert good["momentums"] == 30_000
    assert bad["stopped.momentum"] > 20_000
    assert bad["momentums"] is None


def test_a_sweep_as_a_table_and_a_chart(call: Run, tmp_path: Path) -> None:
    page = tmp_path / "sweep.html"
    done = call(*SWEEP, "--figure", "lanes.slow.included", "--html", page, "--png", tmp_path)
    records = call(*SWEEP, "--json").records
    counts = [next(lane["included"] for lane in record["lanes"] if lane["name"] == "slow") for record in records]
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["lanes.slow.hashrate", "runs", "least", "mean", "lanes.slow.included", "greatest"]
    assert [[float(cell) for cell in line] for line in lines[1:]] == [
        pytest.approx([hashrate, 3, min(found), sum(found) / 3, max(found)], rel=1e-5)
        for hashrate, found in ((500_000, counts[:3]), (1_000_000, counts[3:]))
    ]
    points = charts(page)["sweep"]["data"]["values"]
    assert [(point["x"], point["low"], point["high"]) for point in points] == [
        (500_000, min(counts[:3]), max(counts[:3])),
        (1_000_000, min(counts[3:]), max(counts[3:])),
    ]
    assert (tmp_path / "sweep.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    output = ["--output", tmp_path / "x.parquet", "--figure", "lanes.slow.included", "--html"]
    assert call(*SWEEP, *output, tmp_path / "first.html").code == 0
    assert call(*SWEEP, *output, tmp_path / "second.html").code == 0
    assert page.read_bytes() == (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["forum-scenario-1", "--runs", "1", "--figure", "blocked_minute"],
            "--figure: blocked_minute is in no run (did you mean blocked_minutes?)",
        ),
        (["forum-scenario-1", "--runs", "1", "--figure", "digest"], "--figure: digest is no number"),
        (["forum-scenario-1", "--figure", "peak_price"], "--figure: it belongs to a sweep"),
        (
            ["forum-scenario-1", "--runs", "1", "--parquet", "x"],
            "--parquet: x is for one run (--output FILE.parquet for a sweep)",
        ),
        (["forum-scenario-1", "--runs", "1", "--csv"], "it has no momentums to show (without --csv and --series)"),
        (
            ["forum-scenario-1", "--parquet", "no/x"],
            "--parquet: no/x has no folder to be in (a file in a folder that exists)",
        ),
        (["forum-scenario-1", "--html", "no/x"], "--html: no/x has no folder to be in"),
        (
            ["forum-scenario-1", "--runs", "1", "--output", "no/x.parquet"],
            "--output: no/x.parquet has no folder to be in",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: list[str], problem: str, call: Run) -> None:
    done = call("simulate", *arguments)
    assert done.code == 2
    assert problem in done.problem


@pytest.mark.parametrize(
    ("option", "name"), [("--parquet", "fifo"), ("--html", "fifo"), ("--runs=1 --output", "fifo.parquet")]
)
def test_what_is_no_file_is_not_replaced_by_one(option: str, name: str, call: Run, tmp_path: Path) -> None:
    fifo = tmp_path / name
    os.mkfifo(fifo)
    done = call("simulate", "forum-scenario-1", *option.split(), fifo)
    assert done.code == 2
    assert f"{fifo} is not a file" in done.problem
    assert fifo.is_fifo()


def test_the_legend_of_a_sweep_tells_its_lines_apart(call: Run, tmp_path: Path) -> None:
    axes = ["--sweep", "lanes.slow.rate=0.001,0.01", "--sweep", "rules.max_price_change_percent=5,10"]
    page = tmp_path / "page.html"
    assert call("simulate", "pow-only", "--set", "momentums=9", *axes, "--workers", "1", "--html", page).code == 0
    encoding = charts(page)["sweep"]["layer"][1]["encoding"]
    assert encoding["color"]["scale"]["domain"] == ["5", "10"]
    assert encoding["color"]["legend"]["title"] == "rules.max_price_change_percent"
    assert encoding["x"]["axis"]["format"] == ".6~g"  # and not 1m for a thousandth
    assert encoding["y"]["title"] == "lanes.fast.latency_p95 (seconds)"


def test_who_was_blocked_is_told_in_time_too(call: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert call("simulate", "forum-scenario-1", "--html", page).code == 0
    assert "100 momentums (16.67 min)" in page.read_text()
    assert call(*CROWD, "--html", page).code == 0
    assert "workers: never" in page.read_text()


@pytest.mark.parametrize(
    ("option", "library"), [("--parquet", "pyarrow"), ("--html", "vl_convert"), ("--png", "vl_convert")]
)
def test_without_an_extra_the_option_says_which(
    option: str, library: str, call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, library, None)
    done = call("simulate", "forum-scenario-1", option, tmp_path / "x")
    assert done.code == 3
    assert "pip install 'powplasma[" in done.problem
    with contextlib.suppress(FileNotFoundError):
        assert list(tmp_path.iterdir()) == []
