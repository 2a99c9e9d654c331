"""``powplasma stockpile``: results in each form, and everything that it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from powplasma.charts import render
from powplasma.measure import Hashrate

from .conftest import Run

TIMES = ("10min", "1h", "1d", "30d", "1y")


def test_one_policy_is_one_object(program: Run) -> None:
    done = program(
        "stockpile", "--hashrate", "1GH", "--precompute", "1y", "--rules", "dynamic", "--policy", "inclusion", "--json"
    )
    assert done.code == 0
    assert done.err == ""
    record = done.record
    assert record["policy"] == "inclusion"
    assert record["rules"] == "dynamic"
    assert record["momentums_filled"] == 137
    assert record["minutes_blocked"] == 22.83
    assert record["hashes"] == str(10**9 * 31_557_600)
    assert int(record["hashes_spent"]) <= int(record["hashes"])
    assert record["share_wasted"] == pytest.approx(1 - int(record["hashes_useful"]) / int(record["hashes"]), abs=1e-6)
    assert record["amplification"] == pytest.approx(int(record["hashes_useful"]) / (1_370 * 10**9), abs=1e-3)
    assert record["honest"] is None


@pytest.mark.parametrize(
    ("rules", "policy", "filled"),
    [
        ("alphanet", "none", [190, 1_142, 27_428, 822_857, 10_018_285]),
        ("forum", "inclusion", [8, 11, 17, 23, 28]),
        ("dynamic", "inclusion", [24, 42, 75, 111, 137]),
        ("forum", "creation", [21, 36, 63, 92, 113]),
    ],
)
def test_whole_momentums(call: Run, rules: str, policy: str, filled: list[int]) -> None:
    found = [
        call("stockpile", "--rules", rules, "--policy", policy, "--precompute", time, "--json").record[
            "momentums_filled"
        ]
        for time in TIMES
    ]
    assert found == filled


def test_each_policy_under_each_rule_set_is_a_line(call: Run) -> None:
    records = call("stockpile", "--policy", "none", "--policy", "window:6+cap:50", "--json").records
    assert [(record["rules"], record["policy"]) for record in records] == [
        (rules, policy)
        for rules in ("alphanet", "forum", "dynamic")
        for policy in ("none", "inclusion+window:6+cap:50")
    ]
    assert len(call("stockpile", "--json").records) == 18


def test_a_record_says_how_to_make_it_again(call: Run) -> None:
    first = call(
        "stockpile",
        "--attacker",
        "rtx4090",
        "--precompute",
        "36h",
        "--goal",
        "hold:4",
        "--rules",
        "dynamic",
        "--policy",
        "window:99",
        "--work-price",
        "1500",
        "--set",
        "max_price_change_percent=7",
        "--json",
    ).record
    assert first["state"] == {"fusion_price": "1000", "work_price": "1500"}
    again = call(
        *("stockpile", "--hashrate", first["hashrate"], "--precompute", f"{first['precompute']}s"),
        *("--goal", first["goal"], "--rules", first["rules"], "--policy", first["policy"]),
        *("--work-price", first["state"]["work_price"], "--watts", str(first["watts"]), "--json"),
        *(word for name, value in first["parameters"].items() for word in ("--set", f"{name}={value}")),
    ).record
    different = {name for name in first if first[name] != again[name]}
    assert different == {"attacker", "machine_cost"}


def test_energy_and_money(call: Run) -> None:
    record = call(
        "stockpile",
        "--attacker",
        "rtx4090",
        "--precompute",
        "10h",
        "--rules",
        "alphanet",
        "--policy",
        "none",
        "--price-per-kwh",
        "0.4",
        "--json",
    ).record
    assert record["kwh"] == 4.5
    assert record["energy_cost"] == 1.8
    assert record["machine_cost"] == 1_600
    record = call(
        "stockpile",
        "--hashrate",
        "2e9",
        "--precompute",
        "1h",
        "--watts",
        "500",
        "--rules",
        "alphanet",
        "--policy",
        "none",
        "--json",
    ).record
    assert record["kwh"] == 0.5


def test_honest_users(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text("[[classes]]\nname = 'few'\nusers = 9\nhashrate = 5_000_000\nsends_per_day = 900\n")
    done = call("stockpile", "--honest", path, "--horizon", "300", "--rules", "dynamic", "--policy", "window:60")
    assert done.code == 0
    assert "Beside 9 honest users" in done.out
    assert "dynamic  inclusion+window:60  few" in done.out
    runs = [
        call(
            "stockpile",
            "--honest",
            path,
            "--horizon",
            "300",
            "--rules",
            "dynamic",
            "--policy",
            "window:60",
            "--seed",
            seed,
            "--json",
        ).out
        for seed in ("1", "1", "2")
    ]
    assert runs[0] == runs[1] != runs[2]
    (row,) = json.loads(runs[0])["honest"]["classes"]
    assert row["wished"] == row["included"] + row["given_up"] + row["still_waiting"] > 0


def test_csv_has_the_figures_of_json(call: Run) -> None:
    arguments = ("stockpile", "--rules", "dynamic", "--goal", "hold:10")
    rows = list(csv.DictReader(io.StringIO(call(*arguments, "--csv").out)))
    records = call(*arguments, "--json").records
    assert len(rows) == len(records) == 6
    for row, record in zip(rows, records, strict=True):
        plain = {name: value for name, value in record.items() if not isinstance(value, dict) and name != "honest"}
        assert row == {name: "" if value is None else str(value) for name, value in plain.items()}


def test_a_goal_that_is_not_computed_everywhere_leaves_those_out_and_says_so(call: Run) -> None:
    done = call("stockpile", "--goal", "harvest", "--rules", "dynamic", "--json")
    assert done.code == 0
    assert [record["policy"] for record in done.records] == [
        "none",
        "creation",
        "inclusion",
        "inclusion+window:360",
        "inclusion+cap:25",
    ]
    assert "left out" in done.err
    assert "decay:360" in done.err


def test_a_report_and_pictures(call: Run, tmp_path: Path) -> None:
    page, pictures = tmp_path / "report.html", tmp_path / "pictures"
    done = call(
        "stockpile", "--honest", "default", "--horizon", "20", "--policy", "window:6", "--html", page, "--png", pictures
    )
    assert done.code == 0
    assert {path.name for path in pictures.iterdir()} == {"filled.png", "waiting.png", "expiry.png"}
    for path in pictures.iterdir():
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) > 10_000
    text = page.read_text(encoding="utf-8")
    assert "Stockpiled proof of work" in text
    assert "dynamic  inclusion+window:6" in text


def test_without_the_extra_charts_are_refused_before_anything_is_played(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise render.ChartsUnavailable

    monkeypatch.setattr(render, "_library", missing)
    done = call("stockpile", "--html", tmp_path / "x.html")
    assert done.code == 3
    assert "powplasma[charts]" in done.problem
    assert done.out == ""


def test_without_numpy_honest_users_are_refused(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    done = call("stockpile", "--honest", "default", "--rules", "alphanet")
    assert done.code == 3
    assert "powplasma[sim]" in done.problem
    assert call("stockpile", "--rules", "alphanet").code == 0


def test_this_machine(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Measured:
        best = Hashrate("portable", 2, (4e6, 4e6, 4e6))
        power = None

        class machine:  # noqa: N801 - as the attribute is called
            processor = "a processor"

    monkeypatch.setattr("powplasma_cli.stockpile.measure", lambda *_, **__: Measured)
    record = call(
        "stockpile", "--attacker", "here", "--rules", "alphanet", "--policy", "none", "--precompute", "1d", "--json"
    ).record
    assert record["attacker"] == "here"
    assert record["hashrate"] == "4000000"
    assert record["momentums_filled"] == 4_000_000 * 86_400 // 3_150_000_000
    assert record["kwh"] is None
    assert (
        call(
            "stockpile",
            "--attacker",
            "here",
            "--watts",
            "10",
            "--rules",
            "alphanet",
            "--policy",
            "none",
            "--precompute",
            "1d",
            "--json",
        ).record["kwh"]
        == 0.24
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hashrate", "1XH"], ["--hashrate", "1XH", "1GH"]),
        (["--hashrate", "0"], ["--hashrate", "0", "1 …"]),
        (["--hashrate", "1e99"], ["--hashrate", "1 …"]),
        (["--precompute", "1"], ["--precompute", "10min"]),
        (["--precompute", "1.5s"], ["--precompute: 1.5s is no whole number of seconds"]),
        (["--hashrate", "0.1"], ["--hashrate: 0.1 is no whole number of hashes"]),
        (["--hashrate", "1.0005k"], ["--hashrate: 1.0005k is no whole number of hashes"]),
        (["--precompute", "0s"], ["--precompute", "1 …"]),
        (["--precompute", "101y"], ["--precompute", "1 …", "seconds"]),
        (["--goal", "hold"], ["--goal", "hold:1"]),
        (["--goal", "brust"], ["--goal", "brust", "burst"]),
        (["--policy", "window:0"], ["--policy", "window:1 …"]),
        (["--policy", "cap:101"], ["--policy", "cap:1 … cap:100"]),
        (["--policy", "none+creation"], ["--policy", "none+creation"]),
        (["--goal", "harvest", "--policy", "decay:9"], ["--goal", "not computed"]),
        (["--attacker", "rtx409"], ["--attacker", "rtx4090"]),
        (["--attacker", "cpu", "--hashrate", "1GH"], ["--attacker", "--hashrate"]),
        (["--honest", "nowhere.toml"], ["--honest", "nowhere.toml"]),
        (["--horizon", "0"], ["--horizon", "1 …"]),
        (["--flood", "1001"], ["--flood", "1 … 1000"]),
        (["--seed", "-1"], ["--seed", "0 …"]),
        (["--watts", "0"], ["--watts"]),
        (["--price-per-kwh", "-1"], ["--price-per-kwh"]),
        (["--rules", "alphanet", "--work-price", "2000"], ["--work-price", "alphanet"]),
        (["--set", "pow_share=101", "--rules", "forum"], ["pow_share", "1 … 100"]),
        (["--json", "--csv"], ["--json", "--csv"]),
        (["--html", "/nowhere/x.html"], ["--html", "/nowhere/x.html"]),
    ],
)
def test_bad_input_ends_in_one_line(call: Run, arguments: list[str], said: list[str]) -> None:
    done = call("stockpile", *arguments)
    assert done.code == 2
    assert done.out == ""
    for words in said:
        assert words in done.problem
