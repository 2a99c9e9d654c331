"""What a scenario file may say, and how the rest is refused: one line with the file, the key and what is accepted."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.simulation import load_scenario
from powplasma.simulation.exits import ExitRun, built_in_exits, load_exits

BUILT_IN = [
    "batched", "cash-no-deadline", "delay-attack", "hunters", "mass-exit-550k", "seed-week", "spent-outputs",
]  # fmt: skip

PLAIN = """
title = "Mine"
kind = "exits"
seconds = 3_600
[users]
number = 5
[exits]
design = "mvp"
"""


def test_the_built_in_ones() -> None:
    assert list(built_in_exits()) == BUILT_IN
    for name, title in built_in_exits().items():
        plan = load_exits(name)
        assert (plan.name, plan.title) == (name, title)


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(PLAIN, encoding="utf-8")
    plan = load_exits(str(file), {"fraud.number": 3, "users.values": "zipf", "users.most_wei": 100})
    assert (plan.title, plan.fraud.number, plan.fraud.value) == ("Mine", 3, 100)
    assert [plan.users.value(rank) for rank in range(5)] == [100, 50, 33, 25, 20]


def test_the_file_of_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "exits.md").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    plan = load_exits(str(file))
    assert (plan.users.leaving, plan.users.in_flight, plan.rules.design) == (10_000, 1_000, "cash")
    for key in re.findall(r"`(\w+)\.(\w+)`", page.split("| key | meaning |")[1].split("\n\n")[0]):
        with pytest.raises(InvalidInput, match=r"is not|is text|is unknown|is neither|has no meaning"):
            load_exits(str(file), {".".join(key): "?"})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("seconds", 0, "seconds: 0 is out of range (1 … 315576000 s)"),
        ("seconds", 300_000_000, "seconds: 300000000 has too many blocks (at most 36000000 s)"),
        ("seconds", 11, "seconds: 11 ends before the first block (at least 12 s)"),
        ("seconds", 1.5, "seconds: 1.5 is not an integer (1 … 315576000 s)"),
        ("kind", "network", "kind: network is unknown (one of exits)"),
        ("chain.price", "eip1559", "chain.price: eip1559 is unknown (did you mean eip-1559?)"),
        ("chain.other_gas", 30_000_001, "chain.other_gas: 30000001 is out of range (0 … 30000000 gas)"),
        ("chain.gas_limit", 400_000, "exits: 269000 gas does not fit into a block (at most 200000 gas of the chain)"),
        ("chain.gas_price", 1, "chain.gas_price: 1 is set, but there is no such key (did you mean gas_price_wei?)"),
        ("users.number", 5_000_001, "users.number: 5000001 is out of range (1 … 5000000 outputs)"),
        ("users.number", "7", "users.number: 7 is text, not an integer (1 … 5000000 outputs)"),
        ("users.least_wei", 5, "users.least_wei: it has no meaning where all values are equal (values linear or zipf)"),
        ("exits.design", "plasma", "exits.design: plasma is unknown (one of mvp, cash)"),
        ("bond.percent", 5, "bond.percent: it has no meaning for a bond of kind fixed (kind proportional)"),
        ("bond.kind", "proportion", "bond.kind: proportion is unknown (did you mean proportional?)"),
        ("fraud.random", 1, "fraud.random: 1 is neither true nor false (true or false)"),
        ("fraud.kind", ["spent"], "fraud.kind: ['spent'] is unknown"),
        ("challengers.hunters", 1_001, "challengers.hunters: 1001 is out of range (0 … 1000 hunters)"),
        ("challengers.sees_percent", -1, "challengers.sees_percent: -1 is out of range (0 … 100 percent)"),
        ("data.levels", 0, "data.levels: 0 is out of range (1 … 256 levels)"),
        ("delay.budget_wei", -1, "delay.budget_wei: -1 is out of range"),
        ("delay", 5, "delay: 5 is not a table (a table with budget_wei)"),
        ("nothing", 5, "nothing: 5 is set, but there is no such key"),
        ("hunters.number", 5, "hunters: 5 is set, but there is no such key"),
    ],
)
def test_bad_values(tmp_path: Path, path: str, value: object, message: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(PLAIN, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_exits(str(file), {path: value})
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fraud.value_wei": 1}, "fraud.value_wei: it has no meaning under cash"),
        ({"users.number": 999}, "fraud.number: 1000 is more than there are coins (0 … 999 exits)"),
        (
            {"fraud.number": 1_000_000, "challengers.hunters": 1_000},
            "fraud.number: 1000000 is too many for 1000 hunters (0 … 20000 exits)",
        ),
    ],
)
def test_values_that_do_not_fit_together(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_exits("cash-no-deadline", settings)
    assert message in str(refused.value)


@pytest.mark.parametrize("missing", ["kind", "number", "design"])
def test_what_a_file_must_have(tmp_path: Path, missing: str) -> None:
    file = tmp_path / "bad.toml"
    lines = [line for line in PLAIN.splitlines() if not line.startswith(missing)]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidInput, match=rf"{missing}: nothing is set"):
        load_exits(str(file))


@pytest.mark.parametrize("load", [load_exits, load_scenario])
@pytest.mark.parametrize("name", [5, None, b"seed-week", Path("seed-week.toml")])
def test_a_name_that_is_not_text(load: Callable[[Any], object], name: object) -> None:
    with pytest.raises(InvalidInput, match=r"scenario: .* is not text \(a name or the path of a file\)"):
        load(name)


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5, "1", None])
def test_a_seed_that_is_none(seed: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^seed: "):
        ExitRun(load_exits("hunters"), seed)


def test_an_unknown_name() -> None:
    with pytest.raises(InvalidInput, match=r"scenario: seed-weak is unknown \(did you mean seed-week\?\)"):
        load_exits("seed-weak")
