"""``powplasma simulate``: the published figures through the public command, and every way to refuse a scenario."""

import csv
import io
import json
from pathlib import Path

import pytest

from powplasma.simulation import built_in_scenarios, load_scenario

from .conftest import Run

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "seed_tables.json").read_text(encoding="utf-8"))
TABLES = dict(
    zip(
        [
            "forum-price",
            "forum-difficulty-pow100",
            "forum-difficulty-pow10",
            "forum-recharge-falling",
            "forum-recharge-rising",
        ],
        VECTORS["tables"],
        strict=True,
    )
)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_the_published_tables(name: str, call: Run) -> None:
    table = TABLES[name]
    expected = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    if name == "forum-recharge-rising":  # the text's slip: a full momentum's target is 0.01 by its own rule
        assert expected[0]["targetRechargeRate"] == 0.1
        expected[0]["targetRechargeRate"] = 0.01
    assert call("simulate", name, "--json").record["rows"] == expected


@pytest.mark.parametrize(
    ("arguments", "figures"),
    [
        (["forum-scenario-1"], (29.17, 227.27, 176, 100, 76, 7_714, 77, 5_612)),
        (["forum-scenario-1", "--variant", "first"], (29.17, 227.27, 176, 100, 76, 7_714, 77, 5_612)),
        (["forum-scenario-1", "--variant", "later"], (29.17, 460.53, 176, 100, 76, 3_847, 38, 5_612)),
        (["forum-scenario-2"], (0.67, 430.5, 5, 5, 0, 4_068, 813, 1_600)),
    ],
)
def test_the_published_attacks(arguments: list[str], figures: tuple[float, ...], call: Run) -> None:
    record = call("simulate", *arguments, "--json").record
    names = ["blocked_minutes", "repeat_minutes", "momentums", "filled_momentums", "empty_momentums"]
    names += ["recharge_rate_sum", "recharge_rate_average", "peak_price"]
    assert tuple(record[name] for name in names) == figures


@pytest.mark.parametrize("number", [1, 2])
def test_the_trace_of_an_attack(number: int, call: Run) -> None:
    trace = VECTORS["scenarios"][number - 1]["recomputed"]["trace"]
    series = call("simulate", f"forum-scenario-{number}", "--json", "--series").record["series"]
    assert [
        {
            "round": row["momentum"],
            "basePrice": row["base_price"],
            "difficultyPerPlasma": row["difficulty_per_plasma"],
            "rechargeTarget": row["recharge_target"],
            "rechargeRate": row["recharge_rate"],
            "qsrNeededForBaseBlock": row["needed_plasma"] / 2_100,
            "attackerTxsLeft": row["attacker_blocks_left"],
            "attackerTxsInMomentum": row["attacker_blocks"],
        }
        for row in series
    ] == trace


def test_csv_has_the_momentums_of_the_json(call: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(call("simulate", "forum-scenario-1", "--csv").out)))
    series = call("simulate", "forum-scenario-1", "--json", "--series").record["series"]
    assert rows == [{key: str(value) for key, value in row.items()} for row in series]
    table = list(csv.DictReader(io.StringIO(call("simulate", "forum-price", "--csv").out)))
    assert [row["basePrice"] for row in table] == ["1000", "1000", "1125", "1265", "1423", "1600", "1800", "2025"]


def test_the_list_of_scenarios(call: Run) -> None:
    names = {entry["scenario"] for entry in call("simulate", "--json").record["scenarios"]}
    assert {*TABLES, "forum-scenario-1", "forum-scenario-2"} <= names
    for name in names:
        assert f"{name} " in call("simulate").out


@pytest.mark.parametrize("name", built_in_scenarios())
def test_every_built_in_scenario_can_be_loaded(name: str) -> None:
    for rules in ("alphanet", "forum", "dynamic") if "forum" not in name else ("forum",):
        scenario = load_scenario(name, rules=rules)
        assert scenario.rules.name == rules
        assert next(scenario.plan.run(scenario.rules, scenario.state, 0).series())


def test_individuals_rerun_to_the_same_bytes(program: Run) -> None:
    arguments = ["simulate", "pow-spam", "--set", "momentums=300", "--rules", "forum", "--seed", "5", "--series"]
    first, second = (program(*arguments, "--json", PYTHONHASHSEED=seed) for seed in "12")
    assert first.code == 0
    assert first.out == second.out
    record = first.record
    assert [lane["name"] for lane in record["lanes"]] == ["workers", "fused", "spam"]
    assert len(record["series"]) == record["momentums"] == 300
    assert sum(row["blocks"] for row in record["series"]) == record["blocks"]
    for lane in record["lanes"]:
        assert lane["wished"] == lane["included"] + lane["given_up"] + lane["still_waiting"]
        assert sum(row[f"{lane['name']}_included"] for row in record["series"]) == lane["included"]


def test_a_result_says_what_made_it(call: Run) -> None:
    record = call("simulate", "forum-price", "--seed", "7", "--set", "rules.pow_share=30", "--json").record
    assert record["scenario"] == "forum-price"
    assert record["seed"] == 7
    assert record["rules"]["name"] == "forum"
    assert record["rules"]["pow_share"] == "30"
    assert record["state"]["base_price"] == "1000"


def test_one_assumption_changed(call: Run) -> None:
    record = call("simulate", "forum-scenario-1", "--set", "attacker.qsr=2e6", "--json").record
    assert record["addresses"] == 40_000
    assert record["filled_momentums"] == 200


def test_a_table_of_the_proposal_has_no_other_rules(call: Run) -> None:
    assert (
        "table: price has no meaning under dynamic (rules forum)"
        in call("simulate", "forum-price", "--rules", "dynamic").problem
    )


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """
title = "Mine"
kind = "trajectory"
rules.name = "dynamic"
[[phases]]
momentums = 3
full_percent = 100
"""


def test_a_file(call: Run, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    record = call("simulate", path, "--json", "--series").record
    assert [row["fusion_price"] for row in record["series"]] == ["1000", "1100", "1210"]
    assert record["last_state"] == {"fusion_price": "1331", "work_price": "1000"}
    assert record["peak_state"] == {"fusion_price": "1210", "work_price": "1000"}
    assert record["beyond_64_bits"] is None
    assert record["fullness_percent"] == 100
    forum = call("simulate", path, "--rules", "forum", "--json", "--series").record
    assert [row["base_price"] for row in forum["series"]] == ["1000", "1125", "1265"]
    today = call("simulate", path, "--rules", "alphanet", "--json").record
    assert today["peak_state"] == {}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "full_percent",
            "ful_percent",
            "phases.0.ful_percent: 100 is set, but there is no such key (did you mean full_",
        ),
        ("= 3", "= 3.5", "phases.0.momentums: 3.5 is not an integer (1 … 1000000000)"),
        ("= 100", "= -1", "phases.0.full_percent: -1 is out of range (0 … 100 percent)"),
        ("= 100", "= 101", "phases.0.full_percent: 101 is out of range (0 … 100 percent)"),
        ("= 100", '= "all"', "phases.0.full_percent: all is text, not an integer (0 … 100 percent)"),
        ("[[phases]]", "[phases]", "phases: {'momentums': 3, 'full_percent': 100} is no list of tables"),
        ("dynamic", "dinamic", "rules.name: dinamic is unknown (did you mean dynamic?)"),
        ("trajectory", "trajectori", "kind: trajectori is unknown (did you mean trajectory?)"),
        ('"Mine"', "5", "title: 5 is not text (text in quotation marks)"),
        ('"Mine"', '"Mine"\nstate.base_price = 5', "state.base_price: 5 has no effect under dynamic"),
        ('"dynamic"', '"dynamic"\nrules.pow_plasma_target = 0', "rules.pow_plasma_target: 0 is out of range (1 …"),
        ('"dynamic"', '"dynamic"\nrules.compatibility = true', "rules.compatibility: True is not for scenarios"),
        ('"dynamic"', '"dynamic"\nrules.bits = 128', "rules.bits: 128 is not for scenarios"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(old: str, new: str, problem: str, call: Run, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    done = call("simulate", path)
    assert done.code == 2
    assert f"{path}: {problem}" in done.problem


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["forum-prise"], "scenario: forum-prise is unknown (did you mean forum-price?)"),
        (["missing.toml"], "scenario: missing.toml cannot be read: No such file or directory (a TOML file)"),
        (["../x"], "scenario: ../x cannot be read"),
        (["forum-price", "--set", "rules.pow_shar=1"], "forum-price: rules.pow_shar: 1 is set, but forum has no such"),
        (
            ["forum-price", "--set", "phases.9.momentums=1"],
            "forum-price: phases.9: 1 is set, but there is no such entry",
        ),
        (
            ["forum-price", "--set", "fases.0.momentums=1"],
            "fases: 1 is set, but there is no such key (did you mean phas",
        ),
        (["forum-price", "--set", "rules"], "--set: rules is no setting (PATH=VALUE)"),
        (["forum-price", "--variant", "later"], "--variant: later is unknown (forum-price has no variants)"),
        (["forum-scenario-1", "--variant", "last"], "--variant: last is unknown (forum-scenario-1 has first, later)"),
        (["forum-scenario-1", "--rules", "dynamic"], "forum-scenario-1: rules.name: dynamic lets fused plasma return"),
        (["forum-scenario-1", "--set", "attacker.blocks_per_momentum=201"], "201 is out of range (1 … 200 blocks"),
        (["forum-price", "--csv", "--json"], "--csv: it prints the momentums alone"),
    ],
)
def test_a_bad_request_is_refused_in_one_line(arguments: list[str], problem: str, call: Run) -> None:
    done = call("simulate", *arguments)
    assert done.code == 2
    assert problem in done.problem


LANES = """
title = "Mine"
kind = "network"
momentums = 10
rules.name = "forum"
[[lanes]]
name = "one"
participants = 5
hashrate = 1e6
rate = 0.5
"""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("hashrate", "hash_rate", "lanes.0.hash_rate: 1000000.0 is set, but there is no such key (did you mean hashr"),
        ("hashrate = 1e6", "", "lanes.0.hashrate: 0.0 leaves nothing to pay with (a hashrate, fused_qsr or both)"),
        ("1e6", "1e-9", "lanes.0.hashrate: 1e-09 finds no nonce in the age of the universe (0, or 0.001 and more)"),
        ("0.5", "-0.5", "lanes.0.rate: -0.5 is out of range (0 … 1e+06 blocks of each in a momentum)"),
        ("0.5", "nan", "lanes.0.rate: nan is out of range (0 … 1e+06 blocks of each in a momentum)"),
        ("0.5", "0.5\ngreedy = true", "lanes.0.rate: 0.5 has no effect on the greedy (rate or greedy)"),
        ("0.5", "0.5\ndaily_percent = 101", "lanes.0.daily_percent: 101 is out of range (0 … 100 percent)"),
        ("0.5", "0.5\nto_momentum = 11", "lanes.0.to_momentum: 11 is out of range (1 … 10)"),
        ("0.5", '0.5\nblock = "sent"', "lanes.0.block: sent is unknown (did you mean send"),
        ("0.5", '0.5\nstrategy = "max"', "lanes.0.strategy: max is unknown"),
        ("participants = 5", "participants = 0", "lanes.0.participants: 0 is out of range (1 … 10000000)"),
        (
            "[[lanes]]",
            '[[lanes]]\nname = "one"\nparticipants = 1\nhashrate = 1\nrate = 1\n[[lanes]]',
            "lanes.1.name: one is",
        ),
    ],
)
def test_a_bad_lane_is_refused_in_one_line(old: str, new: str, problem: str, call: Run, tmp_path: Path) -> None:
    path = write(tmp_path, LANES.replace(old, new))
    done = call("simulate", path)
    assert done.code == 2
    assert f"{path}: {problem}" in done.problem


def test_a_lane_is_set_by_its_name(call: Run, tmp_path: Path) -> None:
    path = write(tmp_path, LANES)
    assert call("simulate", path, "--set", "lanes.one.rate=0", "--json").record["blocks"] == 0
    assert "lanes.two: 1 is set, but there is no such entry (lanes.two.rate with one)" in (
        call("simulate", path, "--set", "lanes.two.rate=1").problem
    )


def test_what_leaves_64_bits_names_the_momentum_and_goes_on(call: Run, tmp_path: Path) -> None:
    price, beyond, numbers = 1_000, None, []
    for momentum in range(1, 401):
        if 4_200_000 * price // 1_000 * 20 >= 2**64 and beyond is None:  # used plasma times the share of work
            beyond = momentum
        numbers.append(price)
        price += price * 2_100_000 // (2_100_000 * 8)
    path = write(tmp_path, GOOD.replace("= 3", "= 400").replace("dynamic", "forum"))
    record = call("simulate", path, "--json", "--series").record
    assert record["beyond_64_bits"] == beyond == 223
    assert record["last_state"]["base_price"] == str(price)
    assert [row["base_price"] for row in record["series"]] == list(map(str, numbers))
    rows = list(csv.DictReader(io.StringIO(call("simulate", path, "--csv").out)))
    assert rows == [{key: str(value) for key, value in row.items()} for row in record["series"]]


def test_a_ramp_beyond_all_integers_is_stopped(call: Run, tmp_path: Path) -> None:
    done = call("simulate", write(tmp_path, GOOD.replace("= 3", "= 30_000").replace("dynamic", "forum")))
    assert done.code == 3
    assert "does not fit into 4096 bits after this momentum (at most 2^4096 - 1)" in done.problem
