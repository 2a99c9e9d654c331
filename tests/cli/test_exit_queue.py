"""``powplasma exits``: the list, the figures in each form, and what it refuses."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from powplasma.simulation.exits import ExitRun, built_in_exits, load_exits, played

from .conftest import Run

SMALL = ("--set", "users.number=2000", "--set", "exits.maturity_seconds=600")
ETHER = 10**18


def test_without_a_name_the_scenarios_are_listed(call: Run) -> None:
    lines = call("exits").out.splitlines()
    assert [line.split()[0] for line in lines] == list(built_in_exits())
    titles = {each["scenario"]: each["title"] for each in call("exits", "--json").record["scenarios"]}
    assert titles == built_in_exits()


def test_the_installed_command_prints_one_object(program: Run) -> None:
    done = program("exits", "mass-exit-550k", *SMALL, "--json")
    assert (done.code, done.err) == (0, "")
    record = done.record
    assert (record["scenario"], record["seed"]) == ("mass-exit-550k", 0)
    assert record["paid"] == 14 * 40 - 1
    assert record["saved_wei"] == str(record["paid"] * ETHER)
    assert int(record["saved_wei"]) + int(record["stolen_wei"]) + int(record["contract_wei"]) == 2_000 * ETHER
    assert record["deterrent_bond_wei"] is None


def test_json_is_the_library_with_money_as_text(call: Run) -> None:
    record = call("exits", "spent-outputs", "--set", "chain.block_seconds=600", "--seed", "5", "--json").record
    figures = played(ExitRun(load_exits("spent-outputs", {"chain.block_seconds": 600}), 5))

    def compare(name: str, printed: object, computed: object) -> None:
        if isinstance(computed, list):
            assert isinstance(printed, list)
            for one, other in zip(printed, computed, strict=True):
                for key in other:
                    compare(key, one[key], other[key])
        elif name.endswith("_wei") and computed is not None:
            assert printed == str(computed)
        else:
            assert printed == computed

    for name, value in figures.items():
        compare(name, record[name], value)


def test_csv_has_a_line_for_each_block(call: Run) -> None:
    done = call("exits", "mass-exit-550k", *SMALL, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [int(row["second"]) for row in rows] == list(range(15, 15 * len(rows) + 1, 15))
    assert rows[0]["started"] == "13"  # and the fraud
    assert rows[-1]["paid"] == "559"
    assert {int(row["gas_price_wei"]) for row in rows} == {10**9}


def test_people_read_ether(call: Run) -> None:
    out = call("exits", "mass-exit-550k", *SMALL).out
    assert "  saved                  559 ETH\n" in out
    assert "  gas_price_first        1 gwei\n" in out
    assert "  hunter_table\n  hunters  " in out
    assert "wei\n" not in out.replace("gwei\n", "").replace("  0 wei\n", "")


@pytest.mark.parametrize("name", ["hunters", "cash-no-deadline"])
def test_where_nothing_happens_there_are_figures(call: Run, name: str) -> None:
    nothing = ("--set", "fraud.number=0", "--set", "users.leave_percent=0", "--set", "users.number=10")
    record = call("exits", name, *nothing, "--json").record
    assert (record["paid"], record["frauds_started"], record["saved_percent"]) == (0, 0, None)
    assert len(record["gas_price_path"]) == 1
    assert call("exits", name, *nothing).code == 0
    assert len(call("exits", name, *nothing, "--csv").out.splitlines()) == 2


def test_a_file(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('kind = "exits"\n[users]\nnumber = 10\n[exits]\ndesign = "cash"\n', encoding="utf-8")
    assert call("exits", file, "--json").record["paid"] == 10


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("kind = ", "scenario: {file} is not TOML: "),
        ('kind = "exits"\n[users]\n', "{file}: users.number: nothing is set (1 … 5000000 outputs)"),
        ('kind = "exits"\n[userz]\n', "{file}: userz: {{}} is set, but there is no such key (did you mean users?)"),
        ('kind = "network"\n', "{file}: kind: network is unknown (one of exits)"),
        ('kind = "exits"\nusers = 5\n', "{file}: users: 5 is not a table"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_line(call: Run, tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content, encoding="utf-8")
    done = call("exits", file)
    assert (done.code, done.out) == (2, "")
    assert done.problem.startswith(f"Error: {problem.format(file=file)}")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["mass-exit"], "scenario: mass-exit is unknown"),
        (["missing/file.toml"], "scenario: missing/file.toml cannot be read: No such file or directory (a TOML file)"),
        (["hunters", "--seed", "-1"], "--seed: -1 is out of range (0 … 9007199254740991)"),
        (["hunters", "--seed", "x"], "--seed: x is not an integer (a whole number)"),
        (["hunters", "--set", "users"], "--set: users is no setting (PATH=VALUE)"),
        (["hunters", "--set", "fraud.number=1e99"], "hunters: fraud.number: 1e+99 is not an integer"),
        (["hunters", "--set", "users.number=nan"], "hunters: users.number: nan is not an integer"),
        (["hunters", "--json", "--csv"], "--json and --csv are two forms of one result: choose one"),
        (["--csv"], "scenario: nothing is given (the name or the file of what to run)"),
        (["--set", "users.number=5"], "scenario: nothing is given (the name or the file of what to run)"),
    ],
)
def test_what_is_refused(call: Run, arguments: list[str], problem: str) -> None:
    done = call("exits", *arguments)
    assert (done.code, done.out) == (2, "")
    assert problem in done.problem


def test_simulate_says_whose_scenario_it_is(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('kind = "exits"\n[chain]\n', encoding="utf-8")
    done = call("simulate", file)
    assert done.code == 2
    assert done.problem == f"Error: {file}: kind: exits is no kind of momentums (load_exits, or the command exits)"
